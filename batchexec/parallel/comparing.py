"""Compares a PLAN, and what the files around it say, with the parallel.json beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.parallel.building import ids_in
from batchexec.parallel.derived import STATUSES
from batchexec.parallel.parallel import Finding
from batchexec.parallel.reach import Reach, reach
from batchexec.parallel.totals import range_text
from batchexec.sources.files import shown
from batchexec.sources.plan import Marker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from batchexec.parallel.parallel import Parallel, Work
    from batchexec.sources.plan import Achievement, Evidence, Plan

_NEARLY = 0.01  # hours


def compare(
    parallel: Parallel, plan: Plan, evidence: Evidence, statuses: Mapping[str, str], *, answer: bool = False
) -> tuple[Finding, ...]:
    """
    Find what a PLAN and its parallel.json say differently.

    `statuses` are those the files give. In an answer that is to become the file,
    ids the PLAN does not have are errors.
    """
    both = _Both(parallel, plan, statuses)
    return (*both.names(), *both.ids(answer=answer), *both.works(), *_strays(plan, evidence))


@dataclass(frozen=True)
class _Both:
    parallel: Parallel
    plan: Plan
    statuses: Mapping[str, str]

    @cached_property
    def planned(self) -> dict[str, Achievement]:
        return {one.id: one for one in self.plan.achievements}

    @cached_property
    def listed(self) -> dict[str, Work]:
        return {one.id: one for one in self.parallel.achievements}

    @cached_property
    def far(self) -> Reach:
        return reach(self.parallel.dependencies)

    def names(self) -> Iterator[Finding]:
        name = self.parallel.plan_name
        if name and name != self.plan.name:
            message = f"plan_name '{name}' is not the name of the PLAN, '{self.plan.name}'"
            yield self._warning(
                "W30", self._written("/plan_name", "/plan"), message, f"write {self.plan.name}"
            )

    def ids(self, *, answer: bool) -> Iterator[Finding]:
        if not self.planned:
            message = "the PLAN has no achievements, so the ids are not compared"
            yield self.parallel.source.finding(Severity.NOTICE, "W31", "", message, "list them in the PLAN")
            return
        severity = Severity.ERROR if answer else Severity.WARNING
        for id_, pointer in self._places():
            if id_ not in self.planned:
                message = f"{id_} is not in the PLAN"
                yield self.parallel.source.finding(
                    severity, "W31", pointer, message, "use the ids of the PLAN"
                )
        yield from self._missing()

    def _places(self) -> Iterator[tuple[str, str]]:
        for work in self.parallel.achievements:
            yield work.id, work.pointer
        value = self.parallel.source.scanned.value
        for one in ids_in(value.get("external_achievements"), "/external_achievements"):
            yield one.id, one.pointer

    def _missing(self) -> Iterator[Finding]:
        here = {*self.listed, *self.parallel.external}
        for one in self._scope():
            if one.id not in here:
                message = f"{one.id} of the PLAN is missing"
                pointer = self._written("/achievements", "/levels")
                yield self._warning("W32", pointer, message, "add it, with its dependencies")

    def _scope(self) -> Iterator[Achievement]:
        """Tell which achievements of the PLAN a file of this level should have."""
        priorities = {self.planned[id_].priority for id_ in self.listed if id_ in self.planned}
        for one in self.plan.achievements:
            if self.parallel.level == "level_3" or (
                self.parallel.level == "level_2" and one.priority in priorities
            ):
                yield one

    def works(self) -> Iterator[Finding]:
        for work in self.parallel.achievements:
            if work.id in self.planned:
                yield from self._dropped(work, self.planned[work.id])
                yield from self._efforts(work, self.planned[work.id])
            yield from self._status(work)
            yield from self._too_early(work)

    def _dropped(self, work: Work, planned: Achievement) -> Iterator[Finding]:
        for one in planned.dependencies:
            if not self.far.depends(work.id, one):
                here = f"on {', '.join(work.dependencies)}" if work.dependencies else "on nothing"
                message = f"in the PLAN {work.id} depends on {one}, here {here}"
                yield self._warning(
                    "W33", f"{work.pointer}/dependencies", message, f"add {one}, or take it out of the PLAN"
                )

    def _efforts(self, work: Work, planned: Achievement) -> Iterator[Finding]:
        here, there = work.hours, planned.effort
        if not here or not there:
            return
        if here.low > there.high + _NEARLY or there.low > here.high + _NEARLY:
            message = (
                f"the effort of {work.id} is {range_text(here)} here and {range_text(there)} in the PLAN"
            )
            yield self._warning("W34", f"{work.pointer}/estimated_hours", message, "make them agree")

    def _status(self, work: Work) -> Iterator[Finding]:
        derived = self.statuses.get(work.id)
        if derived and work.status in STATUSES and work.status != derived:
            message = f"status of {work.id} is '{work.status}', by the files it is '{derived!s}'"
            yield self._warning(
                "W37", f"{work.pointer}/status", message, "the files decide; it can be left out"
            )

    def _too_early(self, work: Work) -> Iterator[Finding]:
        if self.statuses.get(work.id) != "complete":
            return
        for one in work.dependencies:
            if self.statuses.get(one, "complete") != "complete":
                message = (
                    f"{work.id} is complete although it depends on {one}, which is {self.statuses[one]!s}"
                )
                yield self._warning("W38", f"{work.pointer}/dependencies", message, f"see to {one}")

    def _written(self, *pointers: str) -> str:
        """Choose the pointer that the file has."""
        value = self.parallel.source.scanned.value
        return next(one for one in (*pointers, "") if one[1:] in value or not one)

    def _warning(self, code: str, pointer: str, message: str, hint: str) -> Finding:
        return self.parallel.source.warning(code, pointer, message, hint)


def _strays(plan: Plan, evidence: Evidence) -> Iterator[Finding]:
    known = set(plan.ids)
    for id_, file in _files(evidence):
        if id_ not in known:
            yield Finding(
                code="W39",
                severity=Severity.WARNING,
                pointer="",
                message=f"{file.name} is about {id_}, which is not in the PLAN",
                file=shown(file),
                hint="add the achievement to the PLAN, or move the file to documentation/archive/",
            )


def _files(evidence: Evidence) -> Iterator[tuple[str, Path]]:
    for sheets in (*evidence.subplans.values(), *evidence.executions.values()):
        for sheet in sheets:
            yield sheet.id, sheet.file
    for marker in Marker:
        yield from evidence.markers.get(marker, {}).items()
