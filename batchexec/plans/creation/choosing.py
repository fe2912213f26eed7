"""Which files a batch creates, and what is in the way of creating them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity, SourceError
from batchexec.model import Location
from batchexec.plans.creation.places import shown
from batchexec.plans.creation.targets import Kind, Target, targets
from batchexec.plans.naming import typed
from batchexec.plans.status import TERMINAL
from batchexec.sources.files import shown as here
from batchexec.sources.plan import (
    PARALLEL_FILES,
    WORK_SPACE,
    Part,
    parse_name,
    read_subplan,
    subplan_name,
    valid_id,
)
from batchexec.wording import printable, several

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from batchexec.plans import Loaded

_NEEDED = (Part.OBJECTIVE, Part.APPROACH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    What a batch is to create.

    `skipped` are the ids that have their file. `missing_subplans` are the ids whose EXECUTION_TASK cannot be
    written before their SUBPLAN. `in_the_way` are ids whose file cannot be created, because one of its name
    is there and is of something else, with what to say of it. Nothing may be created while a problem is an
    error; the rest are warnings.
    """

    kind: Kind
    level: str
    plan: str
    to_create: tuple[Target, ...] = ()
    skipped: tuple[str, ...] = ()
    missing_subplans: tuple[str, ...] = ()
    in_the_way: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.severity is Severity.ERROR)

    @property
    def refused(self) -> bool:
        return bool(self.errors or self.missing_subplans)

    @property
    def ids(self) -> tuple[str, ...]:
        """The achievements that get a file, in order."""
        return tuple(dict.fromkeys(target.id for target in self.to_create))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfilled:
    """SUBPLANs with places to fill, and how many: those that lack what is wanted or how, and others."""

    blocking: tuple[tuple[Path, int], ...] = ()
    others: tuple[tuple[Path, int], ...] = ()
    ids: tuple[str, ...] = field(default=())


def choose(
    loaded: Loaded,
    kind: str,
    level: str = "ready",
    ids: Sequence[str] = (),
    *,
    again: bool = False,
) -> Choice:
    """
    Choose what to create: by level (`ready`, `next`, `all` or a number), or exactly these ids.

    What is complete or skipped is chosen by its id only.
    """
    kind = Kind(kind)
    problems = [*_graph_problems(loaded), *_name_problems(loaded)]
    chosen, wrong = _by_id(loaded, ids) if ids else _by_level(loaded, kind, level, again=again)
    found = targets(loaded, kind, chosen, again=again)
    absent = [(one, os.path.lexists(one.path)) for one in found if not one.there]
    taken = [one for one, is_taken in absent if is_taken]
    to_create = tuple(one for one, is_taken in absent if not is_taken)
    wanted, lacking = {one.id for one in to_create}, {one.id for one, _ in absent}
    return Choice(
        kind=kind,
        level=f"ids {', '.join(chosen)}" if ids else level,
        plan=loaded.plan.name,
        to_create=to_create,
        skipped=tuple(dict.fromkeys(one.id for one in found if one.id not in lacking)),
        missing_subplans=_without_subplan(loaded, wanted, chosen) if kind is Kind.EXECUTIONS else (),
        in_the_way=tuple((one.id, _in_the_way(one, loaded)) for one in taken),
        problems=(*problems, *wrong),
    )


def preview(choice: Choice) -> str:
    """Show what will be created, before anybody is asked."""
    count, document = len(choice.to_create), choice.kind.document
    if not count and not choice.refused:
        return f"✅ All {document}s already exist\n" if choice.skipped and not choice.in_the_way else ""
    missing = choice.missing_subplans if choice.kind is Kind.EXECUTIONS else choice.ids
    lines = [
        f"📋 Batch {document.removesuffix('_TASK')} Creation Preview",
        f"Plan: {choice.plan}",
        f"Level: {choice.level}",
        f"Achievements to create: {len(choice.ids)}",
        *(f"{number}. {_shown(target)}" for number, target in enumerate(choice.to_create, 1)),
        *([f"⚠️  WARNING: {len(missing)} SUBPLANs missing"] if missing else []),
    ]
    return printable("".join(f"{line}\n" for line in lines))


def check_unfilled(choice: Choice, loaded: Loaded) -> Unfilled:
    """Look for places still to be filled in the SUBPLANs that EXECUTION_TASKs are to be made from."""
    blocking: list[tuple[Path, int]] = []
    others: list[tuple[Path, int]] = []
    ids = []
    for id_ in choice.ids if choice.kind is Kind.EXECUTIONS else ():
        path = subplan_of(loaded, id_)
        if path is None:
            continue
        try:
            places = read_subplan(path).unfilled
        except SourceError:
            continue  # told when it is read to write the EXECUTION_TASK
        if sum(places.values()):
            needed = any(places.get(part) for part in _NEEDED)
            (blocking if needed else others).append((path, sum(places.values())))
            ids += [id_] if needed else []
    return Unfilled(blocking=tuple(blocking), others=tuple(others), ids=tuple(ids))


