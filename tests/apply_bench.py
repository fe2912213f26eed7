"""Carries out tasks in a small tree the way the engine does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.executors import Apply, Attempt
from batchexec.model import (
    BlockKind,
    CodeBlock,
    HookLine,
    Location,
    Naming,
    Outcome,
    Output,
    Status,
    Task,
    Written,
)
from batchexec.workspace import Stage, Workspace, digest_of, publish

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.executors import Executor

RUN = "20261121_101500"


def block(
    path: str,
    text: str,
    kind: BlockKind = BlockKind.FILE,
    symbol: str | None = None,
    line: int = 40,
) -> CodeBlock:
    return CodeBlock(path=path, text=text, location=Location("prompt.md", line), kind=kind, symbol=symbol)


def task(
    *blocks: CodeBlock,
    outputs: tuple[str, ...] = (),
    naming: tuple[Naming, ...] = (),
    evidence: tuple[tuple[int, str], ...] = (),
    name: str = "TASK-1",
) -> Task:
    where = Location("prompt.md", 3)
    return Task(
        name=f"smartspec:{name}",
        family="smartspec",
        id=name,
        title="Add totals",
        category="not_implemented",
        priority=2,
        prompt="",
        location=where,
        blocks=blocks,
        outputs=tuple(Output(path=path, location=where) for path in outputs),
        naming=naming,
        evidence=tuple(HookLine(payload, Location("tasks.md", line)) for line, payload in evidence),
    )


@dataclass
class Bench:
    """A tree, and attempts at tasks in it that remember what the batch wrote, as the engine does."""

    root: Path
    state: Path
    written: dict[str, Written] = field(default_factory=dict)
    attempts: int = 0

    def put(self, path: str, data: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())

    def text(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def tree(self) -> dict[str, str]:
        found = sorted(p for p in self.root.rglob("*") if p.is_file())
        return {p.relative_to(self.root).as_posix(): p.read_bytes().decode() for p in found}

    def run(self, one: Task, executor: Executor | None = None, number: int = 1) -> Outcome:
        self.attempts += 1
        stage = Stage(Workspace(self.root), self.state / str(self.attempts))
        attempt = Attempt(run=RUN, number=number, written=self.written)
        outcome = (executor or Apply()).execute(one, stage, attempt)
        if outcome.status in {Status.PASSED, Status.NEEDS_WORK}:
            changes = stage.seal()
            publish(stage.workspace, stage.directory, changes)
            for change in changes:
                earlier = self.written.get(change.path, Written(""))
                whole = earlier.whole if change.part else change.after
                if not change.backup and change.after:
                    self.written[change.path] = Written(change.after, whole)
        return outcome

    def remembers(self, path: str) -> bool:
        return self.written[path].content == digest_of((self.root / path).read_bytes())
