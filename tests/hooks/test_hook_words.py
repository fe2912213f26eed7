from __future__ import annotations

import shlex

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from batchexec.hooks.words import InvalidHookError, split, without_quotes, written

TEXTS = st.text(st.sampled_from(" \t\n\"'\\=ab#;“ก\u00a0\x0c"))


def by_shell(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)


@given(TEXTS)
@example(r'a "b c"d \'e\' "\s\"\\\x"')
@example("\"\" '' a''b")
def test_words_are_those_of_a_shell(text: str) -> None:
    try:
        words = split(text)
    except InvalidHookError:
        assume(False)
    assert words == by_shell(text)


@given(TEXTS)
def test_only_what_a_shell_refuses_a_bare_backslash_and_curly_quotes_are_refused(text: str) -> None:
    try:
        split(text)
    except InvalidHookError as invalid:
        match invalid.message:
            case "a quote is not closed":
                with pytest.raises(ValueError, match=r"No closing quotation|No escaped character"):
                    by_shell(text)
            case "a backslash stands outside quotes":
                assert "\\" in text
            case message:
                assert (message, "=“" in text) == ("a value stands in curly quotes", True)


@pytest.mark.parametrize("text", ["a" * 100_000 + "'", '"' + "\\a" * 100_000, "'" * 100_001, '"a\\' * 50_001])
def test_a_long_text_with_an_open_quote_is_refused_at_once(text: str) -> None:
    with pytest.raises(InvalidHookError, match="not closed"):
        split(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a.py", "k=a.py"),
        ("two words", 'k="two words"'),
        ("don't", 'k="don\'t"'),
        ('"node": 1', "k='\"node\": 1'"),
        (r"\s+", r"k='\s+'"),
        ("""'"\\""", r'k="\'\"\\"'.replace(r"\'", "'")),
        ('"a"', 'k="\'\\"a\\"\'"'),
    ],
)
def test_a_value_is_written_with_the_quotes_it_needs(value: str, text: str) -> None:
    assert written("k", value) == text


@given(st.text(st.sampled_from(" \"'\\=ab#;ก"), min_size=1))
def test_what_is_written_reads_back(value: str) -> None:
    # In quotes, and with the other quote between them: there is no way to write that.
    assume(without_quotes(value) == value or not {'"', "'"} <= set(value))
    (word,) = split(written("k", value))
    assert without_quotes(word.removeprefix("k=")) == value
