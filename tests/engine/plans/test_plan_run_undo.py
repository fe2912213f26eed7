"""What a run of a plan brought into the tree, and its way back."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from bench import DODO
from plan_run_bench import PLAN

if TYPE_CHECKING:
    from plan_run_bench import PlanRun

CHANGES = """
default:
  files: {"new/deep/{id}.txt": "new\\n", "kept.txt": "theirs\\n"}
  delete: [gone.txt]
"""


@pytest.fixture
def changed(plan: PlanRun) -> PlanRun:
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet("1.1", "true")
    plan.write("kept.txt", "mine\n")
    plan.write("gone.txt", "was here\n")
    return plan


@pytest.mark.parametrize("slots", ["1", "2"])
def test_undo_takes_back_what_the_executor_did(changed: PlanRun, slots: str) -> None:
    changed.answers(CHANGES, approve="gates")
    before = changed.tree()

    assert changed.doit("-n", slots, "plan_run:MY-PLAN").code == 0
    assert changed.is_approved("1.1")
    assert not (changed.root / "gone.txt").exists()
    undone = changed.batchexec("undo")

    assert undone.code == 0, undone.out
    reports = {path for path in changed.tree() if path.startswith(".spec/")}
    assert {path: data for path, data in changed.tree().items() if path not in reports} == before
    assert not (changed.root / "new").exists()


def test_what_a_person_changed_since_stays(changed: PlanRun) -> None:
    changed.answers(CHANGES)
    changed.doit("plan_run:MY-PLAN")
    changed.write("kept.txt", "mine again\n")

    undone = changed.batchexec("undo")

    assert undone.code == 1
    assert "kept.txt: it was changed since" in undone.out
    assert changed.read("kept.txt") == "mine again\n"
    assert changed.read("gone.txt") == "was here\n"


def test_after_an_undo_gates_approve_anew(changed: PlanRun) -> None:
    changed.answers(CHANGES, approve="gates")
    changed.doit("plan_run:MY-PLAN")
    changed.batchexec("undo")

    assert changed.doit("plan_run:MY-PLAN").code == 0
    assert changed.is_approved("1.1")


def test_what_our_own_commands_wrote_is_no_uncommitted_change(changed: PlanRun) -> None:
    changed.subplan("1.2")
    changed.write(
        f"{PLAN}/subplans/SUBPLAN_MY-PLAN_12.md",
        "# SUBPLAN: Achievement 1.2 - Two\n\n**Achievement**: 1.2\n\n## Objective\n\n[TO BE FILLED: aim]\n",
    )
    changed.answers("default: {files: {out.txt: done}}\n")
    answer = changed.here / "answer.md"
    name = "SUBPLAN_MY-PLAN_12.md"
    text = changed.read(f"{PLAN}/subplans/{name}").replace("[TO BE FILLED: aim]", "An aim.")
    answer.write_text(f"=== {name} ===\n{text}\n=== END ===\n")
    filled = changed.batchexec("plan_fill", "--plan", "@MY-PLAN", "--ids", "1.2", "--answer", str(answer))
    assert filled.code == 0, filled.out + filled.err

    done = changed.doit("-n", "2", "plan_run:MY-PLAN:1.1")

    assert done.code == 0, done.err


@pytest.mark.parametrize("slots", ["1", "2"])
def test_work_that_was_undone_is_neither_passed_nor_up_to_date(changed: PlanRun, slots: str) -> None:
    changed.answers(CHANGES + "calls: calls.log\n")
    changed.doit("-n", slots, "plan_run:MY-PLAN")
    status = ("plan_status", "--plan", "@MY-PLAN")
    assert "passed, awaiting approval" in changed.batchexec(*status).out
    changed.batchexec("undo")

    assert "passed, awaiting approval" not in changed.batchexec(*status).out
    assert json.loads(changed.batchexec("plan_next", "--plan", "@MY-PLAN", "--json").out)["step"] == "run"
    assert "it passed before, and its work was undone" in str(changed.plan("plan_run:MY-PLAN"))
    assert changed.doit("-n", slots, "plan_run:MY-PLAN").code == 0
    assert (changed.read("new/deep/MY-PLAN:1.1.txt"), changed.read("kept.txt")) == ("new\n", "theirs\n")
    assert "passed, awaiting approval" in changed.batchexec(*status).out
    assert changed.statuses("plan_run:MY-PLAN") == {"MY-PLAN:1.1": "up_to_date"}


def test_work_that_was_undone_in_part_does_not_count_either(changed: PlanRun) -> None:
    changed.answers(CHANGES)
    changed.doit("plan_run:MY-PLAN")
    changed.write("kept.txt", "mine again\n")
    changed.batchexec("undo")

    assert changed.statuses("plan_run:MY-PLAN") == {"MY-PLAN:1.1": "run"}


def test_an_undo_of_something_else_takes_nothing_from_what_passed(changed: PlanRun) -> None:
    changed.answers(CHANGES)
    changed.doit("plan_run:MY-PLAN")
    changed.batchexec("plan_skip", "--plan", "@MY-PLAN", "--ids", "1.2")
    changed.batchexec("undo")

    assert changed.statuses("plan_run:MY-PLAN") == {"MY-PLAN:1.1": "up_to_date"}


CRASH = """
import os, signal, sys

left = [{number}]

def crash(event, arguments):
    if event == "os.rename" and "000" in str(arguments[0]):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

if os.environ.get("CRASH"):
    sys.addaudithook(crash)
"""
TWO = 'default: {files: {"a.txt": "a\\n", "b.txt": "b\\n"}}\ncalls: calls.log\n'


def killed(plan: PlanRun, number: int) -> None:
    """Kill a run at work that is ready, when so many files of it are in the tree."""
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet("1.1", "true")
    plan.write("dodo.py", DODO + CRASH.format(number=2 + number + 1))  # two are made where it works
    plan.answers(TWO)
    assert plan.doit("-n", "2", "plan_run:MY-PLAN", CRASH="1").code == -signal.SIGKILL


def files(plan: PlanRun) -> dict[str, bytes]:
    return {path: data for path, data in plan.tree().items() if path in {"a.txt", "b.txt"}}


@pytest.mark.parametrize("number", [0, 1])
def test_what_a_killed_run_had_ready_is_restored_so_that_undo_takes_it_back(
    plan: PlanRun, number: int
) -> None:
    killed(plan, number)
    # Whatever writes closes the books of the run that died.
    assert plan.batchexec("plan_skip", "--plan", "@MY-PLAN", "--ids", "1.2").code == 0

    done = plan.doit("-n", "2", "plan_run:MY-PLAN")
    assert (done.code, files(plan)) == (0, {"a.txt": b"a\n", "b.txt": b"b\n"})
    plan.batchexec("undo", "--all")

    assert files(plan) == {}
    assert plan.attempts == [("MY-PLAN:1.1", "passed")]


def test_what_a_killed_run_had_ready_and_somebody_undid_is_not_restored(plan: PlanRun) -> None:
    killed(plan, 1)
    undone = plan.batchexec("undo")
    assert (undone.code, files(plan)) == (0, {})

    plan.doit("-n", "2", "plan_run:MY-PLAN")

    assert [status for _, status in plan.attempts] == ["interrupted", "passed"]
    plan.batchexec("undo")
    assert files(plan) == {}
