"""What the files around a plan say of each achievement, and which status may follow which."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.sources.plan.plan import Marker

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from batchexec.sources.plan.plan import Evidence


class PlanStatus(StrEnum):
    """How far an achievement is, by its files alone."""

    NOT_STARTED = "not_started"
    SUBPLAN_CREATED = "subplan_created"
    EXECUTION_CREATED = "execution_created"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    FAILED = "failed"
    SKIPPED = "skipped"


class Group(StrEnum):
    """What can be done about an achievement now."""

    COMPLETE = "complete"
    SKIPPED = "skipped"
    RUNNING = "running"
    READY = "ready"
    BLOCKED = "blocked"


TERMINAL = frozenset({PlanStatus.COMPLETE, PlanStatus.SKIPPED})

TRANSITIONS: Mapping[PlanStatus, frozenset[PlanStatus]] = {
    PlanStatus.NOT_STARTED: frozenset({PlanStatus.SUBPLAN_CREATED, PlanStatus.SKIPPED}),
    PlanStatus.SUBPLAN_CREATED: frozenset({PlanStatus.EXECUTION_CREATED, PlanStatus.SKIPPED}),
    PlanStatus.EXECUTION_CREATED: frozenset(
        {PlanStatus.IN_PROGRESS, PlanStatus.COMPLETE, PlanStatus.FAILED, PlanStatus.SKIPPED}
    ),
    PlanStatus.IN_PROGRESS: frozenset(
        {PlanStatus.COMPLETE, PlanStatus.FAILED, PlanStatus.EXECUTION_CREATED, PlanStatus.SKIPPED}
    ),
    PlanStatus.FAILED: frozenset({PlanStatus.IN_PROGRESS, PlanStatus.COMPLETE, PlanStatus.SKIPPED}),
    PlanStatus.COMPLETE: frozenset(),
    PlanStatus.SKIPPED: frozenset(),
}
"""A run that ended without a verdict takes `in_progress` back to `execution_created`."""


def may_become(now: PlanStatus, then: PlanStatus) -> bool:
    return then in TRANSITIONS[now]


def status_of(id_: str, evidence: Evidence, running: Collection[str] = ()) -> PlanStatus:
    """Say how far an achievement is; what stands first here outweighs what stands below."""
    if evidence.marked(Marker.APPROVED, id_):
        return PlanStatus.COMPLETE
    if evidence.marked(Marker.SKIPPED, id_):
        return PlanStatus.SKIPPED
    if id_ in running:
        return PlanStatus.IN_PROGRESS
    if evidence.marked(Marker.FIX, id_):
        return PlanStatus.FAILED
    if evidence.executions.get(id_):
        return PlanStatus.EXECUTION_CREATED
    return PlanStatus.SUBPLAN_CREATED if evidence.subplans.get(id_) else PlanStatus.NOT_STARTED


def group_of(status: PlanStatus, *, is_blocked: bool) -> Group:
    if status is PlanStatus.COMPLETE:
        return Group.COMPLETE
    if status is PlanStatus.SKIPPED:
        return Group.SKIPPED
    if status is PlanStatus.IN_PROGRESS:
        return Group.RUNNING
    return Group.BLOCKED if is_blocked else Group.READY


def files_of(id_: str, evidence: Evidence) -> tuple[Path, ...]:
    """List the files that speak of an achievement, in the order they come to be."""
    sheets = (*evidence.subplans.get(id_, ()), *evidence.executions.get(id_, ()))
    markers = (evidence.marked(marker, id_) for marker in Marker)
    return (*(sheet.file for sheet in sheets), *(path for path in markers if path))
