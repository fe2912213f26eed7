"""Ids of achievements, the file numbers made of them, and efforts in hours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.sources.plan import file_number, id_key, parse_hours, valid_id
from batchexec.sources.plan.hours import actual_hours
from batchexec.sources.plan.ids import ids_in, only_reading

PARTS = st.lists(st.integers(0, 99_999).map(str), min_size=2, max_size=3)


@pytest.mark.parametrize("id_", ["0.1", "1.2", "10.1", "3.5.1", "1.0", "99999999999.1"])
def test_an_id_has_two_or_three_numbers(id_: str) -> None:
    assert valid_id(id_) == ""


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("01.1", "write 1.1"),
        ("1.00", "write 1.0"),
        ("1.2.03", "write 1.2.3"),
        ("1", "write X.Y or X.Y.Z, as in 1.2"),
        ("1.2.3.4", "write X.Y or X.Y.Z, as in 1.2"),
        ("1.2\n", "write X.Y or X.Y.Z, as in 1.2"),
        ("١.٢", "write X.Y or X.Y.Z, as in 1.2"),
        ("", "write X.Y or X.Y.Z, as in 1.2"),
    ],
)
def test_a_wrong_id_comes_with_what_would_be_right(text: str, right: str) -> None:
    assert valid_id(text) == right


def test_ids_are_ordered_by_their_numbers() -> None:
    ids = ["10.1", "2.1", "1.10", "1.9", "1.9.1", "0.1"]

    assert sorted(ids, key=id_key) == ["0.1", "1.9", "1.9.1", "1.10", "2.1", "10.1"]


def test_numbers_too_long_to_be_read_come_last() -> None:
    long, longer = f"{'9' * 5000}.1", f"{'1' * 5001}.1"

    assert sorted([longer, long, "x.1", "1.1"], key=id_key) == ["x.1", "1.1", long, longer]


@pytest.mark.parametrize(
    ("id_", "number"),
    [
        ("0.1", "01"),
        ("2.3", "23"),
        ("10.1", "10-1"),
        ("2.10", "2-10"),
        ("2.12", "2-12"),
        ("21.2", "21-2"),
        ("3.5.1", "3-5-1"),
    ],
)
def test_two_single_digits_lose_the_dot_and_other_ids_are_joined_by_hyphens(id_: str, number: str) -> None:
    assert file_number(id_) == number


@given(PARTS.map(".".join), PARTS.map(".".join))
def test_no_two_ids_share_a_file_number(one: str, other: str) -> None:
    assert (file_number(one) == file_number(other)) == (one == other)
    assert only_reading(file_number(one)) == one


@pytest.mark.parametrize(
    ("number", "id_"), [("12", "1.2"), ("2-12", "2.12"), ("3-5-1", "3.5.1"), ("02-1", "2.1"), ("212", "")]
)
def test_only_hyphens_or_two_digits_mean_the_same_in_every_plan(number: str, id_: str) -> None:
    assert only_reading(number) == id_


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Achievement 1.2 (Title)", ["1.2"]),
        ("1.1 of PLAN_X, 3.5.1 and 1.1", ["1.1", "3.5.1"]),
        ("1.1-1.3.", ["1.1", "1.3"]),
        ("v1.2, 1.2.3.4, 1.5h, 12", []),
    ],
)
def test_ids_are_found_in_text(text: str, ids: list[str]) -> None:
    assert ids_in(text) == ids


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3-4 hours (was 2-3 hours, +1 hour)", 3, 4),
        ("4–6h", 4, 6),
        ("2 to 3 hrs", 2, 3),
        ("~2.5 Hours", 2.5, 2.5),
        ("8+ hours", 8, 8),
        ("90 min", 1.5, 1.5),
        ("30-60 minutes", 0.5, 1),
        ("5-3h", 3, 5),
        ("Medium, 1 hr", 1, 1),
    ],
)
def test_an_effort_is_read_in_hours(text: str, low: float, high: float) -> None:
    found = parse_hours(text)

    assert found
    assert (found.low, found.high, found.text) == (low, high, text)


@pytest.mark.parametrize("text", ["", "3-4", "2 days", "3 hourglasses", "TBD", "h"])
def test_what_names_no_hours_is_no_effort(text: str) -> None:
    assert parse_hours(text) is None


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("**Actual Duration**: ~1 hour (estimated: 3-4 hours)", 1),
        ("- **Time**: 2.5h", 2.5),
        ("**Total Time**: .5 hours", 0.5),
        ("**Actual Duration**: ~70 min", None),
        ("**Time**: 2-3 hours", None),
        ("**Estimated Time**: 2 hours", None),
    ],
)
def test_the_hours_a_task_took_are_read(line: str, hours: float | None) -> None:
    assert actual_hours(line) == hours
