"""Finds where the fenced blocks of a PRP end: people nest them without making the outer one longer."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^`]*)$")
_TOP_HEADING = re.compile(r" {0,3}#{1,2}[ \t]")


@dataclass(frozen=True, slots=True)
class Opener:
    """What a fence line says: its character, how often it stands there, and the words after it."""

    mark: str
    size: int
    info: str

    def may_close(self, other: Opener) -> bool:
        return self.mark == other.mark and self.size >= other.size


def opener(line: str) -> Opener | None:
    found = _FENCE.match(line)
    return Opener(found[1][0], len(found[1]), found[2].strip()) if found else None


class Ends:
    """
    Tells for one opening fence after the other where its block ends.

    A line like the opener with words after it opens a block inside the block.
    Where that leaves a block open at the end of the file, it and all that
    follow are read as CommonMark has it; what is open even then ends before
    the next heading of level 1 or 2.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.marked = list(_marked(lines))
        self.places = [place for place, _ in self.marked]
        self.nests = True
        self.longest: dict[str, list[int]] = {}

    def of(self, start: int, first: Opener) -> tuple[int, bool]:
        """Give the index of the line that closes the block, or of the line before which it is cut off."""
        following = bisect_right(self.places, start)
        if self.nests:
            end = self._nested(following, first)
            if end is not None:
                return end, True
            self.nests = False
            self._measure()
        if self.longest[first.mark][following] >= first.size:
            return self._flat(following, first), True
        rest = range(start + 1, len(self.lines))
        cut = next((place for place in rest if _TOP_HEADING.match(self.lines[place])), len(self.lines))
        return cut, False

    def _nested(self, following: int, first: Opener) -> int | None:
        open_ones = [first]
        for index in range(following, len(self.marked)):
            place, found = self.marked[index]
            if found.may_close(open_ones[-1]):
                if found.info:
                    open_ones.append(found)
                    continue
                open_ones.pop()
                if not open_ones:
                    return place
        return None

    def _flat(self, following: int, first: Opener) -> int:
        # Not a slice: that would walk or copy the list once for every block.
        rest = (self.marked[index] for index in range(following, len(self.marked)))
        return next(place for place, found in rest if not found.info and found.may_close(first))

    def _measure(self) -> None:
        """Note for every fence line the longest run that could close a block from there on."""
        for mark in "`~":
            sizes = [0]
            for _, found in reversed(self.marked):
                closes = found.mark == mark and not found.info
                sizes.append(max(sizes[-1], found.size) if closes else sizes[-1])
            self.longest[mark] = sizes[::-1]


def _marked(lines: Sequence[str]) -> Iterator[tuple[int, Opener]]:
    for place, line in enumerate(lines):
        if ("```" in line or "~~~" in line) and (found := opener(line)):
            yield place, found
