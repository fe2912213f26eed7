"""How a walk ended, and what its evidence and the troubles of the machine make of that."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.model import Outcome, Status
from batchexec.verification.suggestions import mending

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchexec.errors import WorkspaceError
    from batchexec.evidence import Verdict
    from batchexec.model import Change
    from batchexec.places.place import Commit

PUBLISHED = frozenset({Status.PASSED, Status.NEEDS_WORK})
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

    `verdict` is what the evidence of the task says afterwards, None where nobody asked it;
    `commit` is what was committed.
    """

    outcome: Outcome
    changes: tuple[Change, ...] = ()
    halt: Halt | None = None
    verdict: Verdict | None = None
    commit: Commit | None = None


def held_to(verdict: Verdict, outcome: Outcome) -> Outcome:
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


def unnameable(error: UnicodeEncodeError) -> Outcome:
    return Outcome(
        status=Status.ERROR,
        summary=f"file names are {error.encoding} here and cannot hold {error.object!r}",
        hint="set PYTHONUTF8=1 or a UTF-8 locale",
    )


def halted(error: OSError) -> Built:
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


def conflicting(conflict: WorkspaceError) -> Outcome:
    first = conflict.problems[0]
    return Outcome(status=Status.CONFLICT, summary=first.message, hint=first.hint)


def cleaned(outcome: Outcome, redact: Callable[[str], str]) -> Outcome:
    """Take out of what is told and kept what nobody may see."""
    return replace(
        outcome,
        summary=redact(outcome.summary),
        hint=redact(outcome.hint),
        notes=tuple(map(redact, outcome.notes)),
    )
