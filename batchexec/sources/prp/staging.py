"""Puts the PRPs of a batch into stages by what they depend on, and says where that cannot be done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.sources.prp.names import sort_key
from batchexec.sources.prp.rings import rings
from batchexec.sources.prp.waves import into_waves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from batchexec.sources.prp.dependencies import Edge
    from batchexec.sources.prp.prp import Prp
    from batchexec.sources.prp.reader import Batch
    from batchexec.sources.prp.waves import Conflict

_Edges = dict[str, list[str]]
_MOST_RINGS = 100


@dataclass(slots=True)
class Staging:
    """
    A batch in the order it runs: by stage, by wave, by what the PRPs say of their order.

    `hard` and `soft` name the PRPs of the batch that come first, `external`
    what others have to have completed. `problems` are those of the whole:
    cycles, unknown PRPs, hints that are wrong. What is in a cycle, or behind
    one, has no stage.
    """

    order: list[str] = field(default_factory=list)
    stage: dict[str, int] = field(default_factory=dict)
    wave: dict[str, int] = field(default_factory=dict)
    hard: _Edges = field(default_factory=dict)
    soft: _Edges = field(default_factory=dict)
    external: dict[str, list[Edge]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def stage_batch(
    batch: Batch,
    is_completed: Callable[[str], bool] = lambda _: False,
    *,
    isolate: bool = False,
    stage_zero_barrier: bool = False,
) -> Staging:
    """
    Compute the stages of a batch by its dependencies; time grows with their number.

    With `isolate` PRPs that share a file go together, and are merged. With
    `stage_zero_barrier` all others wait for those that declare stage 0.
    """
    staging = Staging()
    for prp in batch.prps.values():
        _resolve(prp, batch, is_completed, staging)
    before = {id_: [*staging.hard.get(id_, ()), *staging.soft.get(id_, ())] for id_ in batch.prps}
    staging.stage = _longest_paths(before, {})
    if stage_zero_barrier:
        staging.stage = _longest_paths(before, _behind_zero(batch, before, staging.stage))
    stuck = {id_: before[id_] for id_ in batch.prps if id_ not in staging.stage}
    staging.problems += (_circular(ring, batch) for ring in islice(rings(stuck), _MOST_RINGS))
    _place(batch, staging, isolate=isolate)
    staging.problems += _wrong_hints(batch, staging)
    return staging


def _resolve(prp: Prp, batch: Batch, is_completed: Callable[[str], bool], staging: Staging) -> None:
    for edge in prp.dependencies:
        if edge.id == prp.id:
            message = f"{prp.id} depends on itself"
            staging.problems.append(Problem(edge.location, message, "take it out", code="depends-on-itself"))
        elif edge.id in batch.prps:
            (staging.soft if edge.soft else staging.hard).setdefault(prp.id, []).append(edge.id)
        elif not edge.id.startswith(f"PRP-{batch.number}.") or edge.id.count(".") != 2:
            staging.external.setdefault(prp.id, []).append(edge)
        elif not is_completed(edge.id):
            staging.problems.append(_undefined(prp, edge))


def _undefined(prp: Prp, edge: Edge) -> Problem:
    message = f"{prp.id} depends on undefined {edge.id}"
    severity = Severity.WARNING if edge.soft else Severity.ERROR
    return Problem(edge.location, message, "write it, or take it out", severity, "undefined")


def _behind_zero(
    batch: Batch, before: Mapping[str, list[str]], stage: Mapping[str, int]
) -> Mapping[str, int]:
    """Name for every PRP that waits the last stage of those that declare 0, and of what these wait for."""
    first: set[str] = set()
    waiting = [prp.id for prp in batch.prps.values() if prp.stage_hint == 0]
    while waiting:
        id_ = waiting.pop()
        if id_ not in first:
            first.add(id_)
            waiting += before[id_]
    last = max((stage.get(id_, 0) for id_ in first), default=0)
    return {id_: last for id_ in batch.prps if id_ not in first}


def _longest_paths(before: Mapping[str, list[str]], behind: Mapping[str, int]) -> dict[str, int]:
    """Number all one higher than what it waits for, or than the stage it is `behind`; cycles get none."""
    waiting = {id_: len(deps) for id_, deps in before.items()}
    unlocks: _Edges = defaultdict(list)
    for id_, deps in before.items():
        for dep in deps:
            unlocks[dep].append(id_)
    found: dict[str, int] = {}
    ready = [id_ for id_, count in waiting.items() if not count]
    while ready:
        id_ = ready.pop()
        found[id_] = 1 + max((found[dep] for dep in before[id_]), default=0)
        found[id_] = max(found[id_], 1 + behind.get(id_, 0))
        for after in unlocks[id_]:
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return found


def _circular(ring: list[str], batch: Batch) -> Problem:
    first, second, *_ = ring
    location = next(edge.location for edge in batch.prps[first].dependencies if edge.id == second)
    message = f"Circular dependency: {' -> '.join(ring)}"
    return Problem(location, message, "take one of these dependencies out", code="circular")


def _place(batch: Batch, staging: Staging, *, isolate: bool) -> None:
    by_stage: dict[int, list[str]] = defaultdict(list)
    for id_ in sorted(staging.stage, key=lambda id_: _key(batch.prps[id_])):
        by_stage[staging.stage[id_]].append(id_)
    for _, ids in sorted(by_stage.items()):
        waves, conflicts = into_waves([batch.prps[id_] for id_ in ids])
        staging.conflicts += conflicts
        staging.wave |= dict.fromkeys(ids, 1) if isolate else waves
        staging.order += sorted(ids, key=staging.wave.__getitem__)


def _key(prp: Prp) -> tuple[object, ...]:
    order = prp.order if prp.order is not None else prp.number or 0
    return (order, *sort_key(prp.id))


def _wrong_hints(batch: Batch, staging: Staging) -> Iterator[Problem]:
    for id_ in staging.order:
        prp, stage = batch.prps[id_], staging.stage[id_]
        hints = {
            f"its id says {prp.stage_of_id}": prp.stage_of_id,
            f"it declares {prp.stage_hint}": prp.stage_hint,
        }
        wrong = [said for said, hint in hints.items() if hint is not None and hint != stage]
        if wrong:
            message = f"{id_} is in stage {stage} by its dependencies; {' and '.join(wrong)}"
            yield Problem(prp.location, message, "", Severity.WARNING, "stage-hint")
