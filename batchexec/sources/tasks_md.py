"""Reads a tasks.md: which tasks there are, which are ticked, and the evidence each one claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity, SourceError
from batchexec.markdown import Excerpt, Fence, Heading, indent_of, open_fence, prose, scan
from batchexec.model import HookLine
from batchexec.sources import claims, ids, tasks_lines
from batchexec.sources.evidence_list import EvidenceList
from batchexec.sources.files import read_excerpt
from batchexec.sources.tasks_nearly import closest
from batchexec.sources.tasks_outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchexec.model import Location
    from batchexec.sources.tasks_lines import Item

_ITEM = frozenset("-*+0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    A task of the list.

    `box` is what stands in its check box, empty where it has none; `criteria`
    is what its own boxes say.
    """

    id: str
    title: str
    ticked: bool
    location: Location
    box: str = ""
    hooks: tuple[HookLine, ...] = ()
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checklist:
    """The tasks of a tasks.md by id, in the order they stand, and what is wrong with the file."""

    entries: dict[str, Entry] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_checklist(path: Path) -> Checklist:
    """Read a tasks.md; a file that cannot be read is a problem of the list, like any other."""
    try:
        source = read_excerpt(path)
    except SourceError as error:
        return Checklist(problems=error.problems)
    return parse_checklist(source)


def parse_checklist(source: Excerpt) -> Checklist:
    reader = _Reader(source)
    entries = reader.run()
    if not entries:
        near = closest(source)
        message = f"no task found, though these lines come close: {near}" if near else "no task found"
        reader.note(source.first, message, "a task looks like `- [ ] TASK-001 Title`")
    return Checklist(entries, tuple(reader.problems))


def ticks(checklist: Checklist) -> Iterator[tuple[str, bool]]:
    """Yield id and tick of every task."""
    for task_id, entry in checklist.entries.items():
        yield task_id, entry.ticked


@dataclass(slots=True)
class _Open:
    """A task while its lines are read; one that is not `known` only keeps hooks from its neighbours."""

    id: str | None
    title: str
    line: int
    indent: int
    box: str = ""
    ticked: bool = False
    known: bool = True
    is_heading: bool = False
    hooks: list[HookLine] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, item: Item, *, known: bool = True) -> _Open:
        ticked = item.box in tasks_lines.TICKS
        return cls(item.id, item.title, item.number, item.indent, item.box, ticked, known)


