"""The checkpoint file of a run: for other tools to read; resuming needs none of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from batchexec.engine.checker import section_digest
from batchexec.model import Status
from batchexec.rundb import UP_TO_DATE
from batchexec.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from batchexec.model import Task

_DONE = (Status.PASSED, UP_TO_DATE)


class Checkpoint:
    """One run's checkpoint in `.spec/checkpoints/`; docs/running.md lists its keys."""

    def __init__(self, root: Path, run: str, facts: Mapping[str, Any], tasks: Sequence[Task]) -> None:
        self._root = root
        self._path = f".spec/checkpoints/batch_execution_{run}.json"
        self._prompts_dir = facts["prompts_dir"]
        self._total = len(tasks)
        self._sections = {task.id: section_digest(task) for task in tasks}
        self._left: dict[str, int] = {}
        for task in tasks:
            self._left[task.category] = self._left.get(task.category, 0) + 1
        self._completed: list[str] = []
        self._failed: list[str] = []
        self._current: Task | None = None
        self._changed = True

    def begin(self, task: Task) -> None:
        self._current = task
        self._changed = True

    def finish(self, task: Task, status: str) -> None:
        (self._completed if status in _DONE else self._failed).append(task.id)
        if status in _DONE:
            self._left[task.category] -= 1
        self._changed = True

    def write(self) -> None:
        """Replace the file if there is news."""
        if self._changed:
            text = json.dumps(self._document(), indent=2, ensure_ascii=False) + "\n"
            write_atomic(self._root, self._path, text.encode())
            self._changed = False

    def _document(self) -> dict[str, Any]:
        return {
            "timestamp": time.strftime("%Y-%m-%d %H:%M:%S"),
            "prompts_dir": self._prompts_dir,
            "completed_categories": [category for category, left in self._left.items() if not left],
            "current_category": self._current.category if self._current else None,
            "current_task": self._current.id if self._current else None,
            "total_tasks": self._total,
            "failures": len(self._failed),
            "completed_tasks": self._completed,
            "failed_tasks": self._failed,
            "section_hashes": self._sections,
        }
