"""How long a PRP is said to take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.sources.prp.effort import parse_effort


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("1.5", (1.5, 1.5)),
        ("3-5", (3, 5)),
        ("3 – 5", (3, 5)),
        ("5-6 (was 4)", (5, 6)),
        ("~2", (2, 2)),
        ("1h", (1, 1)),
        ("~2.5 Hours (medium complexity)", (2.5, 2.5)),
        ("Medium (3-5 hours)", (3, 5)),
        ("2 (8 hours)", (8, 8)),
        ("2 days (16 hours)", (16, 16)),
        ("15-20 minutes", (0.25, 20 / 60)),
        ("37-47 minutes (0.75 hours with buffer)", (37 / 60, 47 / 60)),
        ("30m", (0.5, 0.5)),
        ("4 (was 3 days)", (4, 4)),
        ("3 days", None),
        ("3-5 days", None),
        ("35 days", None),
        ("2 weeks", None),
        ("Week 1", None),
        ("Medium", None),
        ("", None),
    ],
)
def test_the_first_hours_or_minutes_count_and_else_a_leading_number(
    text: str, hours: tuple[float, float] | None
) -> None:
    assert parse_effort(text) == hours


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_range_is_the_least_and_the_most(one: int, other: int) -> None:
    assert (
        parse_effort(f"{one}-{other}")
        == parse_effort(f"{other}-{one} h")
        == (min(one, other), max(one, other))
    )


@given(st.text(alphabet="0123456789.-–~ hmdaysinut()", max_size=300))
def test_any_text_has_an_order_of_hours_or_none(text: str) -> None:
    found = parse_effort(text)

    assert found is None or 0 <= found[0] <= found[1]
