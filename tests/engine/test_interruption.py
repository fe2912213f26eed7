"""However a run ends, what was finished stays finished and the next run does the rest."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from bench import DODO, section

if TYPE_CHECKING:
    import subprocess

    from bench import Batch

SCRIPT = "calls: calls.log\ndefault:\n  delay_s: {delay}\n  files: {{'out/{{id}}.txt': 'This is {{id}}.'}}\n"


def slow_batch(batch: Batch, count: int, delay: float) -> None:
    batch.prompts(*(section(f"TASK-{n:03}", body="Write something.") for n in range(1, count + 1)))
    batch.replay(SCRIPT.format(delay=delay))


def wait_for_calls(batch: Batch, count: int) -> None:
    end = time.monotonic() + 20
    while len(calls(batch)) < count:
        assert time.monotonic() < end, "the tasks never started"
        time.sleep(0.01)


def calls(batch: Batch) -> list[str]:
    log = batch.root / "calls.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def passed(batch: Batch) -> set[str]:
    if not (batch.root / ".batchexec/run.db").exists():
        return set()
    con = sqlite3.connect(f"file:{batch.root}/.batchexec/run.db?mode=ro", uri=True)
    try:
        return {name for (name,) in con.execute("select task from attempt where status = 'passed'")}
    finally:
        con.close()


def end(run: subprocess.Popen[str], *signals: signal.Signals, pause: float = 0.0) -> str:
    for number in signals:
        run.send_signal(number)
        time.sleep(pause)
    out, _ = run.communicate(timeout=20)
    return out


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_the_first_signal_lets_running_tasks_finish(batch: Batch, number: signal.Signals, code: int) -> None:
    slow_batch(batch, 6, 1.0)
    run = batch.start("-n", "2")
    wait_for_calls(batch, 2)

    out = end(run, number)

    assert run.returncode == code
    assert "Finishing 2 running tasks; press Ctrl-C again to stop them." in out
    assert f"🛑 Batch execution stopped: interrupted ({number.name}); 4 tasks not run" in out
    assert len(passed(batch)) == 2
    assert [result["state"] for result in batch.report()["results"]].count("not_run") == 4
    assert batch.doit("-n", "6").code == 0
    assert max(Counter(calls(batch)).values()) == 1


def test_the_second_signal_stops_running_tasks(batch: Batch) -> None:
    slow_batch(batch, 3, 30)
    run = batch.start("-n", "2")
    wait_for_calls(batch, 2)

    started = time.monotonic()
    out = end(run, signal.SIGINT, signal.SIGINT, pause=0.3)

    assert run.returncode == 130
    assert time.monotonic() - started < 10
    assert "Stopping what is running." in out
    assert out.count("⚠️ Interrupted") == 2
    assert not (batch.root / "out").exists()
    assert batch.plan()["TASK-001"]["reasons"][0]["detail"].startswith(
        "its last attempt ended as interrupted"
    )


def test_a_closed_pipe_does_not_stop_the_run(batch: Batch) -> None:
    slow_batch(batch, 4, 0.2)
    run = batch.start()
    assert run.stdout
    run.stdout.close()

    assert run.wait(timeout=30) == 0
    assert len(passed(batch)) == 4


CRASH = """
import os, signal, sys

left = [{number}]

def crash(event, arguments):
    if event == {event!r} and {path!r} in str(arguments[0]):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

if os.environ.get("CRASH"):
    sys.addaudithook(crash)
