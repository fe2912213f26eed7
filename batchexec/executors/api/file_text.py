"""A file as lines that can be found and replaced, all others kept byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

_MARK = "\ufeff"
_MOST_STARTS = 20  # places looked at to say what differs
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Hunk:
    """
    Lines to find in a file and what to put there, without line ends.

    `line` is where the answer says so. `at` is the line of the file, from 1,
    where the answer believes them to stand; None if it does not say.
    `final_newline` is how a file ends whose last line the hunk reaches; None leaves that as it is.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    line: int
    at: int | None = None
    final_newline: bool | None = None


class UnfitError(Exception):
    """A hunk that cannot go into its file; the text says why."""


@dataclass(frozen=True, slots=True)
class FileText:
    """
    The lines of a file, and how they end.

    With `cr` most lines end with CRLF, and so do new ones. The other lines
    keep a CR of their own.
    """

    lines: tuple[str, ...] = ()
    cr: bool = False
    mark: str = ""
    final_newline: bool = True

    @classmethod
    def of(cls, data: bytes) -> FileText:
        """Decode a file; raises UnicodeDecodeError where it is not UTF-8."""
        text = data.decode()
        mark = _MARK if text.startswith(_MARK) else ""
        cr = text.count("\r\n") * 2 > text.count("\n")
        lines = text[len(mark) :].split("\n")
        last = lines.pop()
        if last:
            lines.append(f"{last}\r" if cr else last)
        return cls(tuple(lines), cr, mark, not last)

    def encode(self) -> bytes:
        text = "\n".join((*self.lines, "")) if self.lines else ""
        if not self.final_newline:
            text = text.removesuffix("\n").removesuffix("\r" if self.cr else "")
        return f"{self.mark}{text}".encode()

    @property
    def text(self) -> str:
        """The text with LF alone."""
        return "\n".join((*self._bare(), "")) if self.lines else ""

    def rewritten(self, text: str) -> FileText:
        """Put another text, with LF alone, in place of all lines."""
        lines = text.split("\n")
        last = lines.pop()
        lines = [*lines, last] if last else lines
        return replace(self, lines=self._ended(lines), final_newline=not last)

    def changed(self, hunk: Hunk, drift: int = 0) -> FileText:
        """
        Replace the lines of a hunk; UnfitError says why it cannot be.

        They stand `drift` lines further down than the hunk knows.
        """
        start = _place(self._bare(), hunk, drift)
        size = len(hunk.before)
        head = _common(hunk.before, hunk.after)
        tail = _common(hunk.before[head:][::-1], hunk.after[head:][::-1])
        new = self._ended(hunk.after[head : len(hunk.after) - tail])
        lines = (*self.lines[: start + head], *new, *self.lines[start + size - tail :])
        is_last = start + size == len(self.lines) and hunk.final_newline is not None
        return replace(
            self, lines=lines, final_newline=bool(hunk.final_newline) if is_last else self.final_newline
        )

    def _bare(self) -> list[str]:
        return [line.removesuffix("\r") for line in self.lines]

    def _ended(self, lines: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        return tuple(f"{line}\r" for line in lines) if self.cr else tuple(lines)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Count the lines two lists have in common at their start."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _place(lines: list[str], hunk: Hunk, drift: int) -> int:
    """Find the one place where the lines of a hunk stand; of several it is the one it names."""
    wanted = list(hunk.before)
    if not wanted:
        if lines:
            raise UnfitError("it has no line of the file to go by")
        return 0
    if hunk.at is not None:
        stated = max(hunk.at - 1 + drift, 0)
        if lines[stated : stated + len(wanted)] == wanted:
            return stated
    text, needle = _framed(lines), _framed(wanted)
    found = text.find(needle)
    if found < 0:
        raise UnfitError(f"its lines are not in the file: {_difference(lines, wanted)}")
    again = text.find(needle, found + 1)
    if again >= 0:
        both = f"lines {_number(text, found) + 1} and {_number(text, again) + 1}"
        raise UnfitError(f"its lines stand in the file more than once ({both})")
    return _number(text, found)


def _framed(lines: list[str]) -> str:
    return "\n".join(("", *lines, ""))


def _number(text: str, place: int) -> int:
    return text.count("\n", 0, place)


def _difference(lines: list[str], wanted: list[str]) -> str:
    """Say where the best place for the lines stops being like them."""
    starts = list(islice((n for n, line in enumerate(lines) if line == wanted[0]), _MOST_STARTS))
    if not starts:
        return f"it has no line {_shown(wanted[0])}"
    same, start = max((_common(tuple(lines[n : n + len(wanted)]), tuple(wanted)), -n) for n in starts)
    there = -start + same
    has = _shown(lines[there]) if there < len(lines) else "its end"
    return f"at line {there + 1} it has {has}, not {_shown(wanted[same])}"


def _shown(line: str) -> str:
    return repr(line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…")
