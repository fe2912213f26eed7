"""What people read of a batch: its lines of progress and failure, and the report at the end."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from batchexec import rendering
from batchexec.batch_results.statuses import PrpStatus
from batchexec.model import Result
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchexec.batch_results.records import Record
    from batchexec.batch_results.results import BatchResult

TEMPLATE = "prp_report.txt.j2"
_MARKS = {
    PrpStatus.SUCCESS: "✓",
    PrpStatus.BLOCKED: "⊘",
    PrpStatus.PENDING: "○",
    PrpStatus.RUNNING: "…",
}
_FAILED = "✗"
_MOST_ERRORS = 2
_LONGEST_ERROR = 500


def mark(status: str) -> str:
    return _MARKS.get(status, _FAILED)  # type: ignore[call-overload,no-any-return]  # a StrEnum is a str


def executing(stage: int, prp_id: str) -> str:
    return f"[Stage {stage}] Executing {prp_id}..."


def failure_lines(batch: int, record: Record) -> list[str]:
    """Say why a PRP failed, and give the commands to see what it committed and to try it again."""
    first = next(_errors(record), record.status)
    return [
        f"{_FAILED} FAILED: {first}",
        f"git log --oneline --grep={shlex.quote(f'^{record.prp_id}:')}",
        retry_command(batch, record.prp_id),
    ]


def retry_command(batch: int, prp_id: str) -> str:
    return f"doit --batch {batch} --retry {prp_id}"


def report_text(result: BatchResult, overrides: Path | None = None) -> str:
    """Render the report of a batch; what a run did not select has no place in its own."""
    stages = [{"number": number, "prps": list(map(_prp, found))} for number, found in result.stages.items()]
    totals = result.totals
    facts = {
        "batch": result.batch,
        "stages": stages,
        "totals": totals,
        "rate": f"{totals.success_rate}%" if totals.total else "n/a",
        "seconds": round(result.elapsed_seconds),
        "minutes": f"{result.elapsed_seconds / 60:.1f}",
        "path": result.path,
    }
    return rendering.render(TEMPLATE, facts, overrides)


def _prp(record: Record) -> dict[str, Any]:
    return {
        "id": printable(record.prp_id),
        "mark": mark(record.status),
        "status": printable(record.status),
        "seconds": round(record.elapsed_seconds),
        "gates": _gates(record),
        "errors": [error for error, _ in zip(_errors(record), range(_MOST_ERRORS), strict=False)],
    }


def _gates(record: Record) -> str:
    """Count the gates that passed, of those that say anything; `(1 manual)` are left to people."""
    share = f"{record.gates_passed}/{record.gates_passed + record.gates_failed}"
    ran = sum(gate.result == Result.UNVERIFIED for gate in record.gates)
    counts = {"manual": record.gates_unverified - ran, "unverified": ran}
    left = ", ".join(f"{count} {word}" for word, count in counts.items() if count > 0)
    return f"{share} ({left})" if left else share


def _errors(record: Record) -> Iterator[str]:
    """Yield the errors of a PRP, each on a line."""
    errors = record.errors
    if not errors and record.blocked_by:
        errors = (f"blocked by {', '.join(record.blocked_by)}",)
    for error in errors:
        line = " ".join(printable(error).split())
        yield line if len(line) <= _LONGEST_ERROR else f"{line[: _LONGEST_ERROR - 1]}…"
