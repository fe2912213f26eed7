"""Cuts a prompt file into the sections that are tasks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.markdown import Heading, Label, parse_label
from batchexec.sources import ids

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchexec.markdown import Excerpt, Item

_HEADER = frozenset({"priority", "category"})
_NUMBERING = re.compile(r"\d+[.)]\s+")
_WORD = re.compile(r"task(?:\s+#?(?P<number>\d[\d.]*)\s*[:：)\-–—]?|\s*[:：])\s*(?P<rest>.*)", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")
_ANCHOR = re.compile(r"^(?:<a\b[^<>]*>\s*(?:</a>)?\s*)+")
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Section:
    """
    One task as it stands in its file: what its heading says, and what is below it.

    `said` holds the text and line of `priority` and `category`, from the
    section itself or, where it is silent, from what encloses it.
    """

    id: str | None
    number: str | None
    title: str
    level: int
    line: int
    body: Excerpt
    items: Sequence[Item]
    said: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """A heading whose section has not ended, or the file itself; `name` is what a task heading says."""

    level: int
    start: int
    said: dict[str, tuple[str, int]]
    line: int = 0
    name: tuple[str | None, str | None, str] | None = None
    is_group: bool = False


def task_sections(source: Excerpt, items: Sequence[Item], known: Collection[str]) -> list[Section]:
    """
    List the tasks of a file in the order they stand.

    `known` holds the ids of tasks.md. A section that holds task headings is a
    group, be it called a task itself or `Phase 1`: it is no task, and what it
    says of priority and category goes for its tasks.
    """
    cutter = _Cutter(source, items, known)
    return cutter.run()


def whole_file(source: Excerpt, items: Sequence[Item], name: str) -> Section:
    """Take a file without a task heading as one task, titled by its first heading."""
    first = next((index for index, item in enumerate(items) if isinstance(item, Heading)), None)
    heading = items[first] if first is not None else None
    said: dict[str, tuple[str, int]] = {}
    for item in items:
        _note(said, item)
    if not isinstance(heading, Heading):
        return Section(name, None, "", 0, 1, _body(source, 1, source.end), items, said)
    start = heading.line + 1 if heading.line == _first_line(source) else source.first
    title = clean_heading(heading.text)
    rest = items if first is None else [*items[:first], *items[first + 1 :]]
    return Section(name, None, title, 0, heading.line, _body(source, start, source.end), rest, said)


def clean_heading(text: str) -> str:
    """Take emphasis, backticks, links, anchors, a leading emoji and a check box off a heading."""
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if text[:1] == "<":
        text = _ANCHOR.sub("", text)
    if "`" in text or "*" in text or "_" in text:
        text = text.replace("`", "").replace("**", "").strip()
        if text[:2] == "__":
            text = text.replace("__", "", 2)
        if len(text) > 2 and text[0] in "*_" and text[0] == text[-1]:
            text = text[1:-1]
    if text and not (text[0].isalnum() and text[1:2].isascii()):
        text = _without_emoji(text)
    return text


def parse_task_heading(text: str, known: Collection[str]) -> tuple[str | None, str | None, str] | None:
    """Read id, number and title off a heading that speaks of a task; None for any other heading."""
    text = clean_heading(text)
    if text[:1].isdigit() and (numbering := _NUMBERING.match(text)):
        text = text[numbering.end() :]
    if text[:4].lower() == "task":
        if word := _WORD.match(text):
            rest = word["rest"]
            number = word["number"].rstrip(".") if word["number"] else None
            found = ids.leading_listed_id(rest)
            return (found[0], number, found[1]) if found else (None, number, rest.strip())
        if text[4:5].isspace() and (found := ids.leading_task_id(text[4:].lstrip())):
            return found[0], None, found[1]
    found = ids.leading_task_id(text) or _known(text, known)
    return (found[0], None, found[1]) if found else None


def _known(text: str, known: Collection[str]) -> tuple[str, str] | None:
    found = ids.leading_listed_id(text) if known else None
    return found if found and found[0] in known else None


class _Cutter:
    def __init__(self, source: Excerpt, items: Sequence[Item], known: Collection[str]) -> None:
        self.source = source
        self.items = items
        self.known = known
        self.root = _Open(0, 0, {})
        self.open = [self.root]
        self.sections: list[Section] = []

    def run(self) -> list[Section]:
        first = True
        for index, item in enumerate(self.items):
            if isinstance(item, Heading):
                self._heading(index, item, first=first)
                first = False
            elif isinstance(item, Label) and item.name in _HEADER and not self.open[-1].is_group:
                _note(self.open[-1].said, item)
        self._close(1, len(self.items), self.source.end)
        self.sections.sort(key=_line)
        return self.sections

    def _heading(self, index: int, heading: Heading, *, first: bool) -> None:
        if len(self.open) > 1:
            self._close(heading.level, index, heading.line)
        is_task_level = 1 < heading.level <= _DEEPEST or (first and heading.level == 1)
        name = parse_task_heading(heading.text, self.known) if is_task_level else None
        outer = self.open[-1]
        if name:
            for around in self.open:
                around.is_group = True
        elif not outer.is_group:
            _note(outer.said, heading)
        is_title = first and heading.level == 1
        if name or (not is_title and (outer.is_group or not outer.name)):
            self.open.append(_Open(heading.level, index + 1, {}, heading.line, name))

    def _close(self, level: int, index: int, line: int) -> None:
        while len(self.open) > 1 and self.open[-1].level >= level:
            done = self.open.pop()
            outer = self.open[-1]
            if done.name and not done.is_group:
                self.sections.append(self._section(done, done.name, index, line))
            elif not (done.is_group or outer.is_group):
                # Nothing but an introduction: what it says goes for the tasks that follow.
                outer.said = {**done.said, **outer.said}

    def _section(
        self, done: _Open, name: tuple[str | None, str | None, str], index: int, end: int
    ) -> Section:
        said = done.said
        if len(said) < len(_HEADER):
            for outer in reversed(self.open):
                if outer.said:
                    said = {**outer.said, **said}
        body = _body(self.source, done.line + 1, end)
        items = self.items[done.start : index]
        return Section(*name, done.level, done.line, body, items, said)


def _line(section: Section) -> int:
    return section.line


def _note(said: dict[str, tuple[str, int]], item: Item) -> None:
    """Keep the first thing said of priority and category, as a label or as a heading."""
    if isinstance(item, Label):
        if item.name in _HEADER:
            said.setdefault(item.name, (item.value, item.line))
    elif isinstance(item, Heading) and ":" in item.text and (label := parse_label(item.text, _HEADER)):
        said.setdefault(label[0], (label[1], item.line))


def _body(source: Excerpt, first: int, end: int) -> Excerpt:
    """Cut a section's text out, without the blank lines and the rule that set it off from the next."""
    lines = source.lines
    base = source.first
    while end > first and _is_margin(lines[end - 1 - base]):
        end -= 1
    while first < end and not lines[first - base].strip():
        first += 1
    return source.between(first, end)


def _is_margin(line: str) -> bool:
    text = line.strip()
    return not text or text in {"---", "***", "___"}


def _first_line(source: Excerpt) -> int:
    return next(
        (number for number, line in enumerate(source.lines, source.first) if line.strip()), source.first
    )


def _without_emoji(text: str) -> str:
    box = re.match(r"\[[ xX]\]\s+", text)
    if box:
        return text[box.end() :]
    if text[1:3] == "\ufe0f\u20e3" or text[1:2] == "\u20e3":
        return text[3:].lstrip("\u20e3 ")
    index = 0
    while index < len(text) and (text[index] == " " or unicodedata.category(text[index]) in _EMOJI):
        index += 1
    return text[index:]


_EMOJI = frozenset({"So", "Sk", "Cf", "Mn", "Me", "Co"})
