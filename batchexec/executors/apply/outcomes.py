"""What the parts of a task came to, each an Outcome, and how they add up to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.model import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.model import Location

_WORST_FIRST = (Status.FAILED, Status.NEEDS_WORK, Status.PASSED)


def passed(*notes: str) -> Outcome:
    return Outcome(status=Status.PASSED, notes=notes)


def needs_work(summary: str, hint: str = "", location: Location | None = None) -> Outcome:
    return Outcome(status=Status.NEEDS_WORK, summary=summary, hint=hint, location=location)


def failed(summary: str, hint: str = "", location: Location | None = None) -> Outcome:
    return Outcome(status=Status.FAILED, summary=summary, hint=hint, location=location)


def combine(parts: Sequence[Outcome]) -> Outcome:
    """Add up: the worst status, the reasons for it first, and the place of the first of them."""
    ordered = sorted(parts, key=lambda part: _WORST_FIRST.index(part.status))
    location = ordered[0].location
    return Outcome(
        status=ordered[0].status,
        summary="; ".join(_unique(_said_beside(part, location) for part in ordered)),
        location=location,
        hint="; ".join(_unique(part.hint for part in ordered)),
        notes=_unique(note for part in parts for note in part.notes),
    )


def _said_beside(part: Outcome, location: Location | None) -> str:
    """Say why a part failed; the location of the whole stands before it, another file's is named."""
    where = part.location
    elsewhere = where and location and where.file != location.file
    return f"{where}: {part.summary}" if part.summary and elsewhere else part.summary


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
