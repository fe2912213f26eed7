"""The report of a batch of PRPs, and the lines people see while it runs."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from batchexec.batch_results import (
    BatchResult,
    GateRecord,
    Record,
    executing,
    failure_lines,
    report_text,
    retry_command,
)

if TYPE_CHECKING:
    from pathlib import Path

LINE = "=" * 70
FIRST = Record(prp_id="PRP-12.1.1", status="success", stage=1, elapsed_seconds=41, gates_passed=2)
SECOND = Record(
    prp_id="PRP-12.2.1",
    status="failed_gates",
    stage=2,
    elapsed_seconds=54,
    gates_passed=1,
    gates_failed=1,
    gates_unverified=1,
    errors=("Gate 2 failed: expected 1, got 2",),
)
PATH = ".ce/orchestration/batches/batch-12.result.json"


def report(*records: Record, seconds: float = 95) -> str:
    return report_text(BatchResult(batch=12, elapsed_seconds=seconds, records=records, path=PATH))


def lines(*records: Record) -> list[str]:
    return [line.strip() for line in report(*records).splitlines()]


def test_the_report_reads_like_this() -> None:
    assert (
        report(FIRST, SECOND)
        == f"""\
{LINE}
BATCH 12 EXECUTION REPORT
{LINE}

Stage 1:
  ✓ PRP-12.1.1
      Status: success
      Time: 41s
      Gates: 2/2

Stage 2:
  ✗ PRP-12.2.1
      Status: failed_gates
      Time: 54s
      Gates: 1/2 (1 manual)
      ERROR: Gate 2 failed: expected 1, got 2

{LINE}
SUMMARY
{LINE}
Total PRPs: 2
Successful: 1 ✓
Failed: 1 ✗
Total Time: 95s (1.6 min)
Success Rate: 50%

Results saved to: .ce/orchestration/batches/batch-12.result.json
"""
    )


def test_without_prps_there_is_no_rate() -> None:
    assert (
        report(seconds=0)
        == f"""\
{LINE}
BATCH 12 EXECUTION REPORT
{LINE}

{LINE}
SUMMARY
{LINE}
Total PRPs: 0
Successful: 0 ✓
Failed: 0 ✗
Total Time: 0s (0.0 min)
Success Rate: n/a

Results saved to: .ce/orchestration/batches/batch-12.result.json
"""
    )


def test_a_blocked_prp_names_its_cause_and_is_counted() -> None:
    blocked = Record(prp_id="PRP-12.3.1", status="blocked", stage=3, blocked_by=("PRP-12.2.1", "PRP-11.1.1"))
    found = lines(FIRST, SECOND, blocked)
    assert "⊘ PRP-12.3.1" in found
    assert "ERROR: blocked by PRP-12.2.1, PRP-11.1.1" in found
    assert found[found.index("Failed: 1 ✗") + 1] == "Blocked: 1"
    assert "Success Rate: 33%" in found


def test_what_was_not_reached_is_counted_as_pending() -> None:
    found = lines(FIRST, replace(SECOND, status="pending"))
    assert ("○ PRP-12.2.1" in found, "Pending: 1" in found, "Failed: 0 ✗" in found) == (True,) * 3


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        ("success", "✓"),
        ("failed", "✗"),
        ("failed_gates", "✗"),
        ("interrupted", "✗"),
        ("blocked", "⊘"),
        ("pending", "○"),
        ("running", "…"),
        ("completed", "✗"),
    ],
)
def test_every_status_has_its_mark(status: str, mark: str) -> None:
    assert f"{mark} PRP-12.1.1" in lines(replace(FIRST, status=status))


def test_at_most_two_errors_are_shown_each_on_a_line() -> None:
    many = replace(SECOND, errors=("one\n  and\x1b more", "x" * 900, "three"))
    errors = [line for line in lines(many) if line.startswith("ERROR")]
    assert errors == ["ERROR: one and\ufffd more", f"ERROR: {'x' * 499}…"]


def test_gates_that_prove_nothing_are_told_from_manual_ones() -> None:
    gates = tuple(
        GateRecord(n=n, result=word) for n, word in enumerate(("unverified", "manual", "manual"), 1)
    )
    found = lines(replace(FIRST, gates=gates, gates_unverified=3))
    assert "Gates: 2/2 (2 manual, 1 unverified)" in found


def test_prps_of_a_stage_stand_under_one_heading() -> None:
    found = report(FIRST, replace(FIRST, prp_id="PRP-12.1.2"))
    assert found.count("Stage 1:") == 1
    assert "      Gates: 2/2\n  ✓ PRP-12.1.2\n" in found


def test_a_project_may_have_a_report_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "prp_report.txt.j2").write_text("{{ batch }}: {{ totals.success }}/{{ totals.total }}\n")
    assert report_text(BatchResult(batch=12, records=(FIRST, SECOND)), tmp_path) == "12: 1/2\n"


def test_people_are_told_what_is_executed() -> None:
    assert executing(2, "PRP-12.2.1") == "[Stage 2] Executing PRP-12.2.1..."


def test_a_failure_comes_with_the_commands_that_help() -> None:
    assert failure_lines(12, SECOND) == [
        "✗ FAILED: Gate 2 failed: expected 1, got 2",
        "git log --oneline --grep='^PRP-12.2.1:'",
        "doit --batch 12 --retry PRP-12.2.1",
    ]
    assert retry_command(12, "PRP-12.2.1") == "doit --batch 12 --retry PRP-12.2.1"


def test_a_failure_without_a_reason_says_its_status() -> None:
    assert failure_lines(12, replace(SECOND, errors=()))[0] == "✗ FAILED: failed_gates"


def test_the_command_that_helps_finds_the_commits(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    for subject in ("PRP-12.2.1: Retry", "PRP-12.2.10: Other", "Fix PRP-12.2.1: x"):
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", subject], check=True)
    command = failure_lines(12, SECOND)[1]
    found = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert [line.split(" ", 1)[1] for line in found.splitlines()] == ["PRP-12.2.1: Retry"]
