"""Finds files that may be meant where an expected one is missing: moved, or named a little differently."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from difflib import SequenceMatcher
from functools import cached_property
from itertools import islice
from posixpath import commonprefix, splitext
from typing import TYPE_CHECKING

from batchexec.model import Candidate, Role
from batchexec.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_FAMILIES = (
    "py pyi",
    "js jsx ts tsx mjs cjs mts cts",
    "md markdown rst txt",
    "yml yaml json toml",
    "c h cc cpp cxx hh hpp hxx",
    "htm html",
    "css less sass scss",
    "kt kts",
    "bash sh zsh",
)
_FAMILY = {f".{suffix}": suffixes for suffixes in _FAMILIES for suffix in suffixes.split()}
_AFFIXES = re.compile(r"(?:test_)?(.+?)(?:_test|\.test|\.spec)?", re.IGNORECASE | re.DOTALL)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[-_. ]+")
_NUMBER = re.compile(r"\d+")
_EVERYWHERE = frozenset(
    {
        "__init__",
        "__main__",
        "index",
        "page",
        "layout",
        "route",
        "mod",
        "main",
        "readme",
        "conftest",
        "package",
    }
)
"""What files are called whose directory says what they are."""

_SHORT = 6
_MOST_PAIRS = 1_000_000
"""How many pairs of letters one look-up compares: those of thousands of stems, unless all are very long."""

_Kind = tuple[str, Role, tuple[str, ...]]


class _Stems:
    """
    The stems of one family and role, and the paths that have them.

    The letters of a stem are kept as bits, one for each letter and how often
    it was there before: two stems have as many letters in common as bits.
    """

    def __init__(self) -> None:
        self.paths: dict[str, list[str]] = defaultdict(list)
        self._bits: dict[tuple[str, int], int] = {}
        self._by_length: dict[int, list[tuple[int, str]]] = defaultdict(list)

    def add(self, stem: str, path: str) -> None:
        if stem not in self.paths:
            for letter in _counted(stem):
                self._bits.setdefault(letter, 1 << len(self._bits))
            self._by_length[len(stem)].append((self._letters(stem), stem))
        self.paths[stem].append(path)

    def likely(self, stem: str) -> list[tuple[int, str]]:
        """List the stems that can be similar, each with the percentage it can reach; the best first."""
        letters = self._letters(stem)
        found = []
        for length, stems in self._by_length.items():
            total = length + len(stem)
            needed = _needed(length, len(stem))
            if needed <= min(length, len(stem)):
                found += [
                    (_percent(2 * common / total), other)
                    for bits, other in stems
                    if (common := (bits & letters).bit_count()) >= needed
                ]
        return sorted(found, reverse=True)

    def _letters(self, stem: str) -> int:
        return sum(self._bits.get(letter, 0) for letter in _counted(stem))


class Similar:
    """
    The files of a repository, arranged for being looked up by a name that is nearly theirs.

    Files below `.spec` are what batchexec was told or wrote itself, never what was meant.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._files = sorted({path for path in files if ".spec" not in path.split("/")})
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_kind: dict[_Kind, _Stems] = defaultdict(_Stems)
        for path in self._files:
            self._by_name[_name(path)].append(path)
            self._by_kind[_kind(path)].add(_stem(path), path)

    def find(self, path: str, *, without: Collection[str] = (), most: int = 5) -> tuple[Candidate, ...]:
        """
        Find the files most similar to `path`, the best first and of equals the nearest in the tree.

        100 % is the same base name elsewhere, and nothing else is. An expected
        directory (`src/x/`) is only similar to directories of its name, and
        an `index.ts` only to one in a directory of the same name. Names that
        count differently (`002_users.sql`) are never alike.
        """
        is_directory = path.endswith("/")
        by_name = self._directories if is_directory else self._by_name
        allowed = (
            other
            for other in _outwards(by_name.get(_name(path), ()), path)
            if other != path and other not in without and other.rstrip("/") not in without
            if _names_enough(path, other)
        )
        found = tuple(Candidate(other, 100) for other in islice(allowed, most))
        if is_directory or len(found) == most:
            return found
        return found + self._alike(path, without, most - len(found))

    def _alike(self, path: str, without: Collection[str], most: int) -> tuple[Candidate, ...]:
        stems = self._by_kind.get(_kind(path), _Stems())
        stem = _stem(path)
        # The matcher keeps what it learned of its second text.
        matcher = SequenceMatcher(None, "", stem, autojunk=False)
        ranks: list[tuple[int, int, str]] = []
        pairs = 0
        for at_most, other in stems.likely(stem):
            pairs += len(other) * len(stem)
            if pairs > _MOST_PAIRS or (len(ranks) == most and at_most < -ranks[-1][0]):
                break
            matcher.set_seq1(other)
            common = sum(block.size for block in matcher.get_matching_blocks())
            if common < _needed(len(other), len(stem)):
                continue
            percent = _percent(2 * common / (len(other) + len(stem)))
            allowed = (
                twin
                for twin in _outwards(stems.paths[other], path)
                if _name(twin) != _name(path) and twin not in without
            )
            ranks += [(-percent, -_shared(twin, path), twin) for twin in islice(allowed, most)]
            ranks = sorted(ranks)[:most]
        return tuple(Candidate(twin, -percent) for percent, _, twin in ranks)

    @cached_property
    def _directories(self) -> dict[str, list[str]]:
        seen: set[str] = set()
        for path in self._files:
            directory = path.rpartition("/")[0]
            while directory and directory not in seen:
                seen.add(directory)
                directory = directory.rpartition("/")[0]
        by_name = defaultdict(list)
        for path in sorted(f"{directory}/" for directory in seen):
            by_name[_name(path)].append(path)
        return by_name


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _kind(path: str) -> _Kind:
    stem, suffix = splitext(_name(path).lower())
    return _FAMILY.get(suffix, suffix), role_of(path), tuple(_NUMBER.findall(stem))


