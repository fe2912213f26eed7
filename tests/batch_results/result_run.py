"""A run of a batch, as far as its result file is concerned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import Record, ResultFile

if TYPE_CHECKING:
    from pathlib import Path

STATE = ".ce/orchestration"
START = 1_795_255_200.0  # 2026-11-21 10:00:00 UTC


class Clock:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Run:
    """A run of batch 12 as far as its result file is concerned."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = Clock()
        self.path = root / STATE / "batches/batch-12.result.json"
        self.file = self.another()

    def another(self) -> ResultFile:
        return ResultFile(self.root, STATE, 12, clock=self.clock, now=lambda: START + self.clock.seconds)

    def begin(self, *records: Record, selection: str = "--batch 12") -> None:
        self.file.begin(selection, None, "b" * 40, records)

    def written(self, *records: Record) -> dict[str, Any]:
        """Begin with these, write, and read what other programs would."""
        self.begin(*records)
        self.file.write(force=True)
        return self.read()

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_bytes())
        return found

    def put(self, document: object) -> None:
        """Write a file as another program would."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(document if isinstance(document, str) else json.dumps(document))
