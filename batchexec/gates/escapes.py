"""Reads what text for a terminal stands for: backslashes in `echo -e`, `printf` and `$'…'`, and colours."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:(?P<letter>[abeEfnrtv\\'\"?])|0?(?P<octal>[0-7]{1,3})"
    r"|x(?P<byte>[0-9A-Fa-f]{1,2})|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8}))"
)
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LETTERS = dict(zip("abeEfnrtv", "\a\b\x1b\x1b\f\n\r\t\v", strict=True))
_LAST = 0x10FFFF


def decoded(text: str) -> str:
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def plain(text: str) -> str:
    return _COLOUR.sub("", text) if "\x1b" in text else text


def _meant(found: re.Match[str]) -> str:
    if letter := found["letter"]:
        return _LETTERS.get(letter, letter)
    code = (
        int(found["octal"], 8)
        if found["octal"]
        else int(found["byte"] or found["short"] or found["long"], 16)
    )
    return chr(code) if code <= _LAST else found.group()
