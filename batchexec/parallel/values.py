"""What single values of a parallel.json look like where they are right: ids, hours, words."""

from __future__ import annotations

import math
import re
from typing import Any

from batchexec.sources.plan import Hours
from batchexec.sources.plan.ids import canonical

_NUMBER = r"(?:0|[1-9][0-9]*)"
_ID = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{1,2}}")
_SUB_ID = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{2,3}}")
_PADDED = re.compile(r"[0-9]+(?:\.[0-9]+){1,3}")
_HOURS = re.compile(
    r"~?([0-9]+(?:\.[0-9]+)?)(?: *(?:-|–|to) *([0-9]+(?:\.[0-9]+)?))? *(h|hrs?|hours?|m|mins?|minutes?)?\n?"
)


def is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_sub_id(value: object) -> bool:
    return isinstance(value, str) and _SUB_ID.fullmatch(value) is not None


def unpadded(text: str) -> str:
    """Write an id without the zeros that make it invalid; "" for what is no id even so."""
    return canonical(text.strip()) if _PADDED.fullmatch(text.strip()) else ""


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def is_hours(value: object) -> bool:
    return (
        value is None or is_number(value) or (isinstance(value, str) and _HOURS.fullmatch(value) is not None)
    )


def is_word(value: object) -> bool:
    return value is None or isinstance(value, str)


def number_text(value: Any) -> str:
    """Write a number as people do: 1 and 1.0 are both `1`."""
    return f"{value:.12g}" if is_number(value) else ""


def hours_of(value: Any) -> Hours | None:
    """Read hours from a number or from text like `4-6` or `90 min`; None where nothing usable is said."""
    if is_number(value):
        return Hours(float(value), float(value), number_text(value))
    found = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    unit = 60 if (found[3] or "").startswith("m") else 1
    ends = sorted(float(end) / unit for end in (found[1], found[2] or found[1]))
    return None if math.isinf(ends[1]) else Hours(ends[0], ends[1], value.strip())
