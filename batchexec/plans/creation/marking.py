"""Creates the files that say an achievement is accepted, wanted otherwise, or not to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError
from batchexec.plans.creation.content import below, one_line
from batchexec.plans.creation.places import inside, shown
from batchexec.plans.naming import typed
from batchexec.plans.status import PlanStatus, may_become
from batchexec.rendering import render
from batchexec.sources.plan import Marker, marker_name, valid_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from batchexec.journal import Journal
    from batchexec.plans import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The marker that was created, its path relative to the workspace."""

    id: str
    status: PlanStatus
    path: str
    run_id: str


_STATUS = {
    Marker.APPROVED: PlanStatus.COMPLETE,
    Marker.FIX: PlanStatus.FAILED,
    Marker.SKIPPED: PlanStatus.SKIPPED,
}
_WORDS = {Marker.APPROVED: "approved", Marker.FIX: "sent back", Marker.SKIPPED: "skipped"}


def approve(loaded: Loaded, id_: str, text: str, journal: Journal, today: date) -> Marked:
    return _mark(loaded, id_, Marker.APPROVED, text, journal, today)


def fix(loaded: Loaded, id_: str, text: str, journal: Journal, today: date) -> Marked:
    """Ask for changes; the text goes into the next prompt."""
    if not text.strip():
        raise SelectionError(
            Problem(None, f"nothing says what is to be changed about {id_}", "write it down")
        )
    return _mark(loaded, id_, Marker.FIX, text, journal, today)


def skip(loaded: Loaded, id_: str, text: str, journal: Journal, today: date) -> Marked:
    return _mark(loaded, id_, Marker.SKIPPED, text, journal, today)


def _mark(loaded: Loaded, id_: str, marker: Marker, text: str, journal: Journal, today: date) -> Marked:
    """Raises SelectionError where that marker may not be made."""
    _check(loaded, id_, marker)
    path = marker_path(loaded, id_, marker)
    facts = {
        "marker": marker.value,
        "id": id_,
        "title": one_line(loaded.standing.titles.get(id_, "")),
        "plan": loaded.plan.name,
        "date": today.isoformat(),
        "text": below(text, 2),
    }
    data = render("plan_marker.md.j2", facts).encode()
    with journal.run(_command(loaded, id_, marker)) as writing:
        if not writing.create(inside(journal.root, path), data):
            message = f"{shown(path, loaded)} is there already"
            raise SelectionError(Problem(None, message, "read it, and move it away if it is of another plan"))
    return Marked(id=id_, status=_STATUS[marker], path=shown(path, loaded), run_id=writing.run_id)


def marker_path(loaded: Loaded, id_: str, marker: Marker) -> Path:
    execution = loaded.plan.directory / "execution"
    directory = execution if marker is Marker.SKIPPED else execution / "feedbacks"
    return directory / marker_name(marker, id_)


def _check(loaded: Loaded, id_: str, marker: Marker) -> None:
    standing = loaded.standing
    if id_ not in standing.statuses:
        hint = valid_id(id_) or f"there are: {', '.join(standing.ids) or 'none'}"
        raise SelectionError(Problem(None, f"{loaded.plan.name} has no achievement {id_}", hint))
    now = standing.statuses[id_]
    if marker is not Marker.SKIPPED and not standing.has_execution(id_):
        raise SelectionError(
            Problem(
                None,
                f"{id_} has no EXECUTION_TASK, so there is nothing to judge",
                f"create it: {typed(loaded.naming.about('plan_executions', [id_]))}",
            )
        )
    if not may_become(now, _STATUS[marker]):
        message = f"{id_} is {now} and cannot be {_WORDS[marker]}"
        there = standing.files(id_)[-1]
        raise SelectionError(Problem(None, message, f"{shown(there, loaded)} says so"))


def _command(loaded: Loaded, id_: str, marker: Marker) -> Sequence[str]:
    words = {Marker.APPROVED: "plan_approve", Marker.FIX: "plan_fix", Marker.SKIPPED: "plan_skip"}
    return loaded.naming.about(words[marker], [id_])
