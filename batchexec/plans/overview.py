"""All plans of a workspace at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from batchexec.errors import BatchError
from batchexec.plans.loading import load_place, words
from batchexec.plans.naming import Naming, typed
from batchexec.plans.recommending import Step, next_ids
from batchexec.plans.status import Group
from batchexec.plans.table import columns, numeric, progress, relative
from batchexec.sources.plan import find_plan, places
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from batchexec.plans.loading import Loaded
    from batchexec.plans.standing import Standing
    from batchexec.sources.plan.places import Place


class State(StrEnum):
    """What a plan is in need of, the most urgent first."""

    UNREADABLE = "unreadable"
    NEEDS_ATTENTION = "needs attention"
    IN_PROGRESS = "in progress"
    READY = "ready"
    BLOCKED = "blocked"
    COMPLETE = "complete"
    EMPTY = "no achievements"


SIGNS: Mapping[State, str] = {
    State.UNREADABLE: "⛔",
    State.NEEDS_ATTENTION: "❌",
    State.IN_PROGRESS: "🟡",
    State.READY: "🟢",
    State.BLOCKED: "🔴",
    State.COMPLETE: "✅",
    State.EMPTY: "⚪",
}
_URGENCY = {state: place for place, state in enumerate(State)}
_HEADINGS = ("", "plan", "state", "progress", "last approved", "next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One plan of the dashboard.

    `last_approved` is the highest id that is approved: when that happened, no
    file says. `trouble` is why a PLAN cannot be read.
    """

    name: str
    file: Path
    state: State
    complete: int = 0
    total: int = 0
    progress: str = ""
    last_approved: str = ""
    next: tuple[str, ...] = ()
    step: Step | None = None
    advice: str = ""
    command: tuple[str, ...] = ()
    trouble: str = ""

    def as_json(self, root: Path) -> dict[str, Any]:
        """Give the row to programs; paths are relative to `root`."""
        return {
            "name": self.name,
            "file": relative(self.file, root),
            "state": str(self.state),
            "complete": self.complete,
            "total": self.total,
            "last_approved": self.last_approved or None,
            "next": list(self.next),
            "step": str(self.step) if self.step else None,
            "advice": self.advice or None,
            "command": typed(self.command) or None,
            "trouble": self.trouble or None,
        }


def rows(
    workspace: Path,
    running: Mapping[Path, Collection[str]] | None = None,
    *,
    passed: Mapping[Path, Collection[str]] | None = None,
    given: str = "",
) -> tuple[Row, ...]:
    """List the plans of a workspace, the most urgent first; `running` and `passed` are by PLAN file."""
    there = places(workspace)
    named = words(there)
    found = []
    for place in there:
        file = place.file or place.directory
        live, tried = (running or {}).get(file, ()), (passed or {}).get(file, ())
        found.append(_row(workspace, place, Naming(named[file], given), live, tried))
    return tuple(sorted(found, key=lambda row: (_URGENCY[row.state], row.name, str(row.file))))


def dashboard(found: Iterable[Row]) -> str:
    """Show the plans of a workspace, one in a line."""
    lines = [_cells(row) for row in found]
    if not lines:
        return "No plans here; a plan is work-space/plans/NAME/PLAN_NAME.md\n"
    return printable("".join(f"{line}\n" for line in columns([_HEADINGS, *lines])))


def state_of(standing: Standing) -> State:
    if not standing.ids:
        return State.EMPTY
    if standing.complete:
        return State.COMPLETE
    if any(id_ not in standing.passed for id_ in standing.failed):
        return State.NEEDS_ATTENTION
    if standing.of(Group.RUNNING):
        return State.IN_PROGRESS
    return State.READY if standing.ready else State.BLOCKED


def _row(
    workspace: Path, place: Place, naming: Naming, running: Collection[str], passed: Collection[str]
) -> Row:
    try:
        if not place.file:  # it says what is missing, unless a graph will do
            find_plan(str(place.directory), workspace)
        loaded = load_place(workspace, place, naming, running, passed=passed)
    except BatchError as error:
        file = place.file or place.directory
        return Row(name=place.name, file=file, state=State.UNREADABLE, trouble=str(error.problems[0]))
    return _told(loaded, place.file or place.directory)


def _told(loaded: Loaded, file: Path) -> Row:
    standing, advice = loaded.standing, loaded.recommendation
    approved = [id_ for id_ in numeric(standing) if standing.groups[id_] is Group.COMPLETE]
    return Row(
        name=loaded.plan.name,
        file=file,
        state=state_of(standing),
        complete=len(approved),
        total=len(standing.ids),
        progress=progress(standing),
        last_approved=approved[-1] if approved else "",
        next=next_ids(standing),
        step=advice.step,
        advice=advice.text,
        command=advice.command,
    )


def _cells(row: Row) -> tuple[str, ...]:
    said = row.trouble or ("-" if row.step is Step.COMPLETE else row.advice)
    return SIGNS[row.state], row.name, row.state, row.progress or "-", row.last_approved or "-", said
