"""A PRP's text as lines, blocks and sections with their true line numbers."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from batchexec.errors import Problem, Severity
from batchexec.markdown import Excerpt, Fence
from batchexec.model import Location
from batchexec.sources.prp import fences
from batchexec.sources.prp.labels import Label, parse_label

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
_KEYCAP = r"\d\ufe0f?\u20e3\s*"
_LEAD = re.compile(rf"[\W_]*(?:{_KEYCAP}|\d+(?:\.\d+)*[.)]?\s+)?[\W_]*")
_STARTS = frozenset("#`~<-")
_LONGEST = 1000


@dataclass(slots=True)
class Section:
    """
    A heading and all below it, up to the line `end`, where one of its level or above stands.

    `name` is the heading without numbering, emoji and case.
    """

    level: int
    text: str
    name: str
    line: int
    end: int
    parent: Section | None = None

    def is_below(self, names: Container[str]) -> bool:
        around = self.parent
        while around and around.name not in names:
            around = around.parent
        return around is not None


class Line(NamedTuple):
    number: int
    text: str


Event = Line | Fence | Section


@dataclass(slots=True)
class Document:
    source: Excerpt
    fences: dict[int, Fence] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    headings: dict[int, Section] = field(default_factory=dict)
    asides: dict[int, int] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def at(self, line: int) -> Location:
        return Location(self.source.file, line)

    def walk(self, first: int, end: int) -> Iterator[Event]:
        """Yield what stands in the lines from `first` up to, not including, `end`; asides are left out."""
        lines = self.source.lines
        number = first
        while number < end:
            if fence := self.fences.get(number):
                yield fence
                number = fence.end
            elif number in self.asides:
                number = self.asides[number]
            else:
                yield self.headings.get(number) or Line(number, lines[number - 1])
                number += 1

    def within(self, first: int, end: int) -> Sequence[Section]:
        """Give the sections whose heading stands in these lines."""
        start = bisect_left(self.sections, first, key=_line)
        return self.sections[start : bisect_left(self.sections, end, key=_line)]

    def text(self, first: int, end: int) -> str:
        """Give the lines as they stand, without blank lines and rules around them."""
        lines = list(self.source.lines[first - 1 : end - 1])
        while lines and lines[-1].strip() in {"", "---"}:
            lines.pop()
        start = next((place for place, line in enumerate(lines) if line.strip()), 0)
        return "\n".join(lines[start:])


def parse_document(source: Excerpt, header: tuple[int, int] | None = None) -> Document:
    """Read a whole file; the lines of its `header` are an aside."""
    return _Reader(source, header).run()


def fold(text: str) -> str:
    """Fold a heading or a label for comparison: no numbering, emoji, emphasis and case."""
    text = bare(text[:_LONGEST].replace("*", "").replace("`", ""))
    end = len(text)
    while end and not (text[end - 1].isalnum() or text[end - 1] == ")"):
        end -= 1
    return " ".join(text[:end].lower().split())


def bare(text: str) -> str:
    """Take the numbering and the emoji in front off a heading."""
    lead = _LEAD.match(text)
    return text[lead.end() :] if lead else text


def _line(section: Section) -> int:
    return section.line


class _Reader:
    def __init__(self, source: Excerpt, header: tuple[int, int] | None) -> None:
        self.lines = source.lines
        self.done = Document(source)
        self.ends = fences.Ends(self.lines)
        self.open: list[Section] = []
        self.header = header
        self.last_comment_end: int | None = None

    def run(self) -> Document:
        number, count = 1, len(self.lines)
        if self.header:
            self.done.asides[self.header[0]] = self.header[1]
        while number <= count:
            line = self.lines[number - 1]
            text = line.lstrip()
            after = self._marked(number, line, text) if text[:1] in _STARTS else 0
            if not after and "**" in text and text[0] != "#" and (label := parse_label(line, number)):
                self.done.labels.append(label)
            number = after or number + 1
        for section in self.open:
            section.end = count + 1
        return self.done

    def _marked(self, number: int, line: str, text: str) -> int:
        """Take a line that may begin something; give the line after it, if that is not the next one."""
        if number in self.done.asides:
            return self.done.asides[number]
        if text.startswith(("```", "~~~")):
            return self._fence(number, line)
        if text.startswith("<!--"):
            return self._comment(number, text)
        if text.startswith("#"):
            self._heading(number, line)
        return 0

    def _fence(self, number: int, line: str) -> int:
        first = fences.opener(line)
        if first is None:
            return 0
        place, closed = self.ends.of(number - 1, first)
        indent = len(line) - len(line.lstrip())
        content = self.lines[number:place]
        if indent:
            content = tuple([_unindented(each, indent) for each in content])
        end = place + 2 if closed else place + 1
        language = first.info.split(None, 1)[0].partition("{")[0].lower() if first.info else ""
        self.done.fences[number] = Fence(first.info, language, content, number, number + 1, end, closed)
        if not closed:
            self._warn_open(number)
        return end

    def _warn_open(self, number: int) -> None:
        message = "the block that starts here is never closed and is taken to end before the next section"
        hint = "close it with a fence of its own kind"
        where = self.done.at(number)
        self.done.problems.append(Problem(where, message, hint, Severity.WARNING, "open-block"))

    def _heading(self, number: int, line: str) -> None:
        found = _HEADING.match(line)
        if not found:
            return
        level = len(found[1])
        text = line[found.end() : found.end() + _LONGEST].strip()
        bare = text.rstrip("#")
        if not bare or bare[-1] in " \t":
            text = bare.rstrip()
        while self.open and self.open[-1].level >= level:
            self.open.pop().end = number
        section = Section(level, text, fold(text), number, 0, self.open[-1] if self.open else None)
        self.open.append(section)
        self.done.sections.append(section)
        self.done.headings[number] = section

    def _comment(self, number: int, text: str) -> int:
        if "-->" in text[4:] or number >= self._last_comment_end():
            return 0
        end = next(place for place in range(number, len(self.lines)) if "-->" in self.lines[place])
        self.done.asides[number] = end + 2
        return end + 2

    def _last_comment_end(self) -> int:
        # Asked once: else every unclosed comment would search the rest of the file.
        if self.last_comment_end is None:
            found = (place for place in range(len(self.lines), 0, -1) if "-->" in self.lines[place - 1])
            self.last_comment_end = next(found, 0)
        return self.last_comment_end


def _unindented(line: str, columns: int) -> str:
    lead = len(line) - len(line.lstrip(" \t"))
    return line[min(lead, columns) :]
