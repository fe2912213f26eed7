"""The lines of a document about a plan: which of them are fenced, and the sections and header they make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.sources.plan.ids import ID, canonical, ids_in
from batchexec.sources.prp.fences import Ends, opener

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.markdown import Excerpt
    from batchexec.model import Location

UNFILLED = "[TO BE FILLED"
"""How a place starts that somebody has still to fill."""

_OLD_UNFILLED = "[FILL:"
_METADATA = re.compile(r"\*\*([^*\n]+)\*\*:(.*)", re.DOTALL)
_ABOUT = re.compile(r"Achievement(?: Addressed| Number)?")
_NAMED = re.compile(rf"Achievement\s+({ID})(?!\w|\.\d)", re.ASCII)
_BLANKS = frozenset({" ", "\t"})
_RULES = frozenset({"---", "***", "___"})
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Section:
    """A heading `##` and what is below it, from the line after it up to, not including, `end`."""

    name: str
    line: int
    end: int


class Document:
    def __init__(self, source: Excerpt) -> None:
        self.source = source
        self.lines = source.lines
        self.fenced = bytearray(len(self.lines) + 1)
        self.problems: list[Problem] = []
        self._mark_fences()

    def at(self, line: int) -> Location:
        return self.source.at(line)

    def visible(self, first: int = 1, end: int | None = None) -> Iterator[tuple[int, str]]:
        """Yield number and text of the lines in no fence, from `first` up to, not including, `end`."""
        fenced = self.fenced
        last = len(self.lines) + 1 if end is None else end
        return (
            (number, line)
            for number, line in enumerate(self.lines[first - 1 : last - 1], first)
            if not fenced[number]
        )

    def text(self, first: int, end: int) -> str:
        return trimmed(self.lines[first - 1 : end - 1])

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        starts = [(number, line[3:].strip()) for number, line in self.visible() if is_section_heading(line)]
        ends = [*(number for number, _ in starts), len(self.lines) + 1][1:]
        return tuple(Section(name, line, end) for (line, name), end in zip(starts, ends, strict=True))

    def first_section(self, name: str) -> Section | None:
        """Find the first section called like this, whatever emoji stands before; `name` is a pattern."""
        wanted = re.compile(rf"\W*{name}\b", re.ASCII | re.IGNORECASE)
        return next((one for one in self.sections if wanted.match(one.name[:_LONGEST])), None)

    def section_text(self, name: str) -> str:
        found = self.first_section(name)
        return self.text(found.line + 1, found.end) if found else ""

    @cached_property
    def header(self) -> Header:
        end = self.sections[0].line if self.sections else len(self.lines) + 1
        return read_header([line for _, line in self.visible(1, end)])

    def _mark_fences(self) -> None:
        if not any("```" in line or "~~~" in line for line in self.lines):
            return
        ends = Ends(self.lines)
        after = 0
        for place in ends.places:
            found = opener(self.lines[place]) if place >= after else None
            if found:
                end, closed = ends.of(place, found)
                after = min(end + closed, len(self.lines))
                self.fenced[place + 1 : after + 1] = b"\1" * (after - place)
                if not closed:
                    self._report_open(place + 1)

    def _report_open(self, line: int) -> None:
        message = "the block that starts here is never closed"
        hint = "close it with a fence of its own kind"
        self.problems.append(Problem(self.at(line), message, hint, Severity.WARNING, "open-fence"))


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the first `##`: the first heading, `**Key**: value` lines, and the id they name."""

    heading: str
    values: dict[str, str]
    id: str
    written_id: str
    heading_id: str
    text: str

    def first(self, *keys: str) -> str:
        return next((self.values[key] for key in keys if self.values.get(key)), "")


def read_header(lines: Sequence[str]) -> Header:
    """Read the lines before the first section; the id is that of the label, else that of the heading."""
    heading = next((line[2:].strip() for line in lines if line[:2] in {"# ", "#\t"}), "")[:_LONGEST]
    values: dict[str, str] = {}
    written = ""
    for line in lines:
        if pair := metadata(line):
            values.setdefault(*pair)
            if not written and _ABOUT.fullmatch(pair[0]):
                written = next(iter(ids_in(pair[1])), "")
    in_heading = _id_in_heading(heading)
    written = written or in_heading
    return Header(heading, values, _canonical(written), written, _canonical(in_heading), "\n".join(lines))


def _id_in_heading(heading: str) -> str:
    # `Support Python 3.11 (Achievement 1.2)` speaks of 1.2.
    named = _NAMED.search(heading)
    return named[1] if named else next(iter(ids_in(heading)), "")


def _canonical(id_: str) -> str:
    return canonical(id_) if id_ else ""


def metadata(line: str) -> tuple[str, str] | None:
    """Split a line `**Key**: value`."""
    found = _METADATA.match(line) if line[:2] == "**" else None
    return (found[1], found[2].strip()[:_LONGEST]) if found else None


def is_section_heading(line: str) -> bool:
    return line[:2] == "##" and line[2:3] in _BLANKS


def is_heading(line: str) -> bool:
    return line[:1] == "#" and line.lstrip("#")[:1] in _BLANKS


def unfilled(text: str) -> int:
    """Count the places of a text that are still to be filled."""
    return text.count(UNFILLED) + text.count(_OLD_UNFILLED)


def trimmed(lines: Sequence[str]) -> str:
    """Join lines without the blank ones and the rules that set them off from what is around them."""
    first, end = 0, len(lines)
    while end > first and _is_margin(lines[end - 1]):
        end -= 1
    while first < end and not lines[first].strip():
        first += 1
    return "\n".join(line.rstrip() for line in lines[first:end])


def is_rule(line: str) -> bool:
    return line.strip() in _RULES


def _is_margin(line: str) -> bool:
    return not line.strip() or is_rule(line)
