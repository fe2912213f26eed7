"""Several tasks at once: as many as there are slots, and never two on one file."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest
from bench import section

if TYPE_CHECKING:
    from bench import Batch

SLOW = "default:\n  delay_s: 0.5\n  files: {'out/{id}.txt': '{id}'}\n"


def untitled(count: int) -> list[str]:
    """Write tasks for an executor that brings the files along."""
    return [section(f"TASK-{n:03}", body="Write something.") for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("words", "setting"), [(["-n", "4"], {}), ([], {"slots": 4})], ids=["option", "setting"]
)
def test_as_many_tasks_run_at_once_as_there_are_slots(
    batch: Batch, words: list[str], setting: dict[str, int]
) -> None:
    batch.prompts(*untitled(8))
    batch.replay(SLOW, **setting)

    done = batch.doit(*words)

    assert done.code == 0
    assert most_at_once(batch) == 4
    assert len(list((batch.root / "out").iterdir())) == 8
    assert "[8/8] " in done.out


def most_at_once(batch: Batch) -> int:
    """Count how many attempts of the last run were under way at any one time."""
    con = sqlite3.connect(f"file:{batch.root}/.batchexec/run.db?mode=ro", uri=True)
    times = con.execute("select began_utc, finished_utc from attempt").fetchall()
    con.close()
    events = sorted([(began, 1) for began, _ in times] + [(ended, -1) for _, ended in times])
    running = [sum(step for _, step in events[: n + 1]) for n in range(len(events))]
    return max(running)


def test_tasks_that_write_one_file_take_turns(batch: Batch) -> None:
    batch.write("shop.py", '"""A shop."""\n')
    fragments = [
        f"## Task: TASK-00{n}: Add f{n}\n\n"
        f"### File Information\n**Path:** `shop.py`\n**Missing Symbol:** `f{n}`\n\n"
        f"### Symbol to Add\n```python\ndef f{n}():\n    return {n}\n```\n"
        for n in range(1, 9)
    ]
    batch.prompts(*fragments, category="symbol_issue")

    done = batch.doit("-n", "8")

    assert done.code == 0, done.out
    text = batch.read("shop.py")
    assert [text.index(f"def f{n}():") for n in range(1, 9)] == sorted(
        text.index(f"def f{n}():") for n in range(1, 9)
    )
    assert "Everything is up to date" in batch.doit("-n", "8").out


def test_a_slow_task_does_not_hold_up_the_others(batch: Batch) -> None:
    batch.prompts(*untitled(4))
    batch.replay(
        "tasks:\n  TASK-001: {delay_s: 1.0, files: {a.txt: a}}\ndefault:\n  files: {'out/{id}.txt': '{id}'}\n"
    )

    done = batch.doit("-n", "2")

    assert done.out.index("TASK-004") < done.out.index("TASK-001: ")


def test_a_second_run_is_told_who_holds_the_batch_and_readers_go_on(batch: Batch) -> None:
    batch.prompts(*untitled(2))
    batch.replay("default:\n  delay_s: 5\n  files: {'out/{id}.txt': '{id}'}\n")
    first = batch.start()
    try:
        wait_until(lambda: '"status": "running"' in batch.batchexec("status", "--json").out)

        second = batch.doit()
        forget = batch.doit("forget", "TASK-001")
        plan = batch.doit("list")
        status = batch.batchexec("status")

        assert (second.code, forget.code) == (75, 75)
        assert second.err.startswith(
            f"ERROR: another run holds this batch: pid {first.pid} on {os.uname().nodename}"
        )
        assert plan.code == 0
        assert status.out.startswith(f"A run is going on: pid {first.pid}")
        assert "  TASK-001: A title (" in status.out
    finally:
        first.kill()
        first.communicate()

    assert "cut off; the next run takes care of it" in batch.batchexec("status").out


def wait_until(true: object, seconds: float = 20) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
