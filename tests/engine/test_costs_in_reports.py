"""What reports, explain and status tell of attempts: who made them, what they cost and what they left."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from bench import section
from checkout import Checkout

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from bench import Batch

SCRIPTED = "executors: {scripted: {kind: replay, script: script.yaml, isolated: true}}\n"


def prepare(
    batch: Batch, script: str, *tasks: str, settings: str = "executor: scripted\nattempts: 1\n"
) -> None:
    batch.prompts(*(tasks or (task("TASK-001"),)))
    batch.write("script.yaml", script)
    batch.write("batchexec.yaml", f"prompts_dir: prompts\n{SCRIPTED}{settings}")


def task(id_: str, path: str = "a.py") -> str:
    return section(id_, body=f"#### File: {path}")


def explained(batch: Batch, id_: str = "TASK-001") -> list[dict[str, Any]]:
    """Return the attempts at a task, oldest first."""
    (found,) = json.loads(batch.batchexec("explain", id_, "--json").out)["tasks"]
    attempts: list[dict[str, Any]] = found["attempts"]
    return attempts[::-1]


def status(batch: Batch) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(batch.batchexec("status", "--json").out)
    return found


def page(batch: Batch) -> str:
    (newest,) = batch.root.glob(".spec/reports/batch_execution_*.md")
    return newest.read_text(encoding="utf-8")


PAID = "cost_usd: 0.25, input_tokens: 1200, output_tokens: 34"


def test_a_result_tells_every_attempt_and_what_it_cost(batch: Batch) -> None:
    prepare(
        batch,
        "tasks:\n  TASK-001:\n    attempts:\n"
        f"    - {{error: it would not, trouble: quality, {PAID}, log: first}}\n"
        f"    - {{files: {{a.py: A}}, {PAID}, log: second}}\n",
        settings="executor: [apply, scripted]\nattempts: 2\n",
    )

    assert batch.doit().code == 0

    report = batch.report()
    (result,) = report["results"]
    told = ("executor", "number", "status", "cost_usd", "input_tokens", "output_tokens")
    assert [tuple(one[key] for key in told) for one in result["attempts"]] == [
        ("apply", 1, "needs_work", None, None, None),
        ("scripted", 1, "failed", 0.25, 1200, 34),
        ("scripted", 2, "passed", 0.25, 1200, 34),
    ]
    assert (result["executors"], result["cost_usd"]) == (["apply", "scripted"], 0.5)
    assert [(batch.root / one["log"]).read_text() for one in result["attempts"][1:]] == ["first", "second"]
    assert result["attempts"][0]["log"] == ""
    assert report["cost"]["by_executor"]["scripted"]["usd"] == report["cost"]["usd"] == 0.5
    assert "| scripted | 2 | 1 | $0.50 | 2,400 | 68 |\n" in page(batch)


def test_a_report_says_how_much_of_each_budget_is_used(batch: Batch) -> None:
    prepare(
        batch,
        f"default: {{files: {{'{{id}}.py': A}}, {PAID}}}\n",
        task("TASK-001", "TASK-001.py"),
        task("TASK-002", "TASK-002.py"),
        settings="executor: scripted\nbudget: {task: 1, run: 5, day: 50}\n",
    )
    batch.doit("TASK-001")
    batch.doit("TASK-002")

    assert batch.report()["cost"]["budget"] == {
        "task": {"limit": 1, "used": 0.25},
        "run": {"limit": 5, "used": 0.25},
        "day": {"limit": 50, "used": 0.5},
    }


def test_what_was_set_aside_for_an_attempt_that_never_told_its_cost_counts_as_used(batch: Batch) -> None:
    prepare(
        batch,
        f"tasks:\n  TASK-001: {{files: {{a.py: A}}, {PAID}}}\n  TASK-002: {{error: lost}}\n",
        task("TASK-001"),
        task("TASK-002", "b.py"),
        settings="executor: scripted\nattempts: 1\nbudget: {task: 1, run: 5}\n",
    )

    batch.doit()

    cost = batch.report()["cost"]
    assert (cost["usd"], cost["budget"]["run"]) == (0.25, {"limit": 5, "used": 0.5})
    line = (
        "- **Budget of the run:** $0.50 of $5.00 (10%),"
        " with $0.25 set aside for attempts that did not tell their cost\n"
    )
    assert line in page(batch)


def test_a_task_whose_next_attempt_cannot_be_paid_for_says_how_the_one_before_came_out(batch: Batch) -> None:
    prepare(
        batch,
        f"default: {{error: it would not, trouble: quality, {PAID}}}\n",
        settings="executor: scripted\nbudget: {task: 0.2}\n",
    )

    assert batch.doit().code == 4

    (result,) = batch.report()["results"]
    assert (result["state"], result["status"]) == ("not_run", "budget")
    assert result["error"] == "another attempt would not fit into the budget; the one before: it would not"


@pytest.mark.parametrize(
    ("answer", "state", "word"),
    [
        ("status: timeout", "failed", "timeout"),
        ("status: stalled", "failed", "stalled"),
        ("status: denied", "failed", "denied"),
        ("files: {}", "failed", "no_effect"),
        ("trouble: usage_limit, error: the limit is reached", "not_run", "limited"),
        ("trouble: deterministic, error: no such model", "failed", "error"),
    ],
)
def test_a_result_says_its_state_and_its_status(batch: Batch, answer: str, state: str, word: str) -> None:
    prepare(
        batch, f"default: {{{answer}}}\n", settings="executor: scripted\nattempts: 1\nwait_limit: false\n"
    )

    batch.doit()

    (result,) = batch.report()["results"]
    assert (result["state"], result["status"], result["success"]) == (state, word, False)


def test_a_file_that_a_task_takes_away_is_deleted_and_not_created(batch: Batch) -> None:
    batch.write("old.py", "A = 1\n")
    prepare(batch, "default: {files: {a.py: A}, delete: [old.py]}\n")

    batch.doit()

    (result,) = batch.report()["results"]
    assert (result["files_created"], result["files_deleted"]) == (["a.py"], ["old.py"])
    assert {"op": "delete", "path": "old.py", "task_id": "TASK-001"} in batch.report()["operations"]


def test_what_one_attempt_creates_and_the_next_takes_away_was_never_there(batch: Batch) -> None:
    prepare(
        batch,
        'default: {files: {b.py: "B = 1\\n"}, delete: [a.py]}\n',
        section("TASK-001", files={"a.py": "A = 1"}, body="#### File: b.py"),
        settings="executor: [apply, scripted]\n",
    )
    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 A\n  evidence: code path=b.py symbol=B\n")

    assert batch.doit().code == 0

    (result,) = batch.report()["results"]
    assert (result["files_created"], result["files_deleted"]) == (["b.py"], [])


WEAKENING = 'default: {files: {a.py: "A = 1\\n", tests/test_a.py: ""}}\n'


def test_where_work_is_kept_is_told_in_git(batch: Batch) -> None:
    checkout = Checkout(batch.root)
    batch.write("tests/test_a.py", "assert True\n")
    prepare(batch, WEAKENING, settings="executor: scripted\nattempts: 1\nprotect: [tests]\n")
    batch.write(".gitignore", ".batchexec/\n.spec/\n")
    checkout.commit_all()

    batch.doit()

    (result,) = batch.report()["results"]
    assert result["kept"].startswith(f"refs/batchexec/{batch.report()['run']}/")
    assert checkout.git("diff", "--name-only", f"{result['kept']}^", result["kept"]) == "a.py\n"
    assert f"`git diff '{result['kept']}^' {result['kept']}`" in page(batch)
    assert f"its work is kept: {result['kept']}" in explained(batch)[0]["notes"]


def test_where_work_is_kept_is_told_without_git(batch: Batch) -> None:
    batch.write("tests/test_a.py", "assert True\n")
    prepare(batch, WEAKENING, settings="executor: scripted\nattempts: 1\nprotect: [tests]\n")

    batch.doit()

    (result,) = batch.report()["results"]
    assert batch.read(f"{result['kept']}/a.py") == "A = 1\n"


def test_explain_tells_of_each_attempt_its_executor_trouble_cost_and_log(batch: Batch) -> None:
    prepare(batch, f"default: {{error: it would not, trouble: quality, {PAID}, log: hello}}\n")

    batch.doit()

    (one,) = explained(batch)
    told = {key: one[key] for key in ("executor", "trouble", "cost_usd", "input_tokens", "output_tokens")}
    assert told == {
        "executor": "scripted",
        "trouble": "quality",
        "cost_usd": 0.25,
        "input_tokens": 1200,
        "output_tokens": 34,
    }
    assert batch.read(one["log"]) == "hello"
    out = batch.batchexec("explain", "TASK-001").out
    assert "s for $0.25, 1,234 tokens: it would not\n       because it has not run yet\n" in out
    assert f"\n       log {one['log']}\n" in out
    assert " failed (quality) by scripted in " in out


def test_status_tells_what_the_last_run_cost(batch: Batch) -> None:
    prepare(
        batch,
        f"default: {{files: {{a.py: A}}, {PAID}}}\n",
        settings="executor: scripted\nbudget: {run: 5}\n",
    )

    batch.doit()

    assert (status(batch)["run"]["cost_usd"], status(batch)["run"]["budget_usd"]) == (0.25, 5)
    assert "Spent: $0.25 of the $5.00 a run may cost\n" in batch.batchexec("status").out


def test_status_says_nothing_of_costs_where_nothing_was_paid(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))

    batch.doit()

    assert status(batch)["run"]["cost_usd"] is None
    assert "Spent" not in batch.batchexec("status").out


@contextmanager
def started(batch: Batch) -> Iterator[subprocess.Popen[str]]:
    """Run doit beside the test, and no longer than it."""
    run = batch.start()
    try:
        yield run
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def test_status_names_the_task_that_waits_for_a_usage_limit(batch: Batch) -> None:
    prepare(
        batch,
        "default: {trouble: usage_limit, error: the weekly limit is reached, retry_after_s: 60}\n",
    )

    with started(batch):
        end = time.monotonic() + 20
        while not (batch.root / ".batchexec/run.db").exists() or not status(batch)["waiting"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        out = batch.batchexec("status").out

    assert "  TASK-001: waits for a usage limit to end: the weekly limit is reached, until " in out
    assert status(batch)["waiting"] == []


def test_the_books_of_a_version_without_costs_are_told_all_the_same(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))
    batch.doit()
    with sqlite3.connect(batch.root / ".batchexec/run.db") as con:
        con.execute("drop index attempt_began")
        for column in ("reserved_usd", "trouble", "commit_sha", "log"):
            con.execute(f"alter table attempt drop column {column}")
        con.execute("pragma user_version = 2")
    con.close()

    (one,) = explained(batch)

    assert (one["status"], one["trouble"], one["log"], one["cost_usd"]) == ("passed", None, None, None)
    assert status(batch)["run"]["cost_usd"] is None
    assert batch.batchexec("logs", "TASK-001").err == (
        "error: no attempt at TASK-001 has a log; agents and models write one, apply does not\n"
    )
