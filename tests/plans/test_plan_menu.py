"""One table says what the menu shows and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from standing_bench import PlanSite, item

from batchexec.plans.creation import check_unfilled
from batchexec.plans.creation import choose as choose_files
from batchexec.plans.menu import HEADER, INVALID, Entry, choose, entries, menu, run, runnable
from batchexec.plans.naming import typed
from batchexec.plans.overview import rows
from batchexec.plans.recommending import next_ids

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> PlanSite:
    """A plan whose 1.1 has all its files, 1.2 a SUBPLAN, 1.3 nothing, and 2.1 waits."""
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser", "1.2: Printer", "1.3: Lexer", "2.1: Report < 1.1")
    site.parallel(item("1.1"), item("1.2"), item("1.3"), item("2.1", "1.1"))
    site.subplan("11")
    site.execution("11", "[TO BE FILLED]")
    site.subplan("12")
    return site


def why_not(site: PlanSite) -> dict[int, str]:
    return {entry.number: entry.why_not for entry in entries(site.load()) if entry.why_not}


def test_beside_the_graph_of_a_neighbour_nothing_can_be_created(tmp_path: Path) -> None:
    plans = tmp_path / "work-space/plans"
    plans.mkdir(parents=True)
    for name in ("ONE", "MY-PLAN"):
        (plans / f"PLAN_{name}.md").write_text(f"# PLAN: {name}\n\n**Achievement 1.1**: A\n")
    (plans / "parallel.json").write_text(
        '{"plan_name": "ONE", "parallelization_level": "level_3", "achievements": []}'
    )

    why = why_not(PlanSite(tmp_path))

    assert {why[1], why[2]} == {"the parallel.json beside the PLAN is that of ONE"}


def test_the_menu_shows_its_table(site: PlanSite) -> None:
    assert menu(entries(site.load())) == (
        "🔀 Parallel Execution Menu\n"
        "  1. Batch Create SUBPLANs\n"
        "  2. Batch Create EXECUTIONs (create SUBPLANs first: 1.3)\n"
        "  3. Run Parallel Executions\n"
        "  4. View Dependency Graph\n"
        "  5. Back to Main Menu\n"
        "  6. Status\n"
        "  7. Prompt for next\n"
        "  8. Fill 1 placeholder\n"
    )
    assert HEADER == "🔀 Parallel Execution Menu"


def test_each_number_has_its_command(site: PlanSite) -> None:
    commands = {entry.number: typed(entry.command) for entry in entries(site.load())}

    assert commands == {
        1: "batchexec plan_subplans --plan @MY-PLAN",
        2: "batchexec plan_executions --plan @MY-PLAN",
        3: "batchexec plan_run --plan @MY-PLAN --ids all -n 4",
        4: "batchexec plan_graph --plan @MY-PLAN --format ascii",
        5: "",
        6: "batchexec plan_status --plan @MY-PLAN --format table",
        7: "batchexec plan_next --plan @MY-PLAN",
        8: "batchexec plan_fill --plan @MY-PLAN",
    }


def test_entries_have_variants(site: PlanSite) -> None:
    loaded = site.load()
    others = {entry.number: [typed(one) for one in entry.others] for entry in entries(loaded) if entry.others}

    assert others == {
        3: ["batchexec plan_run --plan @MY-PLAN --ids all --prompts-only"],
        4: [
            f"batchexec plan_graph --plan @MY-PLAN --format {form}"
            for form in ("levels", "tree", "mermaid", "dot", "json")
        ],
        6: ["batchexec plan_status --plan @MY-PLAN --format json"],
    }
    assert typed(run(loaded, ["1.1", "1.2"])) == "batchexec plan_run --plan @MY-PLAN --ids 1.1,1.2 -n 4"
    assert runnable(loaded) == ("1.1",)


@pytest.mark.parametrize("answer", ["", "0", "9", "x", "1.1", "11", "٣", "-1"])
def test_other_input_is_invalid(site: PlanSite, answer: str) -> None:
    assert choose(entries(site.load()), answer) == INVALID == "❌ Invalid option"


def test_a_number_chooses_its_entry_or_says_why_not(site: PlanSite) -> None:
    found = entries(site.load())

    chosen = choose(found, " 3\n")
    assert isinstance(chosen, Entry)
    assert chosen.text == "Run Parallel Executions"
    assert choose(found, "2") == "❌ Batch Create EXECUTIONs: create SUBPLANs first: 1.3"


def test_a_subplan_that_does_not_say_what_is_wanted_has_to_be_filled_first(site: PlanSite) -> None:
    site.subplan("12", "[TO BE FILLED]")
    site.subplan("13")

    assert why_not(site) == {
        1: "all that is ready has its SUBPLAN",
        2: "fill the objective or approach of SUBPLANs first: 1.2",
    }


def test_with_all_files_there_is_nothing_to_create(site: PlanSite) -> None:
    site.execution("12")
    site.mark("SKIPPED", "13")
    site.mark("SKIPPED", "11")

    assert why_not(site) == {
        1: "all that is ready has its SUBPLAN",
        2: "all that is ready has its EXECUTION_TASK",
        8: "nothing is left to fill",
    }


def test_without_a_graph_nothing_is_created_in_batches_and_the_rest_goes_on(site: PlanSite) -> None:
    (site.directory / "parallel.json").unlink()
    first = "batchexec plan_discover --plan @MY-PLAN --parallel-level 3"

    assert why_not(site) == dict.fromkeys((1, 2), f"no parallel.json beside the PLAN; first {first}")


def test_with_a_broken_graph_nothing_is_created_or_run(site: PlanSite) -> None:
    site.parallel(item("1.1", "9.9"))
    why = "parallel.json has errors; see batchexec plan_lint --plan @MY-PLAN"

    assert why_not(site) == dict.fromkeys((1, 2, 3), why)


def test_a_finished_plan_has_nothing_to_do(site: PlanSite) -> None:
    for number in ("11", "12", "13", "21"):
        site.mark("APPROVED", number)

    assert why_not(site) == {
        1: "nothing is ready",
        2: "nothing is ready",
        3: "nothing that is ready has an EXECUTION_TASK",
        7: "nothing is ready",
        8: "nothing is left to fill",
    }


def test_an_empty_plan_says_that_it_is(site: PlanSite) -> None:
    site.plan()
    site.parallel()

    assert why_not(site)[4] == why_not(site)[7] == "the PLAN lists no achievements"


STATES = ("nothing", "subplan", "vague", "execution", "both", "failed", "approved", "skipped")


def in_states(root: Path, graph: str, *states: str) -> PlanSite:
    site = PlanSite(root)
    site.plan("1.1: Parser", "1.2: Printer")
    if graph != "missing":
        site.parallel(item("1.1"), item("1.2", *(["9.9"] if graph == "broken" else [])))
    for number, state in zip(("11", "12"), states, strict=True):
        if state in {"subplan", "vague", "both", "failed"}:
            site.subplan(number, "[TO BE FILLED]" if state == "vague" else "Do it.")
        if state in {"execution", "both", "failed"}:
            site.execution(number)
        if state in {"failed", "approved", "skipped"}:
            site.mark({"failed": "FIX"}.get(state, state.upper()), number)
    return site


@pytest.mark.parametrize("graph", ["good", "broken", "missing"])
@pytest.mark.parametrize("first", STATES)
def test_menu_batches_and_dashboard_agree(tmp_path: Path, graph: str, first: str) -> None:
    for second in STATES:
        site = in_states(tmp_path / second, graph, first, second)
        loaded, reasons = site.load(), why_not(site)

        for entry, kind in ((1, "subplans"), (2, "executions")):
            choice = choose_files(loaded, kind)
            hindered = choice.refused or check_unfilled(choice, loaded).blocking
            assert (entry not in reasons) == (bool(choice.to_create) and not hindered), (second, kind)
            assert set(choice.ids) <= set(loaded.standing.ready)
        assert (3 in reasons) == (not runnable(loaded) or graph == "broken")
        (row,) = rows(site.root)
        assert (row.next, row.command) == (next_ids(loaded.standing), loaded.recommendation.command)


def test_foreign_text_does_not_reach_the_terminal_as_it_is() -> None:
    assert str(Entry(number=1, text="a\x1bb")) == "1. a\ufffdb"
