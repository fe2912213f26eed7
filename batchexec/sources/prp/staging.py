"""Puts the PRPs of a batch into stages, and those that share a file into waves one after the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.sources.prp.names import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from batchexec.sources.prp.dependencies import Edge
    from batchexec.sources.prp.prp import Prp
    from batchexec.sources.prp.reader import Batch

_Edges = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two PRPs of a stage that would change the same file, the earlier first."""

    first: str
    second: str
    path: str


@dataclass(slots=True)
class Staging:
    """
    A batch in the order it runs: by stage, by wave, by what the PRPs say of their order.

    `hard` and `soft` name the PRPs of the batch that come first, `external`
    what others have to have completed. `problems` are those of the whole:
    cycles, unknown PRPs, hints that are wrong.
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
    if stage_zero_barrier:
        _wait_for_zero(batch, staging)
    before = {id_: [*staging.hard.get(id_, ()), *staging.soft.get(id_, ())] for id_ in batch.prps}
    staging.stage = _longest_paths(before)
    stuck = batch.prps.keys() - staging.stage.keys()
    staging.problems += (_circular(ring, batch) for ring in _rings(before, stuck))
    _place(batch, staging, isolate=isolate)
    staging.problems += _wrong_hints(batch, staging)
    return staging


def _resolve(prp: Prp, batch: Batch, is_completed: Callable[[str], bool], staging: Staging) -> None:
    for edge in prp.dependencies:
        if edge.id == prp.id:
            message = f"{prp.id} depends on itself"
            staging.problems.append(Problem(edge.location, message, "take it out"))
        elif edge.id in batch.prps:
            (staging.soft if edge.soft else staging.hard).setdefault(prp.id, []).append(edge.id)
        elif not edge.id.startswith(f"PRP-{batch.number}.") or edge.id.count(".") != 2:
            staging.external.setdefault(prp.id, []).append(edge)
        elif not is_completed(edge.id):
            message = f"{prp.id} depends on undefined {edge.id}"
            severity = Severity.WARNING if edge.soft else Severity.ERROR
            staging.problems.append(Problem(edge.location, message, "write it, or take it out", severity))


def _wait_for_zero(batch: Batch, staging: Staging) -> None:
    zero = [prp.id for prp in batch.prps.values() if prp.stage_hint == 0]
    for id_ in batch.prps.keys() - set(zero):
        known = {*staging.hard.get(id_, ()), *staging.soft.get(id_, ())}
        staging.soft.setdefault(id_, []).extend(other for other in zero if other not in known)


def _longest_paths(before: Mapping[str, list[str]]) -> dict[str, int]:
    """Number what waits for nothing 1, and all else one higher than what it waits for; cycles get none."""
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
        for after in unlocks[id_]:
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return found


def _rings(before: Mapping[str, list[str]], stuck: set[str]) -> Iterator[list[str]]:
    """Yield each cycle that a walk along unfinished dependencies comes round to, once."""
    seen: set[str] = set()
    for start in sorted(stuck, key=sort_key):
        path: dict[str, int] = {}
        id_ = start
        while id_ not in seen and id_ not in path:
            path[id_] = len(path)
            id_ = min((dep for dep in before[id_] if dep in stuck), key=sort_key)
        seen.update(path)
        if id_ in path:
            ring = [*path][path[id_] :]
            first = ring.index(min(ring, key=sort_key))
            yield [*ring[first:], *ring[: first + 1]]


def _circular(ring: list[str], batch: Batch) -> Problem:
    message = f"Circular dependency: {' -> '.join(ring)}"
    return Problem(batch.prps[ring[0]].location, message, "take one of these dependencies out")


def _place(batch: Batch, staging: Staging, *, isolate: bool) -> None:
    by_stage: dict[int, list[str]] = defaultdict(list)
    for id_ in sorted(staging.stage, key=lambda id_: _key(batch.prps[id_])):
        by_stage[staging.stage[id_]].append(id_)
    for _, ids in sorted(by_stage.items()):
        waves = _waves([batch.prps[id_] for id_ in ids], staging)
        staging.wave |= dict.fromkeys(ids, 1) if isolate else waves
        staging.order += sorted(ids, key=staging.wave.__getitem__)


def _key(prp: Prp) -> tuple[object, ...]:
    order = prp.order if prp.order is not None else prp.number or 0
    return (order, *sort_key(prp.id))


def _waves(prps: Iterable[Prp], staging: Staging) -> dict[str, int]:
    """Put each PRP one wave behind the last of those before it that it shares a file or directory with."""
    found: dict[str, int] = {}
    at: dict[str, str] = {}  # a path: the last PRP that declares it
    below: dict[str, str] = {}  # a directory: the last PRP that declares something in it
    for prp in prps:
        paths = {file.path.rstrip("/") for file in prp.files}
        hits = {
            other: path
            for path in sorted(paths)
            for other in (*(at.get(one) for one in (path, *_above(path))), below.get(path))
            if other is not None
        }
        staging.conflicts += (Conflict(other, prp.id, path) for other, path in hits.items())
        found[prp.id] = 1 + max((found[other] for other in hits), default=0)
        for path in paths:
            at[path] = prp.id
            below |= dict.fromkeys(_above(path), prp.id)
    return found


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _wrong_hints(batch: Batch, staging: Staging) -> Iterator[Problem]:
    for id_, stage in staging.stage.items():
        prp = batch.prps[id_]
        hints = {
            f"its id says {prp.stage_of_id}": prp.stage_of_id,
            f"it declares {prp.stage_hint}": prp.stage_hint,
        }
        wrong = [said for said, hint in hints.items() if hint is not None and hint != stage]
        if wrong:
            message = f"{id_} is in stage {stage} by its dependencies; {' and '.join(wrong)}"
            yield Problem(prp.location, message, severity=Severity.WARNING)
