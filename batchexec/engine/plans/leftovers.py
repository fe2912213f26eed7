"""What a killed run of plans had ready: it comes into the tree noted for `undo`, or not at all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from batchexec.build import Built
from batchexec.engine.plans.trying import FAMILY, is_undone, undone_files
from batchexec.errors import WorkspaceError
from batchexec.journal import Journal
from batchexec.model import Outcome, Status
from batchexec.sources.plan import find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchexec.rundb import OpenAttempt
    from batchexec.workspace import Workspace


def is_of_plan(attempt: OpenAttempt) -> bool:
    return attempt.task.startswith(f"{FAMILY}:") and bool(attempt.changes)


def noted(attempt: OpenAttempt, workspace: Workspace, recover: Callable[[], Built]) -> Built:
    """Let the work of a dead process be finished by `recover`, unless somebody has taken it back by now."""
    journal = Journal(find_workspace(workspace.root), workspace.root)
    if _was_undone(journal, attempt):
        return Built(Outcome(status=Status.INTERRUPTED, summary="its process died, and its work was undone"))
    with journal.run(("doit", attempt.task)) as writing:
        for change in attempt.changes or ():
            # What is there already was noted by the run that died; what may not be written is for it to say.
            with suppress(WorkspaceError):
                if workspace.digest(change.path) == change.before:
                    writing.note(change.path, workspace.read(change.path), change.after)
        return recover()


def _was_undone(journal: Journal, attempt: OpenAttempt) -> bool:
    """Tell it from the newest run that noted any of these changes: that is the one that died."""
    made = {(change.path, change.after or "") for change in attempt.changes or ()}
    for record in reversed(journal.runs()):
        if any((one.path, one.after) in made for one in record.entries):
            return is_undone(record) and not undone_files(record).isdisjoint(made)
    return False
