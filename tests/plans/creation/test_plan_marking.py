from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plans.creation.conftest import TODAY

from batchexec.errors import SelectionError
from batchexec.plans import PlanStatus, load
from batchexec.plans.creation.marking import Marked, approve, fix, skip
from batchexec.sources.plan import read_fix

if TYPE_CHECKING:
    from collections.abc import Callable

    from plans.creation.conftest import Project

WORDS: dict[str, Callable[..., Marked]] = {"approve": approve, "fix": fix, "skip": skip}


def mark(project: Project, word: str, id_: str = "1.1", text: str = "Because.") -> Marked:
    return WORDS[word](project.load(), id_, text, project.journal, TODAY)


@pytest.mark.parametrize(
    ("word", "path", "status"),
    [
        ("approve", "execution/feedbacks/APPROVED_11.md", PlanStatus.COMPLETE),
        ("fix", "execution/feedbacks/FIX_11.md", PlanStatus.FAILED),
        ("skip", "execution/SKIPPED_11.md", PlanStatus.SKIPPED),
    ],
)
def test_a_marker_makes_the_status_and_undo_takes_it_away(
    project: Project, word: str, path: str, status: PlanStatus
) -> None:
    project.execution("11")
    before = project.tree()

    marked = mark(project, word)

    assert marked == Marked(
        id="1.1", status=status, path=f"work-space/plans/MY-PLAN/{path}", run_id=marked.run_id
    )
    assert project.load().standing.statuses["1.1"] is status
    assert project.journal.undo(marked.run_id).removed == (marked.path,)
    assert project.tree() == before


@pytest.mark.parametrize("word", ["approve", "fix"])
@pytest.mark.parametrize("has_subplan", [False, True])
def test_without_an_execution_there_is_nothing_to_judge(
    project: Project, word: str, has_subplan: bool
) -> None:
    if has_subplan:
        project.subplan("1.1")
    before = project.tree()

    with pytest.raises(SelectionError) as caught:
        mark(project, word)

    assert str(caught.value) == (
        "error: 1.1 has no EXECUTION_TASK, so there is nothing to judge; "
        f"first batchexec {'plan_executions' if has_subplan else 'plan_subplans'} --plan @MY-PLAN --ids 1.1"
    )
    assert project.tree() == before


@pytest.mark.parametrize(
    ("there", "word", "message"),
    [
        ("feedbacks/APPROVED_11.md", "approve", "1.1 is complete and cannot be approved"),
        ("feedbacks/APPROVED_11.md", "fix", "1.1 is complete and cannot be sent back"),
        ("feedbacks/APPROVED_11.md", "skip", "1.1 is complete and cannot be skipped"),
        ("SKIPPED_11.md", "approve", "1.1 is skipped and cannot be approved"),
        ("SKIPPED_11.md", "skip", "1.1 is skipped and cannot be skipped"),
    ],
)
def test_a_status_that_cannot_follow_is_refused(
    project: Project, there: str, word: str, message: str
) -> None:
    project.execution("11")
    project.write(f"execution/{there}", "# X: Achievement 1.1\n")

    with pytest.raises(SelectionError) as caught:
        mark(project, word)

    assert str(caught.value) == f"error: {message}; work-space/plans/MY-PLAN/execution/{there} says so"


def test_a_fix_that_nothing_has_answered_is_not_replaced(project: Project) -> None:
    project.execution("11")
    mark(project, "fix")
    before = project.tree()

    with pytest.raises(SelectionError) as caught:
        mark(project, "fix", text="Something else.")

    file = "work-space/plans/MY-PLAN/execution/feedbacks/FIX_11.md"
    assert str(caught.value) == (
        f"error: 1.1 is failed: nothing has passed since {file} asked for changes; first batchexec plan_run"
        " --plan @MY-PLAN --ids 1.1, or write into that file what else is wanted"
    )
    assert project.tree() == before


@pytest.mark.parametrize("name", ["FIX_11.md", "FIX_1-1.md"])
def test_a_fix_that_an_attempt_has_answered_makes_room_for_the_next(project: Project, name: str) -> None:
    project.execution("11")
    file = project.write(f"execution/feedbacks/{name}", "# FIX REQUIRED: Achievement 1.1\n\nOld.\n")
    before = project.tree()
    loaded = load(project.root, "@MY-PLAN", passed=["1.1"])

    marked = fix(loaded, "1.1", "New.", project.journal, TODAY)

    assert marked.path.endswith(name)
    assert read_fix(file).summary == "New."
    assert "Old." not in file.read_text()
    assert project.journal.undo(marked.run_id).restored == (marked.path,)
    assert project.tree() == before


