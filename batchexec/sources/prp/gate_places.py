"""Finds where the gates of a PRP stand: headings, list items and labels."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from batchexec.markdown import Fence
from batchexec.sources.prp.document import Line
from batchexec.sources.prp.gate_body import Body, read_body
from batchexec.sources.prp.labels import parse_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.sources.prp.document import Document, Section
    from batchexec.sources.prp.labels import Label
    from batchexec.sources.prp.phases import Stretch

_GATE = re.compile(r"(?:\d+[.)]\s+)?(?:[^\w\s]+\s*)?Gate\s+\d+\s*[:.–—-]?\s*(?P<title>.*)$")
_LEVEL = re.compile(r"\W*(?:\d+(?:\.\d+)*[.)]?\s+)?Level\s+(?P<level>[1-4])\b", re.IGNORECASE)
_LISTED_LEVEL = re.compile(r"\W*L[1-4]\b[^:]{0,80}:")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,4}[.)])[ \t]+(?P<box>\[[ xX]\][ \t]+)?")
_GATES = frozenset({"validation gates", "validation gate", "gates", "quality gates"})
_LEVELS = frozenset({*_GATES, "validation", "validation loop", "validation levels"})
_TEST_COMMAND = frozenset({"test command", "test commands"})


@dataclass(frozen=True, slots=True)
class Place:
    """A gate without its number: its title, its lines, what they say, and the level of what is around it."""

    title: str
    line: int
    end: int
    body: Body
    level: int | None = None


def headed(document: Document) -> list[Place]:
    """List the sections that are gates by their headings."""
    found = [
        (section, match["title"].strip("* ")) for section in document.sections if (match := _named(section))
    ]
    full = {section.parent.line for section, _ in found if section.parent}
    found += [(section, section.text) for section in _levels(document) if section.line not in full]
    found.sort(key=_line)
    ends = [section.line for section, _ in found[1:]]
    places = []
    for place, (section, title) in enumerate(found):
        end = min([section.end, *ends[place : place + 1]])
        body = read_body(document.walk(section.line + 1, end))
        places.append(Place(title, section.line, end, body, _level_around(section)))
    return places


def listed(document: Document, phases: Sequence[Stretch], others: Sequence[Place]) -> list[Place]:
    """List the gates that are items of a list, or labels; the lines of the others are theirs."""
    return _Lists(document, phases, others).run()


def test_commands(document: Document) -> Iterator[Place]:
    for section in document.sections:
        if section.name in _TEST_COMMAND and section.is_below({"testing strategy"}):
            yield _of_section(document, section)


def is_gate(section: Section) -> bool:
    return _named(section) is not None


def _named(section: Section) -> re.Match[str] | None:
    return _GATE.match(section.text) if 2 <= section.level <= 5 else None


def _levels(document: Document) -> Iterator[Section]:
    for section in document.sections:
        if section.level > 2 and _LEVEL.match(section.text) and section.is_below(_LEVELS):
            yield section


def _line(found: tuple[Section, str]) -> int:
    return found[0].line


def _level_around(section: Section) -> int | None:
    found = _LEVEL.match(section.parent.text) if section.parent else None
    return int(found["level"]) if found else None


def _of_section(document: Document, section: Section) -> Place:
    body = read_body(document.walk(section.line + 1, section.end))
    return Place(section.text, section.line, section.end, body)


class _Lists:
    def __init__(self, document: Document, phases: Sequence[Stretch], others: Sequence[Place]) -> None:
        self.document = document
        self.phases = phases
        self.taken = {line for place in others for line in range(place.line, place.end)}
        self.found: list[Place] = []

    def run(self) -> list[Place]:
        for section in self.document.sections:
            boxes = section.name in _GATES or _are_checks(section)
            if boxes or section.name in _LEVELS:
                self._items(section, boxes=boxes)
        for label in self.document.labels:
            if label.name == "validation gates" and label.line not in self.taken:
                self._below(label)
            elif label.name == "validation command" and self._is_in_phase(label):
                self._command(label)
        for section in self.document.sections:
            if section.name in _GATES and self.taken.isdisjoint(range(section.line, section.end)):
                self._unnamed(section)
        return self.found

    def _items(self, section: Section, *, boxes: bool) -> None:
        for event in self.document.walk(section.line + 1, section.end):
            if isinstance(event, Line) and (item := _ITEM.match(event.text)):
                text = event.text[item.end() :].strip()
                is_gate = (boxes and item["box"]) or _LISTED_LEVEL.match(text)
                if is_gate and len(item["indent"]) < 4:
                    self._add(text, event.number)

    def _add(self, text: str, line: int) -> None:
        if line not in self.taken:
            self.found.append(Place(text.replace("**", ""), line, line + 1, Body(boxes=[text])))
            self.taken.add(line)

    def _below(self, label: Label) -> None:
        """Take the items of the list below a label, down to the first line that belongs to something else."""
        deepest = None
        for event in self.document.walk(label.line + 1, self.document.source.end):
            item = _ITEM.match(event.text) if isinstance(event, Line) else None
            if isinstance(event, Line) and item:
                deepest = len(item["indent"]) if deepest is None else deepest
                if len(item["indent"]) == deepest:
                    self._add(event.text[item.end() :].strip(), event.number)
            elif not isinstance(event, Line) or (event.text.strip() and event.text[0] not in " \t"):
                return

    def _is_in_phase(self, label: Label) -> bool:
        before = bisect_right(self.phases, label.line, key=attrgetter("line"))
        return before > 0 and label.line < self.phases[before - 1].end and label.line not in self.taken

    def _command(self, label: Label) -> None:
        end = self._paragraph_end(label)
        body = read_body(self.document.walk(label.line, end))
        if body.scripts:
            self.found.append(Place("Validation Command", label.line, end, body))
            self.taken.update(range(label.line, end))

    def _paragraph_end(self, label: Label) -> int:
        """Find the end of what belongs to a label: its block, and the labels right below with theirs."""
        takes_block = not label.value
        for event in self.document.walk(label.line + 1, self.document.source.end):
            is_blank = isinstance(event, Line) and not event.text.strip()
            other = parse_label(event.text, event.number) if isinstance(event, Line) else None
            if other and other.name != label.name:
                takes_block = not other.value
            elif isinstance(event, Fence) and takes_block:
                takes_block = False
            elif not (is_blank and takes_block):
                return event.number if isinstance(event, Line) else event.line
        return self.document.source.end

    def _unnamed(self, section: Section) -> None:
        """Take the parts of a section of gates that have commands, where nothing in it is called a gate."""
        parts = [
            part for part in self.document.within(section.line + 1, section.end) if part.parent is section
        ]
        found = [_of_section(self.document, part) for part in parts or [section]]
        self.found += (place for place in found if place.body.scripts)


def _are_checks(section: Section) -> bool:
    return section.name.endswith("checks") and section.is_below({"validation"})
