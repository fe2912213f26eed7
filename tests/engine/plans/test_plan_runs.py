"""EXECUTION_TASKs as tasks of a run: which may be carried out, what judges them, and what comes of it."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from plan_run_bench import PLAN

if TYPE_CHECKING:
    from plan_run_bench import PlanRun

WRITES = 'default: {files: {"out/{id}.txt": "done\\n"}}\n'


def test_what_is_ready_is_carried_out_by_the_executor(plan: PlanRun) -> None:
    plan.achieve({"1.1": (), "1.2": (), "2.1": ("1.1",)})
    for id_ in ("1.1", "1.2"):
        plan.sheet(id_, "test -f out/MY-PLAN:" + id_ + ".txt")
    plan.answers(WRITES)

    done = plan.doit("plan_run:MY-PLAN")

    assert done.code == 0, done.err
    assert plan.attempts == [("MY-PLAN:1.1", "passed"), ("MY-PLAN:1.2", "passed")]
    assert plan.read("out/MY-PLAN:1.1.txt") == "done\n"


def test_no_task_of_a_plan_runs_unless_it_is_named(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.answers(WRITES)

    done = plan.doit()

    assert done.code == 3
    assert not (plan.root / "out").exists()


def test_what_passed_and_did_not_change_is_up_to_date(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "test -d out")
    plan.answers(WRITES)

    plan.doit("plan_run:MY-PLAN:1.1")
    plan.doit("plan_run:MY-PLAN:1.1")
    plan.sheet("1.1", "test -d out # and more")
    plan.doit("plan_run:MY-PLAN:1.1")

    assert len(plan.attempts) == 2


def test_a_gate_that_fails_keeps_the_work_out_of_the_tree(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "echo what is wrong; false")
    plan.answers(WRITES, attempts=1)

    done = plan.doit("plan_run:MY-PLAN:1.1")

    assert done.code == 1
    assert "gate 1 (echo what is wrong; false) failed: exit status 1" in done.out
    assert "what is wrong" in plan.told[0]
    assert not (plan.root / "out").exists()
    assert len(plan.kept) == 1


def test_gates_are_run_where_the_attempt_works(plan: PlanRun) -> None:
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet(
        "1.1", f"pwd > /dev/null; cd {plan.root} && test -f out/MY-PLAN:1.1.txt && pwd | grep worktrees"
    )
    plan.sheet("1.2", "true")
    plan.answers(WRITES, attempts=1)

    done = plan.doit("-n", "2", "plan_run:MY-PLAN")

    assert done.code == 0, done.out


def test_without_a_test_section_that_of_the_subplan_judges(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.subplan("1.1", tests="test -f never")
    plan.sheet("1.1")
    plan.answers(WRITES, attempts=1)

    assert plan.doit("plan_run:MY-PLAN:1.1").code == 1
    assert plan.attempts == [("MY-PLAN:1.1", "needs_work")]


def test_without_any_gate_it_passes_and_says_that_nothing_verified_it(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1")
    plan.answers(WRITES)

    done = plan.doit("plan_run:MY-PLAN:1.1")

    assert done.code == 0
    assert done.out.count("nothing verified it: no gate passed") == 1


def test_without_any_gate_nothing_done_is_a_failure(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1")
    plan.answers("default: {files: {}}\n")

    done = plan.doit("plan_run:MY-PLAN:1.1")

    assert done.code == 1
    assert "no changes were made" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("plan_run:MY-PLAN:2.1", "MY-PLAN 2.1 is blocked by 1.1; see batchexec plan_status --plan @MY-PLAN"),
        (
            "plan_run:MY-PLAN:1.2",
            "MY-PLAN 1.2 has no EXECUTION_TASK; first batchexec plan_subplans --plan @MY-PLAN --ids",
        ),
        ("plan_run:MY-PLAN:9.9", "MY-PLAN has no achievement 9.9; there are: 1.1, 1.2, 1.3, 2.1"),
        ("plan_run:MY-PLAN:1.3", "MY-PLAN 1.3 is complete: there is nothing to carry out"),
        ("plan_run", "plan_run: this names no plan; it is said as plan_run:MY-PLAN, or plan_run:MY-PLAN:1.2"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_before_anything_starts(
    plan: PlanRun, words: str, said: str
) -> None:
    plan.achieve({"1.1": (), "1.2": (), "1.3": (), "2.1": ("1.1",)})
    for id_ in ("1.1", "1.3", "2.1"):
        plan.sheet(id_, "true")
    plan.mark("APPROVED", "1.3")
    plan.answers(WRITES)
    before = plan.tree()

    done = plan.doit(words)

    assert done.code == 3
    assert said in done.err
    assert plan.tree() == before


def test_a_graph_with_errors_stops_the_run(plan: PlanRun) -> None:
    plan.achieve({"1.1": ("1.1",)})
    plan.sheet("1.1", "true")
    plan.answers(WRITES)

    done = plan.doit("plan_run:MY-PLAN")

    assert done.code == 3
    assert "❌ Invalid parallel.json: " in done.err


def test_what_a_fix_wants_stands_in_the_prompt(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.mark(
        "FIX",
        "1.1",
        "# FIX REQUIRED: Achievement 1.1\n\n## Summary\n\nUse tabs.\n\n## Next Steps\n\nIndent.\n",
    )
    plan.answers(WRITES)

    done = plan.batchexec("plan_run", "--plan", "@MY-PLAN", "--ids", "1.1", "--prompts-only")

    assert done.code == 0, done.err
    assert done.out.startswith(
        "=== EXECUTION_TASK_MY-PLAN_11_01.md ===\nCarry out achievement 1.1 of the plan MY-PLAN"
    )
    assert "Use tabs." in done.out
    assert "Indent." in done.out
    assert "Do 1.1." in done.out


def test_nothing_is_approved_by_itself(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.answers(WRITES)

    plan.doit("plan_run:MY-PLAN:1.1")

    assert not plan.is_approved("1.1")


@pytest.mark.parametrize(("command", "approved"), [("true", True), ("", False)])
def test_gates_approve_where_they_are_told_to_and_one_passed(
    plan: PlanRun, command: str, *, approved: bool
) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", command)
    plan.answers(WRITES, approve="gates")

    assert plan.doit("plan_run:MY-PLAN:1.1").code == 0
    assert plan.is_approved("1.1") == approved


def test_each_sub_execution_is_a_task_that_waits_for_those_it_depends_on(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    graph = json.loads(plan.read(f"{PLAN}/parallel.json"))
    graph["parallelization_level"] = "level_1"
    graph["achievements"][0]["sub_executions"] = [
        {"execution_id": "1.1.1", "dependencies": ["1.1.2"]},
        {"execution_id": "1.1.2", "dependencies": []},
    ]
    plan.write(f"{PLAN}/parallel.json", json.dumps(graph))
    plan.sheet("1.1", "true", 1)
    plan.sheet("1.1", "true", 2)
    plan.answers(WRITES, approve="gates")

    done = plan.doit("plan_run:MY-PLAN:1.1")

    assert done.code == 0, done.err
    assert plan.attempts == [("MY-PLAN:1.1:02", "passed"), ("MY-PLAN:1.1:01", "passed")]
    assert plan.is_approved("1.1")


def test_an_achievement_is_approved_only_when_all_of_its_sub_executions_passed(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    graph = json.loads(plan.read(f"{PLAN}/parallel.json"))
    graph["parallelization_level"] = "level_1"
    graph["achievements"][0]["sub_executions"] = [
        {"execution_id": f"1.1.{number}", "dependencies": []} for number in (1, 2)
    ]
    plan.write(f"{PLAN}/parallel.json", json.dumps(graph))
    plan.sheet("1.1", "true", 1)
    plan.sheet("1.1", "false", 2)
    plan.answers(WRITES, approve="gates", attempts=1)

    assert plan.doit("plan_run:MY-PLAN:1.1").code == 1
    assert not plan.is_approved("1.1")


def test_of_several_executions_the_newest_is_carried_out(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "false", 1)
    plan.sheet("1.1", "true", 2)
    plan.answers(WRITES, attempts=1)

    assert plan.doit("plan_run:MY-PLAN:1.1").code == 0
    assert plan.attempts == [("MY-PLAN:1.1", "passed")]


def test_the_plan_of_a_run_names_each_task(plan: PlanRun) -> None:
    plan.achieve({"1.10": (), "1.2": ()})
    plan.sheet("1.2", "true")
    plan.write(
        f"{PLAN}/execution/EXECUTION_TASK_MY-PLAN_1-10_01.md",
        "# EXECUTION_TASK: Achievement 1.10 - Ten\n\n**Achievement**: 1.10\n",
    )
    plan.answers(WRITES)

    rows = plan.plan("plan_run:MY-PLAN")

    assert [row["name"] for row in rows.values()] == ["plan_run:MY-PLAN:1.2", "plan_run:MY-PLAN:1.10"]
    assert [row["category"] for row in rows.values()] == ["MY-PLAN", "MY-PLAN"]


def test_the_word_runs_all_that_is_ready(plan: PlanRun) -> None:
    plan.achieve({"1.1": (), "1.2": (), "2.1": ("1.1",)})
    for id_ in ("1.1", "1.2", "2.1"):
        plan.sheet(id_, "true")
    plan.answers(WRITES)

    done = plan.batchexec("plan_run", "--plan", "@MY-PLAN", "--ids", "all", "-n", "2")

    assert done.code == 0, done.err
    assert sorted(plan.attempts) == [("MY-PLAN:1.1", "passed"), ("MY-PLAN:1.2", "passed")]


def test_with_commit_each_achievement_gets_a_commit(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.answers(WRITES, commit="task")

    assert plan.doit("plan_run:MY-PLAN:1.1").code == 0
    assert plan.subjects[0] == "MY-PLAN:1.1: Title of 1.1"


VERDICTS = [
    "execution/feedbacks/APPROVED_11.md",
    "execution/feedbacks/APPROVED_12.md",
    "execution/feedbacks/FIX_12.md",
    "execution/SKIPPED_12.md",
]


@pytest.mark.parametrize("slots", ["1", "2"])
@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("ignored", [False, True], ids=["tracked", "ignored"])
def test_nobody_who_carries_a_plan_out_may_judge_it(
    plan: PlanRun, name: str, slots: str, *, ignored: bool
) -> None:
    if ignored and slots == "2":
        pytest.skip("what git ignores is not in worktrees")
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet("1.1", "true")
    if ignored:
        plan.write(".gitignore", plan.read(".gitignore") + "work-space/\n")
    plan.answers(f'default: {{files: {{"out.txt": "x", "{PLAN}/{name}": "Fine."}}}}\n', attempts=1)

    done = plan.doit("-n", slots, "plan_run:MY-PLAN:1.1")

    assert done.code == 1
    assert f"it changed {PLAN}/{name}, which is protected; that was taken back" in done.out
    assert not (plan.root / PLAN / name).exists()


def test_a_fix_is_not_taken_away_by_who_is_to_answer_it(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.mark("FIX", "1.1", "# FIX REQUIRED: Achievement 1.1\n")
    fix, answer = (f"{PLAN}/execution/feedbacks/FIX_11{end}.md" for end in ("", "_RESOLUTION"))
    plan.answers(f'default: {{files: {{"out.txt": "x"}}, delete: ["{fix}"]}}\n', attempts=1)

    assert plan.doit("plan_run:MY-PLAN:1.1").code == 1
    assert (plan.root / fix).exists()
    plan.answers(f'default: {{files: {{"{answer}": "Done."}}}}\n')
    assert plan.doit("plan_run:MY-PLAN:1.1").code == 0
    assert plan.read(answer) == "Done."


def test_what_a_person_approves_meanwhile_stays(plan: PlanRun) -> None:
    plan.achieve({"1.1": (), "1.2": ()})
    plan.sheet("1.1", "true")
    plan.sheet("1.2", "true")
    word = f"cd {plan.root} && {sys.executable} -m batchexec plan_approve --plan @MY-PLAN --ids 1.2"
    plan.write("agent.sh", f"#!/bin/sh\n{word} > /dev/null\necho x > out.txt\n")
    (plan.root / "agent.sh").chmod(0o755)
    plan.answers("")
    plan.write(
        "batchexec.yaml",
        "executor: agent\nexecutors:\n  agent: {kind: agent, command: [./agent.sh]}\nattempts: 1\n",
    )
    plan.commit()

    done = plan.doit("-n", "1", "plan_run:MY-PLAN:1.1")

    assert done.code == 0, done.out
    assert plan.is_approved("1.2")


def test_plans_of_one_name_are_told_apart_by_their_places(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    shutil.copytree(plan.root / PLAN, plan.root / "work-space/plans/later/MY-PLAN")
    plan.answers('default: {files: {"out.txt": "x"}}\n', approve="gates")

    refused = plan.doit("plan_run:MY-PLAN")
    assert (refused.code, "MY-PLAN is the name of several plans" in refused.err) == (3, True)
    assert "say ./MY-PLAN, later/MY-PLAN" in refused.err
    path = "work-space/plans/later/MY-PLAN"
    done = plan.batchexec("plan_run", "--plan", path, "-n", "2")

    assert done.code == 0, done.err
    assert (plan.root / path / "execution/feedbacks/APPROVED_11.md").exists()
    assert not plan.is_approved("1.1")
    assert plan.statuses("plan_run:./MY-PLAN") == {"./MY-PLAN:1.1": "run"}
    assert plan.doit("plan_run:./MY-PLAN:1.1").code == 0
    assert plan.is_approved("1.1")


def test_plans_of_one_name_are_judged_apart(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    shutil.copytree(plan.root / PLAN, plan.root / "work-space/plans/later/MY-PLAN")
    plan.answers('default: {files: {"out.txt": "x"}}\n')
    plan.doit("plan_run:later/MY-PLAN")

    passed = {
        path: "awaiting approval" in plan.batchexec("plan_status", "--plan", path).out
        for path in (PLAN, "work-space/plans/later/MY-PLAN")
    }

    assert passed == {PLAN: False, "work-space/plans/later/MY-PLAN": True}


def test_a_run_may_be_told_to_take_the_tree_as_it_is(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.answers(WRITES)
    plan.write("script.yaml", WRITES + "# and more\n")
    words = ("plan_run", "--plan", "@MY-PLAN", "-n", "2")

    refused = plan.batchexec(*words)

    assert (refused.code, "let --allow-dirty take the tree as it is" in refused.err) == (3, True)
    assert plan.batchexec(*words, "--allow-dirty").code == 0


def test_prompts_are_made_by_the_templates_of_the_project(plan: PlanRun) -> None:
    plan.achieve({"1.1": ()})
    plan.sheet("1.1", "true")
    plan.write("own/plan_prompt.md.j2", "Please do {{ id }}.\n")
    plan.answers(WRITES, templates="own")

    done = plan.batchexec("plan_run", "--plan", "@MY-PLAN", "--prompts-only")

    assert done.out == "=== EXECUTION_TASK_MY-PLAN_11_01.md ===\nPlease do 1.1.\n\n"
