"""Takes values out of JSON that anybody may have written: what is of another kind counts as not said."""

from __future__ import annotations

import json
import math
import time
from calendar import timegm
from datetime import datetime
from typing import Any

from batchexec.wording import printable

_DEEPEST = 50


def parse(data: bytes) -> dict[str, Any]:
    """Read one object; ValueError says why it is none. Numbers that JSON does not have become null."""
    try:
        found = json.loads(data, parse_constant=lambda _: None, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is no object")  # noqa: TRY004  # of JSON, whose mistakes are ValueErrors
    if _is_deeper(found, _DEEPEST):
        raise ValueError("it is nested too deeply")
    return found


def _is_deeper(found: object, levels: int) -> bool:
    """Say whether there is nesting that could be read here, and then not be written from a deeper stack."""
    level = [found]
    for _ in range(levels):
        inside = (
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        )
        level = [one for values in inside for one in values if isinstance(one, dict | list)]
    return bool(level)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def text(value: object) -> str:
    return printable(value) if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """Read a list of texts; a text alone is a list of one."""
    values = value if isinstance(value, list) else [value]
    return tuple(printable(one) for one in values if isinstance(one, str) and one)


def number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18:
        return value
    return None


def whole(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def count(value: object) -> int:
    return max(0, whole(value) or 0)


def counts(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, list) else []
    return tuple(count(one) for one in values if whole(one) is not None)


def objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def iso(utc: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(utc))


def utc(value: object) -> float | None:
    """Read a moment; one without a zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text(value))
        return moment.timestamp() if moment.tzinfo else float(timegm(moment.timetuple()))
    except (ValueError, OverflowError):
        return None
