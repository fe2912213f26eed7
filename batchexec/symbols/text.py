"""Code seen without its comments and strings, for languages we have no grammar for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STRING = r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
_SLASHES = re.compile(rf"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|{_STRING}", re.DOTALL)
_HASHES = re.compile(rf"(?P<comment>(?<!\S)\#[^\n]*)|{_STRING}", re.DOTALL)


def without_comments(text: str) -> str:
    return _SLASHES.sub(lambda match: match["string"] or " ", text)


def without_comments_and_strings(text: str, *, hashes: bool = False) -> str:
    return (_HASHES if hashes else _SLASHES).sub(lambda match: '""' if match["string"] else " ", text)


def comments(text: str) -> Iterator[str]:
    return (match["comment"] for match in _SLASHES.finditer(text) if match["comment"])