class _Reader:
    def __init__(self, source: Excerpt) -> None:
        self.source = source
        self.problems: list[Problem] = []
        items = scan(source)
        for item in items:
            if isinstance(item, Fence):
                self.problems.extend(open_fence(source, item))
        self.headings = {item.line: item for item in items if isinstance(item, Heading)}
        self.prose = list(prose(source, items))
        self.outline = outline(self.prose, self.headings)
        self.tasks: list[_Open] = []
        # From the outermost to the deepest; a heading stands alone, and in front of every column.
        self.open: list[_Open] = []
        self.last: _Open | None = None
        self.evidence = EvidenceList()
        self.is_paragraph = self.after_blank = False

    def run(self) -> dict[str, Entry]:
        boxes = self.outline.boxes
        for number, line in self.prose:
            text = line.strip()
            if not text:
                self.after_blank, self.is_paragraph = True, False
                continue
            if heading := self.headings.get(number):
                self._heading(heading)
            elif self.is_paragraph and len(text) > 1 and not (text.strip("=") and text.strip("-")):
                self._end_list()
            elif box := boxes.get(number):
                self._box(box, text)
            else:
                self._text(number, line, text)
            self.after_blank = False
        return self._entries()

    def _heading(self, heading: Heading) -> None:
        self._end_list()
        if task := self.outline.headings.get(heading.line):
            done = tasks_lines.heading_says_done(heading.text)
            title = tasks_lines.without_sign(task[1])
            self._begin(_Open(task[0], title, heading.line, -1, ticked=done, is_heading=True))
        if heading.text.strip("*:： ").lower() in claims.LIST_LABELS:
            self.evidence.open(0)

    def _end_list(self) -> None:
        """End the tasks of a list, as every heading does."""
        self.is_paragraph = False
        self.evidence.close()
        self.open = [task for task in self.open if task.is_heading]
        self.last = self.open[-1] if self.open else None

    def _box(self, box: Item, text: str) -> None:
        in_list = self.evidence.holds(box.indent, is_item=True)
        self.is_paragraph = False
        if not box.id and (payload := claims.parse_hook(text, in_list=in_list)) is not None:
            self._hook(payload, box.number, box.indent)
            return
        self._leave(box.indent)
        parent = self._parent(box.indent)
        if parent and not self._is_own_task(box.id, parent):
            parent.criteria.append(f"{box.id} {box.title}" if box.id else box.title)
            return
        self._begin(_Open.of(box))
        if box.box not in tasks_lines.TICKS | tasks_lines.OPEN:
            self.note(box.number, f"the box [{box.box}] is read as open", "tick with [x]", Severity.NOTICE)

    def _parent(self, indent: int) -> _Open | None:
        """Find the task that something at this column is a part of."""
        return next((task for task in reversed(self.open) if task.indent < indent), None)

    def _is_own_task(self, task_id: str | None, parent: _Open) -> bool:
        """Say whether a nested box is a task; below a heading only its id's form can make it one."""
        if not task_id:
            return False
        shares = not parent.is_heading and tasks_lines.letters(task_id) in self.outline.prefixes
        return shares or tasks_lines.is_task_id(task_id)

    def _text(self, number: int, line: str, text: str) -> None:
        indent = indent_of(line)
        is_item = text[0] in _ITEM
        in_list = self.evidence.holds(indent, is_item=is_item)
        was_paragraph, self.is_paragraph = self.is_paragraph, False
        if text[0] == "|":
            for claim in claims.parse_cells(text):
                self._hook(claim, number, indent)
        elif (payload := claims.parse_hook(text, in_list=in_list)) is not None:
            self._hook(payload, number, indent)
        elif claims.opens_list(text):
            self._leave(indent)
            self.evidence.open(indent)
        elif not self._nearly_task(number, line, text):
            if is_item:
                self._leave(indent)
            else:
                self.is_paragraph = indent == 0 and (was_paragraph or self.after_blank)
            if self.last and self.last.is_heading and tasks_lines.status_says_done(text):
                self.last.ticked = True

    def _nearly_task(self, number: int, line: str, text: str) -> bool:
        """Begin a task without a box, or what is none for want of a box that can be read."""
        if bullet := self.outline.bullets.get(number):
            return self._bullet(bullet)
        odd = tasks_lines.parse_odd_box(number, line, text) if not text[0].isalpha() else None
        if not odd or not odd.id:
            return False
        self._leave(odd.indent)
        parent = self._parent(odd.indent)
        if parent and not self._is_own_task(odd.id, parent):
            return False
        self._begin(_Open.of(odd, known=False))
        message = f"{odd.id} has a box that cannot be read and is no task"
        self.note(number, message, "write `- [ ]` or `- [x]` in front of the id", Severity.WARNING)
        return True

    def _bullet(self, bullet: Item) -> bool:
        self._leave(bullet.indent)
        parent = self._parent(bullet.indent)
        if parent and (parent.is_heading or self.outline.has_boxed_task):
            return False
        self._begin(_Open.of(bullet, known=not self.outline.has_boxed_task))
        return True

    def _leave(self, indent: int) -> None:
        """Leave the nested tasks that something at this column stands beside."""
        while len(self.open) > 1 and self.open[-1].indent >= indent:
            self.open.pop()

    def _begin(self, task: _Open) -> None:
        self.evidence.close()
        self.open = [one for one in self.open if one.indent < task.indent and not one.is_heading]
        self.open.append(task)
        self.last = task
        if task.known:
            self.tasks.append(task)

    def _hook(self, payload: str, number: int, indent: int) -> None:
        self._leave(indent)
        owner = self._parent(indent) or self.last
        if owner and owner.known:
            owner.hooks.append(HookLine(payload, self.source.at(number)))
        else:
            self.note(number, "an evidence hook without a task", "put it below the task it belongs to")

    def note(self, line: int, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(self.source.at(line), message, hint, severity))

    def _entries(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        lines: dict[str, int] = {}
        for task_id, task in self._named():
            first = lines.setdefault(task_id.casefold(), task.line)
            if first != task.line:
                message = f"{task_id} is listed twice, here and on line {first}"
                self.note(task.line, message, "give each task an id of its own")
                continue
            entries[task_id] = Entry(
                id=task_id,
                title=task.title or task_id,
                ticked=task.ticked,
                location=self.source.at(task.line),
                box=task.box,
                hooks=tuple(task.hooks),
                criteria=tuple(task.criteria),
            )
        return entries

    def _named(self) -> Iterator[tuple[str, _Open]]:
        """Give every task its id; a box without one is a task where none has one, or if it has hooks."""
        no_box_has_id = not any(task.id and task.box for task in self.tasks)
        counts: dict[str, int] = {}
        for task in self.tasks:
            if task.id:
                yield task.id, task
            elif no_box_has_id or task.hooks:
                made = ids.hashed_id("tasks", task.title)
                count = counts[made] = counts.get(made, 0) + 1
                yield (f"{made}-{count}" if count > 1 else made), task
            else:
                message = f"{task.title!r} has no id and is no task"
                self.note(task.line, message, "write an id first", Severity.WARNING)
