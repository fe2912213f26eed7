"""Searches a text for a pattern that somebody else wrote: read as Python reads it, and given up in time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

_LONGEST = 1000
# A repetition is written out when a pattern is compiled: without bounds 12 characters take all memory.
_LARGEST = 50_000
_DEEPEST = 50
_SECONDS = 1.0
# An escape, a comment, a set, or a brace that repeats nothing.
_SPECIAL = re.compile(
    r"""(?P<kept>\\N\{[^{}]*\}|\\.|\(\?\#[^)]*\))
    |\[(?P<negated>\^?)(?P<set>(?:\\.|[^\\])(?:\\.|[^\\\]])*+)\]
    |(?P<brace>\{(?!\d*,?\d*\}|\})|\{(?=\}))""",
    re.DOTALL | re.VERBOSE,
)
_ATOM = re.compile(r"(?P<first>\\.|[^\\])(?:-(?P<last>\\.|[^\\]))?", re.DOTALL)
_DOUBTFUL = "[-&~|"
_PART = re.compile(r"\\.|\[\^?(?:\\.|[^\\])(?:\\.|[^\\\]])*+\]|\{(?P<least>\d*)[\d,]*\}|.", re.DOTALL)


def problem_with_regex(pattern: str) -> str | None:
    """Say why Python would not take this for a regular expression; None if it would."""
    if len(pattern) > _LONGEST:
        return f"it is longer than {_LONGEST:,} characters"
    normal = plain(pattern)
    try:
        re.compile(normal)
    except re.error as error:
        return error.msg
    except (OverflowError, RecursionError) as error:
        return str(error)
    return "it nests or repeats too much" if _is_too_large(normal) else None


def search(pattern: str, text: str) -> bool:
    """
    Say whether a text holds what the pattern describes, line by line as with re.MULTILINE.

    Raises TimeoutError for a pattern that would search for ever.
    """
    return _compiled(pattern).search(text, timeout=_SECONDS) is not None


def is_empty_match(pattern: str) -> bool:
    """Say whether a pattern is content with nothing at all, as `x*` is: then any text has it."""
    return search(pattern, "")


def plain(pattern: str) -> str:
    """
    Escape what Python reads as plain characters and other dialects do not.

    `{e}` is a fuzzy match elsewhere, `[[:alpha:]]` and `[a-z--b]` sets of sets.
    """
    return _SPECIAL.sub(_escaped, pattern)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> regex.Pattern[str]:
    import regex  # noqa: PLC0415  # slow

    return regex.compile(plain(pattern), regex.MULTILINE | regex.VERSION0)


def _is_too_large(pattern: str) -> bool:
    if "{" not in pattern and pattern.count("(") < _DEEPEST:
        return False
    sizes, last = [0], 0
    for part in _PART.finditer(pattern):
        more = 0
        match part[0][0]:
            case "(":
                sizes.append(0)
            case ")":
                # One in a comment closes nothing.
                last = more = sizes.pop() if sizes[1:] else 0
            case "{":
                more = last * (max(int(part["least"] or 0), 1) - 1)
                last += more
            case _:
                last = more = 1
        sizes[-1] += more
        if len(sizes) > _DEEPEST or sizes[-1] > _LARGEST:
            return True
    return False


def _escaped(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    if found["brace"]:
        return r"\{"
    return f"[{found['negated']}{_ATOM.sub(_plain_atom, found['set'])}]"


def _plain_atom(found: re.Match[str]) -> str:
    first, last = (f"\\{part}" if part and part in _DOUBTFUL else part for part in found.groups())
    return first if last is None else f"{first}-{last}"
