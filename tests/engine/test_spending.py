"""Spending keeps to what a task, a run and a day may cost; what cannot be paid is left for another time."""

from __future__ import annotations

import json
import signal
import sqlite3
from typing import TYPE_CHECKING

import pytest
from bench import section
from tries_bench import WORK, attempts, calls, ends, executors, shell_agent, some, standing, started, wait_for

if TYPE_CHECKING:
    from bench import Batch

DOLLAR = f"calls: calls.log\ndefault: {{cost_usd: 1, {WORK}}}\n"


def spent(batch: Batch) -> float:
    return float(sum(row["cost_usd"] or 0 for row in attempts(batch)))


def reserved(batch: Batch) -> list[float | None]:
    return [row["reserved_usd"] for row in attempts(batch)]


@pytest.mark.parametrize("slots", [1, 4])
def test_a_run_spends_no_more_than_its_budget_and_what_was_in_flight(batch: Batch, slots: int) -> None:
    batch.prompts(*some(20))
    batch.replay(DOLLAR.replace("cost_usd", "delay_s: 0.1, cost_usd"), budget={"run": 5})

    done = batch.doit("-n", str(slots))

    assert done.code == 4
    assert 5 <= spent(batch) <= 5 + slots - 1
    counts = list(standing(batch).values())
    assert counts.count("passed") == len(calls(batch)) == spent(batch)
    assert counts.count("budget") == 1
    assert counts.count("not_run") == 19 - len(calls(batch))


@pytest.mark.parametrize("cap", [1, 2.5])
def test_with_a_known_price_nothing_is_overspent_however_many_slots(batch: Batch, cap: float) -> None:
    batch.prompts(*some(20))
    batch.replay(DOLLAR.replace("cost_usd", "delay_s: 0.1, cost_usd"), budget={"run": 5, "task": cap})

    done = batch.doit("-n", "4")

    assert done.code == 4
    assert spent(batch) == 5


