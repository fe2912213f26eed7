"""How long a plan takes one after the other, at best, and by so many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from batchexec.plans.schedule import longest_path, makespan, sorted_ids

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from batchexec.plans.standing import Standing


class Span(NamedTuple):
    """From the least to the most."""

    low: float
    high: float

    def __str__(self) -> str:
        low, high = (f"{round(hours, 2):g}" for hours in self)
        return low if low == high else f"{low}–{high}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """
    Hours of work; `path` is the one that takes longest at most.

    `parallel` is the critical path, or what so many workers need. Where hours
    are unknown, all numbers are lower bounds.
    """

    sequential: Span
    critical: Span
    path: tuple[str, ...]
    parallel: Span
    unknown: tuple[str, ...]
    actual: float

    @property
    def saved(self) -> tuple[int, int]:
        """The share that is saved in whole percent, by the least hours and by the most."""
        pairs = zip(self.sequential, self.parallel, strict=True)
        low, high = (_share(whole, part) for whole, part in pairs)
        return low, high

    @property
    def saving(self) -> str:
        low, high = sorted(self.saved)
        return f"{low} %" if low == high else f"{low}–{high} %"

    def as_json(self) -> dict[str, Any]:
        """Give the hours to programs; pairs are the least and the most."""
        return {
            "sequential": list(self.sequential),
            "critical_path": list(self.critical),
            "critical_path_ids": list(self.path),
            "parallel": list(self.parallel),
            "saved_percent": list(self.saved),
            "unknown": list(self.unknown),
            "actual": self.actual,
        }


def whole_times(standing: Standing, workers: int | None = None) -> Times:
    return _times(standing, standing.ids, workers)


def remaining_times(standing: Standing, workers: int | None = None) -> Times:
    """Say how long what is neither complete nor skipped takes; what is complete holds nothing up."""
    return _times(standing, standing.remaining, workers)


def _times(standing: Standing, ids: Collection[str], workers: int | None) -> Times:
    """
    Take the times of some ids; `workers` is at least 1, without it there are as many as could be busy.

    What stands in or behind a cycle has no order: it counts as done alone, after all else.
    """
    edges, low, high = _work(standing, ids)
    (least, _), (most, path) = longest_path(edges, low), longest_path(edges, high)
    circular = edges.keys() - set(sorted_ids(edges))
    rest = Span(*(sum(one.get(id_, 0) for id_ in circular) for one in (low, high)))
    critical = Span(least + rest.low, most + rest.high)
    shared = [makespan(edges, one, workers) for one in (low, high)] if workers else [least, most]
    return Times(
        sequential=Span(sum(low.values()), sum(high.values())),
        critical=critical,
        path=tuple(_named(step) for step in path if step.rstrip("/") not in standing.parts),
        parallel=Span(shared[0] + rest.low, shared[1] + rest.high),
        unknown=tuple(id_ for id_ in ids if id_ not in standing.hours),
        actual=sum(standing.actual_hours.get(id_, 0) for id_ in ids),
    )


def _work(
    standing: Standing, ids: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], Mapping[str, float], Mapping[str, float]]:
    """
    Make the graph of the work itself, with the least and the most hours.

    An achievement of several executions is what lies between `1.1/`, when
    all it waits for is done, and `1.1`, when all its executions are.
    """
    edges: dict[str, tuple[str, ...]] = {}
    hours = {id_: standing.hours[id_] for id_ in ids if id_ in standing.hours}
    wanted = frozenset(ids)
    for id_ in ids:
        before = tuple(dep for dep in standing.dependencies[id_] if dep in wanted or dep == id_)
        if id_ not in standing.parts:
            edges[id_] = before
            continue
        del hours[id_]
        edges[f"{id_}/"] = before
        for part in standing.parts[id_]:
            edges[f"{id_}/{part.id}"] = (f"{id_}/", *(f"{id_}/{dep}" for dep in part.dependencies))
            if part.hours:
                hours[f"{id_}/{part.id}"] = part.hours
        edges[id_] = tuple(f"{id_}/{part.id}" for part in standing.parts[id_])
    low = {id_: its.low for id_, its in hours.items()}
    return edges, low, {id_: its.high for id_, its in hours.items()}


def _named(step: str) -> str:
    return step.rpartition("/")[2]


def _share(whole: float, part: float) -> int:
    """Round down, but not because 0.1 cannot be said in binary."""
    return int(100 * (whole - part) / whole + 1e-9) if whole else 0
