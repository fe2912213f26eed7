"""Reads from the headers of a refusal when the server wants to be asked again."""

from __future__ import annotations

import math
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FURTHEST_S = 31 * 86_400
_PIECE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LONGEST = 100


def retry_at(headers: Mapping[str, str], now: float) -> float | None:
    """Say when to come back, in seconds since the epoch; None if nothing believable is said."""
    exact = _milliseconds(headers.get("retry-after-ms"), now)
    named = exact if exact is not None else _moment(headers.get("retry-after"), now)
    when = named if named is not None else _reset(headers, now)
    return max(when, now) if when is not None and when - now <= _FURTHEST_S else None


def _milliseconds(value: str | None, now: float) -> float | None:
    number = _number(value)
    return None if number is None else now + number / 1000


def _moment(value: str | None, now: float) -> float | None:
    """Read seconds to wait, a duration such as `6m0s`, seconds since the epoch, or a date."""
    if value is None or len(value) > _LONGEST:
        return None
    number = _number(value)
    if number is not None:
        return number if number > 1_000_000_000 else now + number
    return _duration(value.strip(), now) or _date(value.strip())


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _duration(value: str, now: float) -> float | None:
    pieces = _PIECE.findall(value)
    if not pieces or "".join(number + unit for number, unit in pieces) != value:
        return None
    return now + sum(float(number) * _SECONDS[unit] for number, unit in pieces)


def _date(value: str) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(value).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """Find the latest reset among the limits that are used up (`x-ratelimit-remaining-tokens: 0`)."""
    used_up = [
        name
        for name, value in headers.items()
        if "ratelimit" in name and "remaining" in name and _number(value) == 0
    ]
    resets = (_moment(headers.get(name.replace("remaining", "reset")), now) for name in used_up)
    return max((when for when in resets if when is not None), default=None)
