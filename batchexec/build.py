"""The walk of one task: execute, prepare, publish, check; and what becomes of walks a dead process left."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.errors import WorkspaceConflict, WorkspaceError
from batchexec.model import Outcome, Status
from batchexec.verification.suggestions import mending
from batchexec.workspace import Stage, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from batchexec.evidence import Verdict
    from batchexec.executors import Attempt, Executor
    from batchexec.model import Change, Task
    from batchexec.rundb import OpenAttempt
    from batchexec.workspace import Workspace

_PUBLISHED = frozenset({Status.PASSED, Status.NEEDS_WORK})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Halt(StrEnum):
    """What makes going on with other tasks pointless."""

    PERMISSION = "permission denied"
    DISK = "the disk is full"


@dataclass(frozen=True, slots=True)
class Built:
    """
    How a walk ended: the outcome, what it changed in the tree, and whether the run should stop.

    `verdict` is what the evidence of the task says afterwards, None where nobody asked it.
    """

    outcome: Outcome
    changes: tuple[Change, ...] = ()
    halt: Halt | None = None
    verdict: Verdict | None = None


def build(
    task: Task,
    executor: Executor,
    workspace: Workspace,
    directory: Path,
    attempt: Attempt,
    prepared: Callable[[Outcome, Sequence[Change]], None],
    check: Callable[[], Verdict],
    protected: frozenset[str] = frozenset(),
) -> Built:
    """
    Carry a task out: all of its files appear, or none.

    `prepared` returns when what is staged in `directory` is on record; from
    then on a crash costs no second execution. A failed task publishes nothing.
    Of the others `check` tells whether their evidence holds, and that decides.
    No task changes what is `protected`.
    """
    try:
        outcome, changes = _execute(task, executor, Stage(workspace, directory), attempt)
        touched = sorted(protected.intersection(change.path for change in changes))
        if touched:
            outcome, changes = _forbidden(touched), ()
        if changes:
            prepared(outcome, changes)
            publish(workspace, directory, changes)
        built = _checked(Built(outcome, changes), check)
    except WorkspaceConflict as conflict:
        first = conflict.problems[0]
        built = Built(Outcome(status=Status.CONFLICT, summary=first.message, hint=first.hint))
    except WorkspaceError as refused:
        built = Built(Outcome(status=Status.FAILED, summary=refused.problems[0].message))
    except UnicodeEncodeError as error:
        built = Built(_unnameable(error))
    except OSError as error:
        built = _halted(error)
    shutil.rmtree(directory, ignore_errors=True)
    return built


def _forbidden(paths: Sequence[str]) -> Outcome:
    return Outcome(
        status=Status.FAILED,
        summary=f"it would change {', '.join(paths)}, by which it is judged; nothing was written",
        hint="change it yourself, or declare it as a file of the task",
    )


def _execute(
    task: Task, executor: Executor, stage: Stage, attempt: Attempt
) -> tuple[Outcome, tuple[Change, ...]]:
    outcome = executor.execute(task, stage, attempt)
    if outcome.status not in _PUBLISHED:
        return outcome, ()
    return outcome, stage.seal()


def _checked(built: Built, check: Callable[[], Verdict]) -> Built:
    if built.outcome.status not in _PUBLISHED:
        return built
    verdict = check()
    return replace(built, outcome=_held_to(verdict, built.outcome), verdict=verdict)


def _held_to(verdict: Verdict, outcome: Outcome) -> Outcome:
    """Let the evidence decide whether a task is done, whatever its executor says."""
    if verdict.failing:
        if not outcome.passed:
            return replace(outcome, notes=(*outcome.notes, verdict.complaint))
        first = verdict.failing[0]
        return replace(
            outcome,
            status=Status.NEEDS_WORK,
            summary=f"its evidence does not hold: {verdict.trouble}",
            location=first.location,
            hint=mending(first),
        )
    if verdict.holds and not outcome.passed:
        left = f": {outcome.summary}" if outcome.summary else ""
        note = f"its evidence holds, though something was left open{left}"
        return Outcome(status=Status.PASSED, notes=(*outcome.notes, note), usage=outcome.usage)
    return outcome


def _unnameable(error: UnicodeEncodeError) -> Outcome:
    return Outcome(
        status=Status.ERROR,
        summary=f"file names are {error.encoding} here and cannot hold {error.object!r}",
        hint="set PYTHONUTF8=1 or a UTF-8 locale",
    )


def _halted(error: OSError) -> Built:
    name = f"{error.filename}: " if error.filename else ""
    summary = f"{name}{error.strerror or error}"
    if error.errno in _FULL:
        outcome = Outcome(status=Status.ERROR, summary=summary, hint="free some space, then run it again")
        return Built(outcome, halt=Halt.DISK)
    if error.errno in _FORBIDDEN:
        outcome = Outcome(
            status=Status.FAILED, summary=summary, hint="make it writable for you, then run it again"
        )
        return Built(outcome, halt=Halt.PERMISSION)
    return Built(Outcome(status=Status.ERROR, summary=summary))


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
        built = _checked(published, check)
    shutil.rmtree(directory, ignore_errors=True)
    return built


def _publish(outcome: Outcome, changes: tuple[Change, ...], workspace: Workspace, directory: Path) -> Built:
    try:
        publish(workspace, directory, changes)
    except WorkspaceError as refused:
        return Built(Outcome(status=Status.CONFLICT, summary=str(refused), hint="run it again"))
    return Built(outcome, changes)
