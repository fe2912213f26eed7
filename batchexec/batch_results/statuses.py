"""The words for how a PRP stands, in the result file and in heartbeats."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.model import Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchexec.batch_results.records import GateRecord


class PrpStatus(StrEnum):
    """Only `success` counts as successful."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED_GATES = "failed_gates"
    FAILED = "failed"
    BLOCKED = "blocked"
    INTERRUPTED = "interrupted"


class BeatStatus(StrEnum):
    """What is being done about a PRP right now."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    GATES = "GATES"
    COMMITTING = "COMMITTING"
    MERGING = "MERGING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"


OVER = frozenset({BeatStatus.COMPLETE, BeatStatus.FAILED, BeatStatus.BLOCKED})
"""After these nothing more is done: nobody needs to be alive."""

_WORDS = {
    Status.PASSED: PrpStatus.SUCCESS,
    "up_to_date": PrpStatus.SUCCESS,
    Status.NEEDS_WORK: PrpStatus.FAILED_GATES,
    Status.BUDGET: PrpStatus.PENDING,
    Status.NOT_RUN: PrpStatus.PENDING,
    Status.BLOCKED: PrpStatus.BLOCKED,
    Status.INTERRUPTED: PrpStatus.INTERRUPTED,
    "running": PrpStatus.RUNNING,
    "prepared": PrpStatus.RUNNING,
}


def status_of(status: Status | str, gates: Iterable[GateRecord] = ()) -> PrpStatus:
    """Say in the words of PRPs how a task stands; one with a failed gate is never successful."""
    word = _WORDS.get(status, PrpStatus.FAILED)
    if word is PrpStatus.SUCCESS and any(gate.result == Result.FAILED for gate in gates):
        return PrpStatus.FAILED_GATES
    return word
