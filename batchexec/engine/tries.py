"""Decides what comes after an attempt: another one, by whom and when, or nothing."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.model import Status, Trouble
from batchexec.wording import local_time

if TYPE_CHECKING:
    from batchexec.model import Outcome
    from batchexec.settings import Settings

_PASSED_ON = frozenset({Status.NEEDS_WORK, Status.FAILED, Status.NO_EFFECT})
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_WINDOW_S = 300.0
_LONGEST_WINDOW_S = 3600.0
_MOST_DOUBLED = 20
_COMPARED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often a task was tried in this run, by what came of it; `counted` are those of the present rung."""

    rung: int = 0
    counted: int = 0
    transient: int = 0
    limited: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """
    The attempt that follows: how often was tried then, and not before when.

    `fresh` starts from the tree as it is, else it goes on with what the one
    before left. `pauses` keeps everything else from being started until then.
    """

    tries: Tries
    why: str
    at_utc: float = 0.0
    fresh: bool = True
    pauses: bool = False


def following(
    outcome: Outcome,
    tries: Tries,
    settings: Settings,
    rungs: int,
    *,
    isolated: bool,
    attempts: int | None = None,
) -> Next | None:
    """
    Say what comes after an attempt that came out so; None where it is the last one.

    `attempts` is how many of a rung may fail, where the settings do not decide that.
    """
    if outcome.passed or (outcome.trouble is Trouble.USAGE_LIMIT and not settings.wait_limit):
        return None
    again = _again(outcome, tries, settings, settings.attempts if attempts is None else attempts)
    if again is None and outcome.status is Status.CONFLICT and isolated and not tries.conflicts:
        return Next(tries=replace(tries, conflicts=1), why=said(outcome))
    if again is None and outcome.status in _PASSED_ON and tries.rung + 1 < rungs:
        return Next(tries=Tries(rung=tries.rung + 1), why=said(outcome))
    return again


def _again(outcome: Outcome, tries: Tries, settings: Settings, attempts: int) -> Next | None:
    """Say when the same executor tries again, by what kept it from succeeding."""
    match outcome.trouble:
        case Trouble.USAGE_LIMIT:
            return _after_limit(outcome, tries)
        case Trouble.TRANSIENT if tries.transient < settings.retries:
            return _after_accident(outcome, tries)
        case Trouble.QUALITY if tries.counted + 1 < attempts:
            return Next(tries=replace(tries, counted=tries.counted + 1), why=said(outcome), fresh=False)
    return None


def _after_limit(outcome: Outcome, tries: Tries) -> Next:
    """
    Wait until the window ends; where nobody says when that is, ask again ever more seldom.

    So, too, where it is said to have ended: what is wrong with their clock or ours may stay wrong.
    """
    at, now = outcome.retry_at_utc, time.time()
    if at is None or at < now + _FIRST_WAIT_S:
        first = _WINDOW_S if at is None else _FIRST_WAIT_S
        at = now + min(_LONGEST_WINDOW_S, _doubled(first, tries.limited))
    return Next(
        tries=replace(tries, limited=tries.limited + 1),
        why=said(outcome),
        at_utc=at,
        pauses=True,
    )


def _after_accident(outcome: Outcome, tries: Tries) -> Next:
    """Wait longer each time, and not all as long: many that start at once meet the same trouble again."""
    longest = min(_LONGEST_WAIT_S, _doubled(_FIRST_WAIT_S, tries.transient))
    wait = random.uniform(longest / 2, longest)  # noqa: S311  # nobody gains by guessing it
    at = max(time.time() + wait, outcome.retry_at_utc or 0.0)
    return Next(tries=replace(tries, transient=tries.transient + 1), why=said(outcome), at_utc=at)


def _doubled(seconds: float, times: int) -> float:
    return seconds * 2.0 ** min(times, _MOST_DOUBLED)


def dated(outcome: Outcome) -> Outcome:
    """Say of a usage limit until when it holds, if anybody does, for all who read of it later."""
    at = outcome.retry_at_utc
    if outcome.trouble is not Trouble.USAGE_LIMIT or at is None or at < time.time() + _FIRST_WAIT_S:
        return outcome
    return replace(outcome, summary=f"{outcome.summary or outcome.status}, until {local_time(at)}")


def said(outcome: Outcome) -> str:
    return "; ".join((outcome.summary or str(outcome.status), *outcome.notes))


class Breaker:
    """Counts tasks in a row that came to nothing for the same reason, whatever numbers and names it holds."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._last = ""
        self._times = 0

    def trips(self, outcome: Outcome) -> bool:
        """Take note of how a task came out; true where that was once too often."""
        if outcome.trouble is None or outcome.passed:
            self._last, self._times = "", 0
            return False
        print_ = _fingerprint(outcome)
        self._times = self._times + 1 if print_ == self._last else 1
        self._last = print_
        return bool(self._limit) and self._times >= self._limit


def _fingerprint(outcome: Outcome) -> str:
    """Leave out of an error what differs from task to task: numbers, quoted names, paths, ids."""
    if outcome.trouble is Trouble.QUALITY:
        return outcome.summary
    text = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "'…'", outcome.summary[:_COMPARED])
    words = ("…" if re.search("[0-9/]", word) else word for word in text.split(" "))
    return f"{outcome.trouble} {' '.join(words)}"
