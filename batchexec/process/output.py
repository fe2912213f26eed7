"""What a program prints, as it comes: cut into lines, and the end of it kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.process.running import KEEP

if TYPE_CHECKING:
    from collections.abc import Callable

LINE_LIMIT = 16 * 1024 * 1024
"""How much of a line is handed over; what is behind that is lost."""


class Lines:
    """Cuts a stream into lines, in whatever pieces it comes."""

    def __init__(self, on_line: Callable[[bytes], bool]) -> None:
        self._on_line = on_line
        self._begun = bytearray()

    def take(self, data: bytes) -> bool:
        """Hand over each line that is complete; true if one of them said that it was the last."""
        first, *more = data.split(b"\n")
        self._add(first)
        if not more:
            return False
        begun = more.pop()
        last = self._hand_over()
        for line in more:
            last = self._on_line(line) or last
        self._add(begun)
        return last

    def close(self) -> None:
        if self._begun:
            self._hand_over()

    def _add(self, piece: bytes) -> None:
        self._begun += piece[: LINE_LIMIT - len(self._begun)]

    def _hand_over(self) -> bool:
        line = bytes(self._begun)
        self._begun.clear()
        return self._on_line(line)


class Printed:
    """Passes on what comes from both streams, and keeps its end."""

    def __init__(self, on_line: Callable[[bytes], bool], on_output: Callable[[bytes], None]) -> None:
        self.size = 0
        self._lines = Lines(on_line)
        self._on_output = on_output
        self._kept = bytearray()

    def take(self, data: bytes, *, line: bool = False) -> bool:
        """Take a piece, which may be one of the stream of lines; true if that is over with it."""
        self.size += len(data)
        self._kept += data
        if len(self._kept) > 2 * KEEP:
            del self._kept[:-KEEP]
        self._on_output(data)
        return line and self._lines.take(data)

    def close(self) -> None:
        self._lines.close()

    @property
    def tail(self) -> str:
        return self._kept[-KEEP:].decode(errors="replace")
