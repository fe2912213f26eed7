"""Keeps spending within bounds: what an attempt may cost is reserved before it starts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from batchexec.rundb import RunDatabase

_TENTHS = 9


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt cannot be afforded; `waits` while what runs may turn out cheaper than was reserved."""

    why: str
    waits: bool = False
    everything: bool = False


class Budget:
    """
    What may be spent on a task, in a run, and in a day, in USD.

    An attempt reserves what nine of ten of its executor's cost before; where
    none is known, what a task may cost. So what is spent exceeds a limit by
    no more than what was running when it was reached.
    """

    def __init__(self, limits: Mapping[str, float], database: RunDatabase, free: Container[str] = ()) -> None:
        self._limits = limits
        self._free = free
        self._database = database
        self._today_began = midnight(time.time())
        self._run = 0.0
        self._day: float | None = None
        self._tasks: dict[str, float] = {}
        self._reserved: dict[str, float] = {}
        self._costs: dict[str, list[float]] = {}

    def estimate(self, executor: str) -> float:
        """Say what an attempt is likely not to exceed; 0 where nobody can tell."""
        if not self._limits or executor in self._free:
            return 0.0
        known = sorted(self._past(executor))
        if not known:
            return float(self._limits.get("task", 0.0))
        return known[-(-len(known) * _TENTHS // 10) - 1]

    def _past(self, executor: str) -> list[float]:
        if executor not in self._costs:
            self._costs[executor] = self._database.costs(executor)
        return self._costs[executor]

    def refusal(self, task: str, executor: str) -> Refusal | None:
        """Say why another attempt cannot be started now; None where it can."""
        if not self._limits or executor in self._free:
            return None
        wanted = self.estimate(executor)
        cap = self._limits.get("task")
        if cap is not None and self._tasks.get(task, 0.0) >= cap:
            return Refusal(f"${self._tasks[task]:.2f} of the ${cap:.2f} a task may cost are spent")
        for name, spent in (("run", self._run), ("day", self._spent_today())):
            cap = self._limits.get(name)
            if cap is None:
                continue
            reserved = sum(self._reserved.values())
            if not _fits(spent + reserved, wanted, cap):
                why = f"the budget of the {name} is used up: ${spent:.2f} of ${cap:.2f} are spent"
                if _fits(spent, 0.0, cap):
                    why += f", and another attempt may cost ${wanted:.2f}"
                return Refusal(why, waits=bool(self._reserved) and _fits(spent, wanted, cap), everything=True)
        return None

    def _spent_today(self) -> float:
        if "day" not in self._limits:
            return 0.0
        today_began = midnight(time.time())
        if today_began > self._today_began:
            # A run that waits for a limit to end may see the next morning.
            self._today_began, self._day = today_began, None
        if self._day is None:
            self._day = self._database.spent(since_utc=self._today_began)
        return self._day

    def reserve(self, task: str, executor: str) -> float | None:
        """Set aside what an attempt may cost; None where no limit is set."""
        if not self._limits:
            return None
        self._spent_today()
        self._reserved[task] = self.estimate(executor)
        return self._reserved[task]

    def left(self, task: str) -> float | None:
        """Say what is left for this task."""
        cap = self._limits.get("task")
        return None if cap is None else max(0.0, cap - self._tasks.get(task, 0.0))

    def settle(self, task: str, executor: str, cost: float | None) -> None:
        """Put what an attempt did cost in place of what was reserved for it."""
        reserved = self._reserved.pop(task, 0.0)
        spent = reserved if cost is None else cost
        self._run += spent
        self._tasks[task] = self._tasks.get(task, 0.0) + spent
        if self._day is not None:
            self._day += spent
        if cost and self._limits:
            self._past(executor).append(cost)


def _fits(spent: float, wanted: float, cap: float) -> bool:
    # Sums of cents do not come out even.
    return spent + wanted <= cap + 1e-9 and spent < cap - 1e-9


def midnight(utc: float) -> float:
    """Say when the day of a moment began, in local time."""
    at = time.localtime(utc)
    return time.mktime((at.tm_year, at.tm_mon, at.tm_mday, 0, 0, 0, 0, 0, -1))
