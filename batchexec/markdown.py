"""Reads Markdown line by line: headings, fences and labels with their true line numbers, in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SourceError
from batchexec.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLANKS = " \t"
_LONGEST_HEADING = 1000
_LONGEST_LABEL = 60
# UTF-32 first: its little-endian mark starts with the one of UTF-16.
_FOREIGN_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_EMPHASIS = "*_`"
_EMPHASIS_OR_BLANKS = _EMPHASIS + _BLANKS
_WIDE_COLON = "\uff1a"  # what keyboards for Chinese and Japanese give
_BEFORE_NAME = re.compile(r"[\W\d_]*")
_YAML_KEY = re.compile(r"[A-Za-z_][\w-]*[ \t]*:")
_NUMBERED_ITEM = re.compile(r"\d{1,9}[.)](?=[ \t]|$)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a file that still knows where it stands in it: `lines[0]` is line `first` of `file`."""

    file: str
    lines: tuple[str, ...]
    first: int = 1

    @classmethod
    def of(cls, file: str, data: bytes) -> Excerpt:
        """
        Decode a file that has to be UTF-8.

        A byte order mark is dropped, CRLF becomes LF, and only LF ends a
        line, as in an editor. Raises SourceError with the line of a bad byte.
        """
        text = _decoded(file, data)
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        return cls(file, tuple(text.split("\n")))

    def at(self, line: int) -> Location:
        return Location(self.file, line)

    def between(self, first: int, end: int) -> Excerpt:
        """Cut out the lines from number `first` up to, not including, number `end`."""
        return Excerpt(self.file, self.lines[first - self.first : end - self.first], first)

    @property
    def end(self) -> int:
        """The number of the line after the last one."""
        return self.first + len(self.lines)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """
    A fenced block.

    `lines` are what stands between the fences without the opener's
    indentation, `first` is the number of the first of them, `end` the number
    of the line after the block. A block nobody closed runs to the end.
    """

    info: str
    language: str
    lines: tuple[str, ...]
    line: int
    first: int
    end: int
    closed: bool = True

    @property
    def text(self) -> str:
        """The content as a file would hold it: each line with its newline."""
        return "\n".join((*self.lines, "")) if self.lines else ""


@dataclass(frozen=True, slots=True)
class Label:
    """`**Name:** value`: the name in lower case, the value as written."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Aside:
    """Lines that are text whatever they look like: an HTML comment or front matter."""

    line: int
    end: int


Item = Heading | Fence | Label | Aside


def scan(source: Excerpt, labels: frozenset[str] = frozenset()) -> list[Item]:
    """
    List headings, fences, asides and the labels of these names, in the order they stand.

    Fences and headings with `#` are those of CommonMark, with two exceptions that suit
    prompts: only a closing fence ends a block in a list item, and an HTML
    comment nobody closed is no comment.
    """
    scanner = _Scanner(source, labels)
    scanner.run()
    return scanner.items


def open_fence(source: Excerpt, fence: Fence) -> Iterator[Problem]:
    """Yield what is wrong with a block that runs to the end of the file, where all that follows is lost."""
    if not fence.closed:
        message = "the block that starts here is never closed"
        yield Problem(source.at(fence.line), message, "close it with a fence of its own kind")


def prose(source: Excerpt, items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Yield number and text of every line that is in no fence and no aside."""
    number = source.first
    for item in items:
        if isinstance(item, Fence | Aside):
            yield from enumerate(source.lines[number - source.first : item.line - source.first], number)
            number = item.end
    yield from enumerate(source.lines[number - source.first :], number)


def parse_label(text: str, names: frozenset[str]) -> tuple[str, str] | None:
    """Split `**Name:** value`, in a list item or not, if the name is one of these."""
    name, colon, value = text.partition(":")
    if _WIDE_COLON in name:
        name, colon, value = text.partition(_WIDE_COLON)
    if not colon or len(name) > _LONGEST_LABEL:
        return None
    mark = _BEFORE_NAME.match(name)
    start = mark.end() if mark else 0
    name = name.rstrip()
    key = name[start:].rstrip(_EMPHASIS_OR_BLANKS).lower()
    if key not in names:
        return None
    value = value.strip()
    is_open = start > 0 and name[-1] not in _EMPHASIS
    return key, _without_closing(value, name[:start]) if is_open else value


