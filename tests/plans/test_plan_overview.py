"""The dashboard of all plans."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from standing_bench import PlanSite, item, stands

from batchexec.plans.overview import State, dashboard, rows, state_of
from batchexec.plans.table import status_json

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ({"fix": "1.1", "running": {"1.2"}}, "needs attention"),
        ({"fix": "1.1", "running": {"1.1"}}, "in progress"),
        ({"fix": "1.1", "approved": "1.1"}, "ready"),
        ({"fix": "1.1", "passed": {"1.1"}}, "ready"),
        ({"running": {"1.2"}}, "in progress"),
        ({}, "ready"),
        ({"skipped": "1.1", "approved": "1.2"}, "blocked"),
        ({"skipped": "1.1", "approved": "1.2 2.1", "fix": "1.2"}, "complete"),
    ],
)
def test_a_plan_is_in_the_most_urgent_state_that_is_true(how: dict[str, object], state: str) -> None:
    found = stands({"1.1": (), "1.2": (), "2.1": ["1.1"]}, **how)  # type: ignore[arg-type]  # as the bench takes them

    assert state_of(found) == state


def test_the_most_urgent_plans_come_first(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    for name, marks in {
        "ALL-DONE": ["APPROVED_11", "APPROVED_12", "APPROVED_21"],
        "BROKEN": ["APPROVED_12", "FIX_11"],
        "GOING": ["APPROVED_11"],
        "STUCK": ["APPROVED_12", "SKIPPED_11"],
        "EMPTY": [],
    }.items():
        one = replace(site, name=name)
        one.plan(*(("1.1: Parser", "1.2: Printer", "2.1: Report < 1.1") if name != "EMPTY" else ()))
        for mark in marks:
            one.mark(*mark.split("_"))
    (tmp_path / "work-space/plans/TWINS/subplans").mkdir(parents=True)
    for name in "AB":
        (tmp_path / f"work-space/plans/TWINS/PLAN_{name}.md").write_text("# PLAN: x\n")

    found = rows(tmp_path)

    assert [(row.name, row.state) for row in found] == [
        ("TWINS", "unreadable"),
        ("BROKEN", "needs attention"),
        ("GOING", "ready"),
        ("STUCK", "blocked"),
        ("ALL-DONE", "complete"),
        ("EMPTY", "no achievements"),
    ]
    assert "holds several PLANs: PLAN_A.md, PLAN_B.md" in found[0].trouble
    table = dashboard(found).splitlines()
    assert [" ".join(line.split()) for line in (table[0], *table[2:])] == [
        "plan state progress last approved next",
        f"❌ BROKEN needs attention 1/3 complete (33%) 1.2 {found[1].advice}",
        f"🟢 GOING ready 1/3 complete (33%) 1.1 {found[2].advice}",
        f"🔴 STUCK blocked 1/3 complete (33%) 1.2 {found[3].advice}",
        "✅ ALL-DONE complete 3/3 complete (100%) 2.1 -",
        f"⚪ EMPTY no achievements 0/0 complete (0%) - {found[5].advice}",
    ]
    assert found[2].advice == "Create the SUBPLAN of 1.2, 2.1; first make parallel.json"


def test_a_plan_for_programs(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.9: Parser", "1.10: Printer", "2.1: Report")
    site.parallel(item("1.9"), item("1.10"), item("2.1"))
    site.mark("APPROVED", "1-10")
    site.mark("APPROVED", "19")

    assert rows(tmp_path, given=".")[0].as_json(tmp_path) == {
        "name": "MY-PLAN",
        "file": "work-space/plans/MY-PLAN/PLAN_MY-PLAN.md",
        "state": "ready",
        "complete": 2,
        "total": 3,
        "last_approved": "1.10",
        "next": ["2.1"],
        "step": "create_subplans",
        "advice": "Create the SUBPLAN of 2.1",
        "command": "batchexec plan_subplans --plan @MY-PLAN --workspace . --ids 2.1",
        "trouble": None,
    }


def test_an_unreadable_plan_says_so_to_programs(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.write("PLAN_MY-PLAN.md").write_bytes(b"\xff\xfe\x00")

    (row,) = rows(tmp_path)

    assert (row.state, row.as_json(tmp_path)["step"]) == (State.UNREADABLE, None)
    assert row.trouble
    assert row.trouble in dashboard([row])


def test_a_graph_without_a_plan_is_listed(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.parallel(item("1.1"))

    (row,) = rows(tmp_path, {site.directory: {"1.1"}})

    assert (row.name, row.state, row.next, row.advice) == (
        "MY-PLAN",
        "in progress",
        (),
        "Wait for 1.1: in progress",
    )


def test_what_runs_is_told_by_the_plan_file(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    file = site.plan("1.1: Parser")
    site.execution("11")

    assert rows(tmp_path, {file: {"1.1"}})[0].state is State.IN_PROGRESS
    assert rows(tmp_path, passed={file: {"1.1"}})[0].step == "approve"


def test_a_workspace_without_plans_says_what_one_is(tmp_path: Path) -> None:
    (tmp_path / "work-space").mkdir()

    assert dashboard(rows(tmp_path)) == "No plans here; a plan is work-space/plans/NAME/PLAN_NAME.md\n"


def test_the_dashboard_and_the_status_agree(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser", "1.2: Printer", "2.1: Report < 1.1")
    site.parallel(item("1.1"), item("1.2"), item("2.1", "1.1"))
    site.subplan("11", "[TO BE FILLED]")
    site.subplan("12")
    site.mark("APPROVED", "12")
    loaded, (row,) = site.load(), rows(tmp_path)

    assert (row.next, row.command, row.step) == (
        loaded.recommendation.ids,
        loaded.recommendation.command,
        "fill",
    )
    assert list(status_json(loaded.standing).values()).count("complete") == row.complete


def test_two_hundred_plans_are_listed_in_two_seconds(tmp_path: Path) -> None:
    ids = [f"{priority}.{n}" for priority in range(1, 4) for n in range(1, 5)]
    for number in range(200):
        site = PlanSite(tmp_path, f"PLAN-{number}")
        site.plan(*(f"{id_}: Part (2h)" for id_ in ids))
        site.parallel(*(item(id_, *([ids[at - 1]] if at else [])) for at, id_ in enumerate(ids)))
        for id_ in ids[:5]:
            site.subplan(id_.replace(".", ""))
            site.execution(id_.replace(".", ""))
        site.mark("APPROVED", "11")
    started = time.process_time()

    assert len(rows(tmp_path)) == 200
    assert time.process_time() - started < 2
