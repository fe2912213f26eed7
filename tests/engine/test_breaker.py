"""What would meet every task in the same way is not tried on every task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tries_bench import WORK, calls, some, standing

if TYPE_CHECKING:
    from bench import Batch

WRONG_KEY = "trouble: deterministic, error: 'the key is refused (request {id}-77)'"


def states(batch: Batch) -> list[str]:
    return list(standing(batch).values())


def test_the_same_error_three_times_in_a_row_stops_the_run(batch: Batch) -> None:
    batch.prompts(*some(5))
    batch.replay(f"calls: calls.log\ndefault: {{{WRONG_KEY}}}\n", max_failures=0)

    done = batch.doit()

    assert done.code == 2
    assert states(batch) == ["error", "error", "error", "not_run", "not_run"]
    assert len(calls(batch)) == 3
    assert (
        "🛑 Batch execution stopped: the same error 3 times in a row:"
        " the key is refused (request TASK-003-77); 2 tasks not run\n"
    ) in done.out


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (2, 2), (0, 5)])
def test_the_limit_can_be_set_and_nought_is_none(batch: Batch, limit: int, count: int) -> None:
    batch.prompts(*some(5))
    batch.replay(f"calls: calls.log\ndefault: {{{WRONG_KEY}}}\n", max_failures=0, breaker=limit)

    assert batch.doit().code == 2
    assert len(calls(batch)) == count


@pytest.mark.parametrize(
    "between",
    [WORK, "trouble: deterministic, error: the model is unknown", "status: failed, error: it is too hard"],
    ids=["success", "another-error", "no-trouble"],
)
def test_anything_else_in_between_starts_the_count_anew(batch: Batch, between: str) -> None:
    batch.prompts(*some(5))
    between = between.replace("{id}", "TASK-003")
    batch.replay(
        f"calls: calls.log\ntasks: {{TASK-003: {{{between}}}}}\ndefault: {{{WRONG_KEY}}}\n", max_failures=0
    )

    batch.doit()

    assert len(calls(batch)) == 5


def test_what_is_wrong_with_the_work_of_one_task_alone_is_no_reason_to_stop(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(
        "calls: calls.log\ndefault: {trouble: quality, error: 'no file for {id}'}\n",
        max_failures=0,
        attempts=1,
    )

    assert batch.doit().code == 1
    assert len(calls(batch)) == 4


def test_retries_of_one_task_count_once(batch: Batch) -> None:
    batch.prompts(*some(3))
    batch.replay(
        f"tasks: {{TASK-002: {{{WORK.replace('{id}', 'b')}}}}}\n"
        "default: {trouble: transient, error: busy}\n",
        retries=1,
        breaker=2,
    )

    done = batch.doit()

    assert states(batch) == ["error", "passed", "error"]
    assert "in a row" not in done.out


def test_what_runs_beside_is_finished_before_the_run_stops(batch: Batch) -> None:
    batch.prompts(*some(6))
    batch.replay(
        f"tasks: {{TASK-001: {{delay_s: 1, {WORK.replace('{id}', 'a')}}}}}\n"
        f"default: {{delay_s: 0.1, {WRONG_KEY}}}\n",
        max_failures=0,
    )

    assert batch.doit("-n", "2").code == 2
    assert states(batch) == ["passed", "error", "error", "error", "not_run", "not_run"]


def test_max_failures_comes_first_where_it_is_lower(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(f"default: {{{WRONG_KEY}}}\n", max_failures=2)

    done = batch.doit()

    assert done.code == 2
    assert "stopped: max failures (2) reached; 2 tasks not run" in done.out
