"""Trouble that may pass leads to another try after a while; trouble that will not leads to none."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from bench import section
from tries_bench import WORK, attempts, calls, ends, shell_agent, some, standing, started, wait_for, waits

if TYPE_CHECKING:
    from bench import Batch

BUSY = "{trouble: transient, error: the server is busy}"


def busy(times: int, last: str = "{" + WORK + "}") -> str:
    """Script a server that is busy so many times, then does what is asked."""
    given = "".join(f"    - {BUSY}\n" for _ in range(times))
    return f"calls: calls.log\ndefault:\n  attempts:\n{given}    - {last}\n"


def test_a_server_that_is_busy_twice_is_asked_three_times_and_the_task_is_done(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(busy(2).replace("'{id}'", "done"))

    done = batch.doit()

    assert done.code == 0, done.out
    assert ends(batch) == [("TASK-001", "error"), ("TASK-001", "error"), ("TASK-001", "passed")]
    assert "Successful: 1/1 (100%)" in done.out


def test_each_wait_is_twice_the_one_before_and_not_always_the_same(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(busy(3))

    batch.doit()

    for waited, longest in zip(waits(batch), (1.0, 2.0, 4.0), strict=True):
        assert longest / 2 - 0.1 <= waited < longest + 1.5


def test_a_retry_is_told_with_its_reason_and_when_it_comes(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(busy(1, "{retry_after_s: 1, " + WORK + "}").replace("busy}", "busy, retry_after_s: 1.2}"))

    done = batch.doit()

    assert "TASK-001: tried again in 1.2 seconds: the server is busy\n" in done.out
    assert "tried again, for the server is busy" in done.out


@pytest.mark.parametrize("asked", [1.7, 0.1])
def test_the_server_says_when_to_come_back_and_is_never_asked_before(batch: Batch, asked: float) -> None:
    batch.prompts(*some(1))
    batch.replay(busy(1).replace("busy}", f"busy, retry_after_s: {asked}}}"))

    batch.doit()

    first, second = attempts(batch)
    assert max(asked, 0.5) <= second["began_utc"] - first["began_utc"] < max(asked, 1.0) + 1.5


def test_a_task_that_is_never_answered_is_an_error_and_the_exit_status_2(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(busy(9), retries=1)

    done = batch.doit()

    assert done.code == 2
    assert ends(batch) == [("TASK-001", "error")] * 2
    assert standing(batch) == {"TASK-001": "error"}
    assert "❌ Failed: the server is busy\n" in done.out
    (result,) = batch.report()["results"]
    assert (result["state"], result["error"]) == ("failed", "the server is busy")


def test_without_retries_nothing_is_tried_again(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(busy(1), retries=0)

    assert batch.doit().code == 2
    assert len(calls(batch)) == 1


@pytest.mark.parametrize("status", ["error", "failed"])
def test_an_error_that_would_come_again_is_never_tried_again(batch: Batch, status: str) -> None:
    batch.prompts(*some(1))
    batch.replay(
        f"calls: calls.log\ndefault: {{trouble: deterministic, status: {status}, error: the key is wrong}}\n"
    )

    done = batch.doit()

    assert done.code == (2 if status == "error" else 1)
    assert calls(batch) == ["TASK-001"]


def test_other_tasks_go_on_while_one_waits(batch: Batch) -> None:
    batch.prompts(*some(3))
    batch.replay(
        "tasks:\n  TASK-001: {attempts: [{trouble: transient, retry_after_s: 1.5, error: busy}, "
        f"{{{WORK}}}]}}\n"
        f"default: {{{WORK}}}\n"
    )

    done = batch.doit("-n", "2")

    assert done.code == 0, done.out
    assert ends(batch) == [
        ("TASK-001", "error"),
        ("TASK-002", "passed"),
        ("TASK-003", "passed"),
        ("TASK-001", "passed"),
    ]
    began = {row["task"]: row["began_utc"] for row in attempts(batch)}
    assert began["TASK-003"] < began["TASK-001"]


def test_a_task_that_waits_keeps_what_depends_on_it_waiting(batch: Batch) -> None:
    batch.prompts(*some(1), section("TASK-002", after=["TASK-001"], body="More."))
    batch.replay(busy(1))

    assert batch.doit("-n", "2").code == 0
    assert calls(batch) == ["TASK-001", "TASK-001", "TASK-002", "TASK-002"]


def test_ctrl_c_ends_a_wait_at_once_and_the_next_run_does_the_rest(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(busy(1).replace("busy}", "busy, retry_after_s: 60}"))
    with started(batch) as run:
        wait_for(batch, 1, "error")
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=20)

    assert time.monotonic() - began < 5
    assert run.returncode == 130, out
    assert standing(batch) == {"TASK-001": "error", "TASK-002": "not_run"}
    assert json.loads(batch.batchexec("status", "--json").out)["run"]["status"] == "interrupted"
    batch.replay(f"default: {{{WORK}}}\n")
    assert batch.doit().code == 0


def test_work_that_is_not_good_enough_is_tried_again_with_the_reason(batch: Batch) -> None:
    batch.prompts(section("TASK-001", body="#### File: b.py"))
    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 B\n  evidence: code path=b.py symbol=B\n")
    shell_agent(
        batch,
        'cat >> "$HERE/prompts.log"\nif [ -e "$HERE/once" ]; then echo "B = 1" > b.py\n'
        'else touch "$HERE/once"; echo "C = 1" > b.py; fi',
        repo_root="tree",
    )
    (batch.root / "tree").mkdir()
    (batch.root / "tasks.md").rename(batch.root / "tree/tasks.md")

    done = batch.doit()

    assert done.code == 0, done.out + done.err
    assert ends(batch) == [("TASK-001", "needs_work"), ("TASK-001", "passed")]
    first, second = batch.read("prompts.log").split("Task TASK-001: A title\n")[1:]
    why = "its evidence does not hold: symbol not found: code path=b.py symbol=B"
    assert why not in first
    assert why in second
    assert f"tried again, for {why}\n" in done.out


@pytest.mark.parametrize(("said", "count"), [(1, 1), (2, 2), (3, 3)])
def test_work_that_is_not_good_enough_is_tried_as_often_as_attempts_say(
    batch: Batch, said: int, count: int
) -> None:
    batch.prompts(*some(1))
    batch.replay("calls: calls.log\ndefault: {trouble: quality, error: a stub}\n", attempts=said)

    done = batch.doit()

    assert done.code == 1
    assert len(calls(batch)) == count
    assert standing(batch) == {"TASK-001": "failed"}


def test_an_accident_on_the_way_is_no_attempt_at_the_work(batch: Batch) -> None:
    batch.prompts(*some(1))
    stub = "{trouble: quality, error: a stub}"
    batch.replay(f"default: {{attempts: [{stub}, {BUSY}, {stub}, {{{WORK}}}]}}\n", attempts=3)

    assert batch.doit().code == 0
    assert [status for _, status in ends(batch)] == ["failed", "error", "failed", "passed"]


def test_the_reason_survives_an_accident_on_the_way(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    shell_agent(
        batch,
        'N=$(cat "$HERE/count" 2>/dev/null || echo 0); echo $((N + 1)) > "$HERE/count"\n'
        'cat > "$HERE/prompt.$N"\n'
        'case $N in 0) echo "STATUS:FAILED: the moon is full";; 1) echo "HTTP 503 error"; exit 1;;'
        " *) echo x > a.txt;; esac",
        repo_root="tree",
    )

    done = batch.doit()

    assert done.code == 0, done.out
    assert [status for _, status in ends(batch)] == ["failed", "error", "passed"]
    assert "the moon is full" not in batch.read("prompt.0")
    assert "the moon is full" in batch.read("prompt.1")
    assert "the moon is full" in batch.read("prompt.2")


def test_the_run_after_tells_why_the_one_before_failed(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    shell_agent(
        batch,
        'cat > "$HERE/prompt"; echo "STATUS:FAILED: the moon is full"',
        repo_root="tree",
        attempts=1,
    )
    batch.doit()

    assert "the moon is full" not in batch.read("prompt")
    assert batch.doit().code == 1
    assert "the moon is full" in batch.read("prompt")


def test_failures_that_were_mended_are_not_counted_as_failed_tasks(batch: Batch) -> None:
    batch.prompts(*some(4))
    batch.replay(f"default: {{attempts: [{{trouble: quality, error: a stub}}, {{{WORK}}}]}}\n")

    done = batch.doit("--max-failures", "1")

    assert done.code == 0, done.out
    assert set(standing(batch).values()) == {"passed"}


def test_a_run_that_stops_tries_nothing_again(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(
        "calls: calls.log\ntasks:\n  TASK-001: {delay_s: 0.3, error: no}\n"
        "  TASK-002: {trouble: transient, retry_after_s: 30, error: busy}\n"
    )

    began = time.monotonic()
    done = batch.doit("-n", "2", "--max-failures", "1")

    assert time.monotonic() - began < 15
    assert done.code == 2
    assert standing(batch) == {"TASK-001": "failed", "TASK-002": "error"}
    assert sorted(calls(batch)) == ["TASK-001", "TASK-002"]
