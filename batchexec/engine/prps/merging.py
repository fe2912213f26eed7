"""Lets the PRPs of a wave come home in the order they ask for, whichever is ready first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.model import Task

Key = tuple[object, ...]


class MergeOrder:
    """
    Who waits for whom.

    `places` give the wave and the key of each task of the run. Who waits gives
    up its slot: `wake` tells the runner, and `waiting` how many there are.
    """

    def __init__(self, places: Mapping[str, tuple[tuple[int, int], Key]]) -> None:
        self.wake: Callable[[], None] = lambda: None
        self._places = places
        self._mates: dict[tuple[int, int], set[str]] = {}
        for name, (wave, _) in places.items():
            self._mates.setdefault(wave, set()).add(name)
        self._turn = threading.Condition()
        self._running: set[str] = set()
        self._waiting: set[str] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def wait(self, name: str, cancelled: Callable[[], bool]) -> bool:
        """Wait until nobody of the wave comes before this task any more; false if the run is cancelled."""
        with self._turn:
            if self._before(name):
                self._waiting.add(name)
                self.wake()
                while self._before(name) and not cancelled():
                    self._turn.wait(0.2)
                self._waiting.discard(name)
            return not cancelled()

    def _before(self, name: str) -> bool:
        wave, key = self._places[name]
        mates = self._mates[wave]
        # When nothing more is started, those that were not need not be waited for.
        ahead = mates & self._running if self._closed else mates
        return any(self._places[mate][1] < key for mate in ahead)

    def started(self, name: str) -> None:
        with self._turn:
            self._running.add(name)

    def passed_by(self, name: str) -> None:
        """Let nobody wait for a task any more: it is over, or has to be done again."""
        with self._turn:
            if name in self._places:
                self._mates[self._places[name][0]].discard(name)
            self._running.discard(name)
            self._turn.notify_all()

    def close(self) -> None:
        """Nothing more is started."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()


def merge_key(prps: PrpBatch, task: Task) -> Key:
    """Sort by `merge_order`, `execution_order`, the order within the stage, each where it is said."""
    prp = prps.prp(task)
    said = (prp.merge_order, prp.execution_order, prp.order)
    parts = tuple(int(part) for part in prp.id.removeprefix("PRP-").split("."))
    return (*((number is None, number or 0) for number in said), parts)
