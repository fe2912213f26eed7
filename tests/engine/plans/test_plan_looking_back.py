"""What can be asked of a plan's tasks after a run: why, what was printed, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import Batch
from plan_run_bench import PLAN, PlanRun

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = 'default: {files: {"out/{id}.txt": "done\\n"}, log: "said {id}\\n"}\n'
TASK = "plan_run:MY-PLAN:1.1"


@pytest.fixture
def carried_out(plan: PlanRun) -> PlanRun:
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet("1.1", "true")
    plan.sheet("1.2", "true")
    plan.answers(ANSWERS)
    plan.doit(TASK)
    return plan


def test_the_log_of_a_task_of_a_plan_is_printed_also_when_it_is_complete(carried_out: PlanRun) -> None:
    first = carried_out.batchexec("logs", TASK)
    carried_out.mark("APPROVED", "1.1")

    assert (first.code, first.out) == (0, "said MY-PLAN:1.1\n"), first.err
    assert carried_out.batchexec("logs", TASK).out == first.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("plan_run:MY-PLAN:1.2",),
            "MY-PLAN:1.2 was never attempted; `doit plan_run:MY-PLAN:1.2` runs it",
        ),
        ((TASK, "--attempt", "4"), f"MY-PLAN:1.1 has no attempt 4; `batchexec explain {TASK}` counts 1"),
    ],
)
def test_a_log_there_is_not_is_asked_for_in_vain(
    carried_out: PlanRun, words: tuple[str, ...], message: str
) -> None:
    done = carried_out.batchexec("logs", *words)

    assert done.code != 0
    assert message in done.err


def test_of_several_parts_one_has_to_be_named(plan: PlanRun) -> None:
    parts = [{"execution_id": f"1.1.{number}", "dependencies": []} for number in (1, 2)]
    plan.achieve(
        {"1.1": ()}, achievements=[{"achievement_id": "1.1", "dependencies": [], "sub_executions": parts}]
    )
    plan.sheet("1.1", "true", 1)
    plan.sheet("1.1", "true", 2)
    plan.answers(ANSWERS)
    plan.doit(TASK)

    assert f"{TASK} stands for 2 tasks; name a single one: {TASK}:01, {TASK}:02" in (
        plan.batchexec("logs", TASK).err
    )
    assert plan.batchexec("logs", f"{TASK}:02").out == "said MY-PLAN:1.1:02\n"


def test_a_task_of_a_plan_is_explained(carried_out: PlanRun) -> None:
    waiting, done = (carried_out.batchexec("explain", f"plan_run:MY-PLAN:{id_}") for id_ in ("1.2", "1.1"))

    assert (waiting.code, done.code) == (0, 0), waiting.err
    assert "Title of 1.2" in waiting.out
    assert "    1. " in done.out


def test_undo_of_a_plan_takes_back_what_its_executor_did_elsewhere(carried_out: PlanRun) -> None:
    assert (carried_out.root / "out/MY-PLAN:1.1.txt").exists()
    carried_out.write("work-space/plans/OTHER/PLAN_OTHER.md", "# PLAN: O\n\n**Achievement 1.1**: A\n")
    carried_out.doit("plan_run:MINE")  # of no plan there is
    other = carried_out.batchexec("plan_undo", "--plan", "@OTHER")

    done = carried_out.batchexec("plan_undo", "--plan", "@MY-PLAN")

    assert other.out == "Nothing to undo: no run has written anything here.\n"
    assert done.code == 0
    assert "  - out/MY-PLAN:1.1.txt\n" in done.out


@pytest.mark.parametrize("ids", ["", ",", " , "])
def test_an_empty_list_of_ids_is_an_error(carried_out: PlanRun, ids: str) -> None:
    done = carried_out.batchexec("plan_run", "--plan", "@MY-PLAN", "--ids", ids)

    assert (done.code, done.out) == (3, "")
    assert "name one or more, as in 1.1,1.2" in done.err


@pytest.mark.parametrize("ids", [("1.1", "1.2"), ("1.1,1.2",), ("all",), ()])
def test_ids_may_be_said_several_times(plan: PlanRun, ids: tuple[str, ...]) -> None:
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet("1.1", "true")
    plan.sheet("1.2", "true")
    plan.answers(ANSWERS)

    said = [word for id_ in ids for word in ("--ids", id_)]
    done = plan.batchexec("plan_run", "--plan", "@MY-PLAN", *said, "--prompts-only")

    assert done.code == 0
    assert done.out.count("=== EXECUTION_TASK_MY-PLAN_1") == 2


def test_a_plan_is_carried_out_by_its_path_from_anywhere(carried_out: PlanRun, tmp_path: Path) -> None:
    elsewhere = Batch(tmp_path / "elsewhere")

    done = elsewhere.batchexec("plan_run", "--plan", str(carried_out.root / PLAN), "--ids", "1.2")

    assert done.code == 0, done.err
    assert (carried_out.root / "out/MY-PLAN:1.2.txt").exists()
    assert not (elsewhere.root / ".batchexec").exists()
