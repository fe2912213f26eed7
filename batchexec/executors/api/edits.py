"""Reads search/replace edits: what stands in a block between `<<<<<<< SEARCH` and `>>>>>>> REPLACE`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.executors.api.file_text import Hunk

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEARCH = re.compile(r"<{5,9} ?SEARCH>?\s*")
_DIVIDER = re.compile(r"={5,9}\s*")
_REPLACE = re.compile(r">{5,9} ?REPLACE\s*")
_LONGEST_MARKER = 40

Mistake = tuple[int, str, str]
"""The line in the answer, what is wrong there, and what would be right."""

_ONCE = "an edit is SEARCH, =======, REPLACE; for lines that look like these, send the whole file"


def is_search(line: str) -> bool:
    return _is(_SEARCH, line)


def parse_edits(lines: Sequence[str], first: int) -> tuple[list[Hunk], list[Mistake]]:
    """Read the edits of a block; `first` is the number of its first line in the answer."""
    edits: list[Hunk] = []
    mistakes: list[Mistake] = []
    before: list[str] = []
    after: list[str] = []
    start, place = 0, "outside"
    for number, line in enumerate(lines, first):
        match place, _marker(line):
            case "outside", "search":
                start, place, before, after = number, "before", [], []
            case "outside", None if not line.strip():
                pass
            case "before", "divider":
                place = "after"
            case "after", "replace":
                edits.append(Hunk(tuple(before), tuple(after), start))
                place = "outside"
            case "before", None:
                before.append(line)
            case "after", None:
                after.append(line)
            case _:
                return edits, [
                    *mistakes,
                    (number, f"{line.strip()[:_LONGEST_MARKER]!r} has no place here", _ONCE),
                ]
    if place != "outside":
        mistakes.append((start, "the edit that starts here has no >>>>>>> REPLACE", _ONCE))
    return edits, mistakes


def _marker(line: str) -> str | None:
    if not line or line[0] not in "<=>":
        return None
    kinds = (("search", _SEARCH), ("divider", _DIVIDER), ("replace", _REPLACE))
    return next((kind for kind, pattern in kinds if _is(pattern, line)), None)


def _is(pattern: re.Pattern[str], line: str) -> bool:
    return len(line) <= _LONGEST_MARKER and pattern.fullmatch(line) is not None
