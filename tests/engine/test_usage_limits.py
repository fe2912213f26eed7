"""Where a usage limit is reached, the run waits until it ends, or stops there."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tries_bench import WORK, attempts, calls, ends, some, standing, started, wait_for, waits

if TYPE_CHECKING:
    from bench import Batch

LIMIT = "trouble: usage_limit, error: the weekly limit is reached"


def limited(batch: Batch, reset: float, more: str = "", **settings: object) -> None:
    """Let the first task meet a limit once, and all others do their work."""
    batch.replay(
        f"calls: calls.log\ntasks:\n{more}  TASK-001:\n    attempts:\n"
        f"    - {{{LIMIT}, retry_after_s: {reset}}}\n    - {{files: {{a.txt: a}}}}\n"
        f"default: {{{WORK}}}\n",
        **settings,
    )


def test_a_run_waits_until_the_limit_ends_and_starts_nothing_else_meanwhile(batch: Batch) -> None:
    batch.prompts(*some(3))
    limited(batch, 1.5)

    done = batch.doit()

    assert done.code == 0, done.out
    assert ends(batch) == [
        ("TASK-001", "limited"),
        ("TASK-001", "passed"),
        ("TASK-002", "passed"),
        ("TASK-003", "passed"),
    ]
    first, *others = attempts(batch)
    assert all(row["began_utc"] >= first["finished_utc"] + 1.3 for row in others)
    assert others[0]["began_utc"] < first["finished_utc"] + 2.5


def test_with_several_slots_what_runs_goes_on_and_nothing_is_started(batch: Batch) -> None:
    batch.prompts(*some(4))
    limited(batch, 2, f"  TASK-002: {{delay_s: 0.5, {WORK.replace('{id}', 'TASK-002')}}}\n")

    done = batch.doit("-n", "2")

    assert done.code == 0, done.out
    rows = {(row["task"], row["status"]): row for row in attempts(batch)}
    limit = rows["TASK-001", "limited"]["finished_utc"]
    assert rows["TASK-002", "passed"]["finished_utc"] < limit + 1.5
    for id_ in ("TASK-001", "TASK-003", "TASK-004"):
        assert rows[id_, "passed"]["began_utc"] > limit + 1.8


@pytest.mark.parametrize("trouble", ["quality", "transient"])
def test_nothing_is_tried_again_while_a_limit_holds(batch: Batch, trouble: str) -> None:
    batch.prompts(*some(2))
    again = f"{{delay_s: 0.3, trouble: {trouble}, error: no}}"
    limited(batch, 2.5, f"  TASK-002: {{attempts: [{again}, {{files: {{b.txt: b}}}}]}}\n")

    done = batch.doit("-n", "2")

    assert done.code == 0, done.out
    rows = {(row["task"], row["status"]): row for row in attempts(batch)}
    limit = rows["TASK-001", "limited"]["finished_utc"]
    assert rows["TASK-002", "passed"]["began_utc"] > limit + 2.3


def test_the_wait_is_told_once_with_its_end_and_its_reason(batch: Batch) -> None:
    batch.prompts(*some(3))
    limited(batch, 2, f"  TASK-002: {{delay_s: 0.3, {WORK.replace('{id}', 'TASK-002')}}}\n")

    out = batch.doit("-n", "2").out

    (told,) = re.findall(r"⏳ .*", out)
    assert re.fullmatch(
        r"⏳ Waiting until \d\d:\d\d:\d\d, (2\.0|1\.\d) seconds from now: the weekly limit is reached", told
    )


def test_a_terminal_counts_down(batch: Batch) -> None:
    batch.prompts(*some(1))
    limited(batch, 3)
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in batch.environment().items() if name not in ("CI", "NO_COLOR")}
    run = subprocess.Popen(
        batch.command("doit"),
        cwd=batch.root,
        env=kept | {"TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        pass
    os.close(ours)

    assert run.wait(timeout=20) == 0
    left = [float(found) for found in re.findall(rb"the usage limit ends in (\d+\.\d) seconds", shown)]
    assert len(left) > 5
    assert left == sorted(left, reverse=True)
    assert left[0] - left[-1] > 1.5


def test_the_attempt_that_met_the_limit_does_not_count(batch: Batch) -> None:
    batch.prompts(*some(1))
    limit = f"{{{LIMIT}, retry_after_s: 0.1}}"
    batch.replay(
        f"default: {{attempts: [{limit}, {{trouble: quality, error: no}}, {limit}, {{{WORK}}}]}}\n",
        attempts=2,
        retries=0,
    )

    assert batch.doit().code == 0
    assert [status for _, status in ends(batch)] == ["limited", "failed", "limited", "passed"]


def test_a_limit_that_ended_long_ago_is_not_asked_about_in_a_hurry(batch: Batch) -> None:
    batch.prompts(*some(1))
    limit = f"{{{LIMIT}, retry_after_s: 0}}"
    batch.replay(f"default: {{attempts: [{limit}, {limit}, {{{WORK}}}]}}\n")

    assert batch.doit().code == 0
    first, second = waits(batch)
    assert first >= 0.9
    assert second >= 1.8


def test_without_waiting_the_run_ends_there_with_4_and_the_next_one_goes_on(batch: Batch) -> None:
    batch.prompts(*some(3))
    limited(batch, 3600)

    done = batch.doit("--no-wait-limit")

    assert done.code == 4
    assert standing(batch) == {"TASK-001": "limited", "TASK-002": "not_run", "TASK-003": "not_run"}
    assert calls(batch) == ["TASK-001"]
    (until,) = re.findall(
        r"🛑 Batch execution stopped: the weekly limit is reached, until (.*); 3 tasks not run\n", done.out
    )
    assert 3500 < time.mktime(time.strptime(until, "%Y-%m-%d %H:%M:%S")) - time.time() <= 3600
    said = f"the weekly limit is reached, until {until}"
    assert f"   ⚠️ Limited: {said}\n" in done.out
    assert [result["state"] for result in batch.report()["results"]] == ["not_run"] * 3
    assert batch.report()["results"][0]["error"] == said
    assert f": {said}\n" in batch.batchexec("explain", "TASK-001").out
    assert f": paused by a usage limit; the next run goes on ({said})\n" in batch.batchexec("status").out
    assert json.loads(batch.batchexec("status", "--json").out)["run"]["status"] == "limited"
    assert batch.doit("--no-wait-limit").code == 0


def test_where_nobody_says_when_a_limit_ends_nothing_is_made_up(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(f"default: {{{LIMIT}}}\n")

    done = batch.doit("--no-wait-limit")

    assert "stopped: the weekly limit is reached; 1 task not run\n" in done.out


def test_a_wait_of_days_is_told_with_its_date(batch: Batch) -> None:
    batch.prompts(*some(1))
    limited(batch, 400_000)
    with started(batch) as run:
        wait_for(batch, 1, "limited")
        status = batch.batchexec("status").out
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=20)

    (told,) = re.findall("⏳ .*", out)
    date = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(
        f"⏳ Waiting until {date}, 4 days 15 hours from now: the weekly limit is reached", told
    )
    assert re.search(f"waits for a usage limit to end: the weekly limit is reached, until {date}\n", status)


def test_without_waiting_what_runs_beside_is_finished(batch: Batch) -> None:
    batch.prompts(*some(3))
    limited(batch, 3600, f"  TASK-002: {{delay_s: 0.7, {WORK.replace('{id}', 'TASK-002')}}}\n")

    done = batch.doit("-n", "2", "--no-wait-limit")

    assert done.code == 4
    assert standing(batch) == {"TASK-001": "limited", "TASK-002": "passed", "TASK-003": "not_run"}


def test_a_limit_is_no_failure_that_max_failures_counts_and_no_reason_for_the_next_executor(
    batch: Batch,
) -> None:
    batch.prompts(*some(1))
    batch.write("other.yaml", "calls: calls.log\ndefault: {error: nobody should have asked}\n")
    batch.write("first.yaml", f"default: {{{LIMIT}}}\n")
    batch.write(
        "batchexec.yaml",
        "prompts_dir: prompts\nexecutor: [first, other]\nexecutors:\n"
        "  first: {kind: replay, script: first.yaml}\n  other: {kind: replay, script: other.yaml}\n",
    )

    assert batch.doit("--max-failures", "1", "--no-wait-limit").code == 4
    assert calls(batch) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_wait_at_once_with_the_books_right(
    batch: Batch, number: signal.Signals, code: int
) -> None:
    batch.prompts(*some(2))
    limited(batch, 3600)
    with started(batch) as run:
        wait_for(batch, 1, "limited")
        began = time.monotonic()
        run.send_signal(number)
        out, _ = run.communicate(timeout=20)

    assert time.monotonic() - began < 5
    assert run.returncode == code, out
    assert standing(batch) == {"TASK-001": "limited", "TASK-002": "not_run"}
    assert "Nothing more is started.\n" in out
    assert f"🛑 Batch execution stopped: interrupted ({number.name}); 2 tasks not run" in out
    assert batch.doit().code == 0


def test_a_kill_during_the_wait_leaves_nothing_to_mend(batch: Batch) -> None:
    batch.prompts(*some(2))
    limited(batch, 3600)
    with started(batch) as run:
        wait_for(batch, 1, "limited")
        run.kill()

    done = batch.doit()
    assert done.code == 0, done.out
    assert calls(batch) == ["TASK-001", "TASK-001", "TASK-002"]
