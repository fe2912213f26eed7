"""How long a PRP is said to take, in hours."""

from __future__ import annotations

import re

Hours = tuple[float, float]
"""The least and the most; equal where one number is given."""

_RANGE = r"(\d+(?:\.\d+)?)(?:\s*[-–]\s*(\d+(?:\.\d+)?))?"
_WITH_UNIT = re.compile(rf"~?{_RANGE}\s*(h|hours?|hrs?|m|mins?|minutes?)\b", re.IGNORECASE)
_LEADING = re.compile(rf"\s*~?\s*{_RANGE}")
_LONGER = re.compile(r"\s*(?:d|days?|w|wks?|weeks?|months?)\b", re.IGNORECASE)
_LONGEST = 200


def parse_effort(text: str) -> Hours | None:
    """
    Read `3-5`, `1.5 h`, `15-20 minutes`, `Medium (3-5 hours)`.

    The first number with hours or minutes counts, else one in front, as
    hours. Days and weeks say nothing: nobody knows how long theirs are.
    """
    text = text[:_LONGEST]
    if found := _WITH_UNIT.search(text):
        return _hours(found, 60 if found[3][0] in "mM" else 1)
    leading = _LEADING.match(text)
    if leading is None or _LONGER.match(text, leading.end()):
        return None
    return _hours(leading, 1)


def _hours(found: re.Match[str], share: int) -> Hours:
    one = float(found[1]) / share
    other = float(found[2]) / share if found[2] else one
    return min(one, other), max(one, other)
