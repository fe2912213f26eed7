"""A PLAN and the files around it are held to the parallel.json beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from parallel.parallel_bench import checked, document, item, lines

from batchexec.errors import Severity
from batchexec.model import Location
from batchexec.parallel import compare
from batchexec.sources.plan import Achievement, Evidence, Hours, Marker, Plan, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.parallel import Finding

NOTHING = Evidence()


def planned(id_: str, *dependencies: str, effort: Hours | None = None, priority: str = "") -> Achievement:
    return Achievement(
        id=id_,
        title="",
        raw_title="",
        location=Location("PLAN_DEMO.md", 1),
        priority=priority or id_.partition(".")[0],
        effort=effort,
        dependencies=dependencies,
    )


def compared(
    value: Any,
    *achievements: Achievement,
    statuses: Mapping[str, str] | None = None,
    evidence: Evidence = NOTHING,
    answer: bool = False,
) -> tuple[Finding, ...]:
    file = Path("plans/DEMO/PLAN_DEMO.md")
    plan = Plan(
        name="DEMO", title="Demo", file=file, directory=file.parent, flat=False, achievements=achievements
    )
    model = checked(value).model
    assert model
    return compare(model, plan, evidence, statuses or {}, answer=answer)


ONE = document(item("1.1"))
TWO = document(item("1.1"), item("1.2", "1.1"))
FOUR = Hours(4, 4)


@pytest.mark.parametrize(
    ("value", "achievements", "message"),
    [
        (TWO, [planned("1.1"), planned("1.2", "1.1")], ""),
        (
            ONE | {"plan_name": "OTHER"},
            [planned("1.1")],
            "W30 /plan_name: plan_name 'OTHER' is not the name of the PLAN, 'DEMO'",
        ),
        (
            {"plan": "OTHER", "achievements": [{"id": "1.1", "dependencies": []}]},
            [planned("1.1")],
            "W30 /plan: plan_name 'OTHER' is not the name of the PLAN, 'DEMO'",
        ),
        (TWO, [planned("1.1")], "W31 /achievements/1: 1.2 is not in the PLAN"),
        (
            ONE | {"external_achievements": ["2.1", "2.1", "9.9"]},
            [planned("1.1"), planned("2.1")],
            "W31 /external_achievements/2: 9.9 is not in the PLAN",
        ),
        (ONE, [planned("1.1"), planned("2.1")], "W32 /achievements: 2.1 of the PLAN is missing"),
        (
            {"plan": "DEMO", "levels": [{"achievements": [{"id": "1.1"}, {"id": "2.1"}]}]},
            [planned("1.1"), planned("2.1"), planned("2.2")],
            "W32 /levels: 2.2 of the PLAN is missing",
        ),
        (ONE | {"external_achievements": ["2.1"]}, [planned("1.1"), planned("2.1")], ""),
        (
            document(item("1.1"), level="level_2"),
            [planned("1.1"), planned("1.2"), planned("2.1")],
            "W32 /achievements: 1.2 of the PLAN is missing",
        ),
        (
            document(item("1.1"), level="level_2"),
            [planned("1.1", priority="7"), planned("1.2"), planned("2.1", priority="7")],
            "W32 /achievements: 2.1 of the PLAN is missing",
        ),
        (document(item("1.1"), level="level_1"), [planned("1.1"), planned("1.2")], ""),
        (
            document(item("1.1"), item("1.2")),
            [planned("1.1"), planned("1.2", "1.1")],
            "W33 /achievements/1/dependencies: in the PLAN 1.2 depends on 1.1, here on nothing",
        ),
        (
            document(item("1.1"), item("1.2"), item("1.3", "1.2")),
            [planned("1.1"), planned("1.2"), planned("1.3", "1.1")],
            "W33 /achievements/2/dependencies: in the PLAN 1.3 depends on 1.1, here on 1.2",
        ),
        (
            document(item("1.1"), item("1.2", "1.1"), item("1.3", "1.2")),
            [planned("1.1"), planned("1.2"), planned("1.3", "1.1")],
            "",
        ),
        (
            document(item("1.1", estimated_hours="5-6")),
            [planned("1.1", effort=FOUR)],
            "W34 /achievements/0/estimated_hours: the effort of 1.1 is 5-6 h here and 4 h in the PLAN",
        ),
        (
            document(item("1.1", estimated_hours="90 min")),
            [planned("1.1", effort=FOUR)],
            "W34 /achievements/0/estimated_hours: the effort of 1.1 is 1.5 h here and 4 h in the PLAN",
        ),
        (document(item("1.1", estimated_hours="4-6")), [planned("1.1", effort=FOUR)], ""),
        (document(item("1.1", estimated_hours=None)), [planned("1.1", effort=FOUR)], ""),
        (document(item("1.1", estimated_hours=9)), [planned("1.1")], ""),
    ],
)
def test_a_plan_and_its_graph_are_compared(value: Any, achievements: list[Achievement], message: str) -> None:
    assert lines(compared(value, *achievements)) == ([f"warning {message}"] if message else [])


def test_in_an_answer_an_id_that_is_not_in_the_plan_is_an_error() -> None:
    (finding,) = compared(TWO, planned("1.1"), answer=True)

    assert str(finding) == "error W31 /achievements/1: 1.2 is not in the PLAN"


def test_with_a_plan_without_achievements_no_ids_are_compared_and_a_note_says_so() -> None:
    (finding,) = compared(TWO)

    assert finding.severity is Severity.NOTICE
    assert str(finding) == "notice W31 : the PLAN has no achievements, so the ids are not compared"


def test_a_stale_status_is_told() -> None:
    value = document(item("1.1", status="complete"), item("1.2", status="failed"), item("1.3", status="done"))
    plan = [planned("1.1"), planned("1.2"), planned("1.3")]

    found = compared(value, *plan, statuses={"1.1": "failed", "1.2": "failed", "1.3": "failed"})

    assert lines(found) == [
        "warning W37 /achievements/0/status: status of 1.1 is 'complete', by the files it is 'failed'"
    ]


def test_what_is_complete_before_what_it_needs_is_told() -> None:
    value = document(
        item("1.1"), item("1.2", "1.1"), item("1.3", "1.2", "9.9"), external_achievements=["9.9"]
    )
    plan = [planned(id_) for id_ in ("1.1", "1.2", "1.3", "9.9")]
    statuses = {"1.1": "complete", "1.2": "skipped", "1.3": "complete", "9.9": "not_started"}

    assert lines(compared(value, *plan, statuses=statuses)) == [
        f"warning W38 /achievements/2/dependencies: 1.3 is complete although it depends on {why}"
        for why in ("1.2, which is skipped", "9.9, which is not_started")
    ]


def test_files_about_ids_that_are_not_in_the_plan_are_told() -> None:
    evidence = Evidence(
        subplans={"9.9": (Sheet(Path("a/SUBPLAN_DEMO_99.md"), "9.9"),), "1.1": (Sheet(Path("b"), "1.1"),)},
        executions={"9.9": (Sheet(Path("a/EXECUTION_TASK_DEMO_99_01.md"), "9.9", 1),)},
        markers={Marker.APPROVED: {"9.9": Path("a/APPROVED_99.md"), "1.1": Path("c")}},
    )

    found = compared(ONE, planned("1.1"), evidence=evidence)

    assert lines(found) == [
        f"warning W39 : {name} is about 9.9, which is not in the PLAN"
        for name in ("SUBPLAN_DEMO_99.md", "EXECUTION_TASK_DEMO_99_01.md", "APPROVED_99.md")
    ]
    assert [one.file for one in found] == [
        "a/SUBPLAN_DEMO_99.md",
        "a/EXECUTION_TASK_DEMO_99_01.md",
        "a/APPROVED_99.md",
    ]


def test_what_is_found_of_a_graph_stands_in_its_file() -> None:
    (finding,) = compared(TWO, planned("1.1"))

    assert (finding.file, finding.line) == ("plans/DEMO/parallel.json", 1)
    assert finding.column > 80
