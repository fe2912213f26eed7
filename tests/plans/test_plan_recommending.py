"""What is next about a plan, and what to type."""

from __future__ import annotations

import pytest
from standing_bench import stands

from batchexec.plans.naming import Naming
from batchexec.plans.recommending import Basis, next_ids, recommend

ME = Naming("@MY-PLAN")
GRAPH = {"1.1": (), "1.2": (), "2.1": ["1.1"]}


def advice(how: dict[str, object], basis: Basis = Basis.PARALLEL) -> str:
    return str(recommend(stands(GRAPH, **how), ME, basis))  # type: ignore[arg-type]  # as the bench takes them


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"approved": "1.1 2.1", "skipped": "1.2", "fix": "1.1"}, "All achievements are complete or skipped"),
        (
            {"fix": "1.2", "executions": "1.1 1.2", "subplans": "1.2"},
            "Fix 1.2: changes are wanted\n  batchexec plan_run --plan @MY-PLAN --ids 1.2",
        ),
        (
            {"fix": "1.1", "subplans": "1.1"},
            "Fix 1.1: changes are wanted\n  batchexec plan_executions --plan @MY-PLAN --ids 1.1",
        ),
        (
            {"fix": "2.1", "executions": "1.1"},
            (
                "Fix 2.1: changes are wanted; first what blocks it: 1.1\n"
                "  batchexec plan_run --plan @MY-PLAN --ids 1.1"
            ),
        ),
        (
            {"fix": "2.1", "executions": "1.1 1.2", "running": {"1.1", "1.2"}},
            "Fix 2.1: changes are wanted; first what blocks it: 1.1",
        ),
        (
            {"fix": "1.1", "executions": "1.1 1.2", "passed": {"1.1"}},
            "Approve what passed: 1.1\n  batchexec plan_approve --plan @MY-PLAN --ids 1.1",
        ),
        (
            {"executions": "1.1 1.2", "passed": {"1.2"}},
            "Approve what passed: 1.2\n  batchexec plan_approve --plan @MY-PLAN --ids 1.2",
        ),
        (
            {"executions": "1.1 1.2"},
            "Run 1.1, 1.2\n  batchexec plan_run --plan @MY-PLAN --ids 1.1,1.2",
        ),
        (
            {"executions": "2.1", "subplans": "1.2", "unfilled": {"1.2": 3}},
            "Fill the SUBPLAN of 1.2\n  batchexec plan_fill --plan @MY-PLAN --ids 1.2",
        ),
        (
            {"subplans": "1.1 1.2", "unfilled": {"1.2": 0}},
            (
                "Create the EXECUTION_TASK of 1.1, 1.2\n"
                "  batchexec plan_executions --plan @MY-PLAN --ids 1.1,1.2"
            ),
        ),
        ({}, "Create the SUBPLAN of 1.1, 1.2\n  batchexec plan_subplans --plan @MY-PLAN --ids 1.1,1.2"),
        ({"executions": "1.1", "running": {"1.1"}, "approved": "1.2"}, "Wait for 1.1: in progress"),
        (
            {"skipped": "1.1", "approved": "1.2"},
            (
                "Everything is blocked by 1.1; needs a decision: 2.1, skip too or drop the dependency\n"
                "  batchexec plan_skip --plan @MY-PLAN --ids 2.1"
            ),
        ),
    ],
)
def test_the_first_thing_that_is_true_is_said_with_its_command(how: dict[str, object], text: str) -> None:
    assert advice(how) == text


@pytest.mark.parametrize(
    ("basis", "how", "text"),
    [
        (
            Basis.PLAN,
            {},
            (
                "Create the SUBPLAN of 1.1, 1.2; first make parallel.json\n"
                "  batchexec plan_discover --plan @MY-PLAN --parallel-level 3"
            ),
        ),
        (
            Basis.PLAN,
            {"executions": "1.1"},
            "Run 1.1\n  batchexec plan_run --plan @MY-PLAN --ids 1.1",
        ),
        (
            Basis.BROKEN,
            {"executions": "1.1"},
            "Run 1.1; first mend parallel.json\n  batchexec plan_lint --plan @MY-PLAN",
        ),
        (
            Basis.BROKEN,
            {"fix": "1.1", "executions": "1.1"},
            "Fix 1.1: changes are wanted; first mend parallel.json\n  batchexec plan_lint --plan @MY-PLAN",
        ),
        (
            Basis.BROKEN,
            {"subplans": "1.1", "unfilled": {"1.1": 1}, "approved": "1.2"},
            "Fill the SUBPLAN of 1.1\n  batchexec plan_fill --plan @MY-PLAN --ids 1.1",
        ),
    ],
)
def test_no_command_is_named_that_would_be_refused(basis: Basis, how: dict[str, object], text: str) -> None:
    assert advice(how, basis) == text


def test_a_cycle_is_for_lint() -> None:
    found = recommend(stands({"1.1": ["1.2"], "1.2": ["1.1"]}), ME)

    assert str(found) == "Everything is blocked by 1.2, 1.1\n  batchexec plan_lint --plan @MY-PLAN"
    assert found.ids == ("1.1", "1.2")


def test_a_plan_without_achievements_is_told_how_to_get_some() -> None:
    assert str(recommend(stands({}), ME)) == (
        "The PLAN lists no achievements; add a line like **Achievement 1.1**: Title\n"
        "  batchexec plan_lint --plan @MY-PLAN"
    )


def test_commands_name_the_workspace_where_the_person_did_and_are_safe_to_paste() -> None:
    found = recommend(stands({"1.1": ()}), Naming("a dir/PLAN_X.md", "../other place"))

    assert str(found).endswith(
        "\n  batchexec plan_subplans --plan 'a dir/PLAN_X.md' --workspace '../other place' --ids 1.1"
    )


def test_many_ids_are_cut_in_the_text_and_whole_in_the_command() -> None:
    found = recommend(stands({f"1.{n}": () for n in range(1, 13)}), ME)

    assert found.text == (
        "Create the SUBPLAN of 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 1.10 and 2 more"
    )
    assert found.command[-1].count(",") == 11


def test_what_is_next_is_what_the_next_step_is_about() -> None:
    assert next_ids(stands(GRAPH, executions="1.2")) == ("1.2",)
    assert next_ids(stands(GRAPH, approved="1.1 1.2 2.1")) == ()
    assert next_ids(stands(GRAPH, approved="1.2", skipped="1.1")) == ()
    assert next_ids(stands(GRAPH, approved="1.2", running={"1.1"})) == ()
