"""What becomes of walks a dead process left."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from batchexec.build.built import Built
from batchexec.build.staged import checked
from batchexec.errors import WorkspaceError
from batchexec.model import Change, Outcome, Status
from batchexec.workspace import publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batchexec.evidence import Verdict
    from batchexec.rundb import OpenAttempt
    from batchexec.workspace import Workspace


def recover(
    attempt: OpenAttempt, workspace: Workspace, directory: Path, check: Callable[[], Verdict]
) -> Built:
    """
    Finish the walk of a dead process, or write it off.

    Work that was on record as prepared is published, whatever had been
    published of it before, and checked; anything else left no trace in the tree.
    """
    if attempt.outcome is None:
        built = Built(Outcome(status=Status.INTERRUPTED, summary="its process died"))
    else:
        published = _publish(attempt.outcome, attempt.changes or (), workspace, directory)
        built = checked(published, check)
    shutil.rmtree(directory, ignore_errors=True)
    return built


def _publish(outcome: Outcome, changes: tuple[Change, ...], workspace: Workspace, directory: Path) -> Built:
    try:
        publish(workspace, directory, changes)
    except WorkspaceError as refused:
        return Built(Outcome(status=Status.CONFLICT, summary=str(refused), hint="run it again"))
    return Built(outcome, changes)
