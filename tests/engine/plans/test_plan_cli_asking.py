"""Prompts that are printed, answers that are used, and executors that give them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from plan_bench import Workspace, item

if TYPE_CHECKING:
    from pathlib import Path

PLAN = ("--plan", "@MY-PLAN")
GRAPH = {
    "plan_name": "MY-PLAN",
    "parallelization_level": "level_3",
    "achievements": [
        item("1.1"),
        item("1.2"),
        item("2.1", "1.1"),
        item("2.2", "1.1"),
        item("2.3", "1.2"),
        item("3.1", "2.1", "2.2"),
        item("3.2", "3.1"),
    ],
}


@pytest.fixture
def unfilled(workspace: Workspace) -> Workspace:
    """2.1 and 2.2 have new SUBPLANs with places to fill."""
    assert workspace.say("plan_subplans", *PLAN, "--ids", "2.1,2.2", "--yes").code == 0
    return workspace


def answer_for(workspace: Workspace, *numbers: str) -> str:
    """Answer as the prompt asks to."""
    texts = []
    for number in numbers:
        path = workspace.directory / f"subplans/SUBPLAN_MY-PLAN_{number}.md"
        text = re.sub(r"\[TO BE FILLED[^]]*\]", "Known now.", path.read_text())
        texts.append(f"=== {path.name} ===\n{text}=== END ===\n")
    return "\n".join(texts)


def subplan(workspace: Workspace, number: str) -> str:
    return (workspace.directory / f"subplans/SUBPLAN_MY-PLAN_{number}.md").read_text()


def test_the_prompt_to_fill_goes_to_stdout(unfilled: Workspace) -> None:
    done = unfilled.say("plan_fill", *PLAN)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("# Fill 2 files of plan MY-PLAN\n")
    assert "=== SUBPLAN_MY-PLAN_21.md ===\n" in done.out


def test_the_prompt_to_fill_is_told_to_programs(unfilled: Workspace) -> None:
    document = json.loads(unfilled.say("plan_fill", *PLAN, "--ids", "2.2", "--json").out)

    assert document["prompt"].startswith("# Fill 1 file of plan MY-PLAN\n")
    assert [(one["id"], one["file"]) for one in document["files"]] == [
        ("2.2", "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_22.md")
    ]


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_where_nothing_is_left_to_fill_there_is_no_prompt(
    workspace: Workspace, flag: tuple[str, ...]
) -> None:
    done = workspace.say("plan_fill", *PLAN, *flag)

    assert done.code == 0
    if flag:
        assert json.loads(done.out) == {"schema_version": 1, "files": [], "prompt": None}
    else:
        assert done.out == "✅ Nothing is left to fill\n"


@pytest.mark.parametrize("from_stdin", [True, False])
def test_an_answer_is_put_in_its_places(unfilled: Workspace, from_stdin: bool) -> None:
    unfilled.say("plan_fill", *PLAN)
    answer = answer_for(unfilled, "21", "22")
    (unfilled.root / "answer.md").write_text(answer)

    done = unfilled.say("plan_fill", *PLAN, "--answer", "-" if from_stdin else "answer.md", stdin=answer)

    assert done.code == 0
    assert done.out == (
        "✅ Filled 2 files:\n"
        "  - work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_21.md\n"
        "  - work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_22.md\n"
    )
    assert "TO BE FILLED" not in subplan(unfilled, "21") + subplan(unfilled, "22")


def test_a_file_somebody_changed_since_it_was_asked_about_stays(unfilled: Workspace) -> None:
    unfilled.say("plan_fill", *PLAN)
    answer = answer_for(unfilled, "21", "22")
    path = unfilled.directory / "subplans/SUBPLAN_MY-PLAN_21.md"
    path.write_text(path.read_text() + "\nMine.\n")

    done = unfilled.say("plan_fill", *PLAN, "--answer", "-", "--json", stdin=answer)

    assert done.code == 1
    document = json.loads(done.out)
    assert [one["file"][-5:] for one in document["filled"]] == ["22.md"]
    assert document["errors"] == [
        {
            "file": "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_21.md",
            "message": "somebody changed it since it was asked about; ask again",
        }
    ]
    assert path.read_text().endswith("\nMine.\n")


def test_only_what_was_asked_for_is_filled(unfilled: Workspace) -> None:
    before = subplan(unfilled, "21")

    done = unfilled.say(
        "plan_fill", *PLAN, "--ids", "2.2", "--answer", "-", stdin=answer_for(unfilled, "21", "22")
    )

    assert done.code == 1
    assert "SUBPLAN_MY-PLAN_21.md was not asked for; it is left out\n" in done.out
    assert (subplan(unfilled, "21"), "TO BE FILLED" in subplan(unfilled, "22")) == (before, False)


def test_what_could_not_be_used_is_asked_for_again_with_the_same_ids(unfilled: Workspace) -> None:
    done = unfilled.say("plan_fill", *PLAN, "--ids", "2.2", "--answer", "-", stdin="Sorry.")

    assert done.code == 1
    assert done.out.splitlines()[-1] == "Next: batchexec plan_fill --plan @MY-PLAN --ids 2.2"


def test_what_was_filled_can_be_undone(unfilled: Workspace) -> None:
    before = unfilled.tree()
    unfilled.say("plan_fill", *PLAN, "--answer", "-", stdin=answer_for(unfilled, "21", "22"))

    done = unfilled.say("undo")

    assert done.code == 0
    assert "✅ Restored 2 files of run " in done.out
    assert unfilled.tree() == before


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (None, "error: the answer answer.md cannot be read; No such file or directory\n"),
        (b"\xff\xfe", "error: the answer answer.md is no text; save it as UTF-8\n"),
    ],
)
@pytest.mark.parametrize("word", [("plan_fill",), ("plan_discover", "--parallel-level", "3")])
def test_an_answer_that_cannot_be_read_is_a_usage_error(
    unfilled: Workspace, word: tuple[str, ...], write: bytes | None, message: str
) -> None:
    if write is not None:
        (unfilled.root / "answer.md").write_bytes(write)

    done = unfilled.say(*word, *PLAN, "--answer", "answer.md")

    assert (done.code, done.out, done.err) == (3, "", message)


def test_an_executor_fills(unfilled: Workspace) -> None:
    unfilled.scripted("plan_fill", answer_for(unfilled, "21", "22"))

    done = unfilled.say("plan_fill", *PLAN, "--run")

    assert done.code == 0
    assert done.err == "Asking for 2 files: SUBPLAN_MY-PLAN_21.md, SUBPLAN_MY-PLAN_22.md\n"
    assert done.out.startswith("✅ Filled 2 files:\n")
    assert "TO BE FILLED" not in subplan(unfilled, "21") + subplan(unfilled, "22")


def test_an_executor_fills_quietly(unfilled: Workspace) -> None:
    unfilled.scripted("plan_fill", answer_for(unfilled, "21", "22"))

    assert unfilled.say("plan_fill", *PLAN, "--run", "--quiet").err == ""


def test_an_answer_of_an_executor_that_is_of_no_use_is_kept(unfilled: Workspace) -> None:
    unfilled.scripted("plan_fill", answer_for(unfilled, "21"))

    done = unfilled.say("plan_fill", *PLAN, "--run", "--quiet")

    assert done.code == 1
    kept = done.err.removeprefix("The answer is kept in ").strip()
    assert "=== SUBPLAN_MY-PLAN_21.md ===" in (unfilled.root / kept).read_text()


@pytest.mark.parametrize(
    ("answer", "more", "message"),
    [
        ("", {"log": "Hm."}, "error: scripted gave no answer: it wrote no answer.md\n"),
        ("", {"status": "failed", "error": "no idea"}, "error: scripted gave no answer: no idea\n"),
        ("half", {"status": "timeout", "error": "too slow"}, "error: scripted gave no answer: too slow\n"),
    ],
)
@pytest.mark.parametrize("word", [("plan_fill",), ("plan_discover", "--parallel-level", "3", "--overwrite")])
def test_an_executor_without_an_answer_is_an_error_and_changes_nothing(
    unfilled: Workspace, word: tuple[str, ...], answer: str, more: dict[str, str], message: str
) -> None:
    unfilled.scripted(word[0], answer, **more)
    before = unfilled.tree()

    done = unfilled.say(*word, *PLAN, "--run", "--quiet")

    assert (done.code, done.out, done.err) == (1, "", message)
    assert unfilled.tree() == before


def test_the_next_executor_is_asked_where_one_has_no_answer(unfilled: Workspace) -> None:
    unfilled.scripted("plan_fill", answer_for(unfilled, "21", "22"))
    (unfilled.root / "empty.yaml").write_text("tasks: {}\n")
    (unfilled.root / "batchexec.yaml").write_text(
        "executor: [silent, apply, scripted]\nexecutors:\n"
        "  silent: {kind: replay, script: empty.yaml}\n  scripted: {kind: replay, script: script.yaml}\n"
    )

    done = unfilled.say("plan_fill", *PLAN, "--run", "--quiet")

    assert done.code == 0
    assert done.err.startswith("error: silent gave no answer: empty.yaml has no answer for plan_fill:MY-PLAN")


@pytest.mark.parametrize("word", [("plan_fill",), ("plan_discover", "--parallel-level", "3", "--overwrite")])
def test_apply_answers_no_questions(unfilled: Workspace, word: tuple[str, ...]) -> None:
    done = unfilled.say(*word, *PLAN, "--run")

    assert (done.code, done.out) == (3, "")
    assert "name another one with `executor:` in batchexec.yaml" in done.err


def test_an_executor_that_cannot_work_here_is_refused_before_it_is_asked(unfilled: Workspace) -> None:
    (unfilled.root / "batchexec.yaml").write_text(
        "executor: mine\nexecutors:\n  mine: {kind: agent, command: [no-such-program]}\n"
    )

    done = unfilled.say("plan_fill", *PLAN, "--run")

    assert done.code == 3
    assert "batchexec.yaml:3: error: executor mine: " in done.err


@pytest.mark.parametrize(
    ("words", "first", "headings"),
    [
        (
            ("--parallel-level", "1", "--achievement", "2.1"),
            "Analyze @PLAN_MY-PLAN.md and split achievement 2.1",
            ["2.1"],
        ),
        (
            ("--parallel-level", "2", "--priority", "2"),
            "Analyze @PLAN_MY-PLAN.md and find out which achievements of priority 2",
            ["2.1", "2.2", "2.3"],
        ),
        (
            ("--parallel-level", "3"),
            "Analyze @PLAN_MY-PLAN.md and find out which of its achievements",
            ["1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "3.2"],
        ),
    ],
)
def test_the_prompt_to_discover_goes_to_stdout(
    workspace: Workspace, words: tuple[str, ...], first: str, headings: list[str]
) -> None:
    done = workspace.say("plan_discover", *PLAN, *words)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(first)
    assert re.findall(r"^### Achievement (\S+):", done.out, re.MULTILINE) == headings
    assert json.loads(workspace.say("plan_discover", *PLAN, *words, "--json").out)["prompt"] == done.out


def test_the_template_of_a_prompt_is_an_answer(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.directory / "parallel.json").unlink()
    prompt = workspace.say("plan_discover", *PLAN, "--parallel-level", "3").out
    template = prompt.partition("```json\n")[2].partition("```")[0]

    done = workspace.say("plan_discover", *PLAN, "--parallel-level", "3", "--answer", "-", stdin=template)

    assert (done.code, done.out) == (
        0,
        "✅ Saved work-space/plans/MY-PLAN/parallel.json\nNext: batchexec plan_subplans --plan @MY-PLAN\n",
    )
    assert workspace.say("plan_lint", *PLAN, "--strict").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--parallel-level", "1"), "level 1 needs --achievement; give it the id of an achievement"),
        (("--parallel-level", "2"), "level 2 needs --priority; give it the number of a priority"),
        (
            ("--parallel-level", "3", "--priority", "1"),
            "level 3 takes no --priority; it is about the whole plan",
        ),
        (
            ("--parallel-level", "1", "--achievement", "2.1", "--priority", "1"),
            "level 1 takes no --priority; it takes --achievement",
        ),
        (
            ("--parallel-level", "1", "--achievement", "9.9"),
            "no achievement 9.9; there are: 1.1, 1.2, 2.1, 2.2, 2.3, 3.1, 3.2",
        ),
        (("--parallel-level", "2", "--priority", "9"), "no priority 9; there are: 1, 2, 3"),
    ],
)
def test_what_is_missing_or_unknown_is_a_usage_error(
    workspace: Workspace, words: tuple[str, ...], message: str
) -> None:
    done = workspace.say("plan_discover", *PLAN, *words)

    assert (done.code, done.out, done.err) == (3, "", f"error: {message}\n")


@pytest.mark.parametrize("words", [(), ("--parallel-level", "4"), ("--parallel-level", "x")])
def test_there_are_three_levels(workspace: Workspace, words: tuple[str, ...]) -> None:
    assert workspace.say("plan_discover", *PLAN, *words).code == 3


WRONG = GRAPH | {"achievements": [item("1.1", "1.1"), item("9.9")]}


def test_an_answer_with_errors_is_not_saved_and_all_of_them_are_told(workspace: Workspace) -> None:
    (workspace.directory / "parallel.json").unlink()
    before = workspace.tree()

    done = workspace.say(
        "plan_discover", *PLAN, "--parallel-level", "3", "--answer", "-", stdin=json.dumps(WRONG)
    )

    assert (done.code, done.out) == (1, "")
    assert "error J12 " in done.err
    assert "error W31 " in done.err
    kept = re.search(r"the answer is kept in (.*)", done.err)
    assert kept
    assert json.loads((workspace.root / kept[1]).read_text()) == WRONG
    assert workspace.tree() == before


def test_errors_of_an_answer_are_told_to_programs(workspace: Workspace) -> None:
    done = workspace.say(
        "plan_discover", *PLAN, "--parallel-level", "3", "--overwrite", "--json", "--answer", "-",
        stdin=json.dumps(WRONG),
    )  # fmt: skip

    document = json.loads(done.out)
    assert (done.code, document["path"]) == (1, None)
    assert {one["code"] for one in document["errors"]} == {"J12", "W31"}
    assert all(one["line"] for one in document["errors"])


def test_what_is_there_is_replaced_only_if_that_is_said_and_can_be_undone(workspace: Workspace) -> None:
    before = workspace.tree()
    words = ("plan_discover", *PLAN, "--parallel-level", "3", "--answer", "-")
    text = f"Here it is:\n\n```json\n{json.dumps(GRAPH)}\n```\n"

    refused = workspace.say(*words, stdin=text)
    assert refused.code == 3
    assert "parallel.json is there already; give --overwrite to replace it" in refused.err
    assert workspace.tree() == before
    assert workspace.say(*words, "--overwrite", stdin=text).code == 0
    assert (workspace.directory / "parallel.json").read_text() == f"{json.dumps(GRAPH, indent=2)}\n"
    assert workspace.say("undo").code == 0
    assert workspace.tree() == before


def test_an_executor_discovers(workspace: Workspace) -> None:
    (workspace.directory / "parallel.json").unlink()
    workspace.scripted("plan_discover", json.dumps(GRAPH))

    done = workspace.say("plan_discover", *PLAN, "--parallel-level", "3", "--run")

    assert (done.code, done.err) == (0, "Asking what of MY-PLAN can be done in parallel\n")
    assert json.loads((workspace.directory / "parallel.json").read_text()) == GRAPH


def test_nobody_is_asked_for_what_would_not_be_saved(workspace: Workspace) -> None:
    workspace.scripted("plan_discover", json.dumps(GRAPH))
    (workspace.root / "script.yaml").write_text(
        f"calls: calls.txt\n{(workspace.root / 'script.yaml').read_text()}"
    )

    done = workspace.say("plan_discover", *PLAN, "--parallel-level", "3", "--run")

    assert done.code == 3
    assert not (workspace.root / "calls.txt").exists()


def test_an_agent_is_told_where_its_answer_goes_and_where_the_project_is(unfilled: Workspace) -> None:
    script = 'cat > "$SEEN"; cp "$ANSWER" answer.md'
    (unfilled.root / "agent.sh").write_text(f"#!/bin/sh\n{script}\n")
    (unfilled.root / "agent.sh").chmod(0o755)
    (unfilled.root / "given.md").write_text(answer_for(unfilled, "21", "22"))
    (unfilled.root / "batchexec.yaml").write_text(
        "executor: mine\nexecutors:\n  mine:\n    kind: agent\n    command: [./agent.sh]\n    environment:\n"
        f"      SEEN: {unfilled.root}/seen.txt\n      ANSWER: {unfilled.root}/given.md\n"
    )

    done = unfilled.say("plan_fill", *PLAN, "--run", "--quiet")

    assert (done.code, done.err) == (0, "")
    seen = (unfilled.root / "seen.txt").read_text()
    assert "into the file `answer.md` in the directory you are in." in seen
    assert f"The project lies in {unfilled.root}." in seen
    assert "TO BE FILLED" not in subplan(unfilled, "21")
