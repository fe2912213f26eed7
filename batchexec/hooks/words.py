"""The words of a hook: split as a POSIX shell would, less what is easily got wrong, and written again."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from batchexec.hooks.values import cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_TOLERATED = ("implements", "t_ref", "acceptance")
_LONGEST_SHOWN = 60
_SPACE = re.compile(r"[ \t\r\n]*+")
_BARE = re.compile(r"[^ \t\r\n]+")
_WORD = re.compile(r"""(?:[^ \t\r\n"'\\]++|"(?:[^"\\]++|\\.)*+"|'[^']*+')++""", re.DOTALL)
_QUOTED = re.compile(r""""((?:[^"\\]++|\\.)*+)"|'([^']*+)'""", re.DOTALL)
_ESCAPED = re.compile(r"""\\(["\\])""")
_CURLY = re.compile(r"""[^"'=]*=[\u2018-\u201f«»]""")
_KEY = re.compile(r"[A-Za-z_]\w*=")


class InvalidHookError(Exception):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def split(text: str) -> list[str]:
    if '"' not in text and "'" not in text and "\\" not in text:
        words = _BARE.findall(text)
        _refuse_curly(words)
        return words
    raw = list(_quoted_words(text))
    _refuse_curly(raw)
    return [_QUOTED.sub(_content, word) for word in raw]


def starts_with_key(text: str) -> bool:
    return _KEY.match(text) is not None


def given(words: Sequence[str], known: Collection[str], also: Collection[str] = ()) -> dict[str, str]:
    """Read `key=value`: known keys, and others nobody should write today; what says nothing is left out."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            hint = "write key=value, and quotes around a value with blanks"
            raise InvalidHookError(f"{shown(word)} has no =", hint)
        if not (key in known or key in also or key in _TOLERATED):
            raise unknown_key(key, known)
        if key in found:
            raise InvalidHookError(f"the key {key!r} is there twice", "write two hooks")
        found[key] = cleaned(key, without_quotes(value))
        if not found[key] and key != "path" and key not in _TOLERATED:
            raise InvalidHookError(f"the key {key!r} has no value", f'write {key}="…", or leave it out')
    return {key: value for key, value in found.items() if key not in _TOLERATED}


def unknown_key(key: str, known: Collection[str]) -> InvalidHookError:
    low = key.lower()
    if low in known:
        return InvalidHookError(f"unknown key {shown(key)}", f"keys are in lower case: {low}=")
    near = nearest(key, known)
    return InvalidHookError(f"unknown key {shown(key)}", near or f"the keys are {', '.join(known)}")


def without_quotes(value: str) -> str:
    """Remove one pair of quotes around the whole; two quoted words are no pair."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted and value[0] not in value[1:-1] else value


def written(key: str, value: str) -> str:
    """Write a key so that it reads back with this value."""
    if without_quotes(value) != value:
        other = "'" if value[0] == '"' else '"'
        value = f"{other}{value}{other}"
    if not re.search(r"""[\s"'\\]""", value):
        return f"{key}={value}"
    if '"' not in value and "\\" not in value:
        return f'{key}="{value}"'
    if "'" not in value:
        return f"{key}='{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}="{escaped}"'


def shown(text: str) -> str:
    """Quote what somebody wrote, cut where it is long."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def nearest(word: str, *known: Collection[str]) -> str:
    """Suggest the word that was meant, from the first collection with one that is near."""
    word = word[:_LONGEST_SHOWN].lower()
    found = (near for some in known for near in get_close_matches(word, some, n=1))
    return next((f"did you mean {near}?" for near in found), "")


def _quoted_words(text: str) -> list[str]:
    words: list[str] = []
    at = _end(_SPACE, text, 0)
    while at < len(text):
        end = _end(_WORD, text, at)
        if end < len(text) and text[end] not in " \t\r\n":
            raise _unreadable(text[end])
        words.append(text[at:end])
        at = _end(_SPACE, text, end)
    return words


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _unreadable(char: str) -> InvalidHookError:
    if char == "\\":
        hint = r'put the value in double quotes: regex="class\s+X"'
        return InvalidHookError("a backslash stands outside quotes", hint)
    return InvalidHookError("a quote is not closed", 'put the value in double quotes: contains="don\'t"')


def _content(quoted: re.Match[str]) -> str:
    single, double = quoted[2], quoted[1]
    return single if double is None else _ESCAPED.sub(r"\1", double)


def _refuse_curly(words: Sequence[str]) -> None:
    for word in words:
        if not word.isascii() and _CURLY.match(word):
            raise InvalidHookError(
                "a value stands in curly quotes", 'write straight ones, as in contains="two words"'
            )
