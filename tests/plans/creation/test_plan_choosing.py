from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchexec.plans.creation import Ending, check_unfilled, nothing, preview

if TYPE_CHECKING:
    from plans.creation.conftest import Project

KINDS = ["subplans", "executions"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("level", "ids"),
    [
        ("ready", ("1.2", "2.1")),
        ("next", ("1.2", "2.1")),
        ("all", ("1.2", "2.1", "2.12")),
        ("0", ()),
        ("1", ("1.2", "2.1")),
        ("2", ("2.12",)),
    ],
)
def test_a_level_selects_what_is_not_complete(
    project: Project, kind: str, level: str, ids: tuple[str, ...]
) -> None:
    project.subplan("1.1")
    project.execution("11")
    project.approve("11")

    assert project.choose(kind, level).ids == ids


@pytest.mark.parametrize("kind", KINDS)
def test_next_is_the_lowest_level_that_misses_a_file(project: Project, kind: str) -> None:
    assert project.choose(kind, "next").ids == ("1.1",)
    for id_ in ("1.1", "1.2"):
        project.subplan(id_)
        project.execution(id_.replace(".", ""))

    choice = project.choose(kind, "next")

    assert (choice.ids, choice.skipped) == (("2.1",), ("1.2",))


def test_complete_and_skipped_ids_are_chosen_by_name_only(project: Project) -> None:
    project.approve("11")
    project.write("execution/SKIPPED_12.md", "")

    assert project.choose("subplans", "all").ids == ("2.1", "2.12")
    assert project.choose("subplans", "ready", "1.2", "1.1", "1.2").ids == ("1.2", "1.1")


def test_a_failed_achievement_is_ready(project: Project) -> None:
    project.execution("11")
    project.write("execution/feedbacks/FIX_11.md", "# FIX REQUIRED: Achievement 1.1\n")

    assert project.choose("subplans").ids == ("1.1",)


@pytest.mark.parametrize(
    ("level", "ids", "problems"),
    [
        ("9", (), ["error: there is no level '9'; write ready, next, all, or a number from 0 to 2"]),
        ("soon", (), ["error: there is no level 'soon'; write ready, next, all, or a number from 0 to 2"]),
        ("²", (), ["error: there is no level '²'; write ready, next, all, or a number from 0 to 2"]),
        (
            "ready",
            ("01.1", "x", "7.7", "1.1"),
            [
                "error: '01.1' is no id of an achievement; write 1.1",
                "error: 'x' is no id of an achievement; write X.Y or X.Y.Z, as in 1.2",
                "error: MY-PLAN has no achievement 7.7; there are: 1.1, 1.2, 2.1, 2.12",
            ],
        ),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_there_is(
    project: Project, level: str, ids: tuple[str, ...], problems: list[str]
) -> None:
    before = project.tree()

    created = project.create("subplans", level, *ids)

    assert [str(problem) for problem in created.problems] == problems
    assert created.ending is Ending.REFUSED
    assert project.tree() == before


def test_without_a_graph_nothing_is_created_and_it_is_said_where_one_was_looked_for(project: Project) -> None:
    (project.plan / "parallel.json").unlink()

    created = project.create("subplans", "all")

    assert created.ending is Ending.REFUSED
    assert [str(problem) for problem in created.problems] == [
        (
            f"error: no dependency graph in {project.plan}; looked for parallel.json, "
            "PARALLEL-EXECUTION-ANALYSIS.json, parallel-execution.json, parallel_analysis.json; "
            "make one: batchexec plan_discover --plan @MY-PLAN --parallel-level 3"
        )
    ]


@pytest.mark.parametrize(
    "name",
    ["PARALLEL-EXECUTION-ANALYSIS.json", "parallel-execution.json", "parallel_analysis.json"],
)
def test_a_graph_of_any_known_name_will_do(project: Project, name: str) -> None:
    (project.plan / "parallel.json").rename(project.plan / name)

    assert project.choose("subplans").ids == ("1.1",)
    assert not project.choose("subplans").refused


def test_a_graph_with_errors_stops_the_batch(project: Project) -> None:
    project.graph(parallelization_level="level_9")

    created = project.create("subplans")

    assert created.ending is Ending.REFUSED
    (problem,) = created.problems
    assert "J05" in problem.message
    assert problem.hint == "see batchexec plan_lint --plan @MY-PLAN"


def test_a_missing_name_alone_does_not_stop_the_batch(project: Project) -> None:
    text = project.read("parallel.json").replace('"plan_name": "MY-PLAN", ', "")
    project.write("parallel.json", text)

    assert project.create("subplans").ending is Ending.DONE


def test_a_plan_whose_name_no_file_can_have_is_refused(project: Project) -> None:
    (project.plan / "PLAN_MY-PLAN.md").rename(project.plan / "PLAN_MY_PLAN.md")
    project.plan.rename(project.plan.with_name("MY_PLAN"))
    from batchexec.plans import load
    from batchexec.plans.creation import choose

    choice = choose(load(project.root, "@MY_PLAN"), "subplans")

    assert [problem.message for problem in choice.errors] == ["no file can be named after the plan 'MY_PLAN'"]


def test_what_is_blocked_is_labelled_and_created_all_the_same(project: Project) -> None:
    choice = project.choose("subplans", "all")

    assert preview(choice) == (
        "📋 Batch SUBPLAN Creation Preview\n"
        "Plan: MY-PLAN\n"
        "Level: all\n"
        "Achievements to create: 4\n"
        "1. Achievement 1.1 - SUBPLAN_MY-PLAN_11.md\n"
        "2. Achievement 1.2 - SUBPLAN_MY-PLAN_12.md (blocked by 1.1)\n"
        "3. Achievement 2.1 - SUBPLAN_MY-PLAN_21.md (blocked by 1.1)\n"
        "4. Achievement 2.12 - SUBPLAN_MY-PLAN_2-12.md (blocked by 2.1)\n"
        "⚠️  WARNING: 4 SUBPLANs missing\n"
    )


def test_the_preview_of_executions_says_which_subplans_are_missing(project: Project) -> None:
    assert preview(project.choose("executions", "ready", "1.1")) == (
        "📋 Batch EXECUTION Creation Preview\n"
        "Plan: MY-PLAN\n"
        "Level: ids 1.1\n"
        "Achievements to create: 1\n"
        "1. Achievement 1.1 - EXECUTION_TASK_MY-PLAN_11_01.md\n"
        "⚠️  WARNING: 1 SUBPLANs missing\n"
    )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("subplans", "✅ All SUBPLANs already exist\n"),
        ("executions", "✅ All EXECUTION_TASKs already exist\n"),
    ],
)
def test_the_preview_says_when_nothing_is_missing(project: Project, kind: str, said: str) -> None:
    project.subplan("1.1")
    project.execution("11")
    choice = project.choose(kind)

    assert preview(choice) == said
    assert choice.skipped == ("1.1",)


