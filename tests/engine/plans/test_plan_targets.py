"""The documents of plans as doit's targets."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from plan_run_bench import PLAN

if TYPE_CHECKING:
    from plan_run_bench import PlanRun

SUBPLAN = f"{PLAN}/subplans/SUBPLAN_MY-PLAN_11.md"


@pytest.fixture
def small(plan: PlanRun) -> PlanRun:
    plan.achieve({"1.1": (), "1.2": (), "2.1": ("1.1",)})
    plan.write("batchexec.yaml", "max_failures: 3\n")
    plan.commit()
    return plan


def test_a_missing_document_is_created_by_name(small: PlanRun) -> None:
    done = small.doit("plan_subplans:MY-PLAN:1.1", "--yes")

    assert done.code == 0, done.err
    assert small.read(SUBPLAN).startswith("# SUBPLAN: Achievement 1.1 - Title of 1.1\n")
    assert done.err.count("📋 Batch SUBPLAN Creation Preview") == 1


def test_all_that_is_ready_is_one_group(small: PlanRun) -> None:
    assert small.doit("plan_subplans:MY-PLAN", "--yes").code == 0
    found = sorted(path.name for path in (small.root / PLAN / "subplans").iterdir())
    assert found == ["SUBPLAN_MY-PLAN_11.md", "SUBPLAN_MY-PLAN_12.md"]


def test_without_a_yes_nothing_is_created(small: PlanRun) -> None:
    before = small.tree()

    done = small.doit("plan_subplans:MY-PLAN:1.1")

    assert done.code == 4
    assert "--yes says it where nobody can be asked" in done.out
    assert small.tree() == before


def test_what_is_there_is_up_to_date_and_asks_nothing(small: PlanRun) -> None:
    small.doit("plan_subplans:MY-PLAN:1.1", "--yes")
    small.write(SUBPLAN, "# SUBPLAN: Achievement 1.1 - Mine\n\n**Achievement**: 1.1\n")

    done = small.doit("plan_subplans:MY-PLAN:1.1")

    assert (done.code, "Preview" in done.err) == (0, False)
    assert "Mine" in small.read(SUBPLAN)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("plan_executions:MY-PLAN:1.1", "SUBPLANs of 1.1 are missing"),
        ("plan_subplans:MY-PLAN:9.1", "MY-PLAN has no achievement 9.1"),
        ("plan_subplans", "this names no plan"),
    ],
)
def test_what_cannot_be_created_is_refused(small: PlanRun, word: str, said: str) -> None:
    before = small.tree()

    done = small.doit(word, "--yes")

    assert done.code == 3
    assert said in done.err
    assert small.tree() == before


def test_an_unfilled_subplan_is_filled_first(small: PlanRun) -> None:
    small.doit("plan_subplans:MY-PLAN:1.1", "--yes")

    done = small.doit("plan_executions:MY-PLAN:1.1", "--yes")

    assert done.code == 3
    assert "fill them first: batchexec plan_fill --plan @MY-PLAN --ids 1.1" in done.err


def test_doit_clean_takes_away_what_nobody_changed(small: PlanRun) -> None:
    small.doit("plan_subplans:MY-PLAN", "--yes")
    other = SUBPLAN.replace("_11", "_12")
    small.write(other, small.read(other) + "mine\n")

    for id_ in ("1.1", "1.2"):
        assert small.doit("clean", f"plan_subplans:MY-PLAN:{id_}").code == 0

    assert not (small.root / SUBPLAN).exists()
    assert (small.root / other).exists()


@pytest.mark.parametrize(
    "there",
    ["subplans/SUBPLAN_MY-PLAN_1-1.md", "subplans/SUBPLAN_MY-PLAN_11_V2.md"],
    ids=["number", "suffix"],
)
def test_a_document_under_another_readable_name_is_up_to_date(small: PlanRun, there: str) -> None:
    small.write(f"{PLAN}/{there}", "# SUBPLAN: Achievement 1.1 - Mine\n\n**Achievement**: 1.1\n")
    before = small.tree()

    done = small.doit("plan_subplans:MY-PLAN:1.1", "--yes")

    assert (done.code, "Preview" in done.err) == (0, False)
    assert small.tree() == before


@pytest.fixture
def split(small: PlanRun) -> PlanRun:
    small.split("1.1", {"1.1.1": (), "1.1.5": ()})
    small.subplan("1.1")
    return small


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        ("plan_executions:MY-PLAN:1.1", ["01", "05"]),
        ("plan_executions:MY-PLAN:1.1.5", ["05"]),
        ("plan_executions:MY-PLAN:1.1.1", ["01"]),
    ],
)
def test_a_part_and_all_parts_of_an_achievement_can_be_named(
    split: PlanRun, word: str, numbers: list[str]
) -> None:
    done = split.doit(word, "--yes")

    assert done.code == 0, done.err
    found = sorted(path.name for path in (split.root / PLAN / "execution").iterdir())
    assert found == [f"EXECUTION_TASK_MY-PLAN_11_{number}.md" for number in numbers]
    assert done.err.count("EXECUTION_TASK_MY-PLAN_11_") == len(numbers)


def test_documents_are_made_by_the_templates_of_the_project(small: PlanRun) -> None:
    small.write("own/subplan.md.j2", "# SUBPLAN: Achievement {{ id }} - Ours\n")
    small.write("batchexec.yaml", "templates: own\n")

    assert small.doit("plan_subplans:MY-PLAN:1.1", "--yes").code == 0
    assert small.read(SUBPLAN) == "# SUBPLAN: Achievement 1.1 - Ours\n"


def test_documents_of_plans_of_one_name_are_named_by_their_places(small: PlanRun) -> None:
    shutil.copytree(small.root / PLAN, small.root / "work-space/plans/later/MY-PLAN")

    assert "is the name of several plans" in small.doit("plan_subplans:MY-PLAN:1.1", "--yes").err
    assert small.doit("plan_subplans:later/MY-PLAN:1.1", "--yes").code == 0
    assert (small.root / SUBPLAN.replace("plans/MY", "plans/later/MY")).exists()
    assert not (small.root / SUBPLAN).exists()
