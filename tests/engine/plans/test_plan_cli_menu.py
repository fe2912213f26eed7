"""The menu does what it shows, at a terminal."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest
from plan_bench import Session, Workspace

from batchexec.plans.menu import INVALID

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAN = ("--plan", "@MY-PLAN")
HEADER = "🔀 Parallel Execution Menu"


@pytest.fixture
def varied(workspace: Workspace) -> Workspace:
    """A plan where every entry is of use: 2.1 can be run, 2.2 has a SUBPLAN, of 2.3 there is nothing."""
    workspace.subplan("21")
    workspace.execution("21", "[TO BE FILLED]")
    workspace.subplan("22")
    return workspace


def chosen(workspace: Workspace, *answers: str) -> tuple[str, int]:
    """Choose from the menu; returns what was shown after the first choice, and how it ended."""
    with Session(workspace, "plan_menu", *PLAN) as session:
        for answer in answers:
            session.until("\n> ")
            session.type(answer)
        code = session.end()
        return session.shown.partition("\n> ")[2], code


def test_the_menu_shows_all_entries_and_the_next_step(varied: Workspace) -> None:
    with Session(varied, "plan_menu", *PLAN) as session:
        shown = session.until("\n> ")

    assert shown.strip().splitlines() == [
        HEADER,
        "  1. Batch Create SUBPLANs",
        "  2. Batch Create EXECUTIONs (create SUBPLANs first: 2.3)",
        "  3. Run Parallel Executions",
        "  4. View Dependency Graph",
        "  5. Back to Main Menu",
        "  6. Status",
        "  7. Prompt for next",
        "  8. Fill 1 placeholder",
        "Run 2.1",
        "  batchexec plan_run --plan @MY-PLAN --ids 2.1",
        ">",
    ]


@pytest.mark.parametrize("answer", ["5\n", "\x04", "\x03"])
def test_the_menu_ends_where_somebody_goes_back_or_has_no_more_to_say(varied: Workspace, answer: str) -> None:
    _, code = chosen(varied, answer)

    assert code == 0


@pytest.mark.parametrize("answer", ["0\n", "9\n", "x\n", "\n", "5 x\n", "4 circle\n", "6 2.1\n", "\xff\n"])
def test_other_input_is_invalid_and_the_menu_comes_again(varied: Workspace, answer: str) -> None:
    shown, code = chosen(varied, answer, "5\n")

    assert (INVALID in shown, shown.count(HEADER), code) == (True, 1, 0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("4", ["plan_graph", *PLAN, "--format", "ascii"]),
        ("4 mermaid", ["plan_graph", *PLAN, "--format", "mermaid"]),
        ("4 json", ["plan_graph", *PLAN, "--format", "json"]),
        ("6", ["plan_status", *PLAN, "--format", "table"]),
        ("6 json", ["plan_status", *PLAN, "--format", "json"]),
        ("7", ["plan_next", *PLAN]),
        ("8", ["plan_fill", *PLAN]),
        ("3 prompts-only", ["plan_run", *PLAN, "--ids", "all", "--prompts-only"]),
    ],
)
def test_a_number_does_what_the_command_does_that_is_shown(
    varied: Workspace, answer: str, words: Sequence[str]
) -> None:
    shown, code = chosen(varied, f"{answer}\n", "5\n")

    assert code == 0
    assert f"$ {shlex.join(['batchexec', *words])}\n" in shown
    assert varied.say(*words).out.strip() in shown


def test_creating_from_the_menu_asks_and_the_menu_knows_of_it(varied: Workspace) -> None:
    with Session(varied, "plan_menu", *PLAN) as session:
        session.until("\n> ")
        session.type("1\n")
        session.until("(y/N) ")
        session.type("y\n")
        shown = session.until("\n> ")
        session.type("5\n")

        assert session.end() == 0
    assert "23" in varied.names("subplans")
    assert "  1. Batch Create SUBPLANs (all that is ready has its SUBPLAN)\n" in shown


def test_what_was_cancelled_in_the_menu_says_its_status(varied: Workspace) -> None:
    with Session(varied, "plan_menu", *PLAN) as session:
        session.until("\n> ")
        session.type("1\n")
        session.until("(y/N) ")
        session.type("n\n")
        shown = session.until("\n> ")
        session.type("5\n")
        session.end()

    assert "(exit status 4)\n" in shown
    assert HEADER in shown


def test_what_cannot_be_done_says_why(varied: Workspace) -> None:
    shown, _ = chosen(varied, "2\n", "5\n")

    assert "❌ Batch Create EXECUTIONs: create SUBPLANs first: 2.3\n" in shown


def test_runs_are_started_from_the_menu(varied: Workspace) -> None:
    varied.replayed()

    shown, _ = chosen(varied, "3 2.1\n", "5\n")

    assert "$ batchexec plan_run --plan @MY-PLAN --ids 2.1 -n 4\n" in shown
    assert "   Successful: 1/1 (100%)\n" in shown
    assert "Approve what passed: 2.1\n" in shown


@pytest.mark.parametrize("stdin", [None, "5\n"])
def test_the_menu_needs_a_terminal(varied: Workspace, stdin: str | None) -> None:
    done = varied.say("plan_menu", *PLAN, stdin=stdin)

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: plan_menu needs a terminal; ")


def test_the_menu_goes_on_after_a_mistake_and_holds_no_lock(varied: Workspace) -> None:
    with Session(varied, "plan_menu", *PLAN) as session:
        session.until("\n> ")
        assert varied.say("plan_subplans", *PLAN, "--yes").code == 0
        (varied.directory / "parallel.json").write_text("{")
        session.type("1\n")
        shown = session.until("\n> ")
        session.type("5\n")
        session.end()

    assert "(exit status 3)\n" in shown


def test_menu_batch_dashboard_and_status_agree(varied: Workspace) -> None:
    with Session(varied, "plan_menu", *PLAN) as session:
        menu = session.until("\n> ")
    details = json.loads(varied.say("plan_status", *PLAN, "--json", "--details").out)
    ready = [id_ for id_, one in details.items() if one["group"] == "ready"]
    complete = [id_ for id_, one in details.items() if one["status"] == "complete"]
    batch = json.loads(varied.say("plan_subplans", *PLAN, "--dry-run", "--json").out)
    (row,) = json.loads(varied.say("plan_list", "--json").out)["plans"]
    step = json.loads(varied.say("plan_next", *PLAN, "--json").out)

    created = [path.rpartition("_")[2].removesuffix(".md") for path in batch["to_create"]]
    assert ready == ["2.1", "2.2", "2.3"]
    assert sorted(batch["skipped"] + [f"{number[0]}.{number[1]}" for number in created]) == ready
    assert (row["complete"], row["last_approved"]) == (len(complete), complete[-1])
    assert row["next"] == step["ids"] == ["2.1"]
    assert f"  {step['command']}\n" in menu
