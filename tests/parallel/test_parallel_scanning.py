"""JSON is read with the place of every value, and what is no JSON is told with its place."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.parallel.scanning import MAX_DEPTH, JsonArray, JsonObject, NotJsonError, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
)


def places(value: Any) -> Iterator[tuple[Any, int]]:
    if isinstance(value, JsonObject):
        for key, inside in value.items():
            yield inside, value.places[key]
            yield from places(inside)
    if isinstance(value, JsonArray):
        for inside, at in zip(value, value.places, strict=True):
            yield inside, at
            yield from places(inside)


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_every_value_is_read_and_stands_where_it_is_said_to(
    value: Any, indent: int | str | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    scanned = scan(text)

    assert scanned.value == value
    for inside, at in [(scanned.value, scanned.at), *places(scanned.value)]:
        assert json.JSONDecoder().raw_decode(text, at)[0] == inside


@given(st.text(alphabet='{}[]:,"\\ 01-.eEntrufals\n\tx\u00a0\ud800'))
def test_what_is_json_is_the_same_as_everywhere(text: str) -> None:
    try:
        expected: Any = json.loads(text)
    except json.JSONDecodeError:
        with pytest.raises(NotJsonError):
            scan(text)
    else:
        assert scan(text).value == expected


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("", "the text ends too early", 0),
        (" \n", "the text ends too early", 2),
        ("[1", "the text ends too early", 2),
        ('{"a"', "a ':' is missing after the key", 4),
        ('{"a": 1, "b"}', "a ':' is missing after the key", 12),
        ('{"a":', "the text ends too early", 5),
        ("[1,]", "a value is missing", 3),
        ("[,1]", "a value or ']' is missing", 1),
        ("[1 2]", "',' or ']' is missing", 3),
        ("[}", "a value or ']' is missing", 1),
        ('{"a": }', "a value is missing", 6),
        ('{"a": 1,}', "a key in double quotes is missing", 8),
        ("{'a': 1}", "a key in double quotes or '}' is missing", 1),
        ('{"a": 1 "b": 2}', "',' or '}' is missing", 8),
        ('["a": 1]', "the ':' is out of place", 4),
        ('{"a" 1}', "a ':' is missing after the key", 4),
        ("1 2", "there is more after the end of the value", 2),
        ("1]", "there is more after the end of the value", 1),
        ("]", "a value is missing", 0),
        ("NaN", "JSON has no number NaN", 0),
        ("[-Infinity]", "JSON has no number -Infinity", 1),
        ("01", "a value is missing", 0),
        ("[1.]", "a value or ']' is missing", 1),
        ("nul", "a value is missing", 0),
        ("truex", "a value is missing", 0),
        ("1e999", "the number is too large", 0),
        ("9" * 5000, "the number is too large", 0),
        ('"abc', "the string is not closed", 0),
        ('"abc\n"', "the string is not closed", 0),
        ('"a\tb"', "a control character in a string has to be escaped", 2),
        ('"a\\', "the string is not closed", 0),
        ('"a\\x"', "there is no such escape in JSON strings", 2),
        ('"\\u12"', "there is no such escape in JSON strings", 2),
        ("\ufeff1", "a value is missing", 0),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, reason: str, offset: int) -> None:
    with pytest.raises(NotJsonError) as caught:
        scan(text)

    assert (caught.value.reason, caught.value.offset) == (reason, offset)


def test_values_may_be_in_each_other_up_to_a_limit() -> None:
    scan("[" * MAX_DEPTH + "]" * MAX_DEPTH)

    with pytest.raises(NotJsonError, match="more than 200 objects and lists are in each other"):
        scan("[" * (MAX_DEPTH + 1))


def test_of_a_key_that_stands_twice_the_last_value_counts_and_the_way_to_it_is_told() -> None:
    scanned = scan('{"a": [0, {"b": 1, "b": 2}], "a/b": 1, "a/b": 3}')

    assert scanned.value == {"a": [0, {"b": 2}], "a/b": 3}
    assert scanned.twice == (("a", 1, "b"), ("a/b",))


@pytest.mark.parametrize(
    "text",
    [
        '"' * 200_001,
        '"' + "\\" * 200_001,
        '["' + "a\\n" * 100_000,
        "[" * 200_000,
        '{"a":' * 60_000,
        "-" * 200_000,
        "1" * 200_000,
        "0." + "0" * 200_000,
        " " * 200_000,
    ],
    ids=lambda text: text[:6],
)
def test_hostile_texts_take_little_time(text: str) -> None:
    started = time.perf_counter()
    with suppress(NotJsonError):
        scan(text)

    assert time.perf_counter() - started < 1
