"""The names of PRP files, and the order of ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.sources.prp.names import canonical, parse_file_name, sort_key


@pytest.mark.parametrize(
    ("name", "prp_id", "batch"),
    [
        ("PRP-47.2.1-slug.md", "PRP-47.2.1", 47),
        ("PRP-47.2.1.md", "PRP-47.2.1", 47),
        ("PRP-047.02.01-slug.md", "PRP-47.2.1", 47),
        ("PRP-47.0.1-stage-zero.md", "PRP-47.0.1", 47),
        ("PRP-12.4-slug.md", "PRP-12.4", None),
        ("PRP-001-slug.md", "PRP-1", None),
        ("PRP-B-guide-of-letters.md", "PRP-B", None),
    ],
)
def test_the_name_of_a_file_tells_id_and_batch(name: str, prp_id: str, batch: int | None) -> None:
    found = parse_file_name(name)

    assert found
    assert (found.id, found.batch) == (prp_id, batch)


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "PRP-47.2.1.4-x.md",
        "prp-47.2.1-x.md",
        "PRP-47.2.1_x.md",
        "PRP-AB-x.md",
        "PRP-1.2.3-x.txt",
    ],
)
def test_other_files_are_no_prps(name: str) -> None:
    assert parse_file_name(name) is None


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("PRP-12.1.1-mail.md", True),
        ("PRP-12.1.1-planning-of-notes.md", True),
        ("PRP-12.1.1-plan.md", True),
        ("PRP-12.1.1-PLANNING.md", True),
        ("PRP-12.1.1-PLAN.md", False),
        ("PRP-12.1.1-mail-NOTES-old.md", False),
        ("PRP-12-BATCH-PLAN.md", False),
        ("PRP-12.3-INITIAL.md", False),
        ("PRP-12.4-x.md", False),
        ("PRP-12-x.md", False),
        ("PRP-A-x.md", False),
    ],
)
def test_only_three_parts_without_a_companion_word_are_in_a_batch(name: str, runs: bool) -> None:
    found = parse_file_name(name)

    assert found
    assert found.is_in_batch is runs


@pytest.mark.parametrize(
    ("text", "prp_id"),
    [
        ("PRP-47.2.1", "PRP-47.2.1"),
        ("47.2.1", "PRP-47.2.1"),
        (" 12.10 ", "PRP-12.10"),
        ("PRP-001", "PRP-1"),
        ("0", "PRP-0"),
        ("A", "PRP-A"),
        ("TBD", None),
        ("PRP-1.2.3.4", None),
        ("PRP-12.1.1-x", None),
        ("", None),
    ],
)
def test_an_id_is_written_in_full_and_without_leading_zeros(text: str, prp_id: str | None) -> None:
    assert canonical(text) == prp_id


def test_ids_sort_by_their_numbers() -> None:
    ids = ["PRP-A", "PRP-47.10.1", "PRP-12.10.1", "PRP-47.2.1", "PRP-12.2.1", "PRP-12", "PRP-12.2.10"]

    assert sorted(ids, key=sort_key) == [
        "PRP-A",
        "PRP-12",
        "PRP-12.2.1",
        "PRP-12.2.10",
        "PRP-12.10.1",
        "PRP-47.2.1",
        "PRP-47.10.1",
    ]


_NUMBERS = st.lists(st.integers(0, 10**6), min_size=1, max_size=3)


@given(_NUMBERS, st.integers(0, 3))
def test_an_id_comes_back_whatever_zeros_stand_in_it(numbers: list[int], zeros: int) -> None:
    plain = "PRP-" + ".".join(map(str, numbers))
    padded = ".".join("0" * zeros + str(number) for number in numbers)

    assert canonical(padded) == canonical(plain) == plain


@given(_NUMBERS, _NUMBERS)
def test_ids_sort_like_their_numbers(one: list[int], other: list[int]) -> None:
    keys = [sort_key("PRP-" + ".".join(map(str, numbers))) for numbers in (one, other)]

    assert (keys[0] < keys[1]) is (one < other)
