"""Looks for signs of life of a program that prints nothing: files that change, time of the processor."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

from batchexec.process.changes import state_of
from batchexec.process.effort import used_s

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batchexec.process.limits import Limits

_IDLE_S = 0.5
_SHARE = 20
"""How many looks go into a window, and how many times what a look takes there is until the next one."""


class _Look(NamedTuple):
    at: float
    used: float


@dataclass(slots=True)
class Life:
    """
    Tells whether a program was quiet: no output, no change, less than half a second of the processor.

    What was before the first look is not known, and a change that is seen may have been
    just now: a program is never taken for quiet longer than it was.
    """

    limits: Limits
    supervisor: int
    watched: Path | None
    on_quiet: Callable[[float], None]
    _looks: deque[_Look] = field(default_factory=deque)
    _took: float = 0.0
    _used: float = 0.0
    _files: int | None = None
    _changed: float = -inf
    _told: float | None = None

    def due(self, heard: float) -> float:
        """Say when to look at it if nothing is heard until then."""
        pause = self._pause()
        first = heard + (min(1.0, pause) if isfinite(pause) else inf)
        return max(first, self._looks[-1].at + pause) if self._looks else first

    def has_stalled(self, heard: float) -> bool:
        """Look at it if that is due, and say whether it was quiet for too long."""
        now = time.monotonic()
        if now < self.due(heard):
            return False
        self._look()
        self._took = self._looks[-1].at - now
        self._forget(now)
        self._tell(heard, now)
        return self._was_quiet(self.limits.stall_s, heard, now)

    def _look(self) -> None:
        used, files = used_s(self.supervisor), state_of(self.watched) if self.watched else None
        now = time.monotonic()
        # It may be less than before: a process that nobody waited for takes what it used along.
        gained = max(0.0, used - self._used)
        self._looks.append(_Look(now, gained + (self._looks[-1].used if self._looks else 0.0)))
        if files != self._files:
            self._changed = now
        self._used, self._files = used, files

    def _forget(self, now: float) -> None:
        """Let go of looks that are before all windows that end now, but for the last of them."""
        while len(self._looks) > 1 and self._looks[1].at <= now - max(self._windows()):
            self._looks.popleft()

    def _tell(self, heard: float, now: float) -> None:
        since = max(heard, self._changed)
        if not self._was_quiet(self.limits.warn_s, heard, now):
            self._told = None
        elif self._told != since:
            self._told = since
            self.on_quiet(self.limits.warn_s or 0.0)

    def _was_quiet(self, window: float | None, heard: float, now: float) -> bool:
        start = now - (inf if window is None else window)
        before = next((look.used for look in reversed(self._looks) if look.at <= start), None)
        if before is None or max(heard, self._changed) > start:
            return False
        return self._looks[-1].used - before < _IDLE_S

    def _pause(self) -> float:
        shortest = min(self._windows(), default=inf)
        # A second is much of a window that is itself no more than a few.
        return max(min(max(1.0, shortest / _SHARE), shortest / 4), self._took * _SHARE)

    def _windows(self) -> list[float]:
        given = (self.limits.stall_s, self.limits.warn_s)
        return [one for one in given if one is not None and isfinite(one)]
