"""Which YAML is accepted, what becomes of it, and what is said about the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.strict_yaml import MAX_BYTES, parse


def test_scalars_stay_text_and_those_without_quotes_are_known() -> None:
    document = parse(b"a: 1\nb: '1'\nc: [x, ~, \"\"]\n", "f.yaml")
    assert document.value == {"a": "1", "b": "1", "c": ["x", None, ""]}
    assert document.plain == {("a",), ("c", 0), ("c", 1)}


def test_the_line_of_every_key_and_item_is_known() -> None:
    document = parse(b"\xef\xbb\xbf# first\na:\n  b:\n    - x\n    - y: 1\n", "f.yaml")
    assert [str(document.location(place)) for place in [("a",), ("a", "b"), ("a", "b", 1, "y")]] == [
        "f.yaml:2",
        "f.yaml:3",
        "f.yaml:5",
    ]


def test_an_unknown_place_is_located_at_what_is_around_it() -> None:
    document = parse(b"\n\na: {b: 1}\n", "f.yaml")
    assert str(document.location(("a", "c", 3))) == "f.yaml:3"


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"~\n", b"---\n"])
def test_a_document_that_says_nothing_is_none(data: bytes) -> None:
    document = parse(data, "f.yaml")
    assert (document.value, document.problems) == (None, ())


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        (b"a: [1\nb: 2\n", ["f.yaml:2: error: this is not YAML: did not find expected ',' or ']'"]),
        (
            b"a: 1\n\tb: 1\n",
            ["f.yaml:2: error: this is not YAML: found a tab character that violates indentation"],
        ),
        (b"a: 1\nb: \x01\n", ["f.yaml:2: error: this is not YAML: control characters are not allowed"]),
        (b"a: 1\nb: \xff\n", ["f.yaml:2: error: the file is not UTF-8"]),
        (b"a: 1\nb: 2\na: 3\n", ["f.yaml:3: error: 'a' is said twice; the first is in line 1"]),
        (b"a: 1\n---\nb: 1\n", ["f.yaml:2: error: a second document begins here; there may be one"]),
        (b"? [a]\n: 1\n", ["f.yaml:1: error: a key must be a word"]),
        (
            b"a: !!str 1\n",
            ["f.yaml:1: error: the tag tag:yaml.org,2002:str cannot be used here; write the plain value"],
        ),
        (b"a: !x 1\n", ["f.yaml:1: error: the tag !x cannot be used here; write the plain value"]),
        (b"[" * 30 + b"]" * 30, ["f.yaml:1: error: this is nested more than 20 levels deep"]),
        (b"#" * (MAX_BYTES + 1), ["f.yaml:1: error: the file is larger than 64 KiB"]),
        (
            b"a: &x 1\nb: *x\n",
            [
                "f.yaml:1: error: the anchor &x cannot be used here; write each value where it belongs",
                "f.yaml:2: error: the alias *x cannot be used here; write the value itself",
            ],
        ),
    ],
)
def test_what_is_refused_is_said_with_its_line(data: bytes, messages: list[str]) -> None:
    assert [str(problem) for problem in parse(data, "f.yaml").problems] == messages


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document(data: bytes) -> None:
    parse(data, "f.yaml")


_TREES = st.recursive(
    st.text(st.characters(categories=("L", "Nd", "P", "Zs"))),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(_TREES)
def test_json_is_read_as_what_it_says(tree: object) -> None:
    document = parse(json.dumps(tree, ensure_ascii=False).encode(), "f.yaml")
    assert (document.value, document.problems) == (tree, ())
