"""Counts, shares and times read as people write them; foreign text does no harm."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from batchexec.wording import duration, moment, percent, plural, printable, several


@pytest.mark.parametrize(
    ("part", "total", "said"),
    [(0, 0, "0%"), (8, 9, "89%"), (9, 9, "100%"), (1999, 2000, "99%"), (1, 3, "33%"), (0, 5, "0%")],
)
def test_shares_are_whole_and_only_all_is_a_hundred(part: int, total: int, said: str) -> None:
    assert percent(part, total) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 seconds"),
        (12.34, "12.3 seconds"),
        (59.94, "59.9 seconds"),
        (59.96, "1 minute"),
        (900, "15 minutes"),
        (3599, "1 hour"),
        (5400, "1 hour 30 minutes"),
        (86_399, "1 day"),
        (90_000, "1 day 1 hour"),
        (400_000, "4 days 15 hours"),
        (2 * 86_400 + 600, "2 days"),
    ],
)
def test_durations_are_told_in_their_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "12:00:00"),
        (3600, "13:00:00"),
        (12 * 3600, "2026-11-22 00:00:00"),
        (-86_400, "2026-11-20 12:00:00"),
    ],
)
def test_a_moment_has_its_date_where_that_is_not_today(seconds: float, said: str) -> None:
    now = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))

    assert moment(now + seconds, now) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 tasks"), (1, "1 task"), (2, "2 tasks"), (10_000, "10,000 tasks")]
)
def test_one_is_singular(number: int, said: str) -> None:
    assert plural(number, "task") == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "0"), (10, "0; 1; 2; 3; 4; 5; 6; 7; 8; 9"), (12, "0; 1; 2; 3; 4; 5; 6; 7; 8; 9; and 2 more")],
)
def test_of_many_things_a_few_are_named(count: int, said: str) -> None:
    assert several([str(number) for number in range(count)]) == said


def test_an_irregular_plural_is_given() -> None:
    assert plural(2, "category", "categories") == "2 categories"


@pytest.mark.parametrize(
    "attack",
    ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "a\x08\x08b", "\u202eevil", "\u2066x\u2069", "\x7f", "\x00"],
)
def test_nothing_that_acts_on_a_terminal_is_left(attack: str) -> None:
    shown = printable(attack)

    assert not set(shown) & set("\x1b\x07\x08\x9b\u202e\u2066\u2069\x7f\x00")


def test_line_ends_tabs_scripts_and_emoji_stay() -> None:
    assert printable("a\r\nb\tตะกร้า 👩\u200d🚀") == "a\nb\tตะกร้า 👩\u200d🚀"


def test_cleaning_is_linear() -> None:
    assert len(printable("\x1b]" * 500_000)) == 1_000_000


def test_a_stream_that_lacks_a_character_shows_its_number() -> None:
    program = "from batchexec.wording import show_all_characters as f; f(); print('✅ ä')"
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)

    assert done.stdout == b"\\u2705 \\xe4\n"
