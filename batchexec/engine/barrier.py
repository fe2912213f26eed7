"""Holds tasks back until all of the stages and waves before theirs have ended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from doit.control import ExecNode

    from batchexec.model import Task

_Level = tuple[int, int]


class Barrier:
    """
    Knows which levels still have tasks that have not ended; a task without a stage has none.

    A stage that has ended and had anything carried out, or is one of those to
    be `announced` anyway, is `ended`, and holds everything back until whoever
    looks after that says that it may go on; with None no stage is.
    """

    def __init__(self, tasks: Iterable[Task] = (), *, announced: Collection[int] | None = None) -> None:
        self._levels = {task.name: (task.stage, task.wave) for task in tasks if task.stage is not None}
        self._left = Counter(self._levels.values())
        self._open = sorted(self._left, reverse=True)
        self._stages = Counter(stage for stage, _ in self._levels.values())
        self._announces = announced is not None
        self._held: list[tuple[_Level, ExecNode]] = []
        self._ran = set(announced or ())
        self.ended: int | None = None

    @property
    def holds_any(self) -> bool:
        return bool(self._held)

    def holds(self, node: ExecNode) -> bool:
        """Hold a task back if it comes too early; says whether it did."""
        level = self._levels.get(node.task.name)
        if level is None or self._may_go(level):
            return False
        self._held.append((level, node))
        return True

    def released(self) -> ExecNode | None:
        """Give a task that was held back and may go now."""
        if not self._held:
            return None
        # Of those that go together the one that came first: they come in the order of the plan.
        first = min(self._held, key=lambda held: held[0])
        if not self._may_go(first[0]):
            return None
        self._held.remove(first)
        return first[1]

    def _may_go(self, level: _Level) -> bool:
        return self.ended is None and self._open[-1] >= level

    def started(self, name: str) -> None:
        if name in self._levels:
            self._ran.add(self._levels[name][0])

    def passed(self, name: str) -> None:
        """Take note that a task has ended, whatever came of it."""
        level = self._levels.pop(name, None)
        if level is None:
            return
        self._left[level] -= 1
        while self._open and not self._left[self._open[-1]]:
            self._open.pop()
        self._stages[level[0]] -= 1
        if self._announces and not self._stages[level[0]] and level[0] in self._ran:
            self.ended = level[0]

    def go_on(self) -> None:
        self.ended = None
