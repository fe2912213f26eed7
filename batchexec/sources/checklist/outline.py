"""Surveys a tasks.md before it is read: what may be a task depends on the file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.sources.checklist.lines import is_task_id, letters, parse_box, parse_bullet, without_labels
from batchexec.sources.sections import parse_task_heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from batchexec.markdown import Excerpt, Heading
    from batchexec.sources.checklist.lines import Item

_FIRST = frozenset("-*+0123456789")
_MOST_COMMENTS = 8


@dataclass(slots=True)
class Outline:
    """
    The lines that may be tasks, by number.

    `bullets` are those without a box; they are tasks only where
    `has_boxed_task` is false. A heading such as `Task 2: Title` has no id.
    `prefixes` is what the ids of the outermost boxes have in front of their
    numbers.
    """

    boxes: dict[int, Item] = field(default_factory=dict)
    bullets: dict[int, Item] = field(default_factory=dict)
    headings: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    has_boxed_task: bool = False


def without_comment(line: str) -> str:
    """Leave out the HTML comments at the end of a line."""
    end = len(line.rstrip())
    for _ in range(_MOST_COMMENTS):
        start = line.rfind("<!--", 0, end - 3) if line.endswith("-->", 0, end) else -1
        if start < 0 or line.find("-->", start, end - 3) >= 0 or _starts_in_quotes(line, start, end):
            break
        end = len(line[:start].rstrip())
    return line[:end]


def odd_lines(source: Excerpt, prose: Iterable[tuple[int, str]]) -> Iterator[Problem]:
    """Yield what is wrong with the ends of lines and of comments."""
    lines = enumerate(source.lines, source.first)
    if lone := next((number for number, line in lines if "\r" in line.rstrip("\r")), 0):
        message = "a carriage return stands within this line, and does not end it"
        yield Problem(source.at(lone), message, "save the file with LF or CRLF at the ends of its lines")
    message = "the comment that starts here does not end on this line, so what follows is read"
    for number, line in prose:
        if "<!--" in line and _opens_comment(line):
            yield Problem(source.at(number), message, "close it with -->", Severity.WARNING)


def _opens_comment(line: str) -> bool:
    """Say whether a comment, outside quotes and backticks, starts on this line and does not end on it."""
    start = line.rfind("<!--")
    return start >= 0 and "-->" not in line[start:] and not _starts_in_quotes(line, start, len(line))


def _starts_in_quotes(line: str, start: int, end: int) -> bool:
    return any(mark in line[start:end] and line.count(mark, 0, start) % 2 for mark in '"`')


def outline(prose: Iterable[tuple[int, str]], headings: Mapping[int, Heading]) -> Outline:
    found = Outline()
    margin: int | None = None
    below_task = False
    for number, line in prose:
        if heading := headings.get(number):
            margin = None
            if task := _task_heading(heading):
                found.headings[number] = task
                below_task = below_task or task[0] is not None
        elif item := _item(found, number, line):
            is_outermost = margin is None or item.indent <= margin
            if item.box and item.id and (is_task_id(item.id) or (is_outermost and not below_task)):
                found.has_boxed_task = True
                below_task = False
                if is_outermost:
                    found.prefixes.add(letters(item.id))
            margin = item.indent if is_outermost else margin
    return found


def _item(found: Outline, number: int, line: str) -> Item | None:
    text = line.strip()
    if text[:1] not in _FIRST:
        return None
    if box := parse_box(number, line, text):
        found.boxes[number] = box
        return box
    bullet = parse_bullet(number, line, text) if ":" in text or "：" in text else None
    if bullet:
        found.bullets[number] = bullet
    return bullet


def _task_heading(heading: Heading) -> tuple[str | None, str] | None:
    """Read id and title of `### TSK-AUTH-057: t`; the first level is the title of the file."""
    name = parse_task_heading(heading.text, ()) if heading.level > 1 else None
    if name is None and heading.level > 1 and heading.text[:1] == "[":
        name = parse_task_heading(without_labels(heading.text), ())
    return (name[0], without_labels(name[2])) if name else None
