"""What may still be spent, told by the run database and by what is under way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from batchexec.engine.budget import Budget
from batchexec.rundb import RunDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[RunDatabase]:
    opened = RunDatabase(tmp_path / "run.db")
    opened.begin_writing()
    yield opened
    opened.close()


def test_without_limits_nothing_is_refused_and_nothing_reserved(database: RunDatabase) -> None:
    budget = Budget({}, database)

    assert budget.refusal("a", "agent") is None
    assert budget.reserve("a", "agent") is None
    assert budget.left("a") is None


def test_what_is_left_for_a_task_never_falls_below_nothing(database: RunDatabase) -> None:
    budget = Budget({"task": 1.0}, database)
    budget.reserve("a", "agent")
    budget.settle("a", "agent", 1.5)

    assert budget.left("a") == 0.0
    assert budget.left("b") == 1.0


def test_ten_cents_fit_ten_times_into_a_dollar(database: RunDatabase) -> None:
    budget = Budget({"run": 1.0}, database)
    for number in range(10):
        assert budget.refusal(f"task {number}", "agent") is None
        budget.reserve(f"task {number}", "agent")
        budget.settle(f"task {number}", "agent", 0.1)

    refusal = budget.refusal("one more", "agent")

    assert refusal is not None
    assert refusal.why == "the budget of the run is used up: $1.00 of $1.00 are spent"


@pytest.mark.parametrize(
    ("count", "estimate"), [(1, 1), (2, 2), (5, 5), (9, 9), (10, 9), (11, 10), (100, 90)]
)
def test_an_estimate_is_what_nine_of_ten_attempts_did_not_exceed(
    database: RunDatabase, count: int, estimate: int
) -> None:
    budget = Budget({"run": 1e6}, database)
    for number in range(count):
        budget.reserve("a", "agent")
        budget.settle("a", "agent", float(count - number))

    assert budget.estimate("agent") == estimate


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Move to another time zone: one where midnight was so many seconds ago."""

    def move(seconds: int) -> None:
        now = time.gmtime()
        shift = now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec - seconds
        sign, left = ("-", -shift) if shift < 0 else ("", shift)
        monkeypatch.setenv("TZ", f"XXX{sign}{left // 3600}:{left // 60 % 60}:{left % 60}")
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_a_run_that_goes_on_past_midnight_may_spend_what_the_new_day_allows(
    database: RunDatabase, clock: Callable[[int], None]
) -> None:
    clock(3 * 3600)
    budget = Budget({"day": 1.0}, database)
    budget.reserve("a", "agent")
    budget.settle("a", "agent", 1.0)
    before = budget.refusal("b", "agent")

    clock(0)

    assert before is not None
    assert before.why == "the budget of the day is used up: $1.00 of $1.00 are spent"
    assert budget.refusal("b", "agent") is None
