from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchexec.hooks.patterns import plain, problem_with_regex, search

PATTERNS = st.text(st.sampled_from("ab[]^-&~|{}()?:.*+,1e\\s\\d$"), max_size=12)


def by_python(pattern: str, text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.search(pattern, text, re.MULTILINE) is not None
        except (re.error, OverflowError):
            assume(False)
            raise


@given(PATTERNS, st.text(st.sampled_from("ab[]^-&~|{}:.,1e\\ \n"), max_size=12))
def test_a_pattern_means_what_it_means_to_python(pattern: str, text: str) -> None:
    expected = by_python(pattern, text)
    problem = problem_with_regex(pattern)
    assume(problem != "it nests or repeats too much")
    assert (problem, search(pattern, text)) == (None, expected)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^b$", "a\nb\nc", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("abc{e}", "abX", False),
        ("abc{e}", "abc{e}", True),
        ("[[:alpha:]]", "q", False),
        ("[+--b]", ",", True),
        ("[[a]", "[", True),
        ("[a&&b]", "b", True),
        ("(?#[)[a[]", "[", True),
        (r"\N{LATIN SMALL LETTER A}", "a", True),
        (r"\{x}", "{x}", True),
        ("x{,2}y", "xxy", True),
        ("{}", "{}", True),
        (r"[]a]", "]", True),
    ],
)
def test_a_pattern_finds(pattern: str, text: str, found: bool) -> None:
    assert search(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("a+", None),
        ("[[a]", None),
        ("(", "missing ), unterminated subpattern"),
        ("[z-a]", "bad character range z-a"),
        (r"\p{L}", r"bad escape \p"),
        ("(?|a)", "unknown extension ?|"),
        ("a{99999999999}", "the repetition number is too large"),
        ("a" * 1001, "it is longer than 1,000 characters"),
    ],
)
def test_a_regex_is_one_if_python_says_so(pattern: str, problem: str | None) -> None:
    assert problem_with_regex(pattern) == problem


@pytest.mark.parametrize(
    "pattern",
    [
        "a{4294967294}",
        "(ab){60000}",
        "(a{300}){300}",
        "((?:a?){1000}b{2}){1000}",
        "(" * 60 + ")" * 60,
        "(?:" * 400,
    ],
)
def test_a_pattern_that_would_take_all_memory_is_refused_before(pattern: str) -> None:
    closed = pattern + ")" * (pattern.count("(") - pattern.count(")"))
    assert problem_with_regex(closed) in {
        "it nests or repeats too much",
        "it is longer than 1,000 characters",
    }


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}",
        "x{,4294967294}",
        "a{100}b{100}c{100}d{100}",
        r"\({50}",
        "[({]{50}",
        "(a)" * 60,
        "(?x)a{2} # :)",
    ],
)
def test_a_pattern_that_repeats_within_reason_is_none_the_worse_for_it(pattern: str) -> None:
    assert problem_with_regex(pattern) is None


def test_a_pattern_that_explodes_is_given_up() -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        search("(a|aa)+$", "a" * 60 + "b")
    assert time.monotonic() - start < 3


def test_a_brace_that_repeats_and_one_that_does_not_are_told_apart() -> None:
    assert plain(r"a{2}b{2,}c{,3}d{e}\{[{]") == r"a{2}b{2,}c{,3}d\{e}\{[{]"
