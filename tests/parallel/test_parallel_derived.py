"""What a parallel.json says more than once is held to its dependencies."""

from __future__ import annotations

from typing import Any

import pytest
from parallel.parallel_bench import document, item, said

from batchexec.parallel.derived import STATUSES

HOURS: dict[str, Any] = {"estimated_hours": 4}
CHAIN = (item("1.1", **HOURS), item("1.2", "1.1", estimated_hours="2-3"), item("2.1", "1.1", **HOURS))
SECOND_OF_GROUP = "/priority_groups/0/achievements/1"


@pytest.mark.parametrize(
    ("items", "messages"),
    [
        ([item("1.1", blocks=["1.2"]), item("1.2", "1.1")], []),
        ([item("1.1", blocks=["9.9"])], ["{0}/blocks/0: 1.1 blocks 9.9, which does not depend on it"]),
        (
            [item("1.1", blocks=["1.2"]), item("1.2"), item("1.3", "1.1")],
            [
                "{0}/blocks: 1.3 depends on 1.1, which does not list it in blocks",
                "{0}/blocks/0: 1.1 blocks 1.2, which does not depend on it",
            ],
        ),
        ([item("1.1", parallelizable_with=["1.2"]), item("1.2", parallelizable_with=["1.1"])], []),
        (
            [item("1.1", parallelizable_with=["1.2"]), item("1.2")],
            ["{0}/parallelizable_with/0: 1.1 is parallelizable_with 1.2, which does not say so itself"],
        ),
        (
            [item("1.1", parallelizable_with=["1.1"])],
            ["{0}/parallelizable_with/0: 1.1 is parallelizable_with 1.1, but one waits for the other"],
        ),
        (
            [
                item("1.1", parallelizable_with=["1.3"]),
                item("1.2", "1.1"),
                item("1.3", "1.2", parallelizable_with=["1.1"]),
            ],
            [
                "{0}/parallelizable_with/0: 1.1 is parallelizable_with 1.3, but one waits for the other",
                "{2}/parallelizable_with/0: 1.3 is parallelizable_with 1.1, but one waits for the other",
            ],
        ),
    ],
)
def test_whom_an_achievement_blocks_and_runs_beside_follows_from_dependencies(
    items: list[Any], messages: list[str]
) -> None:
    places = [f"/achievements/{n}" for n in range(3)]

    assert said(document(*items)) == [f"warning W35 {message.format(*places)}" for message in messages]


def test_ids_from_elsewhere_may_be_blocked_and_run_beside() -> None:
    value = document(item("1.1", blocks=["9.9"], parallelizable_with=["9.8"]))

    assert said(value | {"external_achievements": ["9.9", "9.8"]}) == []


def test_a_status_of_another_name_is_told() -> None:
    assert said(document(item("1.1", status="done"))) == [
        f"warning W37 /achievements/0/status: status 'done' of 1.1 is none of {', '.join(STATUSES)}"
    ]


RIGHT: dict[str, Any] = {
    "total_achievements": 3,
    "achievement_count": 3,
    "total_estimated_hours": "10-11",
    "sequential_hours": 10.5,
    "critical_path_hours": 8,
    "estimated_parallel_hours": 9,
    "critical_path": ["1.1", "2.1"],
    "total_savings": 5,
    "parallel_opportunities": 1,
    "waves": [["1.1"], ["1.2", "2.1"]],
    "execution_waves": {"wave_1": ["1.1"], "wave_2": ["1.2", "2.1"]},
    "priority_groups": [
        {"priority": 1, "achievements": ["1.1", "1.2"]},
        {"priority": 2.0, "achievements": ["2.1"]},
    ],
}


def test_right_sums_are_fine_wherever_they_stand() -> None:
    assert said(document(*CHAIN, **RIGHT)) == []
    groups = {"priority_groups": RIGHT["priority_groups"]}
    assert said(document(*CHAIN, summary=RIGHT, **groups)) == []