def test_a_fix_that_is_gone_at_this_moment_is_not_replaced(project: Project) -> None:
    project.execution("11")
    mark(project, "fix")
    loaded = load(project.root, "@MY-PLAN", passed=["1.1"])
    (project.plan / "execution/feedbacks/FIX_11.md").unlink()

    with pytest.raises(SelectionError, match=r"FIX_11\.md changed at this moment"):
        fix(loaded, "1.1", "New.", project.journal, TODAY)


@pytest.mark.parametrize("word", ["approve", "skip"])
def test_what_failed_can_be_approved_or_skipped(project: Project, word: str) -> None:
    project.execution("11")
    mark(project, "fix")

    mark(project, word)

    assert project.load().standing.statuses["1.1"] is mark_status(word)


def mark_status(word: str) -> PlanStatus:
    return PlanStatus.COMPLETE if word == "approve" else PlanStatus.SKIPPED


@pytest.mark.parametrize(("id_", "hint"), [("7.7", "there are: 1.1, 1.2, 2.1, 2.12"), ("01.1", "write 1.1")])
def test_an_unknown_id_is_refused(project: Project, id_: str, hint: str) -> None:
    with pytest.raises(SelectionError) as caught:
        mark(project, "skip", id_)

    assert str(caught.value) == f"error: MY-PLAN has no achievement {id_}; {hint}"


def test_a_fix_is_read_back_for_the_next_prompt(project: Project) -> None:
    project.execution("11")
    mark(project, "fix", text="Too slow.\n\n## Where\n\nIn the loop.")

    found = read_fix(project.plan / "execution" / "feedbacks" / "FIX_11.md")

    assert found.id == "1.1"
    assert found.summary == "Too slow.\n\n### Where\n\nIn the loop."
    assert found.next_steps


DOCUMENT = """\
# FIX REQUIRED: Achievement 9.9

**Plan**: OTHER

Seen on Monday.

## 📋 Summary

Too slow.

### Where

In the loop.

## Evidence

```
## Next Steps
```

## Issues Found

1. The loop.

## Next Steps

- Take it out.
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_fix_that_comes_with_sections_of_its_own_keeps_them(project: Project, newline: str) -> None:
    project.execution("11")
    mark(project, "fix", text=DOCUMENT.replace("\n", newline))

    found = read_fix(project.plan / "execution" / "feedbacks" / "FIX_11.md")

    assert (found.id, found.issues, found.next_steps) == ("1.1", "1. The loop.", "- Take it out.")
    assert found.summary == (
        "Seen on Monday.\n\n\nToo slow.\n\n#### Where\n\nIn the loop.\n\n### Evidence\n\n"
        "```\n## Next Steps\n```"
    )
    text = project.read("execution/feedbacks/FIX_11.md")
    assert "OTHER" not in text
    assert "9.9" not in text
    assert "\r" not in text


def test_a_fix_of_issues_alone_says_where_to_look(project: Project) -> None:
    project.execution("11")
    mark(project, "fix", text="## Issues Found\n\nThe loop.\n")

    found = read_fix(project.plan / "execution" / "feedbacks" / "FIX_11.md")

    assert (found.summary, found.issues) == ("See the issues and the next steps.", "The loop.")


def test_a_fix_has_to_say_what_is_wanted(project: Project) -> None:
    project.execution("11")

    with pytest.raises(SelectionError) as caught:
        mark(project, "fix", text=" \n")

    assert str(caught.value) == "error: nothing says what is to be changed about 1.1; write it down"


def test_an_approval_needs_no_words(project: Project) -> None:
    project.execution("11")
    mark(project, "approve", text="")

    assert project.read("execution/feedbacks/APPROVED_11.md") == (
        "# APPROVED: Achievement 1.1\n\n**PLAN**: MY-PLAN\n**Achievement**: 1.1 (Parser)\n"
        "**Date**: 2026-11-21\n\n## Summary\n\nAccepted.\n"
    )


def test_a_marker_of_another_plan_is_not_written_over(project: Project) -> None:
    plans = project.plan.parent
    for name in ("PLAN_MY-PLAN.md", "parallel.json"):
        (project.plan / name).rename(plans / name)
    project.plan.rmdir()
    shared = project.root / "work-space" / "execution"
    shared.mkdir()
    (shared / "SKIPPED_11.md").write_text("# SKIPPED: Achievement 1.1\n\n**PLAN**: OTHER\n")

    with pytest.raises(SelectionError) as caught:
        mark(project, "skip")

    assert str(caught.value) == (
        "error: work-space/execution/SKIPPED_11.md is there already; "
        "read it, and move it away if it is of another plan"
    )
