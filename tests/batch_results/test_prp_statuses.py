"""How outcomes are called in a batch of PRPs."""

from __future__ import annotations

import pytest

from batchexec.batch_results import GateRecord, status_of
from batchexec.model import Status

WORDS = {
    Status.PASSED: "success",
    Status.NEEDS_WORK: "failed_gates",
    Status.BUDGET: "pending",
    Status.NOT_RUN: "pending",
    Status.BLOCKED: "blocked",
    Status.INTERRUPTED: "interrupted",
}


@pytest.mark.parametrize("status", Status)
def test_every_outcome_has_a_word_and_what_has_none_of_its_own_failed(status: Status) -> None:
    assert status_of(status) == WORDS.get(status, "failed")


@pytest.mark.parametrize(
    ("word", "said"),
    [("running", "running"), ("prepared", "running"), ("up_to_date", "success"), ("undone", "failed")],
)
def test_words_of_the_run_database_are_understood(word: str, said: str) -> None:
    assert status_of(word) == said


@pytest.mark.parametrize(
    ("result", "said"), [("failed", "failed_gates"), ("passed", "success"), ("manual", "success")]
)
def test_with_a_failed_gate_nothing_is_successful(result: str, said: str) -> None:
    assert (
        status_of(Status.PASSED, [GateRecord(n=1, result="passed"), GateRecord(n=2, result=result)]) == said
    )