"""


@pytest.mark.parametrize(
    ("event", "path", "number", "kept"),
    [
        ("os.mkdir", "stage", 1, False),
        ("os.rename", "000", 1, True),
        ("os.rename", "000", 2, True),
        ("os.rmdir", "stage", 1, True),
    ],
    ids=["before-it-is-staged", "before-it-is-published", "half-published", "before-it-is-called-done"],
)
def test_a_kill_at_the_worst_moment_costs_no_second_execution_of_staged_work(
    batch: Batch, event: str, path: str, number: int, kept: bool
) -> None:
    batch.prompts(section("TASK-001", body="Write something."))
    batch.replay("calls: calls.log\ntasks:\n  TASK-001: {files: {a.txt: a, sub/b.txt: b}}\n")
    batch.write("dodo.py", DODO + CRASH.format(event=event, path=path, number=number))

    assert batch.doit(CRASH="1").code == -signal.SIGKILL
    done = batch.doit()

    assert done.code == 0, done.out + done.err
    assert len(calls(batch)) == (1 if kept else 2)
    assert (batch.read("a.txt"), batch.read("sub/b.txt")) == ("a", "b")
    said = "1 task had finished and is kept as it is" if kept else "1 task was not finished and runs again"
    assert f"The last run was cut off: {said}." in done.out
    assert ("⏭️ Up to date" in done.out) is kept
    assert list((batch.root / ".batchexec").glob("stage/*")) == []


def test_an_edit_made_after_a_kill_is_not_overwritten_by_the_work_that_was_prepared(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.txt": "a", "sub/b.txt": "b"}))
    batch.write("dodo.py", DODO + CRASH.format(event="os.rename", path="000", number=1))
    batch.doit(CRASH="1")
    batch.write("sub/b.txt", "mine")

    done = batch.doit()

    assert done.code == 1
    assert "The last run was cut off: 1 task was not finished and runs again." in done.out
    assert "⚠️ Needs work: " in done.out
    assert batch.read("sub/b.txt") == "mine"


BUG = """
import os, sys

def trip(event, arguments):
    if event == "os.mkdir" and "stage" in str(arguments[0]) and os.environ.pop("TRIP", None):
        raise RuntimeError("a bug")

sys.addaudithook(trip)
"""


def test_a_bug_ends_the_run_with_its_traceback_and_the_others_on_record(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-{n}", files={f"{n}.txt": "x"}) for n in range(1, 5)))
    batch.write("dodo.py", DODO + BUG)

    done = batch.doit("-n", "2", TRIP="1")
    again = batch.doit()

    assert done.code == 3
    assert "RuntimeError: a bug" in done.err
    assert passed(batch) >= {"smartspec:TASK-2"}
    assert "The last run was cut off: 1 task was not finished and runs again." in again.out
    assert again.code == 0


@pytest.mark.slow
def test_no_finished_task_runs_twice_however_often_the_run_is_killed(batch: Batch) -> None:
    seed = random.randrange(2**32)
    moments = random.Random(seed)
    slow_batch(batch, 200, 0.2)
    calls_when_finished: dict[str, int] = {}

    for _ in range(10):
        run = batch.start("-n", "4")
        time.sleep(moments.uniform(0.3, 1.8))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        count = Counter(calls(batch))
        for id_ in finished(batch) - calls_when_finished.keys():
            calls_when_finished[id_] = count[id_]
        assert_no_torn_file(batch)
    killed_with = len(calls_when_finished)
    done = batch.doit("-n", "4")

    count = Counter(calls(batch))
    again = {id_: count[id_] for id_, then in calls_when_finished.items() if count[id_] != then}
    assert done.code == 0, f"seed {seed}: {done.out}"
    assert killed_with > 0, f"seed {seed}: every kill came before the first task had finished"
    assert again == {}, f"seed {seed}"
    assert sum(count.values()) <= 200 + 10 * 4
    assert len(finished(batch)) == len(list((batch.root / "out").iterdir())) == 200
    assert_no_torn_file(batch)
    assert set(batch.statuses().values()) == {"up_to_date"}


def finished(batch: Batch) -> set[str]:
    """List the tasks whose work is in the tree or on record: neither may ever be done again."""
    return {path.stem for path in batch.root.glob("out/*")} | ids(passed(batch))


def ids(names: set[str]) -> set[str]:
    return {name.partition(":")[2] for name in names}


def assert_no_torn_file(batch: Batch) -> None:
    for path in batch.root.glob("out/*"):
        assert path.read_text() == f"This is {path.stem}.", path
