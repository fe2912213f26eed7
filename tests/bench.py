"""A small batch in a directory of its own, and the real doit to run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DODO = "from batchexec.engine import batch\n\nDOIT_CONFIG, task_batch = batch()\n"


def uncovered() -> dict[str, str]:
    """Return an environment in which nobody measures coverage, which imports modules of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def section(
    id_: str,
    title: str = "A title",
    files: Mapping[str, str] | None = None,
    *,
    priority: int | None = None,
    after: Sequence[str] = (),
    body: str = "",
) -> str:
    """Write a task as batchexec writes them: a heading, labels, a block for each file."""
    lines = [f"## Task: {id_}: {title}", ""]
    if priority:
        lines += [f"Priority: {priority}", ""]
    if after:
        lines += [f"Depends on: {', '.join(after)}", ""]
    if body:
        lines += [body, ""]
    for path, text in (files or {}).items():
        lines += [f"#### File: {path}", "", "````", text.rstrip("\n"), "````", ""]
    return "\n".join(lines)


class Batch:
    """A repository with a dodo.py, prompts in `prompts/`, and doit as a user would start it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("dodo.py", DODO)
        self.write("batchexec.yaml", "prompts_dir: prompts\n")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def prompts(self, *sections: str, category: str = "not_implemented") -> None:
        self.write(f"prompts/{category}.md", "\n".join(sections))

    def replay(self, script: str, **settings: object) -> None:
        """Have the batch carried out by scripted answers."""
        lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]
        self.write("script.yaml", script)
        self.write(
            "batchexec.yaml",
            "prompts_dir: prompts\nexecutor: scripted\n"
            "executors:\n  scripted: {kind: replay, script: script.yaml}\n" + "\n".join(lines) + "\n",
        )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", *words]

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BATCHEXEC_")}
        return kept | {"COLUMNS": "100", "PYTHONWARNINGS": "error"} | more

    def run(self, *words: str, **environment: str) -> Done:
        done = subprocess.run(
            self.command(*words),
            cwd=self.root,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def doit(self, *words: str, **environment: str) -> Done:
        return self.run("doit", *words, **environment)

    def batchexec(self, *words: str, **environment: str) -> Done:
        return self.run("batchexec", *words, **environment)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start doit in a process group of its own and do not wait for it."""
        return subprocess.Popen(
            self.command("doit", *words),
            cwd=self.root,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def plan(self, *words: str) -> dict[str, dict[str, Any]]:
        """Return `doit list --json` by task id, in run order."""
        done = self.doit("list", "--json", *words)
        assert done.code == 0, done.err
        return {task["id"]: task for task in json.loads(done.out)["tasks"]}

    def statuses(self, *words: str) -> dict[str, str]:
        return {id_: task["status"] for id_, task in self.plan(*words).items()}

    def report(self) -> dict[str, Any]:
        """Return the newest report."""
        newest = max(self.reports(), key=lambda path: path.stat().st_mtime_ns)
        report: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
        return report

    def reports(self) -> list[Path]:
        return sorted(self.root.glob(".spec/reports/batch_execution_*.json"))

    def tree(self) -> dict[str, bytes]:
        """Take a picture of every file but the state directory's and Python's own."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not {".batchexec", "__pycache__", ".git"} & set(path.parts)
        }
