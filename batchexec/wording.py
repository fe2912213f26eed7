"""Text for people: counts, shares and times in words, and foreign text that is safe to show."""

from __future__ import annotations

import io
import re
import sys
import time

# Control characters, line ends and tabs aside; what turns the direction of text; halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


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


def duration(seconds: float) -> str:
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} seconds"
    return plural(round(seconds / 60), "minute")


def local_time(utc: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(utc))
