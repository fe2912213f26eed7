"""Reads what the phases of a batch plan depend on: phases by number, ranges of them, all others, and PRPs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.model import Location
from batchexec.sources.batch_plan import fields
from batchexec.sources.batch_plan.plan import Before
from batchexec.sources.prp.dependencies import parse_dependencies, split_at_commas, without_parentheses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchexec.sources.batch_plan.fields import Field
    from batchexec.sources.prp import Edge

Key = tuple[int, int, str]
"""What numbers of phases are sorted by: the number, what stands after its point, the letter."""

_N = r"[0-9]{1,9}(?:\.[0-9]{1,9})?[A-Za-z]?(?![\w]|\.\d)"
_RANGE = rf"{_N}(?:\s*(?:-|–|—|\bto\b|\bthrough\b)\s*(?:phases?\s+)?{_N})?"
_LIST = rf"{_RANGE}(?:\s*(?:&|\+|/|\band\b|\bor\b)\s*(?:phases?\s+)?{_RANGE})*"
_PHASES = re.compile(rf"\bphases?\s+(?:#\s*)?(?P<list>{_LIST})", re.IGNORECASE)
_BARE = re.compile(rf"(?:and\s+|&\s*)?(?P<list>{_LIST})", re.IGNORECASE)
_ONE = re.compile(rf"({_N})(?:\s*(?:-|–|—|\bto\b|\bthrough\b)\s*(?:phases?\s+)?({_N}))?", re.IGNORECASE)
_WHICH = r"(?P<which>other|previous|prior|preceding|earlier|above)"
_ALL = re.compile(rf"\b(?:all|every)\s+(?:the\s+)?(?:{_WHICH}(?:\s+phases?\b|\W*$)|phases?\b)", re.IGNORECASE)
_SOFT = re.compile(r"\bsoft\b", re.IGNORECASE)
_NOTHING = re.compile(r"\W*(?:none|null|nil|n/a|tbd)\b\s*(?:$|[-–—.:,])", re.IGNORECASE)
_NUMBER = re.compile(r"0*([0-9]+)(?:\.([0-9]+))?([A-Za-z]?)")
_LONGEST = 2000
_MOST_MISSING = 20


@dataclass(frozen=True, slots=True)
class Head:
    number: str
    location: Location

    @property
    def name(self) -> str:
        return f"Phase {self.number}"


@dataclass(slots=True)
class Needs:
    """What one phase depends on."""

    before: dict[str, Before] = field(default_factory=dict)
    prps: dict[str, Edge] = field(default_factory=dict)
    requirements: dict[str, None] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)


def canonical(number: str) -> str:
    """Write the number of a phase in the one way in which two are compared: `02A` is `2a`."""
    whole, part, letter = _parts(number)
    return f"{whole}{part and f'.{part}'}{letter}"


def key(number: str) -> Key:
    whole, part, letter = _parts(number)
    return int(whole), int(part) if part else -1, letter


def _parts(number: str) -> tuple[str, str, str]:
    found = _NUMBER.fullmatch(number)
    assert found
    return found[1], found[2] or "", found[3].lower()


def read_needs(heads: Sequence[Head], said: Mapping[str, Iterable[Field]]) -> dict[str, Needs]:
    """Find for each phase, by its number, the phases that its fields name."""
    known = {head.number: place for place, head in enumerate(heads)}
    ordered = sorted(known, key=key)
    return {head.number: _Reader(head, heads, known, ordered).read(said[head.number]) for head in heads}


class _Reader:
    def __init__(
        self, own: Head, heads: Sequence[Head], known: Mapping[str, int], ordered: Sequence[str]
    ) -> None:
        self.own = own
        self.heads = heads
        self.known = known
        self.ordered = ordered
        self.needs = Needs()
        self.location = own.location
        self.goes_on: bool | None = None  # whether the phases named last were soft; None if there were none

    def read(self, found: Iterable[Field]) -> Needs:
        for one in found:
            for number, text in _texts(one):
                self.location = Location(self.own.location.file, number)
                self._text(text[:_LONGEST])
        return self.needs

    def _text(self, text: str) -> None:
        if _NOTHING.match(without_parentheses(text)):
            return
        self.goes_on = False
        for item in split_at_commas(text.replace(";", ",")):
            self._item(item)

    def _item(self, item: str) -> None:
        text = " ".join(without_parentheses(item).replace("*", "").replace("`", "").split()).strip("\"'")
        soft = bool(_SOFT.search(item))
        bare = _BARE.fullmatch(text)
        if bare and self.goes_on is not None and not self._is_prp(text):
            self._phases([bare["list"]], soft=soft or self.goes_on)
            return
        lists = [found["list"] for found in _PHASES.finditer(text)]
        everyone = None if lists else _ALL.search(text)
        if everyone:
            self._all((everyone["which"] or "other").lower(), soft=soft)
        self._phases(lists, soft=soft)
        is_phase = bool(lists or everyone)
        if text:
            self.goes_on = bool(_SOFT.search(text)) if is_phase else None
        self._others(item, is_phase=is_phase)

    def _is_prp(self, text: str) -> bool:
        """Say whether a bare `12.1` is meant as the id of a PRP."""
        return "." in text and bool(_NUMBER.fullmatch(text)) and canonical(text) not in self.known

    def _others(self, item: str, *, is_phase: bool) -> None:
        found = parse_dependencies([item], self.location.file, [self.location.line])
        for edge in found.edges:
            if edge.id not in self.needs.prps or not edge.soft:
                self.needs.prps[edge.id] = edge
        if not is_phase:
            self.needs.requirements.update(
                dict.fromkeys(text.replace("*", "") for text in found.requirements)
            )

    def _all(self, which: str, *, soft: bool) -> None:
        last = len(self.heads) if which == "other" else self.known[self.own.number]
        for head in self.heads[:last]:
            if head.number != self.own.number:
                self._add(head.number, soft=soft)

    def _phases(self, lists: Iterable[str], *, soft: bool) -> None:
        for text in lists:
            for first, last in _ONE.findall(text):
                for number in self._between(first, last) if last else [canonical(first)]:
                    self._add(number, soft=soft)

    def _between(self, first: str, last: str) -> Iterator[str]:
        """Yield the phases of a range; of those that are not there the first few."""
        low, high = sorted((canonical(first), canonical(last)), key=key)
        start, end = key(low), key(high)
        if not end[2]:
            end = (end[0], end[1] if end[1] >= 0 else 10**9, "\uffff")
        inside = [number for number in self.ordered if start <= key(number) <= end]
        yield from inside
        there = {key(number)[0] for number in inside}
        whole = (str(number) for number in range(start[0], end[0] + 1) if number not in there)
        yield from islice(whole, _MOST_MISSING)
        yield from (number for number in (low, high) if not number.isdigit())

    def _add(self, number: str, *, soft: bool) -> None:
        own, name = self.own.name, f"Phase {number}"
        if number == self.own.number:
            self._complain(f"{own} depends on itself", "name another phase")
        elif number not in self.known:
            there = ", ".join(head.name for head in self.heads[:8])
            more = " and more" if len(self.heads) > 8 else ""
            self._complain(f"{own} depends on undefined {name}", f"there is {there}{more}")
        elif not soft or number not in self.needs.before:
            self.needs.before[number] = Before(number, soft)

    def _complain(self, message: str, hint: str) -> None:
        self.needs.problems.setdefault(message, Problem(self.location, message, hint))


def _texts(found: Field) -> Iterator[tuple[int, str]]:
    """Yield the lines that say what comes first: prose behind them is none of these."""
    yield found.line, found.value
    goes_on = not found.value or found.value.endswith(",")
    for line in found.below:
        if line.is_code or not line.text.strip():
            continue
        if fields.is_item(line.text):
            yield line.number, fields.without_marker(line.text).strip()
            goes_on = False
        elif goes_on or "depend" in line.text[:_LONGEST].partition(":")[0].lower():
            yield line.number, line.text.strip()
            goes_on = line.text.rstrip().endswith(",")
