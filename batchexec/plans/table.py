"""The status of a plan as people and programs read it."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, Any

from batchexec.plans.recommending import next_ids
from batchexec.plans.status import TERMINAL, Group, PlanStatus
from batchexec.plans.times import remaining_times, whole_times
from batchexec.sources.plan.ids import id_key
from batchexec.sources.plan.plan import Marker
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.plans.standing import Standing
    from batchexec.plans.times import Times

EMOJI = {
    PlanStatus.NOT_STARTED: "⚪",
    PlanStatus.SUBPLAN_CREATED: "📋",
    PlanStatus.EXECUTION_CREATED: "📝",
    PlanStatus.IN_PROGRESS: "🟡",
    PlanStatus.COMPLETE: "✅",
    PlanStatus.FAILED: "❌",
    PlanStatus.SKIPPED: "⏭️",
}
BLOCKED = "🔴"
_MOST = 5
_WIDEST = 60
_SHOWN = (Marker.APPROVED, Marker.SKIPPED, Marker.FIX, Marker.RESOLUTION)
_HEADINGS = ("", "id", "status", "title", "files", "blockers")


def status_table(standing: Standing, workers: int | None = None) -> str:
    """Show every achievement in the order of the ids, with what holds it up."""
    rows = [_HEADINGS, *(_row(standing, id_) for id_ in numeric(standing))]
    lines = (*header(standing, workers), "", *columns(rows), "", legend())
    return printable("".join(f"{line}\n" for line in lines))


def progress(standing: Standing) -> str:
    """Count what is complete, in whole percent rounded down."""
    complete, total = len(standing.of(Group.COMPLETE)), len(standing.ids)
    return f"{complete}/{total} complete ({100 * complete // total if total else 0}%)"


def header(standing: Standing, workers: int | None = None) -> Iterator[str]:
    yield f"Progress: {progress(standing)}"
    whole, rest = whole_times(standing, workers), remaining_times(standing, workers)
    spent = f", {_number(whole.actual)} h spent" if whole.actual else ""
    yield f"Whole plan: {_told(whole, workers)}{spent}"
    if whole.unknown:
        yield f"Hours unknown: {few(whole.unknown)}"
    if standing.remaining:
        yield f"Remaining: {_told(rest, workers)}"
        yield f"Critical path: {few(rest.path) or '-'}"
        yield f"Next: {few(next_ids(standing)) or '-'}"


def _told(times: Times, workers: int | None) -> str:
    """Say hours one by one and at best; where some are unknown, they are at least that."""
    least = "at least " if times.unknown else ""
    shared = f", {least}{times.parallel} h with {plural(workers, 'worker')}" if workers else ""
    return (
        f"{least}{times.sequential} h sequential, {least}{times.critical} h critical path"
        f"{shared}, {times.saving} saved"
    )


def _number(hours: float) -> str:
    return f"{round(hours, 2):g}"


def legend() -> str:
    return "  ".join((*(f"{sign} {status}" for status, sign in EMOJI.items()), f"{BLOCKED} blocked"))


def emoji(standing: Standing, id_: str) -> str:
    return BLOCKED if id_ in standing.blocked else EMOJI[standing.statuses[id_]]


def status_json(standing: Standing) -> dict[str, str]:
    """Give the status of every id in numeric order."""
    return {id_: str(standing.statuses[id_]) for id_ in numeric(standing)}


def details_json(standing: Standing, root: Path) -> dict[str, dict[str, Any]]:
    """Give all that is known of every id in numeric order; paths are relative to `root`."""
    return {id_: _details(standing, id_, root) for id_ in numeric(standing)}


def numeric(standing: Standing) -> list[str]:
    return sorted(standing.ids, key=id_key)


def few(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST
    return ", ".join(ids[:_MOST]) + (f" and {more:,} more" if more > 0 else "")


def _details(standing: Standing, id_: str, root: Path) -> dict[str, Any]:
    hours = standing.hours.get(id_)
    return {
        "status": str(standing.statuses[id_]),
        "title": standing.titles[id_],
        "level": standing.levels[id_],
        "group": str(standing.groups[id_]),
        "dependencies": list(standing.dependencies[id_]),
        "blockers": list(standing.blocked.get(id_, ())),
        "needs_decision": list(standing.needs_decision.get(id_, ())),
        "hours": {"low": hours.low, "high": hours.high, "text": hours.text} if hours else None,
        "actual_hours": standing.actual_hours.get(id_),
        "files": [relative(path, root) for path in standing.files(id_)],
    }


def relative(path: Path, root: Path) -> str:
    return os.path.relpath(os.path.realpath(path), os.path.realpath(root))


def _row(standing: Standing, id_: str) -> tuple[str, ...]:
    title = " ".join(standing.titles[id_].split())
    short = title if len(title) <= _WIDEST else f"{title[: _WIDEST - 1]}…"
    return (
        emoji(standing, id_),
        id_,
        standing.statuses[id_],
        short,
        _files(standing, id_),
        _why(standing, id_),
    )


def _files(standing: Standing, id_: str) -> str:
    executions = len(standing.evidence.executions.get(id_, ()))
    kinds = {
        "SUBPLAN": standing.has_subplan(id_),
        f"EXECUTION_TASK{f' ×{executions}' if executions > 1 else ''}": bool(executions),
    }
    markers = [str(marker) for marker in _SHOWN if standing.evidence.marked(marker, id_)]
    return ", ".join((*(kind for kind, there in kinds.items() if there), *markers)) or "-"


def _why(standing: Standing, id_: str) -> str:
    """Name what blocks, or what somebody has to decide."""
    decide = standing.needs_decision.get(id_, ())
    blockers = standing.blocked.get(id_, ())
    if decide:
        return f"{few(blockers)} (needs a decision: {few(decide)} was skipped; skip too or drop it)"
    if id_ in standing.passed and standing.statuses[id_] not in TERMINAL:
        return "passed, awaiting approval"
    return few(blockers) or "-"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Count the columns of a terminal; a sign that asks to be shown as an emoji is two wide."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    marks = sum(unicodedata.combining(one) > 0 or one == "\u200d" for one in text)
    return len(text) + wide - marks
