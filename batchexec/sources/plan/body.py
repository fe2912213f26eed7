"""What the description of an achievement says below its first line: labels and their values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

from batchexec.sources.plan.document import is_heading, is_rule, trimmed
from batchexec.sources.plan.hours import parse_hours
from batchexec.sources.plan.ids import canonical, ids_in
from batchexec.sources.plan.plan import Part

if TYPE_CHECKING:
    from batchexec.sources.plan.document import Document
    from batchexec.sources.plan.plan import Hours

_LABEL = re.compile(
    r"(?P<indent>[ \t]*)(?P<bullet>(?:[-*][ \t]+)?)(?:✅\s*)?(?P<bold>(?:\*\*)?)"
    r"(?P<label>[A-Z][A-Za-z /()]{1,60}?)(?:\*\*(?:[ \t]*\([^()]{0,80}\))?)?[ \t]{0,9}:(?P<value>.*)",
    re.ASCII | re.DOTALL,
)
_EFFORT = re.compile(r"(?:Estimated\s+)?(?:Effort|Time|Duration)", re.IGNORECASE)
_NONE = re.compile(r"\W*none\b", re.IGNORECASE)
_PARTS = {
    "goal": Part.OBJECTIVE,
    "what": Part.OBJECTIVE,
    "purpose": Part.OBJECTIVE,
    "objective": Part.OBJECTIVE,
    "deliverables": Part.DELIVERABLES,
    "files": Part.DELIVERABLES,
    "success": Part.SUCCESS,
    "success criteria": Part.SUCCESS,
    "test": Part.TESTS,
    "tests": Part.TESTS,
    "validation": Part.TESTS,
    "approach": Part.APPROACH,
    "blocks": Part.BLOCKS,
}
_REMARK = re.compile(r"\([^()]*\)")
_DEPENDENCIES = ("dependencies", "depends on")
_LONGEST_SHAPE = 200


@dataclass(slots=True)
class Body:
    effort: Hours | None = None
    dependencies: tuple[str, ...] = ()
    parts: dict[Part, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    @property
    def says_anything(self) -> bool:
        """Say whether more than labels nobody knows was found."""
        return bool(self.parts or self.effort or self.dependencies)


@dataclass(frozen=True, slots=True)
class Label:
    """A line `Name: value`; `shape` is what makes two of them look alike."""

    name: str
    value: str
    shape: tuple[int, bool, bool]

    @property
    def part(self) -> Part | None:
        return _PARTS.get(self.name.lower())

    @property
    def tells_effort(self) -> bool:
        return _EFFORT.fullmatch(self.name) is not None

    @property
    def tells_dependencies(self) -> bool:
        return self.name.lower().startswith(_DEPENDENCIES)

    @property
    def is_known(self) -> bool:
        return self.part is not None or self.tells_effort or self.tells_dependencies


def parse_label(line: str) -> Label | None:
    found = _LABEL.match(line) if ":" in line[:_LONGEST_SHAPE] else None
    if not found:
        return None
    value = found["value"].strip()
    if found["bold"]:
        value = value.removeprefix("**").lstrip()
    shape = (len(found["indent"].expandtabs(4)), bool(found["bullet"]), bool(found["bold"]))
    return Label(found["label"].strip(), value, shape)


def read_body(document: Document, first: int, end: int) -> Body:
    """
    Read the lines from `first` up to, not including, `end`.

    A value goes on to the next label we know or one that looks like its own,
    to a heading or a rule.
    """
    reader = _Reader()
    for number, line in enumerate(document.lines[first - 1 : end - 1], first):
        reader.take(line, fenced=bool(document.fenced[number]))
    return reader.finished()


def dependencies_in(value: str) -> list[str]:
    """List the ids of a value, without those in remarks: `1.1 (needs Python 3.11)` names one."""
    bare = _without_remarks(value)
    return [] if _NONE.match(bare) else [canonical(one) for one in ids_in(bare)]


class _Reader:
    def __init__(self) -> None:
        self.body = Body()
        self.parts: dict[Part, list[str]] = {}
        self.dependencies: dict[str, None] = {}
        self.label: Label | None = None
        self.below: list[str] = []

    def take(self, line: str, *, fenced: bool) -> None:
        label = None if fenced else parse_label(line)
        if label and self._ends_with(label):
            self.close()
            self.label = label
        elif not fenced and (is_heading(line) or is_rule(line)):
            self.close()
        else:
            self.below.append(line)

    def finished(self) -> Body:
        self.close()
        self.body.parts = {part: "\n\n".join(filter(None, texts)) for part, texts in self.parts.items()}
        self.body.dependencies = tuple(self.dependencies)
        return self.body

    def close(self) -> None:
        """Keep what the open label says."""
        label, below = self.label, trimmed(self.below)
        self.label, self.below = None, []
        if label:
            value = "\n".join(filter(None, (label.value, dedent(below))))
            self._keep(label, value)

    def _ends_with(self, label: Label) -> bool:
        return self.label is None or label.is_known or label.shape == self.label.shape

    def _keep(self, label: Label, value: str) -> None:
        body = self.body
        if label.tells_effort:
            body.effort = body.effort or parse_hours(label.value)
        elif label.tells_dependencies:
            self.dependencies |= dict.fromkeys(dependencies_in(value))
        elif part := label.part:
            self.parts.setdefault(part, []).append(value)
        else:
            body.others.setdefault(label.name, value)


def _without_remarks(text: str) -> str:
    # A remark may hold a remark; one nobody closed is none.
    for _ in range(3):
        text = _REMARK.sub(" ", text)
    return text
