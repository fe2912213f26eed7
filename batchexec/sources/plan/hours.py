"""Efforts: what people write of the hours a piece of work takes."""

from __future__ import annotations

import re

from batchexec.sources.plan.plan import Hours

EFFORT = (
    r"~?(\d{1,9}(?:\.\d{1,9})?)\s{0,9}(?:(?:-|–|to)\s{0,9}(\d{1,9}(?:\.\d{1,9})?)\s{0,9})?"
    r"\+?\s{0,9}(hours?|hrs?|h|minutes?|mins?|m)\b"
)
_EFFORT = re.compile(EFFORT, re.ASCII | re.IGNORECASE)
_AT_END = re.compile(rf"(?:⏱\ufe0f?\s{{0,9}}|\()(?P<effort>{EFFORT})\)?\s*\Z", re.ASCII | re.IGNORECASE)
_HOURS = re.compile(
    r"\*\*(?:Time|Actual|Actual Time|Actual Duration|Total Time)\*\*:\s{0,9}~?"
    r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s{0,9}(?:hours?|h)\b",
    re.ASCII,
)
_LONGEST = 400
_TAIL = 120


def parse_hours(text: str) -> Hours | None:
    """
    Read `3-4 hours`, `~2h`, `90 min`; None where no effort is named.

    The first range counts: the second in `3-4 hours (was 2-3 hours)` is history.
    """
    found = _EFFORT.search(text[:_LONGEST])
    return _hours(found[1], found[2], found[3], text.strip()) if found else None


def split_effort(text: str) -> tuple[str, Hours | None]:
    """Take an effort like `(4-6h)` or `⏱️ 4-6 hours` off the end of a title."""
    tail = max(0, len(text) - _TAIL)
    found = _AT_END.search(text, tail)
    if not found:
        return text, None
    return text[: found.start()], _hours(found[2], found[3], found[4], found["effort"])


def actual_hours(line: str) -> float | None:
    """Read the hours a piece of work took off a line that tells them; None where it does not."""
    found = _HOURS.search(line[:_LONGEST])
    return float(found[1]) if found else None


def _hours(one: str, other: str | None, unit: str, text: str) -> Hours:
    share = 60 if unit[0] in "mM" else 1
    low = float(one) / share
    high = float(other) / share if other else low
    return Hours(min(low, high), max(low, high), text)
