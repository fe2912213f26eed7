"""Levels, critical paths and how long work takes, of any graph of ids and what they depend on."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Edges = Mapping[str, Sequence[str]]
    """Every id, in the order of the file, with what it depends on; ids that are no key are not listed."""


def levels(edges: Edges) -> dict[str, int]:
    """
    Give each id 0, or one more than the highest level it depends on.

    An id nobody lists counts as level 0. What stands in or behind a cycle has
    no level by that rule, and comes after all others.
    """
    found: dict[str, int] = {}
    for id_ in sorted_ids(edges):
        found[id_] = max((found.get(dep, 0) + 1 for dep in edges[id_]), default=0)
    last = 1 + max(found.values(), default=-1)
    return {id_: found.get(id_, last) for id_ in edges}


def sorted_ids(edges: Edges) -> list[str]:
    """List ids after what they depend on; those in or behind a cycle are left out."""
    waiting, unlocks = _waiting(edges), dependents(edges)
    ready = deque(id_ for id_, count in waiting.items() if not count)
    order = []
    while ready:
        order.append(ready.popleft())
        for after in unlocks[order[-1]]:
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return order


def dependents(edges: Edges) -> dict[str, list[str]]:
    """Turn the graph around: every listed id with those that depend on it, in the order of the file."""
    found: dict[str, list[str]] = {id_: [] for id_ in edges}
    for id_, deps in edges.items():
        for dep in dict.fromkeys(deps):
            if dep in found:
                found[dep].append(id_)
    return found


def longest_path(edges: Edges, hours: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """
    Find the path that takes longest, of several the one of most steps; cycles are not looked at.

    So a path still shows what waits for what where no hours are known.
    """
    order = sorted_ids(edges)
    found: dict[str, tuple[float, int]] = {}
    before: dict[str, str | None] = {}
    for id_ in order:
        last = max((dep for dep in edges[id_] if dep in found), key=found.__getitem__, default=None)
        total, steps = found[last] if last is not None else (0.0, 0)
        before[id_] = last
        found[id_] = (total + hours.get(id_, 0), steps + 1)
    end = max(order, key=found.__getitem__, default=None)
    path = tuple(_back(end, before))[::-1]
    return (found[end][0] if end is not None else 0.0), path


def makespan(edges: Edges, hours: Mapping[str, float], workers: int) -> float:
    """
    Say when the last of the work is done if `workers` share it.

    Who is free takes, of what is ready, that with the longest path still
    behind it. Cycles are not looked at.
    """
    tails, waiting, unlocks = _tails(edges, hours), _waiting(edges), dependents(edges)
    places = {id_: place for place, id_ in enumerate(edges)}
    ready = [(-tails[id_], places[id_], id_) for id_ in tails if not waiting[id_]]
    heapq.heapify(ready)
    busy: list[tuple[float, int, str]] = []
    now = 0.0
    while ready or busy:
        while ready and len(busy) < workers:
            _, place, id_ = heapq.heappop(ready)
            heapq.heappush(busy, (now + hours.get(id_, 0), place, id_))
        now, _, done = heapq.heappop(busy)
        for after in unlocks[done]:
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(ready, (-tails[after], places[after], after))
    return now


def _tails(edges: Edges, hours: Mapping[str, float]) -> dict[str, float]:
    """Say of each id how long it and the longest path behind it take."""
    unlocks = dependents(edges)
    tails: dict[str, float] = {}
    for id_ in reversed(sorted_ids(edges)):
        behind = (tails[after] for after in unlocks[id_] if after in tails)
        tails[id_] = hours.get(id_, 0) + max(behind, default=0)
    return tails


def _waiting(edges: Edges) -> dict[str, int]:
    return {id_: sum(dep in edges for dep in dict.fromkeys(deps)) for id_, deps in edges.items()}


def _back(end: str | None, before: Mapping[str, str | None]) -> Iterator[str]:
    while end is not None:
        yield end
        end = before[end]
