"""What the words that read say of a plan: lint, status, list, graph, next."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from plan_bench import Workspace, item

from batchexec.plan_words import FORMATS
from batchexec.plans import drawing

if TYPE_CHECKING:
    from pathlib import Path

PLAN = ("--plan", "@MY-PLAN")
GRAPH = "work-space/plans/MY-PLAN/parallel.json"
STATUSES = {
    "1.1": "complete",
    "1.2": "complete",
    "2.1": "execution_created",
    "2.2": "subplan_created",
    "2.3": "failed",
    "3.1": "not_started",
    "3.2": "skipped",
}


@pytest.fixture
def varied(workspace: Workspace) -> Workspace:
    """A plan with every status that files alone can give."""
    workspace.with_subplans()
    workspace.execution("21", "**Actual Time**: 5 hours\n")
    workspace.execution("23")
    workspace.mark("FIX", "23")
    workspace.mark("SKIPPED", "32")
    return workspace


def test_the_status_map_is_that_of_the_files(varied: Workspace) -> None:
    varied.mark("FIX_21_RESOLUTION"[:3], "11")  # an old FIX of what is complete
    varied.write("execution/feedbacks/FIX_21_RESOLUTION.md", "# Done\n")

    done = varied.say("plan_status", *PLAN, "--json")

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == STATUSES
    assert varied.say("plan_status", *PLAN, "--format", "json").out == done.out


def test_the_status_map_is_the_same_from_any_directory_and_after_a_move(
    varied: Workspace, tmp_path: Path
) -> None:
    elsewhere = varied.say("plan_status", "--plan", str(varied.directory), "--json", cwd=tmp_path)
    inside = varied.say("plan_status", *PLAN, "--json", cwd=varied.directory / "execution")
    named = varied.say("plan_status", *PLAN, "--json", "--workspace", str(varied.root), cwd=tmp_path)
    shutil.move(varied.directory, varied.root / "work-space/plans/later/MY-PLAN")
    moved = varied.say("plan_status", *PLAN, "--json")
    graph = varied.root / "work-space/plans/later/MY-PLAN/parallel.json"
    by_graph = varied.say("plan_status", "--plan", str(graph), "--json", cwd=tmp_path)

    for done in (elsewhere, inside, named, moved, by_graph):
        assert (done.code, json.loads(done.out)) == (0, STATUSES)


def test_stored_statuses_are_ignored(workspace: Workspace) -> None:
    workspace.parallel(item("1.1", status="failed"), item("2.1", "1.1", status="complete"))

    found = json.loads(workspace.say("plan_status", *PLAN, "--json").out)

    assert (found["1.1"], found["2.1"]) == ("complete", "not_started")


def test_details_tell_the_rest_to_programs(varied: Workspace) -> None:
    found = json.loads(varied.say("plan_status", *PLAN, "--json", "--details").out)

    assert found["3.1"] == {
        "status": "not_started",
        "title": "Report",
        "level": 2,
        "group": "blocked",
        "dependencies": ["2.1", "2.2"],
        "blockers": ["2.1", "2.2"],
        "needs_decision": [],
        "hours": {"low": 6.0, "high": 6.0, "text": "6h"},
        "actual_hours": None,
        "files": [],
    }
    assert found["2.1"]["actual_hours"] == 5.0
    assert found["2.1"]["files"] == [
        "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_21.md",
        "work-space/plans/MY-PLAN/execution/EXECUTION_TASK_MY-PLAN_21_01.md",
    ]


def test_the_table_tells_hours_savings_and_what_is_next(varied: Workspace) -> None:
    out = varied.say("plan_status", *PLAN, "--workers", "2").out

    assert out.splitlines()[:6] == [
        "Progress: 2/7 complete (28%)",
        "Whole plan: 19 h sequential, 12 h critical path, 12 h with 2 workers, 36 % saved, 5 h spent",
        "Remaining: 15 h sequential, 10 h critical path, 10 h with 2 workers, 33 % saved",
        "Critical path: 2.1, 3.1",
        "Next: 2.3",
        "",
    ]
    assert "Fix 2.3: changes are wanted\n  batchexec plan_run --plan @MY-PLAN --ids 2.3\n" in out


def test_details_of_the_table_name_levels_and_files(varied: Workspace) -> None:
    out = varied.say("plan_status", *PLAN, "--details").out

    assert "2.1: level 1, ready, 4 h, 5 h spent\n  work-space/plans/MY-PLAN/subplans/" in out
    assert "3.2: level 3, skipped, 1 h\n  work-space/plans/MY-PLAN/execution/SKIPPED_32.md\n" in out


def test_the_table_is_in_the_order_of_numbers(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.plan("10.1: A", "2.1: B", "1.10: C", "1.9: D")

    lines = site.say("plan_status", *PLAN).out.splitlines()

    ids = [line.split()[1] for line in lines if line[:1] == "⚪" and "not_started" in line][:-1]
    assert ids == ["1.9", "1.10", "2.1", "10.1"]


def test_help_names_the_formats_there_are() -> None:
    assert tuple(drawing.FORMATS) == FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_a_graph_is_drawn_in_every_format(workspace: Workspace, form: str) -> None:
    done = workspace.say("plan_graph", *PLAN, "--format", form)

    first = {
        "ascii": "📊 Dependency Graph:\n  1.1 → no dependencies\n",
        "levels": "📊 Dependency Levels:\n  Level 0: 1.1, 1.2\n",
        "tree": "📊 Dependency Tree:\n  1.1 Start\n",
        "mermaid": 'graph LR\n  a1_1["1.1 Start"]:::complete --> a2_1["2.1 Parser"]:::ready\n',
        "dot": "digraph plan {\n",
        "json": '{\n  "schema_version": 1,\n  "plan": "MY-PLAN",\n',
    }
    assert done.code == 0
    assert done.out.startswith(first[form])


def test_a_graph_in_json_tells_hours_and_savings(varied: Workspace) -> None:
    hours = json.loads(varied.say("plan_graph", *PLAN, "--json").out)["hours"]

    assert hours == {
        "sequential": [19.0, 19.0],
        "critical_path": [12.0, 12.0],
        "critical_path_ids": ["1.1", "2.1", "3.1", "3.2"],
        "parallel": [12.0, 12.0],
        "saved_percent": [36, 36],
        "unknown": [],
        "actual": 5.0,
    }


def test_all_plans_are_listed_the_most_urgent_first(varied: Workspace) -> None:
    other = Workspace(varied.root, "ALL-DONE")
    other.plan("1.1: Only")
    other.execution("11")
    other.mark("APPROVED", "11")

    done = varied.say("plan_list")
    plans = json.loads(varied.say("plan_list", "--json").out)["plans"]

    assert [line.split()[1] for line in done.out.splitlines()[1:]] == ["MY-PLAN", "ALL-DONE"]
    assert [(one["name"], one["state"], one["last_approved"]) for one in plans] == [
        ("MY-PLAN", "needs attention", "1.2"),
        ("ALL-DONE", "complete", "1.1"),
    ]


def test_complete_means_that_all_are_complete_or_skipped(workspace: Workspace) -> None:
    for number in ("21", "22", "23", "31"):
        workspace.execution(number)
        workspace.mark("APPROVED", number)
        workspace.mark("FIX", number)
    assert "All achievements are complete" not in workspace.say("plan_next", *PLAN).out
    workspace.mark("SKIPPED", "32")

    assert workspace.say("plan_next", *PLAN).out == "All achievements are complete or skipped\n"
    assert '"state": "complete"' in workspace.say("plan_list", "--json").out


def test_an_exact_name_wins_and_grouped_plans_are_found(workspace: Workspace) -> None:
    longer = Workspace(workspace.root, "later/MY-PLAN-TWO")
    longer.write("PLAN_MY-PLAN-TWO.md", "# PLAN: Two\n\n**Achievement 7.1**: Other\n")
    longer.write("parallel.json", json.dumps({"plan_name": "MY-PLAN-TWO", "parallelization_level": "level_3",
                                              "achievements": [item("7.1")]}))  # fmt: skip

    assert "2.1" in json.loads(workspace.say("plan_status", "--plan", "@my-plan", "--json").out)
    assert list(json.loads(workspace.say("plan_status", "--plan", "@two", "--json").out)) == ["7.1"]
    several = workspace.say("plan_status", "--plan", "@PLAN")
    assert several.code == 3
    assert several.err.startswith("error: @PLAN means several plans: MY-PLAN (work-space/plans/MY-PLAN/")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("@NOTHING", "error: no plan is called NOTHING; the plans are MY-PLAN\n"),
        ("@", "error: @ alone names no plan; write a part of its name after it\n"),
        ("nowhere", "error: nowhere is no directory, PLAN or parallel file; the plans are MY-PLAN\n"),
    ],
)
def test_a_plan_there_is_not_is_a_usage_error(workspace: Workspace, word: str, message: str) -> None:
    done = workspace.say("plan_status", "--plan", word)

    assert (done.code, done.out, done.err) == (3, "", message)


def test_without_a_workspace_it_is_said_what_to_do(tmp_path: Path) -> None:
    done = Workspace(tmp_path).say("plan_list")

    assert done.code == 3
    assert done.err == (
        f"error: there is no directory work-space/ in {tmp_path} or above it;"
        " go to a project that has one, or name it with --workspace\n"
    )


def test_a_valid_graph_is_said_to_be_valid(workspace: Workspace) -> None:
    done = workspace.say("plan_lint", *PLAN)

    assert (done.code, done.out) == (0, f"✅ Valid parallel.json: {GRAPH}\n")


@pytest.mark.parametrize("words", [PLAN, ("@MY-PLAN",), (GRAPH,), ("--file", f"./{GRAPH}")])
def test_paths_are_relative_to_where_you_are_however_the_plan_is_named(
    workspace: Workspace, words: tuple[str, ...]
) -> None:
    workspace.write("subplans/SUBPLAN_MY-PLAN_99.md", "# SUBPLAN: Achievement 9.9\n")
    workspace.parallel(item("1.1"), item("9.9"))

    document = json.loads(workspace.say("plan_lint", *words, "--json").out)
    below = workspace.say("plan_lint", *PLAN, cwd=workspace.directory)

    assert document["path"] == GRAPH
    assert {one["file"] for one in document["warnings"]} >= {
        GRAPH,
        "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_99.md",
    }
    assert not any(one["file"].startswith("/") for one in document["warnings"])
    assert below.out.startswith("✅ Valid parallel.json: parallel.json\n")


@pytest.mark.parametrize("words", [PLAN, ("work-space/plans/MY-PLAN",), ("@MY-PLAN",)])
def test_every_problem_is_told_at_once_with_code_and_pointer(
    workspace: Workspace, words: tuple[str, ...]
) -> None:
    workspace.parallel(item("1.1", "2.1"), item("2.1", "1.1", "9.9"), item("2.1"))

    done = workspace.say("plan_lint", *words)

    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0] == f"❌ Invalid parallel.json: {GRAPH}"
    assert [line.split()[:2] for line in lines[1:4]] == [["error", "J11"], ["error", "J10"], ["error", "J12"]]
    assert lines[1] == "error J11 /achievements/1/dependencies/1: dependency '9.9' of 2.1 not found"
    assert lines[-1].startswith("💡 Fix: ")


@pytest.mark.parametrize("words", [("parallel.json",), ("--file", "parallel.json")])
def test_a_file_is_held_to_the_plan_beside_it(workspace: Workspace, words: tuple[str, ...]) -> None:
    workspace.parallel(item("1.1"), item("3.1", "2.1"), item("2.1", status="complete"), total_hours=99)

    done = workspace.say("plan_lint", *words, "--json", cwd=workspace.directory)

    document = json.loads(done.out)
    codes = {one["code"] for one in document["warnings"]}
    assert (done.code, document["valid"], document["errors"]) == (0, True, [])
    assert {"W32", "W33", "W37"} <= codes
    assert all(one["line"] and one["column"] for one in document["warnings"])


def test_a_file_may_have_any_name_and_lie_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text('{"achievements": [}')

    done = Workspace(tmp_path).say("plan_lint", "--file", "mine.txt", "--json")

    assert done.code == 1
    (error,) = json.loads(done.out)["errors"]
    assert (error["code"], error["pointer"], error["line"], error["column"]) == ("J02", "", 1, 19)


def test_a_file_there_is_not_is_an_error_of_its_own(tmp_path: Path) -> None:
    done = Workspace(tmp_path).say("plan_lint", "--file", "x.json")

    assert (done.code, done.out.splitlines()[1]) == (1, "error J01 : File not found: x.json")


def test_a_directory_without_a_plan_is_held_to_its_files(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.parallel(item("1.1", status="complete"))
    site.subplan("11")

    done = site.say("plan_lint", "--file", str(site.directory / "parallel.json"), "--json")

    found = json.loads(done.out)
    assert [one["code"] for one in found["warnings"]] == ["W37"]
    assert found["notes"] == []


def test_warnings_fail_where_it_is_strict(workspace: Workspace) -> None:
    workspace.parallel(item("1.1"))

    assert workspace.say("plan_lint", *PLAN).code == 0
    assert workspace.say("plan_lint", *PLAN, "--strict").code == 1
    assert json.loads(workspace.say("plan_lint", *PLAN, "--strict", "--json").out)["valid"] is False


def test_documents_are_looked_at_too(workspace: Workspace) -> None:
    path = workspace.write("execution/feedbacks/APPROVED_99.md", "# APPROVED\n")

    done = workspace.say("plan_lint", *PLAN)

    shown = os.path.relpath(path, workspace.root)
    assert done.code == 0
    assert f"warning orphan {shown}:1: APPROVED_99.md is of no achievement of MY-PLAN\n" in done.out


def test_a_header_that_contradicts_the_number_wins_with_a_warning(workspace: Workspace) -> None:
    workspace.write("subplans/SUBPLAN_MY-PLAN_22.md", "# SUBPLAN: X\n\n**Achievement**: 2.1\n")

    statuses = json.loads(workspace.say("plan_status", *PLAN, "--json").out)

    assert (statuses["2.1"], statuses["2.2"]) == ("subplan_created", "not_started")
    assert (
        "SUBPLAN_MY-PLAN_22.md says in its header that it is of 2.1" in workspace.say("plan_lint", *PLAN).out
    )


def test_an_error_in_a_document_fails_beside_a_valid_graph(workspace: Workspace) -> None:
    workspace.write("subplans/SUBPLAN_MY-PLAN_21.md", "# SUBPLAN: X\n\n**Achievement**: 02.1\n")

    done = workspace.say("plan_lint", *PLAN)

    assert done.code == 1
    assert done.out.splitlines()[0].startswith("❌ Valid parallel.json: ")


def test_without_a_graph_the_plan_is_looked_at_alone(workspace: Workspace) -> None:
    (workspace.directory / "parallel.json").unlink()

    done = workspace.say("plan_lint", *PLAN)

    assert done.code == 0
    assert done.out.startswith("✅ Valid PLAN: work-space/plans/MY-PLAN/PLAN_MY-PLAN.md (no dependency graph")
    assert json.loads(workspace.say("plan_lint", *PLAN, "--json").out)["valid"] is True


def test_without_a_graph_the_dependencies_of_the_plan_are_looked_at(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.plan("1.1: A < 1.1", "1.2: B < 1.3", "1.3: C < 1.2, 7.7", "1.4: D < 1.3")

    done = site.say("plan_lint", *PLAN)

    file = "work-space/plans/MY-PLAN/PLAN_MY-PLAN.md"
    assert done.code == 1
    assert done.out.startswith(f"❌ Invalid PLAN: {file} (no dependency graph")
    assert [re.sub(r":\d+:", ":", line) for line in done.out.splitlines()[1:-1]] == [
        f"warning unknown-dependency {file}: dependency '7.7' of 1.3 not found, so 1.3 stays blocked",
        f"error circular {file}: circular dependency: 1.1 → 1.1",
        f"error circular {file}: circular dependency: 1.2 → 1.3 → 1.2",
    ]
    site.parallel(*(item(id_) for id_ in ("1.1", "1.2", "1.3", "1.4")))
    assert "circular" not in site.say("plan_lint", *PLAN).out


def test_of_very_many_rings_in_a_plan_the_first_are_told(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    ids = [f"1.{number}" for number in range(1, 10)]
    site.plan(*(f"{id_}: A < {', '.join(ids)}" for id_ in ids))

    lines = site.say("plan_lint", *PLAN).out.splitlines()

    assert sum(": circular dependency: " in line for line in lines) == 50
    assert lines[-2].endswith(f": more cycles in {{{', '.join(ids)}}}")


def flat(root: Path) -> Workspace:
    """ONE and TWO lie in one directory, with the graph of ONE."""
    plans = root / "work-space/plans"
    plans.mkdir(parents=True)
    for name in ("ONE", "TWO"):
        (plans / f"PLAN_{name}.md").write_text(f"# PLAN: {name}\n\n**Achievement 1.1**: A\n")
    graph = {"plan_name": "ONE", "parallelization_level": "level_3", "achievements": [item("1.1")]}
    (plans / "parallel.json").write_text(json.dumps(graph))
    return Workspace(root)


@pytest.mark.parametrize(
    "words",
    [
        ("plan_subplans",),
        ("plan_discover", "--parallel-level", "3"),
        ("plan_discover", "--parallel-level", "3", "--run"),
        ("plan_discover", "--parallel-level", "3", "--answer", "-", "--overwrite"),
    ],
)
def test_the_graph_of_a_neighbour_is_told_apart_and_stays(tmp_path: Path, words: tuple[str, ...]) -> None:
    site = flat(tmp_path)
    before = site.state()

    done = site.say(*words, "--plan", "@TWO", stdin="{}")

    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "error: the dependency graph in work-space/plans is that of ONE; a directory has one:"
        " move PLAN_TWO.md, with its subplans/ and execution/, to work-space/plans/TWO/\n"
    )
    assert site.state() == before


def test_beside_the_graph_of_a_neighbour_no_other_is_asked_for(tmp_path: Path) -> None:
    site = flat(tmp_path)

    advice = json.loads(site.say("plan_next", "--plan", "@TWO", "--json").out)

    assert advice["command"] == "batchexec plan_lint --plan @TWO"
    assert advice["text"] == (
        "Create the SUBPLAN of 1.1; first give the plan a directory of its own:"
        " the parallel.json beside it is of another plan"
    )
    assert site.say("plan_lint", "--plan", "@TWO").out.splitlines()[0] == (
        "✅ Valid PLAN: work-space/plans/PLAN_TWO.md"
        " (the dependency graph beside it is that of ONE; a directory has one)"
    )
    assert (
        site.say("plan_lint", "--plan", "@ONE").out
        == "✅ Valid parallel.json: work-space/plans/parallel.json\n"
    )


def test_a_directory_without_a_plan_is_listed_as_such(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.subplan("11")
    graph = Workspace(tmp_path, "GRAPH")
    graph.parallel(item("1.1"))

    first, second = json.loads(site.say("plan_list", "--json").out)["plans"]

    assert (first["state"], first["file"]) == ("unreadable", "work-space/plans/MY-PLAN")
    assert first["trouble"] == "error: No PLAN_*.md file found in work-space/plans/MY-PLAN"
    assert (second["state"], second["file"]) == ("ready", "work-space/plans/GRAPH")


def test_a_plan_no_file_can_be_named_after_is_to_be_renamed_first(tmp_path: Path) -> None:
    site = Workspace(tmp_path, "MY PLAN")
    site.plan("1.1: A")
    site.parallel(item("1.1"))

    advice = json.loads(site.say("plan_next", "--plan", "@MY PLAN", "--json").out)

    assert advice["command"] == "batchexec plan_lint --plan '@MY PLAN'"
    assert advice["text"] == (
        "Create the SUBPLAN of 1.1; first rename PLAN_MY PLAN.md, as in PLAN_MY-PLAN.md:"
        " no file can be named after it"
    )


def test_the_next_prompt_is_that_of_what_comes_first(varied: Workspace) -> None:
    varied.write("execution/feedbacks/FIX_23.md", "# FIX REQUIRED: Achievement 2.3\n\n## Summary\n\nAgain.\n")

    done = varied.say("plan_next", *PLAN)

    assert done.code == 0
    assert done.out.startswith("Carry out achievement 2.3 of the plan MY-PLAN: Lexer.\n")
    assert "## Changes wanted" in done.out
    assert done.err == "Fix 2.3: changes are wanted\n  batchexec plan_run --plan @MY-PLAN --ids 2.3\n"


@pytest.mark.parametrize(
    ("id_", "begins"),
    [
        ("2.1", "Carry out achievement 2.1 of the plan MY-PLAN: Parser.\n"),
        (
            "2.2",
            "Go on with achievement 2.2 of the plan MY-PLAN: Printer.\n\nIts EXECUTION_TASK is not there",
        ),
    ],
)
def test_the_prompt_goes_by_what_is_there(varied: Workspace, id_: str, begins: str) -> None:
    assert varied.say("plan_next", *PLAN, "--ids", id_).out.startswith(begins)


def test_the_prompt_for_new_documents_asks_to_fill_them(workspace: Workspace) -> None:
    workspace.subplan("21", "[TO BE FILLED: what for]")

    assert workspace.say("plan_next", *PLAN, "--ids", "2.1").out.startswith("# Fill 1 file of plan MY-PLAN\n")


def test_the_prompt_for_what_has_no_subplan_says_what_the_plan_says(workspace: Workspace) -> None:
    out = workspace.say("plan_next", *PLAN).out

    assert out.startswith(
        "Go on with achievement 2.1 of the plan MY-PLAN: Parser.\n\nIts SUBPLAN is not there yet."
    )
    assert "    batchexec plan_subplans --plan @MY-PLAN --ids 2.1\n" in out
    assert "```text\n- Dependencies: 1.1\n```" in out


@pytest.mark.parametrize("word", ["plan_next", "plan_fill", "plan_run"])
def test_blocked_ids_are_refused_by_the_names_of_their_blockers(workspace: Workspace, word: str) -> None:
    done = workspace.say(word, *PLAN, "--ids", "3.1")

    assert (done.code, done.out) == (3, "")
    assert "3.1 is blocked by 2.1, 2.2" in done.err


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        ("1.1", "error: 1.1 is complete; there is nothing to do about it\n"),
        ("01.1", "error: MY-PLAN has no achievement 01.1; write 1.1\n"),
        ("7.1", "error: MY-PLAN has no achievement 7.1; there are: 1.1, 1.2, 2.1, 2.2, 2.3, 3.1, 3.2\n"),
    ],
)
def test_there_is_no_prompt_for_what_cannot_be_worked_on(
    workspace: Workspace, id_: str, message: str
) -> None:
    done = workspace.say("plan_next", *PLAN, "--ids", id_)

    assert (done.code, done.out, done.err) == (3, "", message)


def test_the_next_step_is_told_to_programs(workspace: Workspace) -> None:
    document = json.loads(workspace.say("plan_next", *PLAN, "--json").out)

    assert document.pop("prompt").startswith("Go on with achievement 2.1")
    assert document == {
        "schema_version": 1,
        "step": "create_subplans",
        "ids": ["2.1", "2.2", "2.3"],
        "text": "Create the SUBPLAN of 2.1, 2.2, 2.3",
        "command": "batchexec plan_subplans --plan @MY-PLAN --ids 2.1,2.2,2.3",
        "prompt_ids": ["2.1"],
    }


def test_where_everything_is_blocked_there_is_no_prompt(workspace: Workspace) -> None:
    for number in ("21", "22", "23"):
        workspace.mark("SKIPPED", number)

    done = workspace.say("plan_next", *PLAN)

    assert done.code == 3
    assert done.out.startswith("Everything is blocked by 2.1, 2.2, 3.1; needs a decision: 3.1")


def test_reading_writes_nothing(varied: Workspace) -> None:
    before = varied.state()

    for word in ("plan_lint", "plan_status", "plan_graph", "plan_next"):
        assert varied.say(word, *PLAN).code == 0
    varied.say("plan_list")

    assert varied.state() == before


def test_what_a_plan_says_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.plan("1.1: Red \x1b[31m text")

    for words in (("plan_status", *PLAN), ("plan_graph", *PLAN), ("plan_next", *PLAN), ("plan_lint", *PLAN)):
        done = site.say(*words)
        assert "\x1b" not in done.out + done.err
