"""Holds what a parallel.json says of all its achievements to these: their number, hours and critical path."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from batchexec.parallel.building import id_of
from batchexec.parallel.reach import longest
from batchexec.parallel.schema import SCHEMA
from batchexec.parallel.source import pointer_of
from batchexec.parallel.values import hours_of, is_number, number_text
from batchexec.sources.plan import Hours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchexec.parallel.parallel import Finding, Parallel

HINT = "put it right or leave it out; it is worked out anyway"
_SUM, _LONGEST = "the achievements sum up to", "the longest way takes"
_NEARLY = 0.05  # hours

# A key is known by its words, whatever their order: total_estimated_hours, estimated_total_hours.
_AMOUNT = frozenset(("hours", "time", "effort", "duration"))
_NO_WORDS = _AMOUNT | {"total", "estimated", "estimate", "hour", "sum", "num", "number", "of", "count"}
_ANY_ID = re.compile(r"(?<![\d.])\d{1,9}(?:\.\d{1,9}){1,2}(?![\d.])")


def check(model: Parallel, value: dict[str, Any], *, acyclic: bool) -> Iterator[Finding]:
    totals = _Totals(model, acyclic=acyclic)
    for key, inside in value.items():
        if key not in SCHEMA["properties"]:
            yield from totals.check((key,), inside)
            if isinstance(inside, dict) and key != "critical_path":
                for name, one in inside.items():
                    yield from totals.check((key, name), one)


class _Totals:
    def __init__(self, model: Parallel, *, acyclic: bool) -> None:
        self.warning = model.source.warning
        self.acyclic = acyclic
        self.edges = model.dependencies
        hours = {work.id: work.hours for work in model.achievements}
        self.complete = all(hours.values())
        self.low = {id_: one.low if one else 0.0 for id_, one in hours.items()}
        self.high = {id_: one.high if one else 0.0 for id_, one in hours.items()}

    def check(self, keys: tuple[str, ...], value: Any) -> Iterator[Finding]:
        name, pointer = keys[-1], pointer_of(keys)
        words = _words(name)
        core = words - _NO_WORDS
        if name == "critical_path":
            yield from self._critical(value, pointer)
        elif core in ({"achievements"}, {"achievement"}):
            yield from self._count(value, name, pointer)
        elif core == {"sequential"} or (not core and "total" in words and words & _AMOUNT):
            yield from self._compared(value, name, pointer, self._sum(self.edges), _SUM)
        elif core == {"critical", "path"} and words & _AMOUNT:
            yield from self._length(value, name, pointer)
        elif core == {"parallel"} and words & _AMOUNT:
            yield from self._at_least(value, name, pointer)

    def _sum(self, ids: Iterable[str]) -> Hours:
        ids = list(ids)
        return Hours(sum(self.low[one] for one in ids), sum(self.high[one] for one in ids))

    def _count(self, value: Any, name: str, pointer: str) -> Iterator[Finding]:
        count = len(self.edges)
        if is_number(value) and value != count:
            yield self.warning(
                "W36", pointer, f"{name} is {number_text(value)}, but {count} are listed", HINT
            )

    def _compared(self, value: Any, name: str, pointer: str, right: Hours, what: str) -> Iterator[Finding]:
        said = hours_of(value)
        if not said:
            return
        too_little = said.high < right.low - _NEARLY
        too_much = self.complete and said.low > right.high + _NEARLY
        if too_little or too_much:
            message = f"{name} is {said.text}, but {what} {range_text(right)}"
            yield self.warning("W36", pointer, message, HINT)

    def _length(self, value: Any, name: str, pointer: str) -> Iterator[Finding]:
        if self.acyclic:
            yield from self._compared(value, name, pointer, self._longest, _LONGEST)

    def _at_least(self, value: Any, name: str, pointer: str) -> Iterator[Finding]:
        said = hours_of(value)
        if said and self.acyclic and said.high < self._longest.low - _NEARLY:
            message = f"{name} is {said.text}, but {_LONGEST} {range_text(self._longest)}"
            yield self.warning("W36", pointer, message, HINT)

    @cached_property
    def _longest(self) -> Hours:
        low, high = longest(self.edges, self.low), longest(self.edges, self.high)
        return Hours(max(low.values(), default=0.0), max(high.values(), default=0.0))

    def _critical(self, value: Any, pointer: str) -> Iterator[Finding]:
        if isinstance(value, dict):
            for name, one in value.items():
                if isinstance(one, list) or name == "path":
                    yield from self._way(_path(one), pointer + pointer_of([name]))
                elif _words(name) & _AMOUNT:
                    yield from self._length(one, "critical_path", pointer + pointer_of([name]))
        elif hours_of(value):
            yield from self._length(value, "critical_path", pointer)
        else:
            yield from self._way(_path(value), pointer)

    def _way(self, path: Sequence[str], pointer: str) -> Iterator[Finding]:
        why = self._what_is_wrong(path) if path and self.acyclic else ""
        if why:
            yield self.warning("W36", pointer, f"critical_path {why}", HINT)

    def _what_is_wrong(self, path: Sequence[str]) -> str:
        edges = self.edges
        for one in path:
            if one not in edges:
                return f"names {one}, which is not listed"
        for one, other in pairwise(path):
            if one not in edges[other] and other not in edges[one]:
                return f"goes from {one} to {other}, neither of which depends on the other"
        own, way = self._sum(path), self._longest
        if self.complete and own.low < way.low - _NEARLY and own.high < way.high - _NEARLY:
            return f"takes {range_text(own)}, but {_LONGEST} {range_text(way)}"
        return ""


def _words(name: str) -> set[str]:
    return set(name.lower().split("_"))


def range_text(hours: Hours) -> str:
    low, high = number_text(round(hours.low, 2)), number_text(round(hours.high, 2))
    return f"{low} h" if low == high else f"{low}-{high} h"


def _path(value: Any) -> list[str]:
    if isinstance(value, str):
        return _ANY_ID.findall(value)
    if not isinstance(value, list):
        return []
    return [id_ for id_ in map(id_of, value) if id_]
