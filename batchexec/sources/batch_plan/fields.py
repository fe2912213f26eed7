"""Cuts a phase of a batch plan into its fields: the line a label stands on, and what is below it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from batchexec.markdown import Fence
from batchexec.sources.prp import labels
from batchexec.sources.prp.document import Line, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.sources.prp.document import Document, Event, Section
    from batchexec.sources.prp.labels import Label

GOAL = "goal"
HOURS = "estimated hours"
COMPLEXITY = "complexity"
FILES = "files modified"
DEPENDENCIES = "dependencies"
STEPS = "implementation steps"
GATES = "validation gates"
NOTES = "conflict notes"

_FILES = re.compile(r"files? (?:modified|created|affected|deleted|to (?:create|modify|delete))")
_NAMES = frozenset({GOAL, HOURS, COMPLEXITY, DEPENDENCIES, STEPS, GATES, NOTES})
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+")
_NUMBER = re.compile(r"[ \t]*\d{1,9}[.)][ \t]+")


class Below(NamedTuple):
    """A line below a label; `is_code` if it is part of a block."""

    number: int
    text: str
    is_code: bool = False


@dataclass(slots=True)
class Field:
    """`label` is the name of the field as written, in lower case."""

    label: str
    line: int
    value: str
    below: list[Below] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        return bool(self.value) or any(line.text.strip() for line in self.below)


Fields = dict[str, list[Field]]
"""What stands at each label; one that comes twice adds to the first."""


def find_goal(document: Document, section: Section) -> Label | None:
    """Find the goal, which makes a heading a phase, before the next heading."""
    for event in document.walk(section.line + 1, section.end):
        if isinstance(event, Line):
            label = labels.parse_label(event.text, event.number)
            if label and label.name == GOAL:
                return label
        elif not isinstance(event, Fence):
            return None
    return None


def read_fields(document: Document, first: int, end: int, goal: Label) -> Fields:
    """Read the fields in these lines; their labels stand as far to the left as the goal's."""
    cutter = _Cutter(goal.indent)
    for event in document.walk(first, end):
        cutter.take(event, document.source.lines)
    return cutter.fields


def one_text(found: Sequence[Field]) -> str:
    """Give the text of a field on one line: what stands beside its label, or the first paragraph below it."""
    if not found:
        return ""
    words = [found[0].value] if found[0].value else []
    for line in found[0].below:
        if line.text.strip():
            words.append(without_marker(line.text).strip())
        elif words:
            break
    return " ".join(" ".join(words).split())


def without_marker(text: str) -> str:
    marker = _BULLET.match(text) or _NUMBER.match(text)
    return text[marker.end() :] if marker else text


def is_item(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def is_numbered(text: str) -> bool:
    return bool(_NUMBER.match(text))


class _Cutter:
    def __init__(self, indent: int) -> None:
        self.fields: Fields = defaultdict(list)
        self.indent = indent
        self.name = ""
        self.current: Field | None = None

    def take(self, event: Event, lines: Sequence[str]) -> None:
        if isinstance(event, Line):
            self._line(event)
        elif isinstance(event, Fence):
            self._keep(
                Below(number, lines[number - 1], is_code=True) for number in range(event.line, event.end)
            )
        elif (name := _field_of(event.name)) or self.name != STEPS:
            # A heading among the steps only groups them.
            self._open(name, Field(event.name, event.line, ""))

    def _line(self, line: Line) -> None:
        label = labels.parse_label(line.text, line.number)
        if label and label.indent <= self.indent and self._opens(label, line.text):
            self._open(_field_of(label.name), Field(label.name, label.line, label.value))
        elif line.text.strip() != "---":
            self._keep([Below(line.number, line.text)])

    def _opens(self, label: Label, text: str) -> bool:
        """Say whether a label begins a field, or at least ends the one before it."""
        name = _field_of(label.name)
        if is_item(text):
            # `1. **Dependencies**: install them` is a step.
            return bool(name) and not is_numbered(text) and (name == FILES or name not in self.fields)
        if name:
            return True
        is_group = self.name == STEPS and (not label.value or label.name.startswith("step"))
        return not (is_group or (self.name == DEPENDENCIES and "depend" in label.name))

    def _open(self, name: str, opened: Field) -> None:
        self.name, self.current = name, opened if name else None
        if name:
            self.fields[name].append(opened)

    def _keep(self, lines: Iterable[Below]) -> None:
        if self.current:
            self.current.below.extend(lines)


def _field_of(label: str) -> str:
    if _FILES.fullmatch(label):
        return FILES
    name = label if label in _NAMES else fold(label)
    return name if name in _NAMES else ""
