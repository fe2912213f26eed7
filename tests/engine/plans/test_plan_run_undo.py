"""What a run of a plan brought into the tree, and its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
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
