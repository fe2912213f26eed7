"""Several executors in a row: the next one gets what the one before it left open, and is told why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench import section

if TYPE_CHECKING:
    from bench import Batch

TWO_FILES = section("TASK-001", files={"a.py": "A = 1"}, body="#### File: b.py")
LIST = (
    "# Tasks\n\n- [ ] TASK-001 A\n  evidence: code path=a.py symbol=A\n  evidence: code path=b.py symbol=B\n"
)


def scripted(batch: Batch, script: str) -> None:
    batch.replay(script)
    batch.write("batchexec.yaml", batch.read("batchexec.yaml").replace("executor: ", "executor: apply, "))


def attempts(batch: Batch) -> list[dict[str, object]]:
    """Return the attempts at the one task, oldest first."""
    (task,) = json.loads(batch.batchexec("explain", "TASK-001", "--json").out)["tasks"]
    found: list[dict[str, object]] = task["attempts"]
    return found[::-1]


def test_the_next_executor_gets_what_the_one_before_left_open(batch: Batch) -> None:
    batch.prompts(TWO_FILES)
    scripted(batch, 'tasks: {TASK-001: {files: {b.py: "B = 2\\n"}}}\n')

    done = batch.doit()

    assert done.code == 0, done.out
    assert batch.read("a.py").endswith("A = 1\n")
    assert batch.read("b.py") == "B = 2\n"
    assert "   because apply left it open: no code for b.py in the prompt\n" in done.out
    assert [(one["executor"], one["status"]) for one in attempts(batch)] == [
        ("apply", "needs_work"),
        ("scripted", "passed"),
    ]


def test_the_report_tells_of_every_file_whichever_executor_wrote_it(batch: Batch) -> None:
    batch.prompts(TWO_FILES)
    scripted(batch, 'tasks: {TASK-001: {files: {b.py: "B = 2\\n", a.py: "A = 3\\n"}}}\n')

    batch.doit()

    (result,) = batch.report()["results"]
    assert (result["files_created"], result["files_modified"]) == (["a.py", "b.py"], [])


def test_the_next_executor_is_not_asked_where_one_is_done(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))
    scripted(batch, "calls: calls.log\ndefault: {error: nobody should have asked}\n")

    assert batch.doit().code == 0
    assert not (batch.root / "calls.log").exists()


def test_the_next_executor_gets_a_task_whose_evidence_does_not_hold(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1", "b.py": "C = 1"}))
    batch.write("tasks.md", LIST)
    scripted(batch, 'tasks: {TASK-001: {files: {b.py: "B = 2\\n"}}}\n')

    done = batch.doit()

    assert done.code == 0, done.out
    assert (
        "because apply left it open: its evidence does not hold: symbol not found: code path=b.py symbol=B\n"
    ) in done.out
    assert batch.doit().out.count("Up to date") == 1


def test_the_next_executor_gets_a_task_that_failed_with_nothing_of_it_in_place(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = (", "b.py": "B = 1"}))
    scripted(batch, 'tasks: {TASK-001: {files: {a.py: "A = 1\\n"}}}\n')

    done = batch.doit()

    assert done.code == 0, done.out
    assert not (batch.root / "b.py").exists()


def test_a_task_that_no_executor_finishes_counts_as_one_failure(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = ("}), section("TASK-002", files={"c.py": "C = 1"}))
    scripted(batch, "tasks: {TASK-001: {error: no}}\n")

    done = batch.doit("--max-failures", "2")

    assert done.code == 1
    assert "❌ Failed: no\n" in done.out
    assert (batch.root / "c.py").exists()


def test_what_one_executor_alone_would_do_is_another_fingerprint(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))
    scripted(batch, "default: {}\n")
    batch.doit()

    batch.write("batchexec.yaml", "prompts_dir: prompts\n")

    (reason,) = batch.plan()["TASK-001"]["reasons"]
    assert (reason["component"], reason["old"], reason["new"]) == (
        "executor",
        "apply/1 then replay",
        "apply/1",
    )
