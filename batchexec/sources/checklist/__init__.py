"""Reads a tasks.md: which tasks there are, which are ticked, and the evidence each one claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity, SourceError
from batchexec.sources import ids
from batchexec.sources.checklist.nearly import closest
from batchexec.sources.checklist.reader import Reader
from batchexec.sources.files import read_excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.markdown import Excerpt
    from batchexec.model import HookLine, Location
    from batchexec.sources.checklist.nesting import Open


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
    reader = Reader(source)
    entries = _entries(reader, reader.run())
    if not entries:
        near = closest(source)
        message = f"no task found, though these lines come close: {near}" if near else "no task found"
        reader.note(source.first, message, "a task looks like `- [ ] TASK-001 Title`")
    return Checklist(entries, tuple(reader.problems))


def ticks(checklist: Checklist) -> Iterator[tuple[str, bool]]:
    """Yield id and tick of every task."""
    for task_id, entry in checklist.entries.items():
        yield task_id, entry.ticked


def _entries(reader: Reader, tasks: Sequence[Open]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    for task_id, task in _named(reader, tasks):
        first = lines.setdefault(task_id.casefold(), task.line)
        if first != task.line:
            message = f"{task_id} is listed twice, here and on line {first}"
            reader.note(task.line, message, "give each task an id of its own")
            continue
        entries[task_id] = Entry(
            id=task_id,
            title=task.title or task_id,
            ticked=task.ticked,
            location=reader.source.at(task.line),
            box=task.box,
            hooks=tuple(task.hooks),
            criteria=tuple(task.criteria),
        )
    return entries


def _named(reader: Reader, tasks: Sequence[Open]) -> Iterator[tuple[str, Open]]:
    """Give every task its id; a box without one is a task where none has one, or if it has hooks."""
    no_box_has_id = not any(task.id and task.box for task in tasks)
    counts: dict[str, int] = {}
    for task in tasks:
        if task.id:
            yield task.id, task
        elif no_box_has_id or task.hooks:
            made = ids.hashed_id("tasks", task.title)
            count = counts[made] = counts.get(made, 0) + 1
            yield (f"{made}-{count}" if count > 1 else made), task
        else:
            message = f"{task.title!r} has no id and is no task"
            reader.note(task.line, message, "write an id first", Severity.WARNING)
