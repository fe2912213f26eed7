"""The names of the files around a plan."""

from __future__ import annotations

import pytest

from batchexec.sources.plan import Marker, execution_name, marker_name, parse_name, subplan_name
from batchexec.sources.plan.names import (
    Kind,
    is_plan_file,
    names_plan,
    plan_named_in,
    problem_with_plan_name,
)


@pytest.mark.parametrize(
    ("name", "kind", "plan", "num", "execution"),
    [
        ("SUBPLAN_MY-PLAN_12.md", Kind.SUBPLAN, "MY-PLAN", "12", 0),
        ("SUBPLAN_MY-PLAN_12_V2.md", Kind.SUBPLAN, "MY-PLAN", "12", 0),
        ("SUBPLAN_P2_3-5-1.md", Kind.SUBPLAN, "P2", "3-5-1", 0),
        ("EXECUTION_TASK_MY-PLAN_12_01.md", Kind.EXECUTION, "MY-PLAN", "12", 1),
        ("EXECUTION_TASK_my-plan_10-1_12_RECOVERY.md", Kind.EXECUTION, "my-plan", "10-1", 12),
        ("EXECUTION_TASK_X_12_02_V3.md", Kind.EXECUTION, "X", "12", 2),
    ],
)
def test_a_name_tells_plan_number_and_execution(
    name: str, kind: Kind, plan: str, num: str, execution: int
) -> None:
    found = parse_name(name)

    assert found
    assert (found.kind, found.plan, found.num, found.execution) == (kind, plan, num, execution)
    assert not found.archived


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("APPROVED_12.md", Marker.APPROVED),
        ("FIX_12.md", Marker.FIX),
        ("SKIPPED_2-12.md", Marker.SKIPPED),
        ("FIX_12_RESOLUTION.md", Marker.RESOLUTION),
    ],
)
def test_a_resolution_is_no_fix(name: str, marker: Marker) -> None:
    found = parse_name(name)

    assert found
    assert (found.kind, found.marker) == (Kind.MARKER, marker)


@pytest.mark.parametrize(
    "name",
    [
        "SUBPLAN_X_12_ARCHIVED.md",
        "EXECUTION_TASK_X_12_01_ARCHIVED.md",
        "EXECUTION_TASK_X_1-2_01_NESTED_ARCHIVED.md",
    ],
)
def test_an_archived_file_is_known_as_such(name: str) -> None:
    found = parse_name(name)

    assert found
    assert found.archived


@pytest.mark.parametrize(
    "name",
    [
        "SUBPLAN_X_1.md",
        "SUBPLAN_X_12_draft.md",
        "SUBPLAN_MY_PLAN_12.md",
        "SUBPLAN_X_12.txt",
        "SUBPLAN_X_12.md\n",
        "EXECUTION_TASK_X_12.md",
        "EXECUTION_TASK_X_12_1.md",
        "EXECUTION_TASK_X_11_draft.md",
        "EXECUTION_TASK_X_11_01_NOTES.md",
        "APPROVED_12_RESOLUTION.md",
        "APPROVED_1.2.md",
        "approved_12.md",
        "FIX_١٢.md",
    ],
)
def test_other_names_are_none_of_ours(name: str) -> None:
    assert parse_name(name) is None


@pytest.mark.parametrize("id_", ["0.1", "2.12", "21.2", "3.5.1"])
def test_the_names_we_write_are_read_again(id_: str) -> None:
    written = [
        subplan_name("MY-PLAN", id_),
        execution_name("MY-PLAN", id_, 1),
        *(marker_name(marker, id_) for marker in Marker),
    ]

    assert all(map(parse_name, written))
    assert len(set(written)) == 6


def test_names_are_written_with_two_digits_for_the_execution() -> None:
    assert execution_name("X", "1.2", 3) == "EXECUTION_TASK_X_12_03.md"
    assert subplan_name("X", "10.1") == "SUBPLAN_X_10-1.md"
    assert marker_name(Marker.RESOLUTION, "1.2") == "FIX_12_RESOLUTION.md"


@pytest.mark.parametrize(
    ("value", "plan"),
    [
        ("MY-PLAN", "MY-PLAN"),
        ("`PLAN_MY-PLAN.md`", "MY-PLAN"),
        ("[PLAN_MY-PLAN.md](../PLAN_MY-PLAN.md)", "MY-PLAN"),
        ("1.1 of PLAN_X", "X"),
        ("the big plan", ""),
        ("", ""),
    ],
)
def test_the_plan_is_found_in_what_a_header_says(value: str, plan: str) -> None:
    assert plan_named_in(value) == plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**PLAN**: MY-PLAN", True),
        ("see PLAN_MY-PLAN.md", True),
        ("MY-PLAN-TWO, then MY-PLAN", True),
        ("MY-PLAN-TWO", False),
        ("NOT-MY-PLAN", False),
    ],
)
def test_only_the_whole_name_names_a_plan(text: str, expected: bool) -> None:
    assert names_plan(text, "MY-PLAN") is expected


def test_no_text_names_a_plan_without_a_name() -> None:
    assert not names_plan("anything", "")


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("MY-PLAN-2", ""),
        ("My-Plan", "has small letters"),
        ("MY_PLAN", "has other characters than letters, digits and single hyphens"),
        ("MY--PLAN", "has other characters than letters, digits and single hyphens"),
    ],
)
def test_plans_are_named_in_capitals_and_hyphens(name: str, trouble: str) -> None:
    assert problem_with_plan_name(name) == trouble


def test_a_plan_file_has_a_name_after_its_prefix() -> None:
    assert is_plan_file("PLAN_X.md")
    assert not is_plan_file("PLAN_.md")
    assert not is_plan_file("PLAN-UPDATE-SUMMARY.md")
