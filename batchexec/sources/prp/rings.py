"""Finds PRPs that wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.sources.prp.names import sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def rings(before: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """
    Yield a cycle for every way back that a walk through all PRPs meets; none if there are no cycles.

    Each goes in the direction of "depends on", and begins and ends with its
    smallest id. What is not among the keys is in no cycle.
    """
    done: set[str] = set()
    for start in sorted(before, key=sort_key):
        path: dict[str, Iterator[str]] = {}
        following = "" if start in done else start
        while following or path:
            if following:
                path[following] = iter(sorted(before[following], key=sort_key))
            following = ""
            for dep in next(reversed(path.values())):
                if dep in path:
                    yield _ring(list(path), dep)
                elif dep in before and dep not in done:
                    following = dep
                    break
            else:
                done.add(path.popitem()[0])


def _ring(path: list[str], start: str) -> list[str]:
    ring = path[path.index(start) :]
    first = ring.index(min(ring, key=sort_key))
    return [*ring[first:], *ring[: first + 1]]
