"""Three dots in an expected text stand for whatever is between."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from batchexec.gates.matching import speaks_of
from batchexec.model import Expectation, Kind

PIECES = st.lists(st.text("ab", max_size=3), min_size=1, max_size=4)


@given(PIECES, st.text("ab", max_size=8))
def test_a_line_of_a_fence_is_the_whole_line(pieces: list[str], line: str) -> None:
    expected = Expectation(kind=Kind.LINES, parts=("...".join(pieces),))

    assert speaks_of(expected, line) is (re.fullmatch(".*".join(pieces), line) is not None)


@given(PIECES, st.text("ab", max_size=8))
def test_a_quoted_text_stands_anywhere(pieces: list[str], line: str) -> None:
    expected = Expectation(kind=Kind.QUOTED, parts=("...".join(pieces),))

    assert speaks_of(expected, line) is (re.search(".*".join(pieces), line) is not None)


def test_many_dots_take_no_longer_than_their_length() -> None:
    expected = Expectation(kind=Kind.LINES, parts=("a..." * 50_000 + "b",))
    begun = time.process_time()

    assert not speaks_of(expected, "a" * 200_000)
    assert time.process_time() - begun < 2
