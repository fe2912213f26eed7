"""The dialects of parallel.json come to one model, and what is said of them names the file as written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from parallel.parallel_bench import checked, document, item, said

from batchexec.sources.plan import Hours

if TYPE_CHECKING:
    from batchexec.parallel import Parallel

A: dict[str, Any] = document(
    item("1.1", title="Parser", estimated_hours=4),
    item("2.1", "1.1", title="Report", estimated_hours=6),
    item("2.2", "1.1", title="Menu"),
    created_date="2025-11-14",
)
B = A | {
    "priority_groups": [
        {"priority": 1, "achievements": ["1.1"]},
        {"priority": 2, "achievements": ["2.1", "2.2"]},
    ],
    "cross_priority_dependencies": [{"from_achievement": "2.1", "to_achievement": "1.1"}],
}
C: dict[str, Any] = {
    "plan": "DEMO",
    "created": "2025-11-14",
    "levels": [
        {"level": 0, "achievements": [{"id": "1.1", "name": "Parser", "estimated_hours": 4}]},
        {
            "level": 1,
            "achievements": [
                {"id": "2.1", "name": "Report", "estimated_hours": 6, "dependencies": ["1.1"]},
                {"id": "2.2", "title": "Menu", "dependencies": ["1.1"]},
            ],
        },
    ],
}
D: dict[str, Any] = {
    "plan": "DEMO",
    "created": "2025-11-14",
    "parallelization_level": "level_3",
    "achievements": [
        {"id": "1.1", "name": "Parser", "dependencies": [], "estimated_hours": 4},
        {"id": "2.1", "name": "Report", "dependencies": ["1.1"], "estimated_hours": 6},
        {"achievement_id": "2.2", "title": "Menu", "dependencies": ["1.1"]},
    ],
}
E: dict[str, Any] = document(
    item("1.1", title="Parser", estimated_hours="4", blocks=["2.1", "2.2"]),
    item("2.1", "1.1", title="Report", estimated_hours="6", parallelizable_with=["2.2"]),
    item("2.2", "1.1", title="Menu", estimated_hours=None, parallelizable_with=["2.1"]),
    created_date="2025-11-14",
    total_achievements=3,
    total_estimated_hours="10+",
    waves=[{"wave": 1, "achievements": ["1.1"]}, {"wave": 2, "achievements": ["2.1", "2.2"]}],
)
IN_LEVEL, LAST = "/levels/0/achievements/0", "/levels/2/achievements/0"
LEVEL_ASSUMED = ["warning W23 : parallelization_level is missing, level_3 is assumed"]


def model(value: Any) -> Parallel:
    found = checked(value).model
    assert found
    return found


@pytest.mark.parametrize(
    ("value", "dialect", "messages"),
    [(A, "A", []), (B, "B", []), (C, "C", LEVEL_ASSUMED), (D, "D", []), (E, "E", [])],
    ids="ABCDE",
)
def test_every_dialect_of_a_graph_gives_the_same_model(value: Any, dialect: str, messages: list[str]) -> None:
    found = model(value)

    assert said(value) == messages
    assert found.dialect == dialect
    assert found.plan_name == "DEMO"
    assert found.level == "level_3"
    assert found.created == "2025-11-14"
    assert [(one.id, one.title, one.dependencies, one.hours) for one in found.achievements] == [
        ("1.1", "Parser", (), Hours(4, 4, "4")),
        ("2.1", "Report", ("1.1",), Hours(6, 6, "6")),
        ("2.2", "Menu", ("1.1",), None),
    ]


def test_models_are_equal_whatever_file_and_dialect_they_come_from() -> None:
    assert model(A) == model(B) == model(C) == model(D) == model(E)


def test_hours_are_read_as_ranges() -> None:
    texts = ["4-6", "~3 – 5 hours", "90 to 120 min", "6-4", 2.5, "9" * 400]
    works = [item(f"1.{n}", estimated_hours=text, actual_hours=1) for n, text in enumerate(texts)]

    found = model(document(*works)).achievements

    assert [(one.hours.low, one.hours.high) if one.hours else None for one in found] == [
        (4, 6),
        (3, 5),
        (1.5, 2),
        (4, 6),
        (2.5, 2.5),
        None,
    ]
    assert {one.actual_hours for one in found} == {Hours(1, 1, "1")}


def test_lists_of_notes_are_joined() -> None:
    assert model(document(notes=["first", "second"], analysis_notes="third")).notes == "first\nsecond\nthird"


@pytest.mark.parametrize(
    ("ids", "level"), [(["1.1", "1.2"], "level_2"), (["1.1", "2.1"], "level_3"), ([], "level_2")]
)
def test_a_missing_level_is_inferred_from_the_priorities(ids: list[str], level: str) -> None:
    value = {"plan": "DEMO", "achievements": [{"id": id_, "dependencies": []} for id_ in ids]}

    assert model(value).level == level
    assert f"warning W23 : parallelization_level is missing, {level} is assumed" in said(value)


def test_the_priority_that_is_said_counts_more_than_that_of_the_id() -> None:
    items: list[Any] = [{"id": id_, "dependencies": [], "priority": 1.0} for id_ in ("1.1", "2.1")]

    assert model({"plan": "DEMO", "achievements": items}).level == "level_2"


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (
            C | {"levels": [{"level": 0, "achievements": [{"id": "1", "name": 5}]}]},
            [
                f"error J06 {IN_LEVEL}/id: achievement_id '1' has an invalid format, use X.Y or X.Y.Z",
                f"error J04 {IN_LEVEL}/name: title must be a string, not a number",
            ],
        ),
        (C | {"levels": 5}, ["error J04 /levels: achievements must be an array, not a number"]),
        (C | {"levels": [5]}, ["error J04 /levels/0: achievement must be an object, not a number"]),
        (
            C | {"levels": [{"achievements": "1.1"}]},
            ["error J04 /levels/0/achievements: achievement must be an object, not a string"],
        ),
        (C | {"levels": [{"level": 0}]}, ["warning W22 /levels: no achievements"]),
        (
            {"plan": 5, "achievements": [{"id": "1.1", "dependencies": ["1.2"]}]},
            [
                "error J04 /plan: plan_name must be a string, not a number",
                "error J11 /achievements/0/dependencies/0: dependency '1.2' of 1.1 not found",
            ],
        ),
        (
            {"plan": "DEMO", "created": "now", "achievements": [{"id": "1.1"}, {"id": "1.1"}]},
            [
                "error J08 /created: created_date has an invalid value 'now'",
                "error J03 /achievements/0: missing required field 'dependencies'",
                "error J03 /achievements/1: missing required field 'dependencies'",
                "error J10 /achievements/1/id: duplicate achievement_id '1.1', first at /achievements/0/id",
            ],
        ),
        (
            document(item("1.1", id="1.2"), item("1.2", id="1.2")),
            ["error J10 /achievements/0/id: id '1.2' is not the achievement_id '1.1'"],
        ),
        (
            document(item("1.1", id={}), item("1.2", id=["1.2"]), item("1.3", id=None), item("1.4", id=1.4)),
            [
                "error J10 /achievements/0/id: id (an object) is not the achievement_id '1.1'",
                "error J10 /achievements/1/id: id (an array) is not the achievement_id '1.2'",
                "error J10 /achievements/2/id: id null is not the achievement_id '1.3'",
                "error J10 /achievements/3/id: id 1.4 is not the achievement_id '1.4'",
            ],
        ),
        (
            C
            | {
                "parallelization_level": "level_3",
                "levels": [*C["levels"][::-1], {"level": 7, "achievements": [item("3.1", "2.1")]}],
            },
            [f"warning W36 {LAST}: 3.1 is listed in level 7, but its dependencies put it in 2"],
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands_in_the_file(value: Any, messages: list[str]) -> None:
    assert [line for line in said(value) if "is assumed" not in line] == messages


def test_a_name_is_taken_from_elsewhere_only_where_there_is_none() -> None:
    nameless = {key: value for key, value in A.items() if key != "plan_name"}

    assert said(nameless) == ["error J03 : missing required field 'plan_name'"]
    assert said(nameless, "OTHER") == ["warning W23 : plan_name is missing, 'OTHER' is taken from the PLAN"]
    assert checked(nameless, "OTHER").model == model(A | {"plan_name": "OTHER"})
    assert said(A | {"plan_name": None}, "OTHER") == [
        "error J04 /plan_name: plan_name must be a string, not null"
    ]
    assert model(D).plan_name == "DEMO"


def test_other_keys_are_kept() -> None:
    value = A | {"ours": {"a": [1, None]}, "id": 5}

    assert checked(value).value == value
    assert checked(value).normalised == value


def test_a_list_of_levels_besides_the_achievements_makes_no_other_dialect() -> None:
    assert model(A | {"levels": [["1.1"], ["2.1", "2.2"]]}).dialect == "A"
    assert said(A | {"levels": [["1.1"], ["2.1", "2.2"]]}) == []