def test_a_lone_second_execution_counts_and_a_draft_does_not(project: Project) -> None:
    project.subplan("1.1")
    project.write("execution/EXECUTION_TASK_MY-PLAN_11_draft.md", "")
    assert project.choose("executions").ids == ("1.1",)

    project.execution("11", "02")

    assert project.choose("executions").skipped == ("1.1",)


def test_again_makes_the_next_number_that_is_free(project: Project) -> None:
    project.execution("11", "02")
    project.write("execution/EXECUTION_TASK_MY-PLAN_11_03.md", "")
    project.write("execution/EXECUTION_TASK_MY-PLAN_11_04_draft.md", "")

    (target,) = project.choose("executions", again=True).to_create

    assert (target.number, target.path.name) == (4, "EXECUTION_TASK_MY-PLAN_11_04.md")


def test_again_steps_over_a_file_that_counts_for_something_else(project: Project) -> None:
    project.execution("11", "01")
    project.write(
        "execution/EXECUTION_TASK_MY-PLAN_11_02.md", "# EXECUTION_TASK: X\n\n**Achievement**: 2.1\n"
    )

    (target,) = project.choose("executions", again=True).to_create

    assert target.path.name == "EXECUTION_TASK_MY-PLAN_11_03.md"


def test_each_sub_execution_gets_a_file_of_its_own(project: Project) -> None:
    project.split(
        {"execution_id": "1.1.1", "title": "Left", "dependencies": []},
        {"execution_id": "1.1.3", "title": "Right", "dependencies": ["1.1.1"], "estimated_hours": 1},
    )
    project.subplan("1.1")
    project.execution("11", "01")

    choice = project.choose("executions")

    assert [(one.path.name, one.name) for one in choice.to_create] == [
        ("EXECUTION_TASK_MY-PLAN_11_03.md", "1.1.3")
    ]
    assert [one.number for one in project.choose("executions", again=True).to_create] == [2, 3]


def test_sub_executions_without_usable_numbers_are_counted(project: Project) -> None:
    project.split(
        {"execution_id": "1.1.0", "dependencies": []}, {"execution_id": "1.1.1", "dependencies": []}
    )
    project.subplan("1.1")

    assert [one.number for one in project.choose("executions").to_create] == [1, 2]


def test_a_file_in_the_way_is_an_error_of_the_id_it_keeps_from_having_one(project: Project) -> None:
    project.write("subplans/SUBPLAN_MY-PLAN_11.md", "# SUBPLAN: X\n\n**Achievement**: 2.1\n")

    choice = project.choose("subplans", "ready", "1.1", "2.1")

    assert choice.to_create == ()
    assert choice.skipped == ("2.1",)
    assert choice.in_the_way == (
        (
            "1.1",
            (
                "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_11.md is there already,"
                " and is no SUBPLAN of 1.1; correct the id in it, or move it away"
            ),
        ),
    )
    assert preview(choice) == ""


def test_of_nothing_nobody_is_told_that_it_is_there(project: Project) -> None:
    for number in ("11", "12", "21", "2-12"):
        project.approve(number)

    assert preview(project.choose("subplans", "all")) == ""


@pytest.mark.parametrize(
    ("approach", "blocking", "others"),
    [("Simply.", 0, 0), ("[TO BE FILLED: how]", 1, 0), ("Simply.\n\n## Notes\n\n[TO BE FILLED]", 0, 1)],
)
def test_a_subplan_that_does_not_say_how_blocks_its_execution(
    project: Project, approach: str, blocking: int, others: int
) -> None:
    file = project.subplan("1.1", approach)
    loaded, choice = project.load(), project.choose("executions")

    unfilled = check_unfilled(choice, loaded)

    assert unfilled.blocking == ((file, 1),) * blocking
    assert unfilled.others == ((file, 1),) * others
    refused = nothing(choice, loaded, Ending.REFUSED, unfilled)
    fill = ("batchexec", "plan_fill", "--plan", "@MY-PLAN", "--ids", "1.1")
    assert refused.next == (fill if blocking else ())


def test_a_subplan_that_is_missing_or_cannot_be_read_is_told_elsewhere(project: Project) -> None:
    project.subplan("1.1").write_bytes(b"\xff")

    assert check_unfilled(project.choose("executions", "all"), project.load()).ids == ()


def test_subplans_are_not_looked_into_before_subplans_are_created(project: Project) -> None:
    assert check_unfilled(project.choose("subplans"), project.load()).blocking == ()
