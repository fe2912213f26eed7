"""`batchexec logs TASK`: what an attempt printed, while it goes on and afterwards."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from bench import section

if TYPE_CHECKING:
    from bench import Batch

ATTEMPTS = """
tasks:
  TASK-001:
    attempts:
    - {error: no, trouble: quality, log: "first\\n"}
    - {files: {a.py: A}, log: "second\\n"}
"""


@pytest.fixture
def tried(batch: Batch) -> Batch:
    """Give a batch whose one task was tried three times: by apply, and twice by somebody who talks."""
    batch.prompts(section("TASK-001", body="#### File: a.py"), section("TASK-002", body="#### File: b.py"))
    batch.write("script.yaml", ATTEMPTS)
    batch.write(
        "batchexec.yaml",
        "prompts_dir: prompts\nexecutor: [apply, scripted]\n"
        "executors: {scripted: {kind: replay, script: script.yaml, isolated: true}}\n",
    )
    batch.doit("TASK-001")
    return batch


def test_the_log_of_the_newest_attempt_is_printed(tried: Batch) -> None:
    done = tried.batchexec("logs", "TASK-001")

    assert (done.code, done.out, done.err) == (0, "second\n", "")


def test_an_attempt_is_chosen_by_the_number_explain_gives_it(tried: Batch) -> None:
    assert "\n    2. " in tried.batchexec("explain", "TASK-001").out
    assert tried.batchexec("logs", "TASK-001", "--attempt", "2").out == "first\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["TASK-001", "--attempt", "1"], "attempt 1 at TASK-001 has no log; "),
        (["TASK-001", "--attempt", "4"], "TASK-001 has no attempt 4; `batchexec explain TASK-001` counts 3"),
        (["TASK-001", "--attempt", "0"], "TASK-001 has no attempt 0; `batchexec explain TASK-001` counts 3"),
        (["TASK-002"], "TASK-002 was never attempted; `doit` runs it"),
        (["smartspec"], "smartspec stands for 2 tasks; name a single one"),
    ],
)
def test_where_there_is_no_log_the_exit_status_is_three(tried: Batch, words: list[str], message: str) -> None:
    done = tried.batchexec("logs", *words)

    assert (done.code, done.out) == (3, "")
    hint = "agents and models write one, apply does not" if message.endswith("; ") else ""
    assert done.err == f"error: {message}{hint}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("batchexec.yaml", "no_such_setting: 1\n"),
        ("prompts/not_implemented.md", "## Task: TASK-001: x\n\n#### File: a.py\n```\n"),
    ],
)
def test_a_log_is_shown_though_the_batch_cannot_be_read_any_more(tried: Batch, path: str, text: str) -> None:
    tried.write(path, text)

    done = tried.batchexec("logs", "TASK-001")

    assert (done.code, done.out) == (0, "second\n")
    assert done.err.startswith(path)
    assert tried.batchexec("logs", "TASK-009").code == 3


def test_a_log_is_told_to_programs(tried: Batch) -> None:
    found = json.loads(tried.batchexec("logs", "TASK-001", "--json").out)

    assert tried.read(found.pop("log")) == "second\n"
    assert found.pop("run")
    assert found == {
        "schema_version": 1,
        "name": "smartspec:TASK-001",
        "attempt": 3,
        "executor": "scripted",
        "status": "passed",
        "text": "second\n",
    }


def newest_log(batch: Batch) -> str:
    found: str = json.loads(batch.batchexec("logs", "TASK-001", "--json").out)["log"]
    return found


def test_what_would_act_on_a_terminal_is_replaced(tried: Batch) -> None:
    path = tried.root / newest_log(tried)
    path.write_bytes(b"\x1b[31mred\xff \xe0\xb8\x95\r\nnext\rlast")

    assert tried.batchexec("logs", "TASK-001").out == "\ufffd[31mred\ufffd \u0e15\nnext\nlast"


def test_a_long_log_is_printed_to_its_end(tried: Batch) -> None:
    text = "0123456789 ตะกร้า\r\n" * 20_000
    (tried.root / newest_log(tried)).write_bytes(text.encode())

    assert tried.batchexec("logs", "TASK-001").out == text.replace("\r\n", "\n")


def test_a_newest_attempt_without_a_log_is_mentioned(tried: Batch) -> None:
    (tried.root / newest_log(tried)).unlink()

    done = tried.batchexec("logs", "TASK-001")

    assert (done.out, done.err) == ("first\n", "TASK-001: this is attempt 2 of 3; later ones have no log\n")


def test_a_log_can_be_read_while_the_attempt_goes_on_and_after_it_was_cut_off(batch: Batch) -> None:
    batch.prompts(section("TASK-001", body="#### File: a.py"))
    batch.replay('default: {log: "hello\\n", delay_s: 60}\n')
    run = batch.start()
    try:
        end = time.monotonic() + 20
        while not list(batch.root.glob(".batchexec/runs/*/*.log")):
            assert time.monotonic() < end
            time.sleep(0.05)
        during = batch.batchexec("logs", "TASK-001")
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()

    assert (during.code, during.out) == (0, "hello\n")
    assert batch.batchexec("logs", "TASK-001").out == "hello\n"
