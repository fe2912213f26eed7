"""A batch in a git repository of its own, whose agents are small shell scripts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from typing import TYPE_CHECKING, Any

from bench import Batch, section
from clone import git_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_AGENT = """#!/bin/sh
ID=$(grep -o 'TASK-[0-9]*' | head -n 1)
HERE={here}
ROOT={root}
meet() {{ : > "$HERE/met.$ID"; until [ "$(ls "$HERE" | grep -c '^met[.]')" -ge "$1" ]; do sleep 0.02; done; }}
await() {{ until [ -e "$1" ]; do sleep 0.02; done; }}
echo "$ID" >> "$HERE/calls"
CALL=$(grep -c "^$ID$" "$HERE/calls")
. "$HERE/scripts/$ID.sh"
"""
_IGNORED = ".batchexec/\n.spec/\n__pycache__/\n"


def task(id_: str, *outputs: str, title: str = "A title", body: str = "Write something.") -> str:
    """Write a task for an agent: it declares files, and brings none along."""
    return section(id_, title, body="\n\n".join([*(f"#### File: {path}" for path in outputs), body]))


class Isolated(Batch):
    """
    A repository with one commit and somebody at work in it.

    `agents` says by task what the agent does, in shell, with the place as its
    current directory: `$CALL` counts the times that task was asked for, `$ROOT` is where the user
    works, `$HERE` a directory outside of the repository. `meet N` waits until N agents have
    come that far, `await FILE` until that file is there.
    """

    with_git = True

    def __init__(self, root: Path, here: Path, top: Path | None = None) -> None:
        self.here = here
        self.top = top or root
        for directory in (root, here / "scripts", here / "home"):
            directory.mkdir(parents=True, exist_ok=True)
        super().__init__(root)
        (here / "home" / ".gitconfig").write_text("[user]\nname = Ann\nemail = ann@example.org\n")
        agent = here / "agent.sh"
        agent.write_text(_AGENT.format(here=f"'{here}'", root=f"'{root}'"))
        agent.chmod(0o755)
        (self.top / ".gitignore").write_text(_IGNORED)
        self.git("init", "--quiet", "--initial-branch=main", at=self.top)

    def settings(self, **settings: object) -> None:
        given: dict[str, object] = {"executor": "agent", "attempts": 1, **settings}
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in given.items()]
        named = (
            f"executors:\n  agent: {{kind: agent, command: [{json.dumps(str(self.here / 'agent.sh'))}]}}\n"
        )
        self.write("batchexec.yaml", f"prompts_dir: prompts\n{named}{''.join(lines)}")

    def agents(self, scripts: Mapping[str, str], **settings: object) -> None:
        """Let a task's agent be a script, and commit all there is."""
        self.scripts(scripts)
        self.settings(**settings)
        self.commit()

    def scripts(self, scripts: Mapping[str, str]) -> None:
        for id_, script in scripts.items():
            (self.here / "scripts" / f"{id_}.sh").write_text(script + "\n")

    @property
    def calls(self) -> list[str]:
        log = self.here / "calls"
        return log.read_text().split() if log.exists() else []

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in super().environment().items() if not name.startswith("GIT_")}
        home = str(self.here / "home")
        places = {"HOME": home, "XDG_STATE_HOME": str(self.here / "state"), "XDG_CONFIG_HOME": home}
        return kept | places | {"GIT_CONFIG_NOSYSTEM": "1"} | more

    def git(self, *words: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=at or self.root,
            env=git_environment() | {"HOME": str(self.here / "home"), "GIT_CONFIG_GLOBAL": self._config},
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def _config(self) -> str:
        return str(self.here / "home" / ".gitconfig")

    def commit(self, message: str = "All there is") -> None:
        self.git("add", "--all", at=self.top)
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", f"--message={message}", at=self.top)

    @property
    def status(self) -> str:
        """Say what git finds changed, staged or new."""
        return self.git("status", "--porcelain", "-z", "--untracked-files=all").replace("\0", "\n")

    @property
    def subjects(self) -> list[str]:
        """The subjects of all commits, the newest first."""
        return self.git("log", "--topo-order", "--format=%s").splitlines()

    @property
    def kept(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname)", "refs/batchexec").split()

    def file_of(self, commit: str, path: str) -> str:
        return self.git("show", f"{commit}:{path}")

    @property
    def worktrees(self) -> list[str]:
        listing = self.git("worktree", "list", "--porcelain").splitlines()
        return [line.removeprefix("worktree ") for line in listing if line.startswith("worktree ")][1:]

    @property
    def attempts(self) -> list[tuple[str, str]]:
        """List all attempts of all runs, the oldest first: the id of the task, and how it came out."""
        return [(task.partition(":")[2], status) for task, status in self._rows("task, status")]

    @property
    def told(self) -> list[str]:
        """What was said of the attempts, the oldest first, with hints and notes."""
        rows = self._rows("summary, hint, notes")
        return [" | ".join([summary, hint, *json.loads(notes)]) for summary, hint, notes in rows]

    @property
    def costs(self) -> list[float | None]:
        return [cost for (cost,) in self._rows("cost_usd")]

    def _rows(self, columns: str) -> list[tuple[Any, ...]]:
        database = sqlite3.connect(f"file:{self.root}/.batchexec/run.db?mode=ro", uri=True)
        try:
            return database.execute(f"select {columns} from attempt order by id").fetchall()
        finally:
            database.close()

    def hook(self, name: str, script: str) -> None:
        file = self.top / ".git" / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
