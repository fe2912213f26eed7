"""Reads when to come back out of what people and programs say about a limit."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = re.compile(r"(?:limit reached\s?\||resets?_?at\"?\s?[:=]\s?\"?)(\d{10})(?:\d{3})?\b", re.IGNORECASE)
_LATER = r"retry[-_ ]after"
_IN_MS = re.compile(_LATER + r"[-_ ]ms\"?\s?[:=]?\s?\"?(\d{1,10})\b", re.IGNORECASE)
_IN_SECONDS = re.compile(
    rf"(?:resets?_in_seconds|{_LATER})\"?\s?[:=]?\s?\"?(\d{{1,7}}(?:\.\d{{1,6}})?)(?=[\s,;\"'}})]|$)",
    re.IGNORECASE,
)
_HTTP_DATE = re.compile(
    _LATER + r"\"?\s?[:=]?\s?\"?([a-z]{3}, \d{2} [a-z]{3} \d{4} [\d:]{8} GMT)", re.IGNORECASE
)
_ISO = re.compile(
    r"(?:resets?|again|until|after)\D{0,20}"
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d))",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?:again|resets?|reset|retry|retrying)\s(?:in|after)\s((?:\d{1,6}(?:\.\d{1,6})?\s?[a-z]{1,7},?\s?){1,4})",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s?([a-z]{1,7})", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:resets?|again)(?: at| on)?:?\s"
    r"(?:(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\s(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    r"(?:,?\s(?P<year>\d{4}))?(?:,| at)?\s)?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s?(?P<half>[ap]m)?\b(?:\s\((?P<zone>[A-Za-z0-9_+/-]{1,40})\))?",
    re.IGNORECASE,
)
_WIDEST = 4000
_UNITS = {"ms": 0.001, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60}
_UNITS |= {"h": 3600, "hr": 3600, "hour": 3600, "d": 86400, "day": 86400}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def reset_time(text: str, now: float) -> float | None:
    """
    Find the moment a text says to come back at, in seconds since the epoch.

    A time of day is the next one, in the zone it names or else in ours.
    """
    found = ((read, match) for pattern, read in _WAYS for match in pattern.finditer(text[:_WIDEST]))
    times = (read(match, now) for read, match in found)
    return next((time for time in times if time is not None), None)


def _http_date(found: re.Match[str], _now: float) -> float | None:
    try:
        return parsedate_to_datetime(found[1]).timestamp()
    except ValueError:
        return None


def _iso(found: re.Match[str], _now: float) -> float | None:
    try:
        return datetime.fromisoformat(found[1]).timestamp()
    except ValueError:
        return None


def _after(found: re.Match[str], now: float) -> float | None:
    seconds = 0.0
    for amount, unit in _PART.findall(found[1]):
        size = _UNITS.get(unit.lower()) or _UNITS.get(unit.lower().removesuffix("s"))
        if size is None:
            break
        seconds += float(amount) * size
    return now + seconds if seconds else None


def _clock(found: re.Match[str], now: float) -> float | None:
    if not (found["half"] or found["minute"]):
        return None
    try:
        here = datetime.fromtimestamp(now, UTC).astimezone(_zone(found["zone"]))
        hour = int(found["hour"])
        if found["half"]:
            hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
        return _next(found, here, time(hour, int(found["minute"] or 0))).timestamp()
    except (ValueError, OverflowError):
        return None


def _next(found: re.Match[str], here: datetime, clock: time) -> datetime:
    if not found["month"]:
        then = datetime.combine(here.date(), clock, here.tzinfo)
        return then if then > here else datetime.combine(here.date() + timedelta(days=1), clock, here.tzinfo)
    month, day = _MONTHS.index(found["month"].lower()) + 1, int(found["day"])
    then = datetime.combine(date(int(found["year"] or here.year), month, day), clock, here.tzinfo)
    passed = not found["year"] and then < here - timedelta(days=1)
    return datetime.combine(date(here.year + 1, month, day), clock, here.tzinfo) if passed else then


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


_WAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], float], float | None]], ...] = (
    (_EPOCH, lambda found, _: float(found[1])),
    (_IN_MS, lambda found, now: now + float(found[1]) / 1000),
    (_HTTP_DATE, _http_date),
    (_IN_SECONDS, lambda found, now: now + float(found[1])),
    (_ISO, _iso),
    (_SPAN, _after),
    (_CLOCK, _clock),
)
