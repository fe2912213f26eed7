"""Tells what an achievement depends on in the end, and where the longest way through a graph lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.parallel.cycles import components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST = 20_000
"""Ids of which each may know all it depends on: that takes memory by the square of their number."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What depends on what, over however many steps; in a graph of more than MOST ids, over one."""

    edges: Mapping[str, Sequence[str]]
    bits: Mapping[str, int]
    behind: Mapping[str, int]

    def depends(self, one: str, on: str) -> bool:
        if on in self.edges.get(one, ()):
            return True
        return bool(self.behind.get(one, 0) & self.bits.get(on, 0))


def reach(edges: Mapping[str, Sequence[str]]) -> Reach:
    names = dict.fromkeys((*edges, *(one for ends in edges.values() for one in ends)))
    if len(names) > MOST:
        return Reach(edges, {}, {})
    bits = {name: 1 << place for place, name in enumerate(names)}
    behind: dict[str, int] = {}
    for component in components(edges):
        together = 0
        for one in component:
            for after in edges[one]:
                together |= bits[after] | behind.get(after, 0)
        behind.update(dict.fromkeys(component, together))
    return Reach(edges, bits, behind)


def levels(edges: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Give each id the length of the longest way below it; for graphs without cycles."""
    found: dict[str, int] = {}
    for component in components(edges):
        below = [found.get(after, 0) + 1 for one in component for after in edges[one]]
        found.update(dict.fromkeys(component, max(below, default=0)))
    return found


def longest(edges: Mapping[str, Sequence[str]], weights: Mapping[str, float]) -> dict[str, float]:
    """Sum the weights along the heaviest way that ends in each id; for graphs without cycles."""
    found: dict[str, float] = {}
    for component in components(edges):
        for one in component:
            below = max((found.get(after, 0.0) for after in edges[one]), default=0.0)
            found[one] = below + weights.get(one, 0.0)
    return found
