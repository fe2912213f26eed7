"""Gives the phases of a plan their stages and their places in these."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.sources.batch_plan import Before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchexec.sources.batch_plan import PlanPhase


@dataclass(frozen=True, slots=True)
class Placed:
    """A phase with its stage and order, and all that comes before it, so far as it is in the plan."""

    phase: PlanPhase
    stage: int
    order: int
    before: tuple[Before, ...]


def place(phases: Sequence[PlanPhase], *, serialise: bool) -> list[Placed]:
    """
    List the phases by stage, and in a stage as the plan has them.

    The stage is the longest path over what phases name; soft dependencies count. With
    `serialise` a phase also waits for those before it in its stage that touch one of its files.
    """
    before = {phase.number: phase.before for phase in phases}
    stages: dict[str, int] = {}
    claims: dict[int, _Claims] = {}
    for phase in _in_order(phases):
        number = phase.number
        stage = 1 + max((stages[one.number] for one in phase.before), default=0)
        while serialise and (others := claims.setdefault(stage, _Claims()).of(_paths(phase))):
            before[number] = _merged(before[number], others)
            stage += 1
        stages[number] = stage
        claims.setdefault(stage, _Claims()).add(number, _paths(phase))
    counts: dict[int, int] = {}
    placed = []
    for phase in phases:
        stage = stages[phase.number]
        counts[stage] = counts.get(stage, 0) + 1
        placed.append(Placed(phase, stage, counts[stage], before[phase.number]))
    return sorted(placed, key=lambda one: (one.stage, one.order))


def _in_order(phases: Sequence[PlanPhase]) -> Iterator[PlanPhase]:
    """Yield phases after what they wait for, and else as the plan has them."""
    places = {phase.number: place for place, phase in enumerate(phases)}
    waiting = [len(phase.before) for phase in phases]
    after: list[list[int]] = [[] for _ in phases]
    for place, phase in enumerate(phases):
        for one in phase.before:
            after[places[one.number]].append(place)
    ready = [place for place, count in enumerate(waiting) if not count]
    while ready:
        place = heapq.heappop(ready)
        yield phases[place]
        for later in after[place]:
            waiting[later] -= 1
            if not waiting[later]:
                heapq.heappush(ready, later)


def _paths(phase: PlanPhase) -> list[str]:
    return [listed.path for listed in phase.files]


def _merged(before: Iterable[Before], others: Iterable[str]) -> tuple[Before, ...]:
    merged = {one.number: one for one in before}
    return tuple((merged | {number: Before(number) for number in others}).values())


@dataclass(slots=True)
class _Claims:
    """Who touches which path in a stage, and who touches something below it."""

    paths: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)

    def add(self, number: str, paths: Iterable[str]) -> None:
        for path in paths:
            self.paths.setdefault(path, []).append(number)
            for above in _above(path):
                self.below.setdefault(above, []).append(number)

    def of(self, paths: Iterable[str]) -> list[str]:
        """Name those who touch one of these paths, or a directory around one, or something in one."""
        found: dict[str, None] = {}
        for path in paths:
            for around in (path, *_above(path)):
                found.update(dict.fromkeys(self.paths.get(around, ())))
            found.update(dict.fromkeys(self.below.get(path, ())))
        return list(found)


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
