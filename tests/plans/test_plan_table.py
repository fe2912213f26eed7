"""The status of a plan, for people and for programs."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from standing_bench import HERE, PlanSite, item, stands

from batchexec.plans.recommending import next_ids
from batchexec.plans.table import details_json, emoji, progress, status_json, status_table

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = {"10.1": (), "1.10": ["1.9"], "1.9": (), "0.1": (), "2.1": ["0.1", "1.8"], "1.8": ()}
TITLES = {
    "0.1": "Lexer",
    "1.8": "Parser",
    "1.9": "Printer",
    "1.10": "漢字 report",
    "2.1": "End",
    "10.1": "T" * 70,
}


def test_the_table_is_in_the_order_of_the_ids_and_shows_what_holds_each_up() -> None:
    found = stands(
        GRAPH,
        titles=TITLES,
        hours={"1.9": (2.0, 4.0), "10.1": (1.0, 1.0)},
        approved="0.1",
        skipped="1.8",
        subplans="0.1 1.9",
        executions="0.1",
        fix="10.1",
        resolution="10.1",
    )

    assert status_table(found) == dedent("""\
        Progress: 1/6 complete (16%)
        Whole plan: at least 3–5 h sequential, at least 2–4 h critical path, 20–33 % saved
        Hours unknown: 1.10, 0.1, 2.1, 1.8
        Remaining: at least 3–5 h sequential, at least 2–4 h critical path, 20–33 % saved
        Critical path: 1.9, 1.10
        Next: 10.1

            id    status           title                                                         files                              blockers
        ✅  0.1   complete         Lexer                                                         SUBPLAN, EXECUTION_TASK, APPROVED  -
        ⏭️  1.8   skipped          Parser                                                        SKIPPED                            -
        📋  1.9   subplan_created  Printer                                                       SUBPLAN                            -
        🔴  1.10  not_started      漢字 report                                                   -                                  1.9
        🔴  2.1   not_started      End                                                           -                                  1.8 (needs a decision: 1.8 was skipped; skip too or drop it)
        ❌  10.1  failed           TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT…  FIX, RESOLUTION                    -

        ⚪ not_started  📋 subplan_created  📝 execution_created  🟡 in_progress  ✅ complete  ❌ failed  ⏭️ skipped  🔴 blocked
        """)  # noqa: E501  # as wide as a terminal may be


def test_a_finished_plan_has_no_next() -> None:
    table = status_table(stands({"1.1": ()}, approved="1.1", hours={"1.1": (1.0, 1.0)}))

    assert table.splitlines()[:3] == [
        "Progress: 1/1 complete (100%)",
        "Whole plan: 1 h sequential, 1 h critical path, 0 % saved",
        "",
    ]


def test_a_table_for_so_many_workers_says_how_long_they_need() -> None:
    found = stands({"1.1": (), "1.2": (), "1.3": ()}, hours=dict.fromkeys(("1.1", "1.2", "1.3"), (2.0, 2.0)))

    assert "6 h sequential, 2 h critical path, 4 h with 2 workers, 33 % saved" in status_table(found, 2)


@pytest.mark.parametrize(
    ("complete", "total", "text"),
    [(5, 8, "5/8 complete (62%)"), (0, 0, "0/0 complete (0%)"), (199, 200, "199/200 complete (99%)")],
)
def test_progress_is_rounded_down(complete: int, total: int, text: str) -> None:
    ids = [f"1.{n}" for n in range(1, total + 1)]

    assert progress(stands(dict.fromkeys(ids, ()), approved=" ".join(ids[:complete]))) == text


def test_what_passed_awaits_approval() -> None:
    assert "passed, awaiting approval" in status_table(stands({"1.1": ()}, executions="1.1", passed={"1.1"}))


def test_what_is_decided_awaits_nothing() -> None:
    found = stands({"1.1": (), "1.2": ()}, approved="1.1", skipped="1.2", passed={"1.1", "1.2"})

    assert "awaiting" not in status_table(found)


def test_actual_hours_are_shown_beside(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser (4h)")
    site.execution("11", "**Actual Time**: 2.5 hours")

    assert "Whole plan: 4 h sequential, 4 h critical path, 0 % saved, 2.5 h spent\n" in status_table(
        site.load().standing
    )


def test_several_executions_are_counted(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser")
    for number in ("01", "02"):
        site.write(f"execution/EXECUTION_TASK_MY-PLAN_11_{number}.md", "# EXECUTION_TASK: Achievement 1.1\n")

    assert "EXECUTION_TASK ×2" in status_table(site.load().standing)


def test_blocked_is_shown_by_a_sign_and_never_a_status() -> None:
    found = stands({"1.1": (), "1.2": ["1.1"]}, subplans="1.2")

    assert emoji(found, "1.2") == "🔴"
    assert status_json(found) == {"1.1": "not_started", "1.2": "subplan_created"}


def test_programs_get_the_status_of_each_id_in_the_order_of_the_ids() -> None:
    assert list(status_json(stands(GRAPH, approved="0.1")).items()) == [
        ("0.1", "complete"),
        ("1.8", "not_started"),
        ("1.9", "not_started"),
        ("1.10", "not_started"),
        ("2.1", "not_started"),
        ("10.1", "not_started"),
    ]


def test_details_are_all_that_is_known() -> None:
    found = stands(
        {"1.1": (), "1.2": (), "2.1": ["1.1", "1.2"]},
        hours={"2.1": (1.0, 2.0)},
        approved="1.1",
        skipped="1.2",
        subplans="2.1",
    )

    assert details_json(found, HERE)["2.1"] == {
        "status": "subplan_created",
        "title": "Part 2.1",
        "level": 1,
        "group": "blocked",
        "dependencies": ["1.1", "1.2"],
        "blockers": ["1.2"],
        "needs_decision": ["1.2"],
        "hours": {"low": 1.0, "high": 2.0, "text": ""},
        "actual_hours": None,
        "files": ["subplans/S2.1.md"],
    }
    assert details_json(found, HERE)["1.1"]["hours"] is None


def test_ids_that_only_the_graph_has_are_shown_after_all_others(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser", "1.2: Printer")
    site.parallel(item("1.3", title="Extra"), item("1.2", "1.3"))
    site.mark("APPROVED", "13")

    found = site.load().standing

    assert found.ids == ("1.3", "1.2", "1.1")
    assert found.titles == {"1.3": "Extra", "1.2": "Printer", "1.1": "Parser"}
    assert status_json(found) == {"1.1": "not_started", "1.2": "not_started", "1.3": "complete"}
    assert next_ids(found) == ("1.2", "1.1")
