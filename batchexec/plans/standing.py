"""Everything about one plan at one moment: what each achievement is, waits for and takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.plans.schedule import levels
from batchexec.plans.status import TERMINAL, Group, PlanStatus, files_of, group_of, status_of
from batchexec.sources.plan.plan import Hours, Marker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from batchexec.parallel import Parallel, Work
    from batchexec.sources.plan.plan import Achievement, Evidence, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What is known of a plan; every mapping has all ids, in the order of the file, unless it says otherwise.

    The file is parallel.json, then what the PLAN has beyond it. `blocked` holds
    the blocked ids with their unfinished dependencies, `needs_decision` those of
    them that wait for something skipped, which will never be finished. `hours`
    and `actual_hours` hold the ids they are known of. `parts` are the sub-executions
    of an achievement, where the hours of all of them are known. `passed` names what
    an attempt has passed and nobody has approved, `unfilled` counts the places
    still to be filled in SUBPLANs, by achievement.
    """

    name: str
    titles: Mapping[str, str]
    dependencies: Mapping[str, tuple[str, ...]]
    statuses: Mapping[str, PlanStatus]
    groups: Mapping[str, Group]
    levels: Mapping[str, int]
    blocked: Mapping[str, tuple[str, ...]]
    needs_decision: Mapping[str, tuple[str, ...]]
    evidence: Evidence
    hours: Mapping[str, Hours] = field(default_factory=dict)
    actual_hours: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, tuple[Work, ...]] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()
    unfilled: Mapping[str, int] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.statuses)

    @property
    def order(self) -> tuple[str, ...]:
        """All ids by level, those of one level in the order of the file."""
        return tuple(sorted(self.statuses, key=self.levels.__getitem__))

    @property
    def ready(self) -> tuple[str, ...]:
        return self.of(Group.READY)

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(id_ for id_, status in self.statuses.items() if status is PlanStatus.FAILED)

    @property
    def remaining(self) -> tuple[str, ...]:
        return tuple(id_ for id_, status in self.statuses.items() if status not in TERMINAL)

    @property
    def complete(self) -> bool:
        """All is complete or skipped; a plan without achievements is not."""
        return bool(self.statuses) and not self.remaining

    def of(self, group: Group) -> tuple[str, ...]:
        return tuple(id_ for id_, its in self.groups.items() if its is group)

    def group(self, id_: str) -> Group:
        return self.groups[id_]

    def has_subplan(self, id_: str) -> bool:
        return bool(self.evidence.subplans.get(id_))

    def has_execution(self, id_: str) -> bool:
        return bool(self.evidence.executions.get(id_))

    def files(self, id_: str) -> tuple[Path, ...]:
        return files_of(id_, self.evidence)


def standing(
    plan: Plan,
    evidence: Evidence,
    parallel: Parallel | None,
    running: Collection[str] = (),
    *,
    passed: Iterable[str] = (),
    unfilled: Mapping[str, int] | None = None,
) -> Standing:
    """
    Say how a plan stands by its files; without parallel.json its own dependencies are the graph.

    `running` names what a live run is at.
    """
    written = {one.id: one for one in plan.achievements}
    works = {work.id: work for work in parallel.achievements} if parallel else {}
    dependencies = _dependencies(written, works)
    statuses = {id_: status_of(id_, evidence, running) for id_ in dependencies}
    unfinished = {
        id_: tuple(dep for dep in deps if not _is_finished(dep, evidence))
        for id_, deps in dependencies.items()
    }
    groups = {id_: group_of(status, is_blocked=bool(unfinished[id_])) for id_, status in statuses.items()}
    blocked = {id_: unfinished[id_] for id_, group in groups.items() if group is Group.BLOCKED}
    return Standing(
        name=plan.name,
        titles={id_: _title(written.get(id_), works.get(id_)) for id_ in dependencies},
        dependencies=dependencies,
        statuses=statuses,
        groups=groups,
        levels=levels(dependencies),
        blocked=blocked,
        needs_decision=_needs_decision(blocked, evidence),
        evidence=evidence,
        hours=_hours(dependencies, written, works),
        actual_hours=_actual_hours(works),
        parts={id_: work.subs for id_, work in works.items() if work.subs and _all_timed(work)},
        passed=frozenset(passed),
        unfilled=dict(unfilled or {}),
    )


def _dependencies(
    written: Mapping[str, Achievement], works: Mapping[str, Work]
) -> dict[str, tuple[str, ...]]:
    """Take what parallel.json says where it says something."""
    listed = {id_: work.dependencies for id_, work in works.items()}
    rest = {id_: one.dependencies for id_, one in written.items() if id_ not in listed}
    return {id_: tuple(dict.fromkeys(deps)) for id_, deps in (listed | rest).items()}


def _is_finished(id_: str, evidence: Evidence) -> bool:
    return evidence.marked(Marker.APPROVED, id_) is not None


def _needs_decision(blocked: Mapping[str, tuple[str, ...]], evidence: Evidence) -> dict[str, tuple[str, ...]]:
    skipped = {
        id_: tuple(dep for dep in deps if status_of(dep, evidence) is PlanStatus.SKIPPED)
        for id_, deps in blocked.items()
    }
    return {id_: deps for id_, deps in skipped.items() if deps}


def _title(achievement: Achievement | None, work: Work | None) -> str:
    titles = (achievement.title if achievement else "", work.title if work else "")
    return next((title for title in titles if title), "")


def _hours(
    ids: Iterable[str], written: Mapping[str, Achievement], works: Mapping[str, Work]
) -> dict[str, Hours]:
    found = {id_: _hours_of(written.get(id_), works.get(id_)) for id_ in ids}
    return {id_: hours for id_, hours in found.items() if hours}


def _hours_of(achievement: Achievement | None, work: Work | None) -> Hours | None:
    if work and work.hours:
        return work.hours
    if achievement and achievement.effort:
        return achievement.effort
    if work and work.subs and _all_timed(work):
        times = [sub.hours for sub in work.subs if sub.hours]
        return Hours(sum(one.low for one in times), sum(one.high for one in times))
    return None


def _all_timed(work: Work) -> bool:
    return all(sub.hours for sub in work.subs)


def _actual_hours(works: Mapping[str, Work]) -> dict[str, float]:
    return {id_: work.actual_hours.high for id_, work in works.items() if work.actual_hours}