@pytest.mark.parametrize(
    ("key", "value", "pointer", "message"),
    [
        ("total_achievements", 4, "", "total_achievements is 4, but 3 are listed"),
        ("number_of_achievements", 0, "", "number_of_achievements is 0, but 3 are listed"),
        ("total_hours", 9, "", "total_hours is 9, but the achievements sum up to 10-11 h"),
        ("total_hours", "12-14 h", "", "total_hours is 12-14 h, but the achievements sum up to 10-11 h"),
        ("sequential_time", "3 h", "", "sequential_time is 3 h, but the achievements sum up to 10-11 h"),
        ("critical_path_hours", 7, "", "critical_path_hours is 7, but the longest way takes 8 h"),
        ("critical_path", "9 h", "", "critical_path is 9 h, but the longest way takes 8 h"),
        ("parallel_hours", 7.5, "", "parallel_hours is 7.5, but the longest way takes 8 h"),
        ("critical_path", ["1.1", "9.9"], "", "critical_path names 9.9, which is not listed"),
        (
            "critical_path",
            ["1.1", "1.2", "2.1"],
            "",
            "critical_path goes from 1.2 to 2.1, neither of which depends on the other",
        ),
        ("critical_path", "1.1 → 1.2", "", "critical_path takes 6-7 h, but the longest way takes 8 h"),
        ("critical_path", [{"id": "1.2"}], "", "critical_path takes 2-3 h, but the longest way takes 8 h"),
        (
            "critical_path",
            {"path": ["1.2"], "total_hours": 8},
            "/path",
            "critical_path takes 2-3 h, but the longest way takes 8 h",
        ),
        (
            "critical_path",
            {"achievements": ["1.1", "2.1"], "total_hours": 9, "note": "x"},
            "/total_hours",
            "critical_path is 9, but the longest way takes 8 h",
        ),
        (
            "waves",
            [["1.1", "1.2"], ["2.1"]],
            "/0/1",
            "1.2 is listed in level 0, but its dependencies put it in 1",
        ),
        (
            "waves",
            [{"wave": 1, "ids": ["1.1"]}, {"wave": 3, "achievements": ["1.2", {"achievement_id": "2.1"}]}],
            "/1/achievements/0",
            "1.2 is listed in level 3, but its dependencies put it in 2",
        ),
        ("waves", [["1.1"], ["1.2"]], "", "2.1 is in none of the waves"),
        ("levels", [["1.1"], ["1.2", "2.1", "9.9"]], "/1/2", "9.9 is not among the achievements"),
        (
            "summary",
            {"total_achievements": 2},
            "/total_achievements",
            "total_achievements is 2, but 3 are listed",
        ),
        (
            "priority_groups",
            [{"priority": 1, "achievements": ["1.1", "2.1"]}],
            "/0/achievements/1",
            "2.1 is in the group of priority 1, but has priority 2",
        ),
    ],
)
def test_a_wrong_sum_is_told(key: str, value: Any, pointer: str, message: str) -> None:
    found = said(document(*CHAIN, **{key: value}))

    assert found[0] == f"warning W36 /{key}{pointer}: {message}"
    assert all(" W36 " in line for line in found)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("total_hours", "about a week"),
        ("total_hours", None),
        ("critical_path", None),
        ("critical_path", ["parser", 5]),
        ("critical_path", "see the notes"),
        ("waves", "see the notes"),
        ("waves", [None, 5, {"wave": 1}]),
        ("total_achievements", "three"),
        ("hours", 3),
        ("summary", ["total_hours"]),
    ],
)
def test_what_is_no_sum_is_left_alone(key: str, value: Any) -> None:
    assert said(document(*CHAIN, **{key: value})) == []


def test_with_unknown_hours_a_sum_can_only_be_too_small() -> None:
    items = (item("1.1", estimated_hours=4), item("1.2", "1.1"))

    assert said(document(*items, total_hours=9, critical_path_hours=20, critical_path=["1.2"])) == []
    assert said(document(*items, total_hours=3)) == [
        "warning W36 /total_hours: total_hours is 3, but the achievements sum up to 4 h"
    ]


def test_where_things_wait_in_a_ring_there_are_no_waves_and_no_longest_way() -> None:
    value = document(
        item("1.1", "1.2", **HOURS),
        item("1.2", "1.1", **HOURS),
        waves=[["1.1"], ["1.2"]],
        critical_path=["1.1"],
        critical_path_hours=1,
        parallel_hours=1,
    )

    assert [line for line in said(value) if "W36" in line] == []


def test_the_priority_an_achievement_states_counts_for_its_group() -> None:
    groups = [{"priority": 3.5, "achievements": ["1.1", "1.2"]}]
    value = document(item("1.1", priority=3.5), item("1.2"), priority_groups=groups)

    assert said(value) == [
        f"warning W36 {SECOND_OF_GROUP}: 1.2 is in the group of priority 3.5, but has priority 1"
    ]
