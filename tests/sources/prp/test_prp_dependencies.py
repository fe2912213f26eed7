"""What a PRP depends on, in every form people write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.errors import Problem
from batchexec.model import Location
from batchexec.sources.prp.dependencies import parse_dependencies, without_parentheses


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (["PRP-12.1.1"], ["PRP-12.1.1"]),
        (["12.1.1", "12.10"], ["PRP-12.1.1", "PRP-12.10"]),
        (["PRP-B (needs the guide)"], ["PRP-B"]),
        (["PRP-21: Title, more"], ["PRP-21"]),
        ([{"PRP-21": "Title, more"}], ["PRP-21"]),
        ([["PRP-12.1.1"], None], ["PRP-12.1.1"]),
        ("PRP-12.1.1, PRP-12.2.1 (all parts, of course)", ["PRP-12.1.1", "PRP-12.2.1"]),
        ("PRP-12.1.1 and PRP-12.2.1.", ["PRP-12.1.1", "PRP-12.2.1"]),
        ("PRP-12.1.1, PRP-12.1.1, 12.1.1", ["PRP-12.1.1"]),
        ("numpy>=1.21.0, PRP-42", ["PRP-42"]),
        ("PRP-012.1.01", ["PRP-12.1.1"]),
        ("'12.2.1'", ["PRP-12.2.1"]),
        ("12.2.1", ["PRP-12.2.1"]),
        ("PRP-2.1.1 (see (also) PRP-3.1.1), PRP-4.1.1", ["PRP-2.1.1", "PRP-4.1.1"]),
        ("PRP-2.1.1 (never closed, PRP-3.1.1", ["PRP-2.1.1"]),
        ("PRP-134.1.1", ["PRP-134.1.1"]),
    ],
)
def test_ids_are_found_in_every_form(value: object, ids: list[str]) -> None:
    assert [edge.id for edge in parse_dependencies(value, "x.md").edges] == ids


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "",
        "none",
        "None",
        "None (must run first)",
        "N/A",
        "TBD",
        "~",
        "-",
        ["none", None, ""],
        "nil",
    ],
)
def test_many_words_say_that_nothing_has_to_come_first(value: object) -> None:
    found = parse_dependencies(value, "x.md")

    assert (found.edges, found.requirements, found.problems) == ((), (), ())


@pytest.mark.parametrize(
    ("value", "requirements"),
    [
        (["pytest (testing)", "PRP-12.1.1"], ("pytest",)),
        ("numpy>=1.21.0, PRP-42, requests >=2.2.0", ("numpy>=1.21.0", "requests >=2.2.0")),
        ("PRP-1.2.3.4", ("PRP-1.2.3.4",)),
        ("PRP-12.1.1x", ("PRP-12.1.1x",)),
        ("v.PRP-12.1.1", ("v.PRP-12.1.1",)),
        ("XPRP-12.1.1", ("XPRP-12.1.1",)),
        ("PRP-AB", ("PRP-AB",)),
        ("12", ("12",)),
        ("python 3.10", ("python 3.10",)),
        (["None - independent"], ("None - independent",)),
    ],
)
def test_what_is_no_id_is_a_requirement_and_no_edge(value: object, requirements: tuple[str, ...]) -> None:
    found = parse_dependencies(value, "x.md")

    assert found.requirements == requirements
    assert {edge.id for edge in found.edges} <= {"PRP-42", "PRP-12.1.1"}


@pytest.mark.parametrize(
    ("value", "soft"),
    [
        ("Soft dependency on PRP-12.1.1 (helps)", [True]),
        (["PRP-12.1.1 (soft)", "PRP-12.2.1"], [True, False]),
        ("PRP-12.1.1 for the software", [False]),
        ("PRP-12.1.1 (soft), PRP-12.1.1", [False]),
        ("PRP-12.1.1, PRP-12.1.1 (soft)", [False]),
    ],
)
def test_the_word_soft_makes_a_soft_edge_unless_a_hard_one_is_said_too(
    value: object, soft: list[bool]
) -> None:
    assert [edge.soft for edge in parse_dependencies(value, "x.md").edges] == soft


def test_a_mapping_is_an_error() -> None:
    found = parse_dependencies({"PRP-12.1.1": "x"}, "x.md", [4])

    assert found.problems == (
        Problem(Location("x.md", 4), "the dependencies are a mapping", "write a list of ids"),
    )


def test_an_edge_knows_what_is_written_and_where() -> None:
    edges = parse_dependencies(["PRP-12.1.1 (all)", "PRP-12.2.1"], "x.md", [4, 6]).edges

    assert [(edge.text, edge.location) for edge in edges] == [
        ("PRP-12.1.1 (all)", Location("x.md", 4)),
        ("PRP-12.2.1", Location("x.md", 6)),
    ]


_IDS = st.lists(st.integers(0, 99), min_size=1, max_size=3).map(
    lambda parts: "PRP-" + ".".join(map(str, parts))
)
_NOTES = st.sampled_from(["", " (all parts)", " (a, b)", " (see (PRP-98.1.1))", "  "])


@given(st.lists(st.tuples(_IDS, _NOTES)))
def test_text_and_list_say_the_same(items: list[tuple[str, str]]) -> None:
    written = [prp_id + note for prp_id, note in items]
    ids = list(dict.fromkeys(prp_id for prp_id, _ in items))

    assert [edge.id for edge in parse_dependencies(", ".join(written), "x.md").edges] == ids
    assert [edge.id for edge in parse_dependencies(written, "x.md").edges] == ids


@given(st.text(alphabet="ab()", max_size=14))
def test_parentheses_go_from_the_inside_out_and_an_open_one_takes_the_rest(text: str) -> None:
    before, left = "", text
    while left != before:
        before, left = left, re.sub(r"\([^()]*\)", "", left)

    assert without_parentheses(text) == left.partition("(")[0]


@given(st.text(alphabet="PRP-A0.1(),'\" soft", max_size=200))
def test_no_text_makes_an_edge_of_something_that_is_no_id(text: str) -> None:
    for edge in parse_dependencies(text, "x.md").edges:
        assert edge.id.removeprefix("PRP-").replace(".", "").isalnum()
