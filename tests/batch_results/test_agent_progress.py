"""What an agent's own words do: they move a display, and a failure it admits is one."""

from __future__ import annotations

import time

import pytest

from batchexec.batch_results import Progress


def heard(*pieces: str) -> Progress:
    progress = Progress()
    for piece in pieces:
        progress.hear(piece)
    return progress


@pytest.mark.parametrize(
    ("said", "steps", "percent"),
    [
        ("STATUS:PHASE_COMPLETE:1/3\n", (1, 3), 33),
        ("talk\r\n  STATUS:PHASE_COMPLETE:3/3\r\nmore\n", (3, 3), 100),
        ("STATUS:PHASE_COMPLETE:2/3:2001-01-01T00:00:00Z\n", (2, 3), 66),
        ("STATUS:PHASE_COMPLETE:2/3\nSTATUS:PHASE_COMPLETE:1/3\n", (2, 3), 66),
        ("STATUS:PHASE_COMPLETE:1/3\nSTATUS:STEP_COMPLETE:4/8\n", (4, 8), 50),
        ("STATUS:PHASE_COMPLETE:4/3\nSTATUS:PHASE_COMPLETE:1/0\nSTATUS:PHASE_COMPLETE:0/0\n", (0, 0), 0),
        ("I print STATUS:PHASE_COMPLETE:1/3\n", (0, 0), 0),
        ("STATUS:PHASE_COMPLETE:1/3", (0, 0), 0),
        ("STATUS:COMPLETE\nSTATUS:PHASE_COMPLETE:x/y\n", (0, 0), 0),
    ],
)
def test_a_line_of_its_own_moves_progress_forward(said: str, steps: tuple[int, int], percent: int) -> None:
    progress = heard(said)
    assert ((progress.steps_completed, progress.total_steps), progress.percent) == (steps, percent)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("STATUS:FAILED:no access\n", "no access"),
        ("STATUS:FAILED: a \x1b[2J\nSTATUS:FAILED:b\n", "a \ufffd[2J"),
        ("STATUS:FAILED\n", "the agent gave no reason"),
        ("STATUS:FAILED:\n", "the agent gave no reason"),
        ("print STATUS:FAILED:x if you fail\n", ""),
        ("STATUS:FAILED:<reason>\n", ""),
        ("STATUS:FAILED_NOT:x\n", ""),
        ("STATUS:PHASE_COMPLETE:1/3\n", ""),
    ],
)
def test_a_failure_the_agent_admits_has_its_first_reason(said: str, reason: str) -> None:
    assert heard(said).failed == reason


def test_a_line_may_come_in_pieces() -> None:
    progress = heard("STATUS:PH", "ASE_COMPLETE:1", "/3\nSTATUS:FAILED:n", "o\n")
    assert (progress.percent, progress.failed) == (33, "no")


def test_a_line_without_end_costs_neither_time_nor_memory() -> None:
    progress = Progress()
    began = time.perf_counter()
    for _ in range(20_000):
        progress.hear("STATUS:FAILED:" + "x" * 100)
    progress.hear("\n")
    assert time.perf_counter() - began < 1
    assert len(progress.failed) < 1000
