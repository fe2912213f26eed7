"""Reads a tasks.md: which tasks there are, which are ticked, and the evidence each one claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity, SourceError
from batchexec.markdown import Excerpt, Fence, Heading, indent_of, open_fence, prose, scan
from batchexec.model import HookLine
from batchexec.sources import claims, ids
from batchexec.sources.files import read_excerpt
from batchexec.sources.sections import clean_heading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchexec.model import Location

_BOX = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s+(?:\[([ xX~/-])\]|([✅☑✔⬜☐🔲])\ufe0f?)\s+(?=\S)")
_BULLET = re.compile(r"[-*+]\s+(?=\S)")
_LABELS = re.compile(r"(?:\s*\[[A-Za-z]+\d*\])*\s*[:\-–—]?\s*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_STATUS = re.compile(r"(?:[-*+]\s+)?\**status\**\s*:\**\s*(.*)", re.IGNORECASE)
_DONE = re.compile(r"[✅☑✔]|\[[xX]\]|\b(?:done|completed?|finished|implemented|verified)\b", re.IGNORECASE)
_NOT_DONE = re.compile(r"\b(?:not|never|in|partially|partly|un)\b", re.IGNORECASE)
_SHORT = re.compile(r"[Tt]\d")
_FIRST = frozenset("-*+0123456789")
_TICKS = frozenset("xX✅☑✔")
_OPEN = frozenset(" ⬜☐🔲")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A task of the list; `box` is what stands in its check box, empty where it has none."""

    id: str
    title: str
    ticked: bool
    location: Location
    box: str = ""
    hooks: tuple[HookLine, ...] = ()


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
        problem = Problem(
            source.at(source.first),
            "no task found",
            "a task looks like `- [ ] TASK-001 Title`",
        )
        return Checklist({}, (*reader.problems, problem))
    return Checklist(entries, tuple(reader.problems))


@dataclass(slots=True)
class _Line:
    """A line that may open a task: where its text starts, its box, and what it says."""

    number: int
    indent: int
    box: str
    id: str | None
    title: str


