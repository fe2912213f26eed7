"""Finds phases of a batch plan that wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.sources.batch_plan.edges import key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    Edges = Mapping[str, Collection[str]]


def cycles(before: Edges) -> Iterator[list[str]]:
    """Yield rings of phases, each in the direction of "depends on" and with the smallest number first."""
    stuck = _in_rings(before)
    seen: set[str] = set()
    for start in sorted(stuck, key=key):
        path: dict[str, None] = {}
        number = start
        while number not in seen:
            seen.add(number)
            path[number] = None
            number = next(one for one in before[number] if one in stuck)
        if number in path:
            yield _from_smallest(list(path)[list(path).index(number) :])


def _in_rings(before: Edges) -> set[str]:
    """Leave only phases in a ring or between two."""
    after: dict[str, list[str]] = {number: [] for number in before}
    for number, others in before.items():
        for other in others:
            after[other].append(number)
    return _left(_left(set(before), before, after), after, before)


def _left(numbers: set[str], before: Edges, after: Edges) -> set[str]:
    """Take away all that can be put in order one after the other, and keep the rest."""
    waiting = {number: sum(one in numbers for one in before[number]) for number in numbers}
    ready = [number for number, count in waiting.items() if not count]
    while ready:
        for one in after[ready.pop()]:
            if one in waiting:
                waiting[one] -= 1
                if not waiting[one]:
                    ready.append(one)
    return {number for number, count in waiting.items() if count}


def _from_smallest(ring: list[str]) -> list[str]:
    start = ring.index(min(ring, key=key))
    return [*ring[start:], *ring[:start]]