def _names_enough(path: str, other: str) -> bool:
    """Tell whether a base name says which file it is, or the directory, too, is the same."""
    if splitext(_name(path))[0].lower() not in _EVERYWHERE:
        return True
    return _name(path.rpartition("/")[0]) == _name(other.rpartition("/")[0])


def _stem(path: str) -> str:
    """Give the name without suffix and without what marks a test, in snake_case."""
    stem = splitext(_name(path))[0]
    bare = _AFFIXES.fullmatch(stem)
    return _SEPARATORS.sub("_", _HUMP.sub("_", bare[1] if bare else stem)).lower()


def _counted(stem: str) -> Iterator[tuple[str, int]]:
    seen: dict[str, int] = defaultdict(int)
    for letter in stem:
        yield letter, seen[letter]
        seen[letter] += 1


def _needed(length: int, other: int) -> int:
    """Count the letters that have to match for a ratio of 0.8; of 0.9 where one of the stems is short."""
    percent = 90 if min(length, other) < _SHORT else 80
    return -(-percent * (length + other) // 200)


def _percent(ratio: float) -> int:
    return min(99, round(100 * ratio))


def _outwards(paths: Sequence[str], start: str) -> Iterator[str]:
    """Go through sorted paths, first those beside `start`, then those around it, level by level."""
    low = high = bisect_left(paths, start)
    around = start.rstrip("/")
    while around:
        around = around.rpartition("/")[0]
        first = bisect_left(paths, around and f"{around}/", 0, low)
        # 0 comes right after the slash.
        last = bisect_left(paths, f"{around}0", high) if around else len(paths)
        yield from paths[first:low]
        yield from paths[high:last]
        low, high = first, last


def _shared(path: str, other: str) -> int:
    """Count the directories two paths have in common."""
    return commonprefix([path, other]).count("/")
