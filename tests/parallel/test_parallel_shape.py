"""The verdict on the form of a document is that of the schema, in our words."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from parallel.parallel_bench import checked, document, item, said

from batchexec.parallel import LEVELS, SCHEMA
from batchexec.parallel.shape import plainly_right
from batchexec.parallel.source import pointer_of

SCHEMA_CODES = {"J03", "J04", "J05", "J06", "J07", "J08"}
VALIDATOR = Draft202012Validator(SCHEMA)

ANY: list[Any] = [None, True, -1, 0, 2.5, 10**400, "", " ", "x", "1.1", "01.1", "1.1\n", [], ["1.1"], [3], {}]
IDS = ["1.1", "1.2", "2.10", "21.0", "3.5.1"]
SUB_IDS = ["1.1.1", "1.2.1", "3.5.1.2"]
HOURS: list[Any] = [
    None,
    0,
    2.5,
    "4",
    "~4-6",
    "4 – 6 hours",
    "90 min",
    "1.5 to 2h",
    "3\n",
    "4-",
    "soon",
    "1 2",
    -1,
]
STATUSES: list[Any] = ["complete", "done", None]


def documents(random: Random) -> Any:
    """Make a document that is mostly right: each value has a small chance of being anything."""

    def some(make: Any, rate: float = 0.02) -> Any:
        return random.choice(ANY) if random.random() < rate else make()

    def listed(make: Any) -> list[Any]:
        return [some(make) for _ in range(random.randrange(4))]

    def chosen(**makers: Any) -> dict[str, Any]:
        return {key: some(make) for key, make in makers.items() if random.random() < 0.9}

    def one_of(values: list[Any]) -> Any:
        return lambda: random.choice(values)

    def ids() -> list[Any]:
        return listed(one_of(IDS))

    def work(**more: Any) -> dict[str, Any]:
        return chosen(
            title=one_of(["Parser"]),
            status=one_of(STATUSES),
            estimated_hours=one_of(HOURS),
            actual_hours=one_of(HOURS),
            executor=one_of(["me", None]),
            unknown=one_of(ANY),
            **more,
        )

    def sub() -> Any:
        right = {"execution_id": random.choice(SUB_IDS), "dependencies": []}
        return {**right, **work(dependencies=lambda: listed(one_of(SUB_IDS)))}

    def achievement() -> Any:
        right = {"achievement_id": random.choice(IDS), "dependencies": []}
        more = work(dependencies=ids, priority=one_of([0, 1, 3.5]), blocks=ids, parallelizable_with=ids)
        return {**right, **more, **({"sub_executions": listed(sub)} if random.random() < 0.2 else {})}

    right = {"plan_name": "DEMO", "parallelization_level": random.choice(LEVELS), "achievements": []}
    more = chosen(
        achievements=lambda: listed(achievement),
        created_date=one_of(["2025-11-14", "2025-11-14T00:00:00", None]),
        external_achievements=ids,
        priority_groups=lambda: listed(lambda: {"priority": 1, **chosen(achievements=ids)}),
        cross_priority_dependencies=lambda: listed(
            lambda: chosen(from_achievement=one_of(IDS), to_achievement=one_of(IDS))
        ),
        notes=one_of(["text", ["a", "b"], None]),
        analysis_notes=one_of(["text", ["a", "b"], None]),
        unknown=one_of(ANY),
    )
    made = {**right, **more} if random.random() < 0.5 else {**right, "achievements": more.get("achievements")}
    if random.random() < 0.1:
        made.pop(random.choice(sorted(made)))
    return some(lambda: made, 0.01)


def test_the_schema_and_the_validator_agree_on_a_thousand_files() -> None:
    random = Random(5)
    verdicts = []
    for _ in range(1000):
        value = json.loads(json.dumps(documents(random)).replace(str(10**400), "7" * 300))
        ours = checked(value)

        theirs = {pointer_of(error.absolute_path) for error in VALIDATOR.iter_errors(ours.normalised)}

        assert {one.pointer for one in ours.findings if one.code in SCHEMA_CODES} == theirs, value
        verdicts.append(not theirs)
    assert 200 < sum(verdicts) < 800


def test_what_is_not_shown_to_the_schema_would_be_accepted_by_it() -> None:
    random = Random(6)
    shown = 0
    for _ in range(300):
        value = documents(random)
        entries = value.get("achievements") if isinstance(value, dict) else None
        for one in entries if isinstance(entries, list) else ():
            shown += not plainly_right(one)
            assert plainly_right(one) == VALIDATOR.is_valid(document(one))
    assert shown


@pytest.mark.parametrize(
    ("value", "code", "pointer", "message"),
    [
        ([], "J04", "", "root must be an object, not an array"),
        (None, "J04", "", "root must be an object, not null"),
        (
            document() | {"achievements": "1.1"},
            "J04",
            "/achievements",
            "achievements must be an array, not a string",
        ),
        (document("1.1"), "J04", "/achievements/0", "achievement must be an object, not a string"),
        (
            document(item("1.1") | {"dependencies": None}),
            "J04",
            "/achievements/0/dependencies",
            "dependencies must be an array, not null",
        ),
        (
            document(item("1.1") | {"dependencies": "1.2"}),
            "J04",
            "/achievements/0/dependencies",
            "dependencies must be an array, not a string",
        ),
        (
            document(item("1.1") | {"dependencies": 1}),
            "J04",
            "/achievements/0/dependencies",
            "dependencies must be an array, not a number",
        ),
        (
            document(item("1.1") | {"dependencies": [1.2]}),
            "J04",
            "/achievements/0/dependencies/0",
            "dependency must be a string, not a number",
        ),
        (
            document(item("1.1") | {"achievement_id": 1.1}),
            "J04",
            "/achievements/0/achievement_id",
            "achievement_id must be a string, not a number",
        ),
        (
            document(item("1.1", title=["x"])),
            "J04",
            "/achievements/0/title",
            "title must be a string, not an array",
        ),
        (
            document(item("1.1", status=True)),
            "J04",
            "/achievements/0/status",
            "status must be a string or null, not a boolean",
        ),
        (
            document(item("1.1", estimated_hours={})),
            "J04",
            "/achievements/0/estimated_hours",
            "estimated_hours must be a number, a string or null, not an object",
        ),
        (
            document(item("1.1", estimated_hours="soon")),
            "J08",
            "/achievements/0/estimated_hours",
            "estimated_hours has an invalid value 'soon'",
        ),
        (
            document(item("1.1", priority=-1)),
            "J08",
            "/achievements/0/priority",
            "priority has an invalid value '-1'",
        ),
        (document(item("1.1"), plan_name=" "), "J08", "/plan_name", "plan_name has an invalid value ' '"),
        (
            document(item("1.1"), created_date="today"),
            "J08",
            "/created_date",
            "created_date has an invalid value 'today'",
        ),
        (
            document(item("1.1"), notes=[1]),
            "J04",
            "/notes/0",
            "item of notes must be a string, not a number",
        ),
        (
            document(item("1.1"), level="level_4"),
            "J05",
            "/parallelization_level",
            "parallelization_level 'level_4' is not one of level_1, level_2, level_3",
        ),
        (
            document(item("1.1")) | {"parallelization_level": 2},
            "J04",
            "/parallelization_level",
            "parallelization_level must be a string, not a number",
        ),
        (
            document(item("1")),
            "J06",
            "/achievements/0/achievement_id",
            "achievement_id '1' has an invalid format, use X.Y or X.Y.Z",
        ),
        (
            document(item("1.1", "1")),
            "J07",
            "/achievements/0/dependencies/0",
            "dependency '1' has an invalid format, use X.Y or X.Y.Z",
        ),
        (
            document(item("1.1"), external_achievements=["x" * 99]),
            "J06",
            "/external_achievements/0",
            f"achievement_id '{'x' * 80}…' has an invalid format, use X.Y or X.Y.Z",
        ),
        (
            document(
                item("1.1"), cross_priority_dependencies=[{"from_achievement": "1.1", "to_achievement": "b"}]
            ),
            "J07",
            "/cross_priority_dependencies/0/to_achievement",
            "dependency 'b' has an invalid format, use X.Y or X.Y.Z",
        ),
        (
            document(item("1.1", sub_executions=[{"execution_id": "1.1", "dependencies": []}])),
            "J06",
            "/achievements/0/sub_executions/0/execution_id",
            "execution_id '1.1' has an invalid format, use X.Y.N or X.Y.Z.N",
        ),
        (
            document(item("1.1"), priority_groups=[7]),
            "J04",
            "/priority_groups/0",
            "priority group must be an object, not a number",
        ),
        (
            document({"achievement_id": "1.1"}),
            "J03",
            "/achievements/0",
            "missing required field 'dependencies'",
        ),
    ],
)
def test_what_is_badly_formed_is_one_error(value: Any, code: str, pointer: str, message: str) -> None:
    assert said(value) == [f"error {code} {pointer}: {message}"]


def test_all_that_is_missing_is_told_at_once() -> None:
    assert said({}) == [
        "error J03 : missing required field 'plan_name'",
        "error J03 : missing required field 'parallelization_level'",
        "error J03 : missing required field 'achievements'",
    ]


@pytest.mark.parametrize(
    ("id_", "hint"),
    [
        ("01.1", "write 1.1"),
        (" 1.1", "write 1.1"),
        ("1.0010", "write 1.10"),
        ("one", "write it like 1.2 or 3.5.1"),
    ],
)
def test_an_id_that_is_nearly_right_is_answered_with_the_right_one(id_: str, hint: str) -> None:
    (finding,) = checked(document(item(id_))).findings

    assert finding.hint == hint


@pytest.mark.parametrize("status", [None, "complete", "skipped", "in_progress", "failed", "not_started"])
@pytest.mark.parametrize("hours", [4, 2.5, None, "4-6", "~3 hours", "90 minutes", "1 to 2"])
def test_hours_may_be_a_number_a_range_or_unknown_and_any_known_status_is_fine(
    status: Any, hours: Any
) -> None:
    assert said(document(item("1.1", status=status, estimated_hours=hours, actual_hours=hours))) == []


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
