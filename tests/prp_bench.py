"""A repository with a batch of PRPs in it, whose answers are played or given by small shell scripts."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from isolated_bench import Isolated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

_AGENT = """#!/bin/sh
PROMPT=$(cat)
ID=$(printf '%s\\n' "$PROMPT" | grep -o 'PRP-[0-9.]*[0-9]' | head -n 1)
HERE={here}
ROOT={root}
meet() {{ : > "$HERE/met.$ID"; until [ "$(ls "$HERE" | grep -c '^met[.]')" -ge "$1" ]; do sleep 0.02; done; }}
await() {{ until [ -e "$1" ]; do sleep 0.02; done; }}
echo "$ID" >> "$HERE/calls"
CALL=$(grep -c "^$ID$" "$HERE/calls")
printf '%s\\n' "$PROMPT" > "$HERE/prompt.$ID.$CALL"
. "$HERE/scripts/$ID.sh"
"""
RESULT = ".ce/orchestration/batches/batch-12.result.json"
GATE = "test -s {id}.txt"
"""What holds of a PRP that an unscripted answer carried out."""


def gate(number: int, command: str, expected: str = "", title: str = "It holds", more: str = "") -> str:
    """Write a gate as people write them; without a command a person has to look."""
    lines = [f"### Gate {number}: {title}"]
    lines += [f"**Command**: `{command}`"] if command else ["- [ ] Somebody looked"]
    lines += [f"**Expected**: {expected}"] if expected else []
    return "\n".join([*lines, *([more] if more else [])]) + "\n"


class Prps(Isolated):
    """
    Batch 12 in a repository of its own.

    A PRP that nobody scripts writes `ID.txt`, and its gate holds if it did.
    """

    def __init__(self, root: Path, here: Path) -> None:
        self.environment_of: dict[str, str] = {}
        super().__init__(root, here)
        (here / "agent.sh").write_text(_AGENT.format(here=f"'{here}'", root=f"'{root}'"))
        self.answers({})
        self.settings()

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**self.environment_of, **more)

    def prp(
        self,
        number: str,
        *,
        title: str = "",
        after: Iterable[str] = (),
        files: Iterable[str] = (),
        gates: Sequence[str] | None = None,
        steps: str = "### Phase 1: Work\n1. Do it\n",
        header: str = "",
        name: str = "",
    ) -> Path:
        """Write a PRP; `gates` are commands, or whole gates where they start with a `#`."""
        id_, title = f"PRP-{number}", title or f"Part {number}"
        commands = [GATE.format(id=id_)] if gates is None else gates
        said = [one if one.startswith("#") else gate(at, one) for at, one in enumerate(commands, 1)]
        lines = [
            "---",
            f"prp_id: {id_}",
            f"feature_name: {title}",
            f"dependencies: [{', '.join(after)}]",
            f"files_modified: [{', '.join(files)}]",
            *([header] if header else []),
            "---",
            f"# {title}",
            "",
            "## Implementation Steps",
            steps,
            "## Validation Gates",
            *said,
        ]
        return self.write(f"PRPs/{name or f'{id_}-part.md'}", "\n".join(lines))

    def prps(self, *numbers: str) -> None:
        """Write PRPs, each said as `12.2.1`, or with what it comes after as `12.2.1<12.1.1,12.1.2`."""
        for one in numbers:
            number, _, after = one.partition("<")
            self.prp(number, after=[f"PRP-{id_}" for id_ in after.split(",") if id_])

    def answers(self, answers: Mapping[str, object]) -> None:
        """
        Script what is played, by the number of a PRP: an answer, or a list with one for each attempt.

        Whoever is not named writes `ID.txt`, and so does an answer that names no files.
        """
        default = {"files": {"{id}.txt": "made by {id}\n"}}
        tasks = {
            f"PRP-{number}": {"files": {f"PRP-{number}.txt": "made\n"}, **answer}
            if isinstance(answer, dict)
            else {"attempts": answer}
            for number, answer in answers.items()
        }
        script = {"calls": str(self.here / "calls"), "default": default, "tasks": tasks}
        (self.here / "answers.yaml").write_text(json.dumps(script))

    def settings(self, **settings: object) -> None:
        given: dict[str, object] = {
            "executor": "played",
            "executors": {
                "played": {"kind": "replay", "script": str(self.here / "answers.yaml")},
                "agent": {"kind": "agent", "command": [str(self.here / "agent.sh")]},
            },
            "batch": 12,
            **settings,
        }
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in given.items() if value is not None]
        self.write("batchexec.yaml", "".join(lines))

    def agents(self, scripts: Mapping[str, str], **settings: object) -> None:
        """Let agents be scripts, by the number of the PRP, and commit all there is."""
        self.scripts({f"PRP-{number}": script for number, script in scripts.items()})
        self.settings(executor="agent", **settings)
        self.commit()

    @property
    def asked(self) -> list[str]:
        """The numbers of the PRPs an executor was called for, in that order."""
        log = self.here / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.split(" ")[0].removeprefix("PRP-") for line in lines]

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.read(RESULT))
        return found

    @property
    def has_result(self) -> bool:
        return (self.root / RESULT).exists()

    def record(self, number: str) -> dict[str, Any]:
        """Give what the result file says of a PRP."""
        [found] = [one for one in self.result["results"] if one["prp_id"] == f"PRP-{number}"]
        return dict(found)

    @property
    def came_out(self) -> dict[str, str]:
        """Tell by number how the PRPs of the result file came out."""
        return {one["prp_id"].removeprefix("PRP-"): one["status"] for one in self.result["results"]}

    @property
    def spans(self) -> dict[str, tuple[float, float]]:
        """Tell by number when the last attempt at a PRP began and ended."""
        rows = self._rows("task, began_utc, finished_utc")
        return {task.removeprefix("prp:PRP-"): (began, ended) for task, began, ended in rows}

    @property
    def merges(self) -> list[str]:
        """The numbers of the PRPs that were merged into the branch, in that order."""
        said = self.git("log", "--first-parent", "--reverse", "--format=%s").splitlines()
        return [found[1] for one in said if (found := re.match(r"Merge PRP-([0-9.]+): ", one))]

    def commits_of(self, number: str, reference: str = "main") -> list[str]:
        """The subjects of a PRP's own commits, the oldest first."""
        said = self.git("log", "--reverse", "--format=%s", reference).splitlines()
        return [one for one in said if one.startswith(f"PRP-{number}: ")]

    def trailers(self, commit: str) -> dict[str, str]:
        said = self.git("log", "-1", "--format=%(trailers:only,unfold)", commit).splitlines()
        return dict(line.split(": ", 1) for line in said if line)

    def changed(self, commit: str) -> list[str]:
        """The files in which a commit differs from the one before it."""
        return self.git("diff", "--name-only", f"{commit}^", commit).split()

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    @property
    def refs(self) -> str:
        return self.git("for-each-ref")

    def worktree(self, number: str) -> Path:
        """Find the worktree of a PRP."""
        [found] = (self.here / "state").glob(f"batchexec/worktrees/*/prp-{number.replace('.', '-')}")
        return found

    def everything(self) -> dict[str, bytes]:
        """Take a picture of every file, git's and the state directories' among them."""
        roots = (self.root, self.here / "state")
        return {
            str(path): path.read_bytes()
            for root in roots
            for path in sorted(root.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
