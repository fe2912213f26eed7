"""How a batch stands right now, for people at a second terminal and for programs."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from batchexec.batch_results.statuses import OVER, PrpStatus
from batchexec.wording import duration, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.batch_results.heartbeats import Heartbeat
    from batchexec.batch_results.results import BatchResult

SILENT_S = 300.0
"""After that long without a sign of activity people are told."""
_LOST = "lost: the process that worked on it is gone; the next run takes care of it"


def standing(result: BatchResult | None, beats: Sequence[Heartbeat]) -> dict[str, Any]:
    """Give what is known as JSON; `batch` is None where no result file was written yet."""
    totals = result.totals if result else None
    return {
        "batch": result and {
            "batch_id": result.batch,
            "selection": result.selection,
            "started_at": result.started_at,
            "timestamp": result.timestamp,
            **asdict(result.totals),
            "success_rate": totals.success_rate if totals else 0,
            "warnings": list(result.warnings),
            "path": result.path,
            "statuses": {record.prp_id: record.status for record in result.records},
        },
        "heartbeats": [{**beat.document(), "lost": beat.lost} for beat in beats],
        "lost": _lost(result, beats),
    }  # fmt: skip


def standing_lines(
    result: BatchResult | None, beats: Sequence[Heartbeat], now: float | None = None
) -> list[str]:
    """Say it for people: what the batch adds up to, then the PRPs that are worked on, and the lost ones."""
    now = time.time() if now is None else now
    lines = [*_batch(result)] if result else []
    lost = _lost(result, beats)
    lines += (f"  {beat.task_id}: {_working(beat, now)}" for beat in _at_work(beats))
    lines += (f"  {prp_id}: {_LOST}" for prp_id in lost)
    return [printable(line) for line in lines]


def _batch(result: BatchResult) -> Iterator[str]:
    totals = result.totals
    counts = {
        "failed": totals.failed,
        "blocked": totals.blocked,
        "pending": totals.pending,
    }
    more = "".join(f", {count:,} {word}" for word, count in counts.items() if count)
    of = f"{totals.success:,} of {plural(totals.total, 'PRP')} successful"
    yield f"Batch {result.batch}: {of}{more}"
    for warning in result.warnings:
        yield f"  {warning}"


def _at_work(beats: Sequence[Heartbeat]) -> list[Heartbeat]:
    return [beat for beat in beats if beat.status not in OVER and not beat.lost]


def _lost(result: BatchResult | None, beats: Sequence[Heartbeat]) -> list[str]:
    """Name what is said to run by a heartbeat that is lost, or by the result file alone."""
    lost = [beat.task_id for beat in beats if beat.lost]
    beating = {beat.task_id for beat in beats}
    running = (record.prp_id for record in (result.records if result else ()) if _runs(record.status))
    return lost + [prp_id for prp_id in running if prp_id not in beating]


def _runs(status: str) -> bool:
    return status == PrpStatus.RUNNING


def _working(beat: Heartbeat, now: float) -> str:
    parts = [beat.status.lower()]
    if beat.total_steps:
        parts.append(f"{beat.progress}%, {beat.steps_completed} of {plural(beat.total_steps, 'step')}")
    parts.append(f"attempt {beat.attempt}, {round(beat.elapsed_seconds)}s")
    silent = now - beat.last_activity_utc if beat.last_activity_utc is not None else 0.0
    if silent >= SILENT_S:
        parts.append(f"silent for {duration(silent)}")
    return ", ".join(parts)
