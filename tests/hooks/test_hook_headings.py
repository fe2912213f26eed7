from __future__ import annotations

import pytest

from batchexec.hooks.headings import headings, without_markup


def test_headings_are_those_people_see() -> None:
    text = (
        "# One\n\n   ### Two ##\n\nThree\n=====\nFour\n---\n\n```md\n# Fenced\n~~~\n# Still\n```\n"
        "    # Code\n#NoBlank\n\n---\n####### Seven\n\n## Last\n"
    )
    assert headings(text) == {"One", "Two", "Three", "Four", "Last"}


@pytest.mark.parametrize(
    "text",
    [
        "```\nA\n---\n```\n",
        "<!--\nA\n---\n-->\n",
        "---\nA: b\n---\n",
        "A\n\n---\n",
        "- A\n---\n",
        "1. A\n===\n",
        "> A\n---\n",
        "    A\n---\n",
        "***\n---\n",
        "A\n    ---\n",
        "A\n- -\n",
        "A\n```\n```\n---\n",
    ],
)
def test_a_line_over_dashes_is_not_always_a_heading(text: str) -> None:
    assert headings(text) == frozenset()


def test_a_rule_after_a_heading_makes_no_second_one() -> None:
    assert headings("# A\n---\nB\n---\n---\n") == {"A", "B"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("---\n# A\ntitle: b\n---\n# C\n", {"C"}),
        ("---\n\n# A\n'a b': c\n# D\n...\n# C\n", {"C"}),
        ("---\n# A\n---\n# C\n", {"C"}),
        ("+++\n# A\nb = 1\n+++\n# C\n", {"C"}),
        ("---\n# A\n\nText\n\n---\n# C\n", {"A", "C"}),
        ("---\n---\n# C\n", {"C"}),
        ("---\n# A\ntitle: b\n", {"A"}),
        ("\n---\n# A\n\ntitle: b\n\n---\n", {"A"}),
    ],
)
def test_a_comment_in_front_matter_is_no_heading(text: str, found: set[str]) -> None:
    assert headings(text) == found


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("**A** b", "A b"),
        ("A *b*", "A b"),
        ("_A_ `b`", "A b"),
        ("[A](x.md) b", "A b"),
        ("snake_case", "snake_case"),
        ("2 * 3 and 2*3", "2 * 3 and 2*3"),
    ],
)
def test_markup_is_not_what_people_read(heading: str, text: str) -> None:
    assert without_markup(heading) == text


def test_in_restructured_text_any_punctuation_underlines() -> None:
    text = "A\n===\n\nB\n~~~\n\ntext\n\nC\n^^^\n\n- d\n---\n\n====\nE\n====\n"
    assert headings(text, restructured=True) == {"A", "B", "C", "E"}
