"""What an executor is told about an attempt, and what it owes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchexec.model import Outcome, Task, Written
    from batchexec.workspace import Stage


def _never() -> bool:
    return False


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    One walk of a task, as its executor sees it.

    `run` is the key of the run (`20261121_101500`), `number` counts this
    executor's attempts at the task from 1, `previous` is why the attempt before
    failed, whichever executor made it.
    `written` tells by path what the batch left there, `reworded` names the
    files whose fragments the task has put in before, in other words than it
    has for them now. `cancelled` says whether
    to stop, `wait` sleeps and is true if that was cut short: the `is_set` and
    the `wait` of one event.
    """

    run: str
    number: int = 1
    previous: str = ""
    written: Mapping[str, Written] = field(default_factory=dict)
    reworded: frozenset[str] = frozenset()
    cancelled: Callable[[], bool] = _never
    wait: Callable[[float], bool] = _sleep


class Executor(Protocol):
    """
    Carries out a task in one way.

    What a task did badly is an Outcome, not an exception; an OSError (the disk
    is full) is the engine's business. Nothing is written but to the stage.
    """

    @property
    def kind(self) -> str: ...

    def fingerprint(self) -> str:
        """Say how tasks are carried out; a task that passed runs again when this changes."""

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome: ...