def indent_of(line: str) -> int:
    """Count the columns before the text of a line; a tab leads to the next multiple of four."""
    lead = line[: len(line) - len(line.lstrip(_BLANKS))]
    return len(lead.expandtabs(4)) if "\t" in lead else len(lead)


def _decoded(file: str, data: bytes) -> str:
    for mark, encoding in _FOREIGN_MARKS:
        if data.startswith(mark):
            raise SourceError(Problem(Location(file, 1), f"the file is {encoding}", "save it as UTF-8"))
    zero = data.find(b"\0")
    if zero >= 0:
        where = Location(file, data.count(b"\n", 0, zero) + 1)
        raise SourceError(Problem(where, "the file holds a NUL byte", "save it as UTF-8 text"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder counts from after the byte order mark.
        bad = error.start + (len(data) - len(error.object))
        where = Location(file, data.count(b"\n", 0, bad) + 1)
        message = f"byte {bad + 1} of the file (0x{data[bad]:02x}) is not UTF-8"
        raise SourceError(Problem(where, message, "save it as UTF-8")) from None


def _without_closing(value: str, lead: str) -> str:
    """Drop the end of the emphasis that `lead`, what stands before the label's name, has opened."""
    opened = "".join(char for char in lead.removeprefix("* ") if char in _EMPHASIS)
    closing = opened[::-1]
    if value.startswith(closing):
        return value.removeprefix(closing).lstrip()
    return value.removesuffix(closing).rstrip()


def _language(info: str) -> str:
    word = info.split(None, 1)[0] if info else ""
    return word.partition(":")[0].partition("{")[0].strip(".,").lower()


class _Scanner:
    def __init__(self, source: Excerpt, labels: frozenset[str]) -> None:
        self.items: list[Item] = []
        self.first = source.first
        self.lines = source.lines
        self.labels = labels
        # Fences and comments take their lines from the same iterator.
        self.numbered = iter(enumerate(source.lines, source.first))
        # Where the text of each open list item starts.
        self.nesting: list[int] = []
        self.after_blank = True
        self.last_comment_end: int | None = None

    def run(self) -> None:
        self._front_matter()
        kinds = {
            "#": self._heading,
            "`": self._fence,
            "~": self._fence,
            "<": self._comment,
            **dict.fromkeys("-*+", self._bullet),
            **dict.fromkeys("0123456789", self._number),
        }
        labels = self.labels
        for number, line in self.numbered:
            text = line.strip(_BLANKS)
            if not text:
                self.after_blank = True
                continue
            kind = kinds.get(text[0])
            if kind is None:
                if self.nesting:
                    self._leave_items(line)
            elif kind(number, line, text):
                self.after_blank = False
                continue
            self.after_blank = False
            if (":" in text or _WIDE_COLON in text) and (label := parse_label(text, labels)):
                self.items.append(Label(*label, number))

    def _front_matter(self) -> None:
        lines = self.lines
        if self.first != 1 or not lines or lines[0].rstrip() != "---":
            return
        start = next((line for line in lines[1:] if line.strip()), "")
        if not _YAML_KEY.match(start):
            return
        end = next((n for n, line in enumerate(lines[1:], 2) if line.rstrip() in {"---", "..."}), 0)
        if not end:
            return
        self.items.append(Aside(1, end + 1))
        for number, line in self.numbered:
            if number == end:
                return
            if label := parse_label(line, self.labels):
                self.items.append(Label(*label, number))

    def _heading(self, number: int, line: str, text: str) -> bool:
        level = len(text) - len(text.lstrip("#"))
        if level > 6 or text[level : level + 1] not in {"", " ", "\t"}:
            return False
        indent = indent_of(line)
        if indent - self._container(indent) > 3:
            return False
        text = text[level : level + _LONGEST_HEADING].strip()
        bare = text.rstrip("#")
        if not bare or bare[-1] in _BLANKS:
            text = bare.rstrip()
        self.items.append(Heading(level, text, number))
        return True

    def _fence(self, number: int, line: str, text: str) -> bool:
        size = len(text) - len(text.lstrip(text[0]))
        return size >= 3 and self._open_fence(number, indent_of(line), text)

    def _open_fence(self, number: int, indent: int, text: str) -> bool:
        mark = text[0]
        info = text.lstrip(mark)
        run = text[: len(text) - len(info)]
        info = info.strip()
        if mark == "`" and "`" in info:
            return False
        container = self._container(indent)
        if indent - container > 3:
            return False
        end, closed = self._fence_end(run, container + 3)
        lines = self.lines[number + 1 - self.first : end - self.first]
        if indent:
            lines = tuple([_unindented(line, indent) for line in lines])
        after = end + 1 if closed else end
        self.items.append(Fence(info, _language(info), lines, number, number + 1, after, closed))
        return True

    def _fence_end(self, run: str, deepest: int) -> tuple[int, bool]:
        for number, line in self.numbered:
            if run in line and not line.strip(_BLANKS).strip(run[0]) and indent_of(line) <= deepest:
                return number, True
        return self.first + len(self.lines), False

    def _comment(self, number: int, line: str, text: str) -> bool:
        indent = indent_of(line)
        if not text.startswith("<!--") or indent - self._container(indent) > 3:
            return False
        end = number if "-->" in text[4:] else 0
        if not end and number < self._last_comment_end():
            end = next(later for later, line in self.numbered if "-->" in line)
        if end:
            self.items.append(Aside(number, end + 1))
        return bool(end)

    def _last_comment_end(self) -> int:
        # Asked once: else every unclosed comment would search the rest of the file.
        if self.last_comment_end is None:
            found = (index for index in range(len(self.lines) - 1, -1, -1) if "-->" in self.lines[index])
            self.last_comment_end = next(found, -1) + self.first
        return self.last_comment_end

    def _bullet(self, number: int, line: str, text: str) -> bool:
        if text[1:2] not in {"", " ", "\t"} or _is_rule(text):
            return False
        return self._list_item(number, line, text, 1)

    def _number(self, number: int, line: str, text: str) -> bool:
        marker = _NUMBERED_ITEM.match(text)
        return bool(marker) and self._list_item(number, line, text, marker.end() if marker else 0)

    def _list_item(self, number: int, line: str, text: str, width: int) -> bool:
        indent = indent_of(line)
        if indent - self._container(indent) > 3:
            return False
        rest = text[width:]
        content = rest.lstrip(_BLANKS)
        gap = indent_of(" " * (indent + width) + rest) - indent - width if content else 1
        start = indent + width + (gap if gap < 5 else 1)
        self.nesting.append(start)
        return content[:3] in {"```", "~~~"} and gap < 5 and self._open_fence(number, start, content)

    def _container(self, indent: int) -> int:
        """Leave the list items that something at this column cannot belong to."""
        while self.nesting and self.nesting[-1] > indent:
            self.nesting.pop()
        return self.nesting[-1] if self.nesting else 0

    def _leave_items(self, line: str) -> None:
        # Without a blank line before it the text carries on the item's paragraph.
        if self.after_blank:
            self._container(indent_of(line))


def _is_rule(text: str) -> bool:
    return len(text) > 2 and not text.strip(text[0] + _BLANKS) and text.count(text[0]) > 2


def _unindented(line: str, columns: int) -> str:
    """Take up to so many columns of blanks off a line; of a tab that reaches further the rest stays."""
    column = 0
    for place, char in enumerate(line):
        if column >= columns or char not in _BLANKS:
            return line[place:]
        column += 1 if char == " " else 4 - column % 4
        if column > columns:
            return " " * (column - columns) + line[place + 1 :]
    return ""
