"""Creates the files that say an achievement is accepted, wanted otherwise, or not to be done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError
from batchexec.plans.creation.content import one_line
from batchexec.plans.creation.places import inside, shown
from batchexec.plans.creation.wishes import wish
from batchexec.plans.naming import typed
from batchexec.plans.recommending import command_for
from batchexec.plans.status import PlanStatus, may_become
from batchexec.rendering import render
from batchexec.sources.plan import Marker, marker_name, valid_id
from batchexec.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from batchexec.journal import Journal, Writing
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
_COMMANDS = {Marker.APPROVED: "plan_approve", Marker.FIX: "plan_fix", Marker.SKIPPED: "plan_skip"}


def approve(loaded: Loaded, id_: str, text: str, journal: Journal, today: date) -> Marked:
    return mark(loaded, [id_], Marker.APPROVED, text, journal, today)[0]


def fix(loaded: Loaded, id_: str, text: str, journal: Journal, today: date) -> Marked:
    """Ask for changes; the text goes into the next prompt, in place of what an attempt has answered."""
    return mark(loaded, [id_], Marker.FIX, text, journal, today)[0]


def skip(loaded: Loaded, id_: str, text: str, journal: Journal, today: date) -> Marked:
    return mark(loaded, [id_], Marker.SKIPPED, text, journal, today)[0]


def mark(
    loaded: Loaded, ids: Sequence[str], marker: Marker, text: str, journal: Journal, today: date
) -> tuple[Marked, ...]:
    """Create markers of one kind, all or none. Raises SelectionError where one of them may not be made."""
    ids = tuple(dict.fromkeys(ids))
    problems = [problem for id_ in ids if (problem := _trouble(loaded, id_, marker, text))]
    if problems:
        raise SelectionError(*problems)
    with journal.run(loaded.naming.about(_COMMANDS[marker], ids)) as writing:
        try:
            return tuple(_created(loaded, id_, marker, text, today, writing, journal.root) for id_ in ids)
        except BaseException:
            writing.take_back()
            raise


def _created(
    loaded: Loaded, id_: str, marker: Marker, text: str, today: date, writing: Writing, root: Path
) -> Marked:
    old = loaded.evidence.marked(marker, id_)
    path = old or marker_path(loaded, id_, marker)
    wanted = wish(text)
    facts = {
        "marker": marker.value,
        "id": id_,
        "title": one_line(loaded.standing.titles.get(id_, "")),
        "plan": loaded.plan.name,
        "date": today.isoformat(),
        "text": wanted.summary,
        "issues": wanted.issues,
        "next_steps": wanted.next_steps,
    }
    data, place = render("plan_marker.md.j2", facts).encode(), inside(root, path)
    if old:
        if not writing.replace(place, data, Workspace(root).digest(place) or ""):
            raise SelectionError(Problem(None, f"{shown(path, loaded)} changed at this moment", "try again"))
    elif not writing.create(place, data):
        raise SelectionError(_taken(path, loaded))
    return Marked(id=id_, status=_STATUS[marker], path=shown(path, loaded), run_id=writing.run_id)


def marker_path(loaded: Loaded, id_: str, marker: Marker) -> Path:
    execution = loaded.plan.directory / "execution"
    directory = execution if marker is Marker.SKIPPED else execution / "feedbacks"
    return directory / marker_name(marker, id_)


def _trouble(loaded: Loaded, id_: str, marker: Marker, text: str) -> Problem | None:
    """Say why a marker may not be made."""
    standing = loaded.standing
    if id_ not in standing.statuses:
        hint = valid_id(id_) or f"there are: {', '.join(standing.ids) or 'none'}"
        return Problem(None, f"{loaded.plan.name} has no achievement {id_}", hint)
    if marker is Marker.FIX and not text.strip():
        return Problem(None, f"nothing says what is to be changed about {id_}", "write it down")
    if marker is not Marker.SKIPPED and not standing.has_execution(id_):
        return Problem(
            None,
            f"{id_} has no EXECUTION_TASK, so there is nothing to judge",
            f"first {typed(command_for(standing, id_, loaded.naming, loaded.basis))}",
        )
    now = standing.statuses[id_]
    if marker is Marker.FIX and now is PlanStatus.FAILED:
        return None if id_ in standing.passed else _unanswered(loaded, id_)
    if not may_become(now, _STATUS[marker]):
        message = f"{id_} is {now} and cannot be {_WORDS[marker]}"
        there = standing.files(id_)
        return Problem(None, message, f"{shown(there[-1], loaded)} says so" if there else "")
    path = marker_path(loaded, id_, marker)
    return _taken(path, loaded) if os.path.lexists(path) else None


def _unanswered(loaded: Loaded, id_: str) -> Problem:
    there = loaded.evidence.marked(Marker.FIX, id_)
    assert there is not None
    first = typed(command_for(loaded.standing, id_, loaded.naming, loaded.basis))
    message = f"{id_} is failed: nothing has passed since {shown(there, loaded)} asked for changes"
    return Problem(None, message, f"first {first}, or write into that file what else is wanted")


def _taken(path: Path, loaded: Loaded) -> Problem:
    message = f"{shown(path, loaded)} is there already"
    return Problem(None, message, "read it, and move it away if it is of another plan")
