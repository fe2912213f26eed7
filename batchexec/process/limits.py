"""How long a program may take and be quiet, and why one is over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    How many seconds a program may take: to its first output, between outputs, in all.

    None is no limit; without one for the first output that between outputs holds for it.
    `stall_s` is how long it may show no sign of life at all, of which output is but one;
    after `warn_s` without any this is told.
    """

    start_s: float | None = None
    silence_s: float | None = None
    total_s: float | None = None
    stall_s: float | None = None
    warn_s: float | None = None


class Ended(StrEnum):
    """
    Why a program is over: by itself, or ended by us.

    FINISHED: its stream of events was over, and it did not leave. START and
    SILENCE: it said nothing for too long, from the start or then. STALLED: it
    did nothing at all for too long. FLOOD: it printed more than `OUTPUT_LIMIT`.
    """

    EXITED = "exited"
    FINISHED = "finished"
    START = "start"
    SILENCE = "silence"
    STALLED = "stalled"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    FLOOD = "flood"


@dataclass(slots=True)
class Clock:
    """Knows what a program may take no longer for."""

    limits: Limits
    linger_s: float
    begun: float
    heard: float | None = None
    finished: float | None = None

    @property
    def quiet_since(self) -> float:
        return self.begun if self.heard is None else self.heard

    def due(self) -> tuple[float, Ended]:
        """Say when the program will have taken too long if nothing comes of it, and for what."""
        if self.finished is not None:
            return self.finished + self.linger_s, Ended.FINISHED
        return min(self._quiet(), (self.begun + _seconds(self.limits.total_s), Ended.TIMEOUT))

    def _quiet(self) -> tuple[float, Ended]:
        if self.heard is None and self.limits.start_s is not None:
            return self.begun + self.limits.start_s, Ended.START
        return self.quiet_since + _seconds(self.limits.silence_s), Ended.SILENCE


def _seconds(limit: float | None) -> float:
    return inf if limit is None else limit
