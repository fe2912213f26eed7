"""Keeps track of the tasks that a line of a tasks.md may be a part of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.sources.checklist.lines import TICKS

if TYPE_CHECKING:
    from batchexec.model import HookLine
    from batchexec.sources.checklist.lines import Item


@dataclass(slots=True)
class Open:
    """
    A task while its lines are read.

    One that is not `known` only keeps hooks from its neighbours; it is `quiet`
    if it has ended no task. A heading has a level and stands in front of every column.
    """

    id: str | None
    title: str
    line: int
    indent: int
    box: str = ""
    ticked: bool = False
    known: bool = True
    level: int = 0
    quiet: bool = False
    hooks: list[HookLine] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, item: Item) -> Open:
        return cls(item.id, item.title, item.number, item.indent, item.box, item.box in TICKS)

    @property
    def is_heading(self) -> bool:
        return self.level > 0


class Nesting:
    """The open tasks from the outermost to the deepest, a heading first, and the `last` one begun."""

    def __init__(self) -> None:
        self.open: list[Open] = []
        self.last: Open | None = None

    def begin(self, task: Open) -> None:
        while self.open and not self.open[-1].is_heading and self.open[-1].indent + 1 >= task.indent:
            task.indent = min(self.open.pop().indent, task.indent)
        self.open.append(task)
        self.last = task

    def leave(self, indent: int) -> None:
        """Leave the nested tasks that something at this column stands beside."""
        outermost = 2 if self.open and self.open[0].is_heading else 1
        while len(self.open) > outermost and self.open[-1].indent >= indent:
            self.open.pop()

    def end_list(self, level: int) -> None:
        """End the tasks of a list, and a heading of this level or below."""
        self.open = [task for task in self.open if 0 < task.level < level]
        self.last = self.open[-1] if self.open else None

    def drop_headings(self) -> None:
        self.open = [task for task in self.open if not task.is_heading]

    def return_to(self, parent: Open) -> None:
        """Carry on with a heading's own text below its nested tasks."""
        if parent.is_heading:
            self.open, self.last = [parent], parent

    def around(self, indent: int) -> Open | None:
        """Find the task that an item at this column is a part of: one column more nests nothing."""
        return self._above(max(indent - 1, 0))

    def owner(self, indent: int) -> Open | None:
        """Find the task that a hook at this column belongs to."""
        above = self._above(indent)
        return above if above and not above.is_heading else self.last

    def holds(self, task_id: str | None) -> bool:
        """Say whether an id is that of an open task."""
        name = task_id.casefold() if task_id else None
        return any(task.id and task.id.casefold() == name for task in self.open)

    def _above(self, indent: int) -> Open | None:
        for task in reversed(self.open):
            if task.indent < indent:
                return task
        return None
