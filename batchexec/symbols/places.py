"""Where the words of a text stand: found once, for any number of questions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Places:
    """The words of a code, made of one kind of letter each; a name may be more than a word, as `$a` is."""

    def __init__(self, code: str, letter: str) -> None:
        self._code = code
        self._letters = re.compile(f"{letter}++")

    def of(self, name: str) -> Iterator[int]:
        """Yield where a name begins that is no part of a longer word."""
        word = self._letters.search(name)
        if word is None:
            return
        for at in self._words.get(word[0], ()):
            start = at - word.start()
            if start >= 0 and self._code.startswith(name, start) and self._ends(name, start):
                yield start

    def line(self, at: int) -> int:
        return bisect_left(self._line_ends, at) + 1

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        words: dict[str, list[int]] = {}
        for word in self._letters.finditer(self._code):
            words.setdefault(word[0], []).append(word.start())
        return words

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._code)]

    def _ends(self, name: str, start: int) -> bool:
        end = start + len(name)
        before, after = self._code[start - 1 : start] if start else "", self._code[end : end + 1]
        return not (self._letters.match(before) or self._letters.match(after))


class Marks:
    """Where a text says something that is looked for in many of its parts."""

    def __init__(self, text: str, mark: re.Pattern[str]) -> None:
        self._starts = [match.start() for match in mark.finditer(text)]

    def between(self, start: int, end: int) -> bool:
        return bisect_left(self._starts, start) < bisect_right(self._starts, end)
