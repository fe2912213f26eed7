"""Achievements that are split: a task for each sub-execution, and what all of them together come to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from plan_run_bench import PLAN

if TYPE_CHECKING:
    from plan_run_bench import PlanRun

WRITES = 'default: {files: {"out/{id}.txt": "done\\n"}}\n'


@pytest.fixture
def split(plan: PlanRun) -> PlanRun:
    """1.1 is split into two, of which the second waits for the first."""
    plan.achieve({"1.1": (), "1.2": ()})
    plan.split("1.1", {"1.1.1": (), "1.1.2": ("1.1.1",)})
    return plan


def test_gates_approve_only_when_all_parts_of_the_graph_have_passed(split: PlanRun) -> None:
    split.sheet("1.1", "true", 1)
    split.answers(WRITES, approve="gates")

    assert split.doit("plan_run:MY-PLAN:1.1").code == 0
    assert split.attempts == [("MY-PLAN:1.1:01", "passed")]
    assert not split.is_approved("1.1")
    assert "awaiting approval" not in split.batchexec("plan_status", "--plan", "@MY-PLAN").out

    split.sheet("1.1", "true", 2)
    assert split.doit("plan_run:MY-PLAN:1.1").code == 0
    assert split.attempts == [("MY-PLAN:1.1:01", "passed"), ("MY-PLAN:1.1:02", "passed")]
    assert split.is_approved("1.1")


def test_a_single_part_brings_along_what_it_depends_on(split: PlanRun) -> None:
    split.sheet("1.1", "true", 1)
    split.sheet("1.1", "true", 2)
    split.answers(WRITES)

    assert split.doit("plan_run:MY-PLAN:1.1:02").code == 0
    assert split.attempts == [("MY-PLAN:1.1:01", "passed"), ("MY-PLAN:1.1:02", "passed")]
    assert split.doit("forget", "plan_run:MY-PLAN:1.1:02").code == 0
    assert split.doit("plan_run:MY-PLAN:1.1:02").code == 0
    assert split.attempts[2:] == [("MY-PLAN:1.1:02", "passed")]


def test_a_single_part_is_run_without_those_that_wait_for_it(split: PlanRun) -> None:
    split.sheet("1.1", "true", 1)
    split.sheet("1.1", "true", 2)
    split.answers(WRITES)

    assert split.doit("plan_run:MY-PLAN:1.1:01").code == 0
    assert split.attempts == [("MY-PLAN:1.1:01", "passed")]


@pytest.mark.parametrize("number", ["x", "2", "03", "²"])
def test_a_part_there_is_not_is_refused(split: PlanRun, number: str) -> None:
    split.sheet("1.1", "true", 1)
    split.sheet("1.1", "true", 2)
    split.answers(WRITES)

    done = split.doit(f"plan_run:MY-PLAN:1.1:{number}")

    assert done.code == 3
    said = f"MY-PLAN 1.1 has no sub-execution {number}"
    assert f"{said}; there are: plan_run:MY-PLAN:1.1:01, plan_run:MY-PLAN:1.1:02" in done.err


def test_what_is_not_split_has_no_parts(split: PlanRun) -> None:
    split.sheet("1.2", "true", 1)
    split.answers(WRITES)

    done = split.doit("plan_run:MY-PLAN:1.2:01")

    assert done.code == 3
    assert "MY-PLAN 1.2 has no sub-execution 01; there are: plan_run:MY-PLAN:1.2\n" in done.err


def made(split: PlanRun, *words: str) -> None:
    split.subplan("1.1")
    done = split.batchexec("plan_executions", "--plan", "@MY-PLAN", "--ids", "1.1", "--yes", *words)
    assert done.code == 0, done.err


@pytest.mark.parametrize("header", [True, False], ids=["header", "number"])
def test_of_each_part_the_newest_sheet_counts(split: PlanRun, *, header: bool) -> None:
    made(split)
    made(split, "--again")
    for number in (1, 2, 3, 4):
        path = f"{PLAN}/execution/EXECUTION_TASK_MY-PLAN_11_{number:02d}.md"
        text = split.read(path)
        split.write(path, text if header else text.replace("**Task**:", "**Job**:"))
    split.answers(WRITES)

    prompts = split.batchexec("plan_run", "--plan", "@MY-PLAN", "--ids", "1.1", "--prompts-only").out
    assert split.doit("plan_run:MY-PLAN:1.1").code == 0

    assert split.attempts == [("MY-PLAN:1.1:01", "passed"), ("MY-PLAN:1.1:02", "passed")]
    names = [line for line in prompts.splitlines() if line.startswith("=== ")]
    assert names == [f"=== EXECUTION_TASK_MY-PLAN_11_{number}.md ===" for number in ("03", "04")]


def test_a_header_says_which_part_a_sheet_is_for(split: PlanRun) -> None:
    split.sheet("1.1", "true", 1)
    split.sheet("1.1", "true", 2)
    path = f"{PLAN}/execution/EXECUTION_TASK_MY-PLAN_11_03.md"
    split.write(path, "# EXECUTION_TASK: Achievement 1.1\n\n**Achievement**: 1.1\n**Task**: 03 - 1.1.2\n")
    split.answers(WRITES)

    rows = split.plan("plan_run:MY-PLAN:1.1")

    assert [row["source"]["file"].rpartition("/")[2] for row in rows.values()] == [
        "EXECUTION_TASK_MY-PLAN_11_01.md",
        "EXECUTION_TASK_MY-PLAN_11_03.md",
    ]


def test_the_next_prompt_is_that_of_each_part(split: PlanRun) -> None:
    split.sheet("1.1", "true", 1)
    split.sheet("1.1", "true", 2)

    out = split.batchexec("plan_next", "--plan", "@MY-PLAN", "--ids", "1.1").out

    assert [f"EXECUTION_TASK_MY-PLAN_11_0{number}.md, which follows" in out for number in (1, 2)] == [
        True
    ] * 2


def test_a_prompt_to_fill_is_remembered_for_its_answer(split: PlanRun) -> None:
    name = "SUBPLAN_MY-PLAN_12.md"
    text = "# SUBPLAN: Achievement 1.2 - Two\n\n**Achievement**: 1.2\n\n## Objective\n\n[TO BE FILLED: aim]\n"
    split.write(f"{PLAN}/subplans/{name}", text)
    assert name in split.batchexec("plan_next", "--plan", "@MY-PLAN", "--ids", "1.2").out
    split.write(f"{PLAN}/subplans/{name}", text + "Mine.\n")
    filled = text.replace("[TO BE FILLED: aim]", "An aim.")
    split.write("answer.md", f"=== {name} ===\n{filled}=== END ===\n")

    done = split.batchexec("plan_fill", "--plan", "@MY-PLAN", "--ids", "1.2", "--answer", "answer.md")

    assert done.code == 1
    assert "somebody changed it since it was asked about" in done.out
    assert "Mine." in split.read(f"{PLAN}/subplans/{name}")


def test_what_passed_of_one_part_stays_while_another_one_fails(split: PlanRun) -> None:
    split.sheet("1.1", "true", 1)
    split.sheet("1.1", "false", 2)
    split.answers(WRITES, approve="gates", attempts=1)
    split.doit("plan_run:MY-PLAN:1.1")

    statuses = split.statuses("plan_run:MY-PLAN:1.1")

    assert statuses == {"MY-PLAN:1.1:01": "up_to_date", "MY-PLAN:1.1:02": "run"}
    assert json.loads(split.batchexec("plan_next", "--plan", "@MY-PLAN", "--json").out)["step"] == "run"
