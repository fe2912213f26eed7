"""Texts as lines that join to the same text again."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class UnfitError(Exception):
    """A fragment cannot go into its file; the text follows the name of the file (`it has no class A`)."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines to put at an index in place of as many as `drop`."""

    at: int
    drop: int
    lines: list[str]


def split(text: str) -> list[str]:
    """Split where Python and editors do, and nowhere else; every line keeps its end."""
    return _LINE.findall(text)


def join(lines: list[str]) -> str:
    return "".join(lines)


def newline_of(text: str) -> str:
    """Return how the first line of a text ends."""
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"