@dataclass(slots=True)
class _Open:
    """A task while its lines are read."""

    id: str | None
    title: str
    ticked: bool
    box: str
    line: int
    indent: int
    is_heading: bool = False
    hooks: list[HookLine] = field(default_factory=list)


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
        boxes = [line for line in map(_boxed, *zip(*self.prose, strict=True)) if line] if self.prose else []
        self.boxes = {line.number: line for line in boxes}
        margin = min((line.indent for line in boxes), default=0)
        self.margin = margin
        self.prefixes = {_letters(line.id) for line in boxes if line.id and line.indent <= margin}
        self.no_box_has_id = not any(line.id for line in boxes)
        self.has_boxed_task = any(line.id for line in boxes)
        self.tasks: list[_Open] = []
        self.open: list[_Open] = []
        self.in_evidence = False

    def run(self) -> dict[str, Entry]:
        for number, line in self.prose:
            if heading := self.headings.get(number):
                self._heading(heading)
            elif box := self.boxes.get(number):
                self._box(box, line)
            elif text := line.strip():
                self._text(number, line, text)
        return self._entries()

    def _heading(self, heading: Heading) -> None:
        self.in_evidence = heading.text.strip("*: ").lower() in claims.LIST_LABELS
        text = clean_heading(heading.text)
        found = ids.leading_task_id(text) if heading.level > 1 else None
        if found:
            done = bool(_DONE.search(heading.text) and not _NOT_DONE.search(heading.text))
            self._begin(_Open(found[0], found[1], done, "", heading.line, -1, is_heading=True))
        else:
            self.open = [task for task in self.open if task.is_heading]

    def _box(self, box: _Line, line: str) -> None:
        payload = claims.parse_hook(line.strip(), in_list=self.in_evidence)
        if payload is not None and not box.id:
            self._hook(payload, box.number, box.indent)
            return
        parent = self._parent(box.indent)
        if parent and not (box.id and self._is_own_task(box.id, parent)):
            return
        self._begin(_Open(box.id, box.title, box.box in _TICKS, box.box, box.number, box.indent))
        if box.box not in _TICKS | _OPEN:
            self._note(box.number, f"the box [{box.box}] is read as open", "tick with [x]", Severity.NOTICE)

    def _parent(self, indent: int) -> _Open | None:
        """Find the task a nested box is a criterion of, if it is no task itself."""
        for task in reversed(self.open):
            if task.is_heading or indent > task.indent:
                return task
        return None

    def _is_own_task(self, task_id: str, parent: _Open) -> bool:
        """Say whether a nested box is a task; below a heading only its id's form can make it one."""
        if ids.is_task_id(task_id):
            return True
        return not parent.is_heading and _letters(task_id) in self.prefixes

    def _text(self, number: int, line: str, text: str) -> None:
        self._status(text)
        if text.startswith("|"):
            for claim in claims.parse_cells(text):
                self._hook(claim, number, indent_of(line))
            return
        payload = claims.parse_hook(text, in_list=self.in_evidence)
        if payload is not None:
            self._hook(payload, number, indent_of(line))
        else:
            self.in_evidence = claims.opens_list(text) or (self.in_evidence and text[0] in "-*+")
            if not self.has_boxed_task and (bullet := _BULLET.match(text)):
                self._plain_bullet(number, line, text[bullet.end() :])

    def _plain_bullet(self, number: int, line: str, text: str) -> None:
        task_id, title = _body(text)
        if task_id and ":" in text and ids.is_task_id(task_id) and not _SHORT.match(task_id):
            self._begin(_Open(task_id, title, False, "", number, indent_of(line)))

    def _status(self, text: str) -> None:
        task = self.open[-1] if self.open else None
        if task and task.is_heading and (status := _STATUS.match(text)):
            task.ticked = bool(_DONE.search(status[1]) and not _NOT_DONE.search(status[1]))

    def _begin(self, task: _Open) -> None:
        self.in_evidence = False
        self.open = [one for one in self.open if one.indent < task.indent and not one.is_heading]
        self.open.append(task)
        self.tasks.append(task)

    def _hook(self, payload: str, number: int, indent: int) -> None:
        owner = next((task for task in reversed(self.open) if task.indent < indent), None)
        if indent == 0 and self.open:
            owner = self.open[-1]
        if owner:
            owner.hooks.append(HookLine(payload, self.source.at(number)))
        else:
            self._note(number, "an evidence hook without a task", "put it below the task it belongs to")

    def _note(self, line: int, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(self.source.at(line), message, hint, severity))

    def _entries(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        lines: dict[str, int] = {}
        for task in self.tasks:
            task_id = task.id or self._made_up(task)
            if task_id is None:
                continue
            if (first := lines.get(task_id.casefold())) is not None:
                message = f"{task_id} is listed twice, here and on line {first}"
                self._note(task.line, message, "give each task an id of its own")
                continue
            lines[task_id.casefold()] = task.line
            entries[task_id] = Entry(
                id=task_id,
                title=task.title or task_id,
                ticked=task.ticked,
                location=self.source.at(task.line),
                box=task.box,
                hooks=tuple(task.hooks),
            )
        return entries

    def _made_up(self, task: _Open) -> str | None:
        if self.no_box_has_id or task.hooks:
            return ids.hashed_id("tasks", task.title)
        self._note(
            task.line, f"{task.title!r} has no id and is no task", "write an id first", Severity.WARNING
        )
        return None


def _boxed(number: int, line: str) -> _Line | None:
    text = line.strip()
    if text[:1] not in _FIRST:
        return None
    box = _BOX.match(text)
    if not box:
        return None
    task_id, title = _body(text[box.end() :])
    return _Line(number, indent_of(line), box[1] or box[2], task_id, title)


def _body(text: str) -> tuple[str | None, str]:
    """Split what follows the box into id and title; labels such as [P] and [US1] are left out."""
    text = text.replace("**", "").replace("`", "").strip()
    found = _WORD.match(text)
    word = found.group() if found else ""
    after = text[len(word) : len(word) + 1]
    if not word or not (not after or after.isspace() or after in ":[") or not ids.is_listed_id(word):
        return None, text
    labels = _LABELS.match(text, len(word))
    return word, text[labels.end() if labels else len(word) :].strip()


def _letters(task_id: str | None) -> str:
    return (task_id or "").rstrip("0123456789.abcdefghijklmnopqrstuvwxyz")


def ticks(checklist: Checklist) -> Iterator[tuple[str, bool]]:
    """Yield id and tick of every task."""
    for task_id, entry in checklist.entries.items():
        yield task_id, entry.ticked
