"""Cuts a phase into its steps, whichever way they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.markdown import Fence
from batchexec.sources.prp import labels
from batchexec.sources.prp.document import Line
from batchexec.sources.prp.prp import Step

if TYPE_CHECKING:
    from collections.abc import Container

    from batchexec.sources.prp.document import Document, Section
    from batchexec.sources.prp.phases import Stretch

_STEP = re.compile(r"\W*Step\s+\d[\w.]*\s*[:.)–—-]?\s*")
_BOLD_STEP = re.compile(r"\W{0,6}\*\*\s*Step\s+\d[\w.]{0,20}\s*[:.)–—-]?\s*")
_NUMBERED = re.compile(r"\d{1,9}[.)][ \t]+")
_BOX = re.compile(r"[-*+][ \t]+\[[ xX]\][ \t]+")
_BLOCKS = frozenset({"create", "update", "file"})
_LONGEST = 1000

Start = tuple[int, str]
"""The line a step begins on, and what it is called there."""


@dataclass(slots=True)
class _Forms:
    """Where steps begin, one list for every way to write them; the first that has any counts."""

    headings: list[Start] = field(default_factory=list)
    bold: list[Start] = field(default_factory=list)
    numbered: list[Start] = field(default_factory=list)
    boxes: list[Start] = field(default_factory=list)
    blocks: list[Start] = field(default_factory=list)
    text: list[Start] = field(default_factory=list)

    def first(self) -> list[Start]:
        return self.headings or self.bold or self.numbered or self.boxes or self.blocks or self.text[:1]


def read_steps(document: Document, phase: Stretch, count: int, passed_over: Container[int]) -> list[Step]:
    """Read the steps of a phase, numbered on from `count`; some lines are no part of the work."""
    starts = _starts(document, phase, passed_over)
    if not starts:
        return []
    ends = [line for line, _ in starts[1:]] + [phase.end]
    return [
        Step(count + place, title or phase.title, document.text(line, end), document.at(line))
        for place, ((line, title), end) in enumerate(zip(starts, ends, strict=True), 1)
    ]


def _starts(document: Document, phase: Stretch, passed_over: Container[int]) -> list[Start]:
    forms = _Forms()
    for event in document.walk(phase.line + 1, phase.end):
        if isinstance(event, Line):
            if event.number not in passed_over:
                _take(forms, event)
        elif isinstance(event, Fence):
            if event.line not in passed_over:
                forms.text.append((event.line, ""))
        elif event.line not in passed_over:
            _take_heading(forms, event)
    return forms.first()


def _take_heading(forms: _Forms, heading: Section) -> None:
    if heading.level >= 3 and (found := _STEP.match(heading.text)):
        forms.headings.append((heading.line, heading.text[found.end() :].strip()))


def _take(forms: _Forms, line: Line) -> None:
    text = line.text[:_LONGEST].rstrip()
    if not text or text == "---":
        return
    forms.text.append((line.number, ""))
    if found := _NUMBERED.match(text):
        forms.numbered.append((line.number, _plain(text[found.end() :])))
    elif found := _BOX.match(text):
        forms.boxes.append((line.number, _plain(text[found.end() :])))
    elif "**" in text and (found := _BOLD_STEP.match(text)):
        forms.bold.append((line.number, _plain(text[found.end() :])))
    elif (label := labels.parse_label(text, line.number)) and label.name in _BLOCKS and not label.indent:
        forms.blocks.append((line.number, f"{label.name.capitalize()} {label.value}".strip()))


def _plain(text: str) -> str:
    return text.replace("**", "").lstrip(" :.–—-").rstrip(" :")
