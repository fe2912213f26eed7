"""What comes out of the run database, as values."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from batchexec.model import Change, Location, Operation, Outcome, Status, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNING = "running"
PREPARED = "prepared"
UP_TO_DATE = "up_to_date"
UNDONE = "undone"

TELLING = frozenset(
    {Status.FAILED, Status.NEEDS_WORK, Status.NO_EFFECT, Status.DENIED, Status.CONFLICT, Status.TIMEOUT}
)
"""What an attempt came to, where it is of use to the next one to know why."""

_OF_CHANGE = tuple(field.name for field in fields(Change))


@dataclass(frozen=True, slots=True)
class LastAttempt:
    """How a task's most recent attempt ended; `status` is also `running` or `prepared` while it has not."""

    number: int
    status: str
    summary: str
    began_utc: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """
    An attempt that a dead process left behind.

    `outcome` and `changes` are None unless its work was ready to publish;
    `newest` says that no attempt at the task came after it. `commit` is what was
    made of it and may not be on the branch yet.
    """

    id: int
    task: str
    run: str
    number: int
    components: Mapping[str, Any]
    outcome: Outcome | None = None
    changes: tuple[Change, ...] | None = None
    newest: bool = True
    commit: str = ""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What the file system said of a file when its digest was taken (all times in nanoseconds)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digest: str
    taken_ns: int


def parse_attempt(row: Mapping[str, Any]) -> OpenAttempt:
    known = (row["id"], row["task"], row["run_key"], row["number"], json.loads(row["components"]))
    newest = bool(row["newest"])
    if row["status"] != PREPARED:
        return OpenAttempt(*known, newest=newest)
    outcome = Outcome(
        status=Status(row["verdict"]),
        summary=row["summary"],
        location=parse_location(row["file"], row["line"]),
        hint=row["hint"],
        notes=tuple(json.loads(row["notes"])),
        usage=_parse_usage(row),
    )
    changes = parse_changes(row["changes"])
    return OpenAttempt(*known, outcome, changes, newest, commit=row.get("commit_sha", ""))


def _parse_usage(row: Mapping[str, Any]) -> Usage | None:
    if row["input_tokens"] is None:
        return None
    return Usage(row["input_tokens"], row["output_tokens"], row["cached_tokens"], row["cost_usd"])


def parse_changes(text: str | None) -> tuple[Change, ...]:
    """Read back the changes an attempt's row holds."""
    rows = json.loads(text) if text else []
    return tuple(Change(**{**row, "operation": Operation(row["operation"])}) for row in rows)


def plain(change: Change) -> dict[str, Any]:
    # There are many of them, and `asdict` would copy each value deeply.
    return {name: getattr(change, name) for name in _OF_CHANGE}


def parse_location(file: str | None, line: int | None) -> Location | None:
    return Location(file, line or 0) if file else None
