"""Text for people: counts, shares and times in words, and foreign text that is safe to show."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Control characters, line ends and tabs aside; what turns the direction of text; halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SEVERAL = 10
_HOUR, _DAY = 60, 24 * 60  # in minutes


def printable(text: str) -> str:
    """Replace what would act on a terminal or is no text at all; emoji and every script stay."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def show_all_characters() -> None:
    """Let a terminal that lacks a character show its number instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def plural(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(part: int, total: int) -> str:
    """Say a share in whole percent; only all of them are 100%."""
    share = round(100 * part / total) if total else 0
    return f"{min(share, 99) if part < total else share}%"


def several(things: Sequence[str]) -> str:
    """List the first few of many in one line, and say how many there are more."""
    more = len(things) - _SEVERAL
    return "; ".join((*things[:_SEVERAL], *([f"and {more:,} more"] if more > 0 else ())))


def duration(seconds: float) -> str:
    """Say a time in its two largest units at most."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} seconds"
    minutes = round(seconds / 60)
    if minutes < _HOUR:
        return plural(minutes, "minute")
    if minutes < _DAY:
        return _units(*divmod(minutes, _HOUR), "hour", "minute")
    return _units(*divmod(round(minutes / _HOUR), _DAY // _HOUR), "day", "hour")


def _units(large: int, small: int, one: str, part: str) -> str:
    return f"{plural(large, one)} {plural(small, part)}" if small else plural(large, one)


def local_time(utc: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(utc))


def moment(utc: float, now: float) -> str:
    """Say when something is: the time of day, and the date where it is not today's."""
    day, clock = local_time(utc).split()
    return clock if local_time(now).startswith(day) else f"{day} {clock}"
