"""Surveys a tasks.md before it is read: what may be a task depends on the file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.sources.sections import parse_task_heading
from batchexec.sources.tasks_lines import is_task_id, letters, parse_box, parse_bullet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from batchexec.markdown import Heading
    from batchexec.sources.tasks_lines import Item

_FIRST = frozenset("-*+0123456789")


@dataclass(slots=True)
class Outline:
    """
    The lines that may be tasks, by number.

    `bullets` are those without a box; they are tasks only where
    `has_boxed_task` is false. `prefixes` is what the ids of the outermost boxes
    have in front of their numbers.
    """

    boxes: dict[int, Item] = field(default_factory=dict)
    bullets: dict[int, Item] = field(default_factory=dict)
    headings: dict[int, tuple[str, str]] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    has_boxed_task: bool = False


def outline(prose: Iterable[tuple[int, str]], headings: Mapping[int, Heading]) -> Outline:
    found = Outline()
    margin: int | None = None
    below_task = False
    for number, line in prose:
        if heading := headings.get(number):
            margin = None
            if task := _task_heading(heading):
                found.headings[number] = task
                below_task = True
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


def _task_heading(heading: Heading) -> tuple[str, str] | None:
    """Read id and title of `### TSK-AUTH-057: t`; the first level is the title of the file."""
    name = parse_task_heading(heading.text, ()) if heading.level > 1 else None
    return (name[0], name[2]) if name and name[0] else None
