"""Keeps what a gate prints, and reads it again line by line as a person would see it."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from batchexec.gates.escapes import plain
from batchexec.gates.script import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_MEMORY = 256 * 1024


@contextmanager
def listening() -> Iterator[Printed]:
    with SpooledTemporaryFile(_IN_MEMORY) as out, SpooledTemporaryFile(_IN_MEMORY) as both:
        yield Printed(out, both)


class Printed:
    """
    What a gate printed.

    Twice: the lines of its standard output, and both streams as they came,
    for in the latter a line of one may stand in the middle of a line of the other.
    """

    def __init__(self, out: IO[bytes], both: IO[bytes]) -> None:
        self._out = out
        self._both = both
        self._lines: list[bytes] = []

    def take_line(self, line: bytes) -> bool:
        self._lines.append(line)
        return False

    def take(self, data: bytes) -> None:
        self._both.write(data)
        self._write_lines()

    def _write_lines(self) -> None:
        # Many at once: a program may print millions of them.
        if self._lines:
            self._out.writelines((b"\n".join(self._lines), b"\n"))
            self._lines.clear()

    def end_line(self) -> None:
        """Begin a new line: what is printed next comes from another program."""
        self._both.write(b"\n")

    def streams(self) -> Iterator[Iterator[str]]:
        """Yield the lines of standard output, then those of both streams."""
        self._write_lines()
        for file in (self._out, self._both):
            file.seek(0)
            yield (line for data in file for line in seen(data))

    def lines(self) -> Iterator[str]:
        for stream in self.streams():
            yield from stream


def seen(data: bytes) -> Iterator[str]:
    """Give the lines a person sees of one: without colours, and cut where it goes back to its start."""
    text = data.decode(errors="replace").rstrip("\r\n")
    for line in text.split("\r"):
        yield plain(line).strip()


def which(words: frozenset[Word], printed: Printed) -> set[Word]:
    """Say which of these texts were printed as a line or, where they are not whole, at the start of one."""
    whole = {word.text for word in words if word.whole}
    starts = {word.text for word in words if not word.whole}
    lengths = set(map(len, starts))
    found: set[Word] = set()
    for line in printed.lines() if words else ():
        if line in whole:
            found.add(Word(line))
        found |= {Word(start, whole=False) for n in lengths if (start := f"{line} "[:n]) in starts}
    return found
