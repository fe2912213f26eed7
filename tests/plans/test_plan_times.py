"""How long a plan takes: one by one, at best, and with so many workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from standing_bench import PlanSite, evidence, item, plan, stands

from batchexec.plans import standing
from batchexec.plans.times import Span, remaining_times, whole_times

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.plans import Standing

EXAMPLE = {"1.1": (), "2.1": ["1.1"], "2.2": ["1.1"]}
HOURS = {"1.1": (4.0, 4.0), "2.1": (6.0, 6.0), "2.2": (2.0, 2.0)}


def test_the_longest_path_is_what_parallel_work_takes() -> None:
    times = whole_times(stands(EXAMPLE, hours=HOURS))

    assert (times.sequential, times.critical, times.path) == ((12, 12), (10, 10), ("1.1", "2.1"))
    assert (times.saved, times.saving) == ((16, 16), "16 %")


def test_remaining_work_is_what_is_neither_complete_nor_skipped() -> None:
    found = stands(EXAMPLE, hours=HOURS, approved="1.1")

    times = remaining_times(found)

    assert (times.sequential, times.critical, times.path) == ((8, 8), (6, 6), ("2.1",))
    assert times.saving == "25 %"
    assert remaining_times(stands(EXAMPLE, hours=HOURS, approved="1.1", skipped="2.1 2.2")).saved == (0, 0)


def test_the_least_and_the_most_have_paths_of_their_own() -> None:
    hours = {"1.1": (5.0, 5.0), "1.2": (1.0, 9.0)}

    times = whole_times(stands({"1.1": (), "1.2": ()}, hours=hours))

    assert (times.sequential, times.critical, times.path) == ((6, 14), (5, 9), ("1.2",))
    assert times.saving == "16–35 %"


@pytest.mark.parametrize(("workers", "hours", "saving"), [(1, 12, "0 %"), (2, 10, "16 %"), (9, 10, "16 %")])
def test_so_many_workers_need_so_long(workers: int, hours: float, saving: str) -> None:
    times = whole_times(stands(EXAMPLE, hours=HOURS), workers)

    assert (times.parallel, times.saving) == ((hours, hours), saving)
    assert times.critical == (10, 10)


def test_unknown_hours_are_named() -> None:
    times = whole_times(stands(EXAMPLE, hours={"1.1": (4.0, 4.0)}))

    assert (times.sequential, times.unknown) == ((4, 4), ("2.1", "2.2"))


def test_percents_are_rounded_down_but_not_because_of_binary_fractions() -> None:
    """In floating point, 100 * (1 - 0.9) is 9.999999999999998."""
    hours = {"1.1": (0.9, 1.9), "1.2": (0.1, 1.0)}

    assert whole_times(stands({"1.1": (), "1.2": ()}, hours=hours)).saved == (10, 34)


def test_work_in_a_cycle_saves_nothing() -> None:
    hours = {"1.1": (2.0, 3.0), "1.2": (2.0, 4.0), "1.3": (1.0, 5.0)}
    found = stands({"1.1": ["1.2"], "1.2": ["1.1"], "1.3": ()}, hours=hours)

    assert whole_times(found).critical == whole_times(found, 2).parallel == (5, 12)


def test_workers_need_the_least_and_the_most_hours_each_by_a_schedule_of_its_own() -> None:
    hours = {"1.1": (1.0, 8.0), "1.2": (2.0, 3.0), "1.3": (3.0, 4.0)}

    assert whole_times(stands(dict.fromkeys(hours, ()), hours=hours), 2).parallel == (3, 8)


@pytest.mark.parametrize(
    ("span", "text"), [(Span(4, 4), "4"), (Span(1.5, 2), "1.5–2"), (Span(0.1 + 0.2, 1), "0.3–1")]
)
def test_hours_are_told_without_needless_digits(span: Span, text: str) -> None:
    assert str(span) == text


def of(tmp_path: Path, *items: dict[str, Any]) -> Standing:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser (4h)", "2.1: Report (6h) < 1.1")
    site.parallel(*items)
    return site.load().standing


def test_the_hours_of_the_graph_go_before_those_of_the_plan(tmp_path: Path) -> None:
    found = of(tmp_path, item("1.1", estimated_hours=1), item("2.1", "1.1"))

    assert whole_times(found).sequential == (7, 7)


def test_executions_of_one_achievement_are_carried_out_side_by_side(tmp_path: Path) -> None:
    parts = [
        {"execution_id": "1.1.1", "dependencies": [], "estimated_hours": 2},
        {"execution_id": "1.1.2", "dependencies": [], "estimated_hours": 1},
        {"execution_id": "1.1.3", "dependencies": ["1.1.1"], "estimated_hours": 2},
    ]

    times = whole_times(of(tmp_path, item("1.1", sub_executions=parts), item("2.1", "1.1")))

    assert (times.sequential, times.critical) == ((11, 11), (10, 10))
    assert times.path == ("1.1.1", "1.1.3", "2.1")


def test_executions_of_unknown_hours_leave_an_achievement_whole(tmp_path: Path) -> None:
    parts = [{"execution_id": f"1.1.{n}", "dependencies": []} for n in (1, 2)]

    assert whole_times(of(tmp_path, item("1.1", sub_executions=parts))).sequential == (10, 10)


def test_hours_that_only_executions_have_are_added_up(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser")
    parts = [{"execution_id": f"1.1.{n}", "dependencies": [], "estimated_hours": "1-2"} for n in (1, 2)]
    site.parallel(item("1.1", sub_executions=parts))

    hours = site.load().standing.hours["1.1"]

    assert (hours.low, hours.high) == (2, 4)


def test_actual_hours_come_from_the_graph_or_else_from_what_executions_say(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser (4h)", "1.2: Printer (4h)", "1.3: Reader (4h)")
    site.parallel(item("1.1", actual_hours="2-3"), item("1.2"), item("1.3"))
    site.execution("11", "**Actual Time**: 9 hours")
    site.execution("12", "**Actual Time**: 2.5 hours")

    found = site.load().standing

    assert found.actual_hours == {"1.1": 3, "1.2": 2.5}
    assert whole_times(found).actual == 5.5


def test_times_are_told_to_programs_too() -> None:
    assert whole_times(stands(EXAMPLE, hours=HOURS), 1).as_json() == {
        "sequential": [12, 12],
        "critical_path": [10, 10],
        "critical_path_ids": ["1.1", "2.1"],
        "parallel": [12, 12],
        "saved_percent": [0, 0],
        "unknown": [],
        "actual": 0,
    }


def test_a_graph_of_its_own_is_enough() -> None:
    assert standing(plan({}), evidence(), None).ids == ()
    assert whole_times(stands({})).saved == (0, 0)
