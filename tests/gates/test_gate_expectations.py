"""What a gate expects is read from its labels, the first kind that fits; all else is for people."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.gates import expectation_of, expected_comment, parse_expectation
from batchexec.model import Expectation, Kind


def short(found: Expectation) -> tuple[object, ...]:
    match found.kind:
        case Kind.EXIT:
            return ("exit", found.number)
        case Kind.NUMBER:
            return ("number", found.compare, found.number)
    return (str(found.kind), *found.parts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ("nothing",)),
        ("  \n", ("nothing",)),
        ("exit code 0", ("exit", 0)),
        ("Exit code 0, all checks pass", ("exit", 0)),
        ("No output (exit status 1)", ("exit", 1)),
        ("Exit Code: `2`", ("exit", 2)),
        ("**Exit status** is 3.", ("exit", 3)),
        ("exits with status 4", ("exit", 4)),
        ("exit code != 0", ("prose",)),
        ("exit code not 0", ("prose",)),
        ("exit code 1-5", ("prose",)),
        ("non-zero exit code", ("prose",)),
        ("exit code 1000", ("prose",)),
        ("exitcode 0", ("prose",)),
        ("5", ("number", "=", 5)),
        ("1 (one call)", ("number", "=", 1)),
        ("23 (excluding README.md (really))", ("number", "=", 23)),
        ("0 (unclosed", ("number", "=", 0)),
        ('"5"', ("number", "=", 5)),
        ("`≥ 5`", ("number", ">=", 5)),
        (">=5", ("number", ">=", 5)),
        ("≤ 1,000", ("number", "<=", 1000)),
        ("<3", ("number", "<", 3)),
        ("> 3", ("number", ">", 3)),
        ("**0**.", ("number", "=", 0)),
        ("-1", ("number", "=", -1)),
        ("21+", ("prose",)),
        ("~5", ("prose",)),
        ("5 files", ("prose",)),
        ("≥80%", ("prose",)),
        ("No branches (empty output)", ("empty",)),
        ("Empty output (or only archive/)", ("empty",)),
        ("No output", ("empty",)),
        ('""', ("empty",)),
        ("nothing is put out", ("prose",)),
        ("PASS", ("word", "PASS")),
        ("**OK**", ("word", "OK")),
        ("Found.", ("word", "Found")),
        ("Test passes", ("prose",)),
        ("pass", ("prose",)),
        ("PASS for all", ("prose",)),
        ('"✓ Config loaded: 6 domains"', ("quoted", "✓ Config loaded: 6 domains")),
        ('"Dry run completed" (no YAML errors)', ("quoted", "Dry run completed")),
        ("“curly” quotes", ("quoted", "curly")),
        ("`a` or `b`", ("quoted", "a", "b")),
        ('"a", "b" or `c`', ("quoted", "a", "b", "c")),
        ('"a" (new) or "b" (old)', ("quoted", "a", "b")),
        ('"a" and "b"', ("quoted", "a")),
        ('"a", "b"', ("quoted", "a")),
        ("``a``", ("quoted", "a")),
        ("`PASS`", ("quoted", "PASS")),
        ('"..."', ("prose",)),
        ('First test outputs "PASS"', ("prose",)),
        ('"never closed', ("prose",)),
        ("All tests pass, coverage ≥80%", ("prose",)),
    ],
)
def test_the_first_kind_that_fits_decides(text: str, found: tuple[object, ...]) -> None:
    assert short(parse_expectation(text)) == found


@pytest.mark.parametrize(
    ("text", "fence", "found"),
    [
        ("", "a\n\n  b\n", ("lines", "a", "b")),
        ("", "a\n...\nb ... c", ("lines", "a", "b ... c")),
        ("", "...\n", ("prose",)),
        ("", "", ("nothing",)),
        ("like this:", "a\n", ("lines", "a")),
        ("3", "a\n", ("number", "=", 3)),
    ],
)
def test_a_fence_counts_where_the_text_is_for_people(
    text: str, fence: str, found: tuple[object, ...]
) -> None:
    assert short(parse_expectation(text, fence)) == found


def test_the_text_is_kept_as_it_was_said() -> None:
    assert parse_expectation(" 1 (one call) ").text == "1 (one call)"
    assert parse_expectation("All tests pass").text == "All tests pass"
    assert parse_expectation("", "a\nb\n").text == "a\nb"


@pytest.mark.parametrize(
    ("script", "comment"),
    [
        ("ls\n# Expected: 5 files\n", "5 files"),
        ("ls | wc -l  # expected output: 5\n\n", "5"),
        ("# Expected: 5\nls", ""),
        ("ls # Expected: 5\npwd # Expected: 6", ""),
        ("echo '# Expected: 5'", ""),
        ("cat <<E\n# Expected: 5\nE", ""),
        ("ls\n# Expected: 5\n# or so", ""),
        ("ls\n# Expected:", ""),
        ("ls\n# 5", ""),
        ("echo '\n# Expected: 5", ""),
    ],
)
def test_one_comment_that_ends_a_script_says_what_is_expected(script: str, comment: str) -> None:
    assert expected_comment(script) == comment


@pytest.mark.parametrize(
    ("labels", "script", "found"),
    [
        ([], "", ("nothing",)),
        ([("Exit Code", "1 (invalid)", None)], "", ("exit", 1)),
        ([("**Exit Code**:", "`0`", None)], "", ("exit", 0)),
        ([("Exit Code", "non-zero", None)], "", ("prose",)),
        ([("Expected", "all is well", None), ("Expected Output", "", "a\n")], "", ("lines", "a")),
        ([("Expected Output", "", "a\n"), ("Exit Code", "1", None)], "", ("exit", 1)),
        ([("Expected", '"a"', None), ("Exit Code", "0", None)], "", ("quoted", "a")),
        ([("Expected", "well", None), ("Exit Code", "0", None)], "", ("exit", 0)),
        ([("Expected", "well", None)], "ls # Expected: 5", ("number", "=", 5)),
    ],
)
def test_of_all_that_is_said_the_first_kind_counts_and_status_0_goes_without_saying(
    labels: list[tuple[str, str, str | None]], script: str, found: tuple[object, ...]
) -> None:
    assert short(expectation_of(labels, script)) == found


@given(st.text(), st.none() | st.text())
def test_any_text_is_an_expectation(text: str, fence: str | None) -> None:
    assert isinstance(parse_expectation(text, fence), Expectation)


@pytest.mark.parametrize("piece", ["(", '"a" ', "exit ", " ", "exit code ", "`", "1,", '"a" or ', "(a) "])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    begun = time.process_time()

    parse_expectation(piece * 100_000, piece * 100_000)

    assert time.process_time() - begun < 2
