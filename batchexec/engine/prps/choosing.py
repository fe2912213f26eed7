"""Which PRPs of a batch a command is about: the options that select some, in words the selection knows."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from batchexec.engine.asked import Asked
from batchexec.errors import Problem, SelectionError
from batchexec.sources.prp import canonical, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.settings import Settings


def choose(prps: PrpBatch, words: Sequence[str] | None, last: Callable[[], Collection[str]]) -> Asked:
    """
    Read the options that choose among the PRPs of a batch; `last` names the tasks of the last run.

    Raises SelectionError for unknown ids, for options that exclude each other,
    and where nothing is left.
    """
    settings = prps.settings
    _check(settings)
    found = _chosen(prps, settings, words)
    if settings.resume and found.words is None:
        return _unfinished(prps, found, last())
    return found


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check(settings: Settings) -> None:
    narrowing = [
        _option(name)
        for name in ("stage", "start_prp", "prp", "retry")
        if getattr(settings, name) not in (None, ())
    ]
    if len(narrowing) > 1:
        raise SelectionError(
            Problem(None, f"{' and '.join(narrowing)} exclude each other", "give one of them")
        )


def _chosen(prps: PrpBatch, settings: Settings, words: Sequence[str] | None) -> Asked:
    batch = f"--batch {prps.number}"
    if settings.stage is not None:
        ids = _of_stage(prps, settings.stage)
        found = Asked(_names(ids), single=True, said=f"{batch} --stage {settings.stage}")
    elif settings.start_prp is not None:
        first = _known(prps, settings.start_prp, "--start-prp")
        order = prps.staging.order
        ids = order[order.index(first) :]
        found = Asked(_names(ids), single=True, said=f"{batch} --start-prp {first}")
    elif settings.prp:
        ids = [_known(prps, text, "--prp") for text in settings.prp]
        found = Asked(_names(ids), single=True, said=" ".join((batch, *(f"--prp {id_}" for id_ in ids))))
    elif settings.retry is not None:
        return _retry(prps, settings, batch)
    elif settings.confirm_gate and words is None:
        ids = list(dict.fromkeys(id_ for id_, _ in prps.confirming))
        found = Asked(
            _names(ids), single=True, said=f"{batch} --confirm-gate {','.join(settings.confirm_gate)}"
        )
    else:
        said = " ".join((batch, *(words or ())))
        found = Asked(tuple(words) if words is not None else None, said=said)
    return replace(found, always=settings.force)


def _retry(prps: PrpBatch, settings: Settings, batch: str) -> Asked:
    assert settings.retry is not None
    id_ = _known(prps, settings.retry, "--retry")
    if prps.completion.holds(id_) and not settings.force:
        commit = prps.completion.commit(id_)[:12]
        raise SelectionError(
            Problem(None, f"--retry {id_}: it is completed, by {commit}", "--force runs it anyway")
        )
    return Asked((name_of(id_),), single=True, always=True, said=f"{batch} --retry {id_}")


def _of_stage(prps: PrpBatch, stage: int) -> list[str]:
    ids = [id_ for id_ in prps.staging.order if _stage(prps, id_) == stage]
    if not ids:
        there = sorted({_stage(prps, id_) for id_ in prps.staging.order} - {None}, key=lambda one: one or 0)
        hint = f"there are: {', '.join(map(str, there))}"
        raise SelectionError(Problem(None, f"no PRPs in stage {stage} of batch {prps.number}", hint))
    return ids


def _stage(prps: PrpBatch, id_: str) -> int | None:
    match prps.settings.stage_by:
        case "id":
            return prps.batch.prps[id_].stage_of_id
        case "declared":
            return prps.batch.prps[id_].stage_hint
    return prps.staging.stage[id_]


def _known(prps: PrpBatch, said: str, option: str) -> str:
    id_ = canonical(said)
    if id_ in prps.staging.stage:
        return id_
    known = prps.staging.order
    near = get_close_matches(id_ or said, known, n=3)
    hint = f"near it: {', '.join(near)}" if near else f"there are: {', '.join(known[:10])}"
    raise SelectionError(Problem(None, f"{option} {said}: there is no such PRP in batch {prps.number}", hint))


def _names(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(name_of(id_) for id_ in ids)


def _unfinished(prps: PrpBatch, found: Asked, last: Collection[str]) -> Asked:
    """Narrow a selection to what the last run was about; with none before it that is everything."""
    names = tuple(name for name in _names(prps.staging.order) if name in last)
    if not names or len(names) == len(prps.staging.order):
        return replace(found, said=f"{found.said} --resume")
    return replace(found, words=names, single=True, said=f"{found.said} --resume")
