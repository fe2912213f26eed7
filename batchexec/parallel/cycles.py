"""Finds what hangs together in a graph, and every elementary cycle in it, however large it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from batchexec.sources.plan import id_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST = 50
"""Cycles that are listed of one component; a dense one has more than anybody can count."""

Edges = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cycles:
    """The elementary cycles of a graph, each from its smallest id; and the components that have more."""

    found: tuple[tuple[str, ...], ...] = ()
    more: tuple[tuple[str, ...], ...] = ()


def cycles(edges: Mapping[str, Sequence[str]]) -> Cycles:
    found: list[tuple[str, ...]] = []
    more = []
    for component in components(edges):
        if len(component) == 1 and component[0] not in edges.get(component[0], ()):
            continue
        first = list(islice(_elementary(component, edges), MOST + 1))
        found += first[:MOST]
        if len(first) > MOST:
            more.append(tuple(sorted(component, key=id_key)))
    return Cycles(
        tuple(sorted(found, key=lambda cycle: [id_key(one) for one in cycle])),
        tuple(sorted(more, key=lambda ids: id_key(ids[0]))),
    )


def components(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """List the strongly connected components, each after those it depends on."""
    return _Tarjan(edges).components()


@dataclass(slots=True)
class _Tarjan:
    edges: Mapping[str, Sequence[str]]
    number: dict[str, int] = field(default_factory=dict)
    low: dict[str, int] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    found: list[list[str]] = field(default_factory=list)

    def components(self) -> list[list[str]]:
        for start in self.edges:
            if start not in self.number:
                self._walk(start)
        return self.found

    def _walk(self, start: str) -> None:
        path = [(start, self._enter(start))]
        while path:
            node, rest = path[-1]
            for after in rest:
                if after not in self.number:
                    path.append((after, self._enter(after)))
                    break
                if after not in self.done:
                    self.low[node] = min(self.low[node], self.number[after])
            else:
                path.pop()
                self._leave(node)
                if path:
                    parent = path[-1][0]
                    self.low[parent] = min(self.low[parent], self.low[node])

    def _enter(self, node: str) -> Iterator[str]:
        self.number[node] = self.low[node] = len(self.number)
        self.open.append(node)
        return iter([after for after in self.edges[node] if after in self.edges])

    def _leave(self, node: str) -> None:
        if self.low[node] < self.number[node]:
            return
        component = [self.open.pop()]
        while component[-1] != node:
            component.append(self.open.pop())
        self.done.update(component)
        self.found.append(component)


def _elementary(component: Iterable[str], edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """
    Yield the elementary cycles of a component in their order.

    After Johnson (1975), without recursion: all cycles through the smallest id,
    then those through the next in what is left. Between two cycles lie
    at most as many steps as the component has nodes and edges.
    """
    rank = {node: place for place, node in enumerate(sorted(component, key=id_key))}
    left: Edges = {
        node: tuple(sorted((one for one in edges[node] if one in rank), key=rank.__getitem__))
        for node in rank
    }
    while left:
        rings = [ring for ring in components(left) if len(ring) > 1 or ring[0] in left[ring[0]]]
        if not rings:
            return
        start = min((node for ring in rings for node in ring), key=rank.__getitem__)
        inside = next(set(ring) for ring in rings if start in ring)
        yield from _Circuits(
            start, {node: tuple(one for one in left[node] if one in inside) for node in inside}
        ).find()
        left = {
            node: tuple(one for one in left[node] if one != start)
            for other in rings
            for node in other
            if node != start
        }


@dataclass(slots=True)
class _Circuits:
    """The search for all cycles through one node; what led nowhere is not entered again."""

    start: str
    edges: Edges
    blocked: set[str] = field(default_factory=set)
    waiting: dict[str, set[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def find(self) -> Iterator[tuple[str, ...]]:
        path = [self.start]
        rest = [iter(self.edges[self.start])]
        self.blocked.add(self.start)
        while path:
            after = next(rest[-1], None)
            if after is None:
                rest.pop()
                self._leave(path.pop())
            elif after == self.start:
                self.closed.update(path)
                yield tuple(path)
            elif after not in self.blocked:
                path.append(after)
                rest.append(iter(self.edges[after]))
                self.closed.discard(after)
                self.blocked.add(after)

    def _leave(self, node: str) -> None:
        if node in self.closed:
            self._free(node)
        else:
            for after in self.edges[node]:
                self.waiting.setdefault(after, set()).add(node)

    def _free(self, node: str) -> None:
        pending = [node]
        while pending:
            one = pending.pop()
            if one in self.blocked:
                self.blocked.remove(one)
                pending += self.waiting.pop(one, ())
