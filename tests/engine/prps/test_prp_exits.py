"""How a run of PRPs ends, and what it prints for programs and for people in a hurry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from prp_bench import Prps


@pytest.mark.parametrize("status", ["failed", "error", "timeout", "no_effect", "denied"])
def test_a_prp_that_did_not_succeed_ends_the_run_with_exit_status_1(prps: Prps, status: str) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.answers({"12.1.1": {"status": status, "error": "no idea"}})
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.came_out) == (1, {"12.1.1": "failed", "12.1.2": "success"})


def test_three_failures_for_the_same_reason_keep_nobody_from_running(prps: Prps) -> None:
    numbers = [f"12.1.{number}" for number in range(1, 6)]
    prps.prps(*numbers)
    prps.agents({**dict.fromkeys(numbers[:4], "exit 7"), numbers[4]: "echo x > $ID.txt"})

    prps.doit("-n", "1")

    assert prps.came_out == {**dict.fromkeys(numbers[:4], "failed"), numbers[4]: "success"}


def test_a_stage_whose_dependencies_are_not_completed_is_blocked(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()

    done = prps.doit("--stage", "2")

    assert (done.code, prps.came_out) == (1, {"12.2.1": "blocked"})


def test_a_retry_of_what_waits_for_others_is_blocked(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()

    done = prps.doit("--retry", "12.2.1")

    assert (done.code, prps.asked, prps.record("12.2.1")["blocked_by"]) == (1, [], ["PRP-12.1.1"])


def test_the_result_of_a_failure_is_printed_as_json_too(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit()

    done = prps.doit("--json")

    assert (done.code, json.loads(done.out)) == (1, prps.result)


def test_quiet_says_nothing_of_a_success(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()

    assert prps.doit("-q").out == ""


def test_quiet_says_what_failed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit()

    assert "PRP-12.1.1 ✗ FAILED: Gate 1 failed: exit status 1" in prps.doit("-q").out


def test_a_setup_that_fails_fails_the_prp_and_names_the_command(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.settings(setup=["echo no network; exit 3"])
    prps.commit()

    done = prps.doit()

    [error] = prps.record("12.1.1")["errors"]
    assert done.code == 1
    assert error == "setup: `echo no network; exit 3` ended with exit status 3: no network"


def test_the_list_tells_what_is_completed_to_run_and_blocked(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1", "12.2.2<11.1.1")
    prps.commit()
    prps.doit("--prp", "12.1.1")

    assert prps.statuses() == {"PRP-12.1.1": "up_to_date", "PRP-12.2.2": "blocked", "PRP-12.2.1": "run"}
