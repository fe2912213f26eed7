"""Days on which the shed is open."""

from __future__ import annotations

from datetime import date, timedelta

SATURDAY = 5


def next_workday(day: date) -> date:
    """Return the day itself, or the Monday after it where it falls on a weekend."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day