def test_what_cannot_be_paid_is_told_and_reported(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(DOLLAR, budget={"run": 2})

    done = batch.doit()

    assert done.code == 4
    why = "the budget of the run is used up: $2.00 of $2.00 are spent"
    assert f"   ⚠️ Budget: {why}; raise `budget:` in batchexec.yaml, then run it again\n" in done.out
    assert f"🛑 Batch execution stopped: {why}; 2 tasks not run\n" in done.out
    assert [result["state"] for result in batch.report()["results"]] == ["done", "done", "not_run", "not_run"]
    assert json.loads(batch.batchexec("status", "--json").out)["run"]["status"] == "budget"
    assert f": paused by the budget; the next run goes on ({why})\n" in batch.batchexec("status").out


def test_another_run_may_spend_as_much_again(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(DOLLAR, budget={"run": 2})

    assert [batch.doit().code, batch.doit().code, batch.doit().code] == [4, 0, 0]
    assert calls(batch) == ["TASK-001", "TASK-002", "TASK-003", "TASK-004"]


def test_a_day_counts_what_earlier_runs_of_it_spent(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(DOLLAR, budget={"run": 2, "day": 3})

    codes = [batch.doit().code, batch.doit().code, batch.doit().code]

    assert codes == [4, 4, 4]
    assert len(calls(batch)) == 3
    assert standing(batch) == {
        "TASK-001": "up_to_date",
        "TASK-002": "up_to_date",
        "TASK-003": "up_to_date",
        "TASK-004": "budget",
    }


def test_status_tells_what_is_spent_of_the_day_though_this_run_spent_nothing(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(DOLLAR, budget={"run": 2, "day": 2})
    assert [batch.doit().code, batch.doit().code] == [4, 4]

    status = batch.batchexec("status").out

    assert "Spent: $0.00 of the $2.00 a run may cost\nToday: $2.00 of the $2.00 a day may cost\n" in status
    document = json.loads(batch.batchexec("status", "--json").out)
    assert document["today"] == {"spent_usd": 2.0, "budget_usd": 2}


def test_what_was_spent_yesterday_does_not_count_today(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(DOLLAR, budget={"day": 1})
    assert batch.doit().code == 4

    changed(batch, "update attempt set began_utc = began_utc - 86400")

    assert batch.doit().code == 0


def changed(batch: Batch, sql: str) -> None:
    con = sqlite3.connect(batch.root / ".batchexec/run.db")
    with con:
        con.execute(sql)
    con.close()


def test_a_reservation_is_on_record_before_an_attempt_starts(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(DOLLAR.replace("cost_usd", "delay_s: 30, cost_usd"), budget={"task": 0.75, "day": 9})

    with started(batch):
        wait_for(batch, 1, "running")
        assert reserved(batch) == [0.75]


def test_what_a_killed_run_had_reserved_counts_as_spent_that_day(batch: Batch) -> None:
    batch.prompts(*some(3))
    slow = DOLLAR.replace("cost_usd", "delay_s: 30, cost_usd")
    batch.replay(slow, budget={"task": 2, "day": 3})
    with started(batch) as run:
        wait_for(batch, 1, "running")
        run.kill()
    batch.replay("calls: more.log\n" + DOLLAR.partition("\n")[2], budget={"task": 2, "day": 3})

    done = batch.doit()

    assert done.code == 4
    assert "$2.00 of $3.00 are spent, and another attempt may cost $2.00" in done.out
    assert not (batch.root / "more.log").exists()


def test_what_is_reserved_is_what_nine_of_ten_attempts_did_not_exceed(batch: Batch) -> None:
    batch.prompts(*some(10))
    costs = "".join(f"  TASK-{n:03}: {{cost_usd: {n}, files: {{'{n}': x}}}}\n" for n in range(1, 11))
    batch.replay(f"tasks:\n{costs}default: {{cost_usd: 1, {WORK}}}\n")
    assert batch.doit().code == 0
    batch.prompts(*some(1, first=11))
    batch.replay(DOLLAR, budget={"run": 50, "task": 20})

    batch.doit()

    assert reserved(batch)[-1] == 9


def test_attempts_that_cost_nothing_tell_nothing_of_what_one_may_cost(batch: Batch) -> None:
    batch.prompts(*some(3))
    batch.replay(f"tasks: {{TASK-003: {{cost_usd: 2, files: {{c: c}}}}}}\ndefault: {{cost_usd: 0, {WORK}}}\n")
    batch.doit()
    batch.prompts(*some(1, first=4))
    batch.replay(DOLLAR, budget={"run": 50})

    batch.doit()

    assert reserved(batch)[-1] == 2


def test_nothing_is_reserved_where_no_budget_is_set_and_the_cost_is_on_record(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(f"default: {{cost_usd: 1.25, input_tokens: 7, output_tokens: 9, {WORK}}}\n")

    batch.doit()

    (row,) = attempts(batch)
    assert (row["reserved_usd"], row["cost_usd"]) == (None, 1.25)
    assert (row["input_tokens"], row["output_tokens"]) == (7, 9)


def test_an_attempt_that_does_not_tell_its_cost_counts_with_what_was_reserved(batch: Batch) -> None:
    batch.prompts(*some(5))
    batch.replay(f"calls: calls.log\ndefault: {{{WORK}}}\n", budget={"task": 1, "run": 3})

    assert batch.doit().code == 4
    assert len(calls(batch)) == 3


def test_a_task_that_used_up_its_own_budget_is_tried_no_more_and_the_others_go_on(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(
        "calls: calls.log\ntasks: {TASK-001: {cost_usd: 0.6, trouble: quality, error: a stub}}\n"
        f"default: {{cost_usd: 0.1, {WORK}}}\n",
        budget={"task": 1},
        attempts=5,
    )

    done = batch.doit()

    assert done.code == 4
    assert calls(batch) == ["TASK-001", "TASK-001", "TASK-002"]
    assert standing(batch) == {"TASK-001": "budget", "TASK-002": "passed"}
    assert (
        "⚠️ Budget: $1.20 of the $1.00 a task may cost are spent; the attempt before: a stub;"
        " raise `budget:` in batchexec.yaml, then run it again\n"
    ) in done.out
    assert "stopped" not in done.out


def test_a_retry_that_cannot_be_paid_ends_the_run(batch: Batch) -> None:
    batch.prompts(*some(3))
    batch.replay(
        "calls: calls.log\ndefault: {cost_usd: 1, trouble: quality, error: a stub}\n",
        budget={"run": 1},
    )

    done = batch.doit()

    assert done.code == 4
    assert calls(batch) == ["TASK-001"]
    assert standing(batch) == {"TASK-001": "budget", "TASK-002": "not_run", "TASK-003": "not_run"}
    assert (
        "the budget of the run is used up: $1.00 of $1.00 are spent; the attempt before: a stub" in done.out
    )


def test_a_retry_waits_for_what_others_turn_out_to_cost(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(
        "calls: calls.log\ntasks:\n"
        "  TASK-001: {delay_s: 1.5, cost_usd: 0.1, files: {a: a}}\n"
        "  TASK-002:\n    attempts:\n      - {cost_usd: 1, trouble: quality, error: a stub}\n"
        "      - {cost_usd: 1, files: {b: b}}\n",
        budget={"run": 3, "task": 1.5},
    )

    done = batch.doit("-n", "2")

    assert done.code == 0, done.out
    assert standing(batch) == {"TASK-001": "passed", "TASK-002": "passed"}
    first, second, third = attempts(batch)
    assert third["began_utc"] >= first["finished_utc"] > second["finished_utc"]


def test_a_task_waits_for_what_others_turn_out_to_cost(batch: Batch) -> None:
    batch.prompts(*some(3))
    batch.replay(
        f"default: {{delay_s: 0.5, cost_usd: 0.1, {WORK}}}\n",
        budget={"run": 2.5, "task": 1},
    )

    done = batch.doit("-n", "3")

    assert done.code == 0, done.out
    first, second, third = attempts(batch)
    assert third["began_utc"] >= min(first["finished_utc"], second["finished_utc"])


def test_ctrl_c_while_a_task_waits_for_money_leaves_it_for_another_time(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(
        f"default: {{delay_s: 1.5, cost_usd: 0.1, {WORK}}}\n",
        budget={"run": 1.5, "task": 1},
    )
    with started(batch, "-n", "2") as run:
        wait_for(batch, 1, "running")
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=20)

    assert run.returncode == 130
    assert standing(batch) == {"TASK-001": "passed", "TASK-002": "not_run"}


def test_apply_costs_nothing_and_goes_on_when_the_money_is_gone(batch: Batch) -> None:
    batch.prompts(section("TASK-001", body="x"), section("TASK-002", body="x"))
    batch.prompts(section("TASK-003", files={"c.py": "C = 1"}), category="missing_code")
    batch.replay(DOLLAR, budget={"task": 1}, executor_by_category={"missing_code": "apply"})

    done = batch.doit()

    assert done.code == 0, done.out
    assert reserved(batch) == [1, 1, 0]


def test_each_rung_is_paid_and_kept_on_its_own(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("small.yaml", "default: {cost_usd: 0.2, trouble: quality, error: too hard}\n")
    batch.write("large.yaml", f"default: {{cost_usd: 2, {WORK}}}\n")
    executors(
        batch,
        {
            "small": {"kind": "replay", "script": "small.yaml"},
            "large": {"kind": "replay", "script": "large.yaml"},
        },
        executor=["small", "large"],
        attempts=2,
    )

    done = batch.doit()

    assert done.code == 0, done.out
    assert [(row["executor"], row["number"], row["status"], row["cost_usd"]) for row in attempts(batch)] == [
        ("small", 1, "failed", 0.2),
        ("small", 2, "failed", 0.2),
        ("large", 1, "passed", 2.0),
    ]
    assert "because small left it open: too hard\n" in done.out


def test_the_next_rung_is_not_asked_for_what_a_task_may_not_cost(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("small.yaml", "default: {cost_usd: 1, trouble: quality, error: too hard}\n")
    batch.write("large.yaml", "calls: calls.log\ndefault: {error: nobody should have asked}\n")
    executors(
        batch,
        {
            "small": {"kind": "replay", "script": "small.yaml"},
            "large": {"kind": "replay", "script": "large.yaml"},
        },
        executor=["small", "large"],
        attempts=1,
        budget={"task": 1},
    )

    assert batch.doit().code == 4
    assert calls(batch) == []


def test_what_nobody_can_price_is_refused_before_anything_starts(batch: Batch) -> None:
    batch.prompts(*some(1))
    spec = {"kind": "agent", "command": ["./agent.sh"], "model": "mine"}
    shell_agent(batch, 'touch "$HERE/asked"; echo x > a.txt', spec, budget={"run": 1})

    done = batch.doit()

    assert done.code == 3
    assert done.err == (
        "ERROR: 1 problem found, nothing was started\n"
        "batchexec.yaml:3: error: executor sh: nobody can tell what it costs;"
        " add its model to `prices:`, or leave `budget:` out\n"
    )
    assert not (batch.root / "asked").exists()


def test_a_price_in_the_settings_is_enough(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    spec = {"kind": "agent", "command": ["./agent.sh"], "model": "mine"}
    shell_agent(
        batch,
        "echo x > a.txt",
        spec,
        budget={"run": 1},
        prices={"mine": {"input": 1, "output": 2}},
        repo_root="tree",
    )

    assert batch.doit().code == 0


def test_a_run_that_ran_out_of_money_at_once_is_closed_properly(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(DOLLAR, budget={"day": 1})
    batch.doit()

    done = batch.doit()

    assert done.code == 4
    assert standing(batch) == {"TASK-001": "up_to_date", "TASK-002": "budget"}
    assert "The last run was cut off" not in batch.doit().out


@pytest.mark.parametrize(
    ("script", "words", "code"),
    [
        ("tasks: {TASK-001: {error: no}}", [], 4),
        ("tasks: {TASK-001: {status: error, error: no}}", [], 4),
        ("tasks: {TASK-001: {trouble: usage_limit, error: no}}", ["--no-wait-limit"], 4),
        ("tasks: {TASK-001: {error: no}}", ["--max-failures", "1"], 1),
        ("tasks: {TASK-001: {status: error, error: no}}", ["--max-failures", "1"], 2),
    ],
    ids=["before-failed", "before-error", "limited", "failures-first", "errors-first"],
)
def test_the_gravest_end_is_the_exit_status(batch: Batch, script: str, words: list[str], code: int) -> None:
    batch.prompts(*some(4))
    batch.replay(f"{script}\ndefault: {{cost_usd: 1, {WORK}}}\n", budget={"run": 1})

    assert batch.doit(*words).code == code
    assert ends(batch)[0][0] == "TASK-001"


def test_a_full_disk_comes_before_a_budget_that_is_used_up(batch: Batch) -> None:
    batch.prompts(*some(3))
    batch.replay(DOLLAR, budget={"run": 2})
    batch.write(
        "dodo.py",
        batch.read("dodo.py") + "import errno, sys\n"
        "def full(event, arguments):\n"
        "    if event == 'os.mkdir' and 'stage/2' in str(arguments[0]):\n"
        "        raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "sys.addaudithook(full)\n",
    )

    assert batch.doit().code == 74


def test_an_interruption_comes_before_a_budget_that_is_used_up(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(
        "tasks: {TASK-001: {cost_usd: 1, trouble: quality, error: a stub}}\n"
        f"default: {{delay_s: 2, {WORK}}}\n",
        budget={"task": 1},
    )
    with started(batch) as run:
        wait_for(batch, 2)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=20)

    assert run.returncode == 130
    assert standing(batch) == {"TASK-001": "budget", "TASK-002": "passed"}


def test_an_answer_that_was_paid_for_needs_no_budget(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(DOLLAR, budget={"day": 1.5})
    said = batch.read("batchexec.yaml")
    isolated = said.replace("script: script.yaml", "script: script.yaml, isolated: true")
    batch.write("batchexec.yaml", isolated)

    first = batch.doit("TASK-001")
    batch.doit("forget", "TASK-001")
    again = batch.doit("TASK-001")
    other = batch.doit("TASK-002")

    assert (first.code, again.code, other.code) == (0, 0, 4)
    assert len(calls(batch)) == 1


def test_what_was_never_answered_costs_nothing(batch: Batch) -> None:
    batch.prompts(*some(1))
    attempts_ = "[{trouble: transient, error: the server is busy}, {cost_usd: 0.5}]"
    batch.replay(f"default: {{attempts: {attempts_}}}\n", budget={"task": 1, "run": 5})

    done = batch.doit()

    assert done.code == 0, done.out
    assert reserved(batch)[0] is None
    assert spent(batch) == 0.5


def test_what_cannot_be_set_aside_is_said_before_it_starts(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(DOLLAR, budget={"run": 5})
    said = batch.read("batchexec.yaml")
    batch.write("batchexec.yaml", said.replace("script: script.yaml", "script: script.yaml, isolated: true"))
    notice = "Nobody knows yet what an attempt of scripted costs"

    first = batch.doit()
    batch.doit("forget", "TASK-001")
    again = batch.doit()

    assert notice in first.out
    assert notice not in again.out