def subplan_of(loaded: Loaded, id_: str) -> Path | None:
    """Find the SUBPLAN of an achievement: the one named after it, else the first."""
    files = [sheet.file for sheet in loaded.evidence.subplans.get(id_, ())]
    usual = subplan_name(loaded.plan.name, id_)
    return next((file for file in files if file.name == usual), files[0] if files else None)


def _shown(target: Target) -> str:
    label = f" (blocked by {', '.join(target.blocked_by)})" if target.blocked_by else ""
    return f"Achievement {target.id} - {target.path.name}{label}"


def _graph_problems(loaded: Loaded) -> Iterator[Problem]:
    """Nothing is created in a batch without a graph, or with a wrong one."""
    if loaded.foreign:
        yield foreign_graph(loaded)
    elif loaded.parallel is None:
        directory = loaded.plan.file.parent
        looked = ", ".join(PARALLEL_FILES)
        make = f"make one: {typed(loaded.naming.command('plan_discover', '--parallel-level', '3'))}"
        hint = make if loaded.plan.achievements else "first list achievements in the PLAN"
        yield Problem(None, f"no dependency graph in {here(directory)}; looked for {looked}", hint)
    elif not loaded.parallel.valid:
        found = several([str(error) for error in loaded.parallel.errors])
        message = f"❌ Invalid parallel.json: {here(loaded.parallel.path)}: {found}"
        yield Problem(None, message, f"see {typed(loaded.naming.command('plan_lint'))}")


def foreign_graph(loaded: Loaded) -> Problem:
    """Say that the place of a plan's graph is taken by that of a neighbour."""
    plan = loaded.plan
    own = f"{WORK_SPACE}/plans/{plan.name}/"
    message = f"the dependency graph in {here(plan.file.parent)} is that of {loaded.foreign}"
    hint = f"a directory has one: move {plan.file.name}, with its subplans/ and execution/, to {own}"
    return Problem(None, message, hint)


def _name_problems(loaded: Loaded) -> Iterator[Problem]:
    name = loaded.plan.name
    if parse_name(subplan_name(name, "1.1")) is None:
        message = f"no file can be named after the plan {name!r}"
        hint = "call it by letters, digits and single hyphens, as in MY-PLAN"
        yield Problem(Location(here(loaded.plan.file), 1), message, hint)


def _by_id(loaded: Loaded, ids: Sequence[str]) -> tuple[tuple[str, ...], list[Problem]]:
    problems = []
    for id_ in dict.fromkeys(ids):
        if hint := valid_id(id_):
            problems.append(Problem(None, f"{id_!r} is no id of an achievement", hint))
        elif id_ not in loaded.standing.statuses:
            hint = f"there are: {', '.join(loaded.standing.ids) or 'none'}"
            problems.append(Problem(None, f"{loaded.plan.name} has no achievement {id_}", hint))
    return tuple(id_ for id_ in dict.fromkeys(ids) if id_ in loaded.standing.statuses), problems


def _by_level(
    loaded: Loaded, kind: Kind, level: str, *, again: bool
) -> tuple[tuple[str, ...], list[Problem]]:
    standing = loaded.standing
    unfinished = [id_ for id_ in standing.order if standing.statuses[id_] not in TERMINAL]
    if level == "ready":
        return standing.ready, []
    if level == "all":
        return tuple(unfinished), []
    if level == "next":
        open_ids = [one.id for one in targets(loaded, kind, unfinished, again=again) if not one.there]
        lowest = standing.levels[open_ids[0]] if open_ids else -1
        return tuple(id_ for id_ in unfinished if standing.levels[id_] == lowest), []
    if level.isascii() and level.isdecimal() and int(level[:9]) in standing.levels.values():
        return tuple(id_ for id_ in unfinished if standing.levels[id_] == int(level[:9])), []
    last = max(standing.levels.values(), default=0)
    hint = f"write ready, next, all, or a number from 0 to {last}"
    return (), [Problem(None, f"there is no level {level!r}", hint)]


def _without_subplan(loaded: Loaded, wanted: set[str], chosen: Iterable[str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in chosen if id_ in wanted and not loaded.standing.has_subplan(id_))


def _in_the_way(target: Target, loaded: Loaded) -> str:
    is_none = f"is no {target.kind.document} of {target.id}"
    there = f"{shown(target.path, loaded)} is there already, and {is_none}"
    return f"{there}; correct the id in it, or move it away"
