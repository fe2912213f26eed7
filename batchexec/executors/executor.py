"""What an executor is told about an attempt, and what it owes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from batchexec.model import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from batchexec.errors import Problem
    from batchexec.model import Task, Written
    from batchexec.workspace import Stage


def _never() -> bool:
    return False


def _forget(data: bytes) -> None:
    pass


def _overlook(seconds: float) -> None:
    pass


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

    `log` takes what happens, as bytes in any pieces, and keeps secrets out of
    it; `redact` does the same to a text that goes elsewhere. `worker` is a
    directory no attempt at the same time has, for what a program keeps of its
    own; None where attempts run one at a time. `tools` holds programs that go
    before those on the PATH. `budget_usd` is what is left for this attempt.

    The rest is for an executor that waits for a program: it ends it after `timeout_s`,
    if not earlier by a limit of its own. With `stall_s` it ends it when it showed no
    sign of life for so long, infinity is never, and has no limit of its own to silence.
    `quiet` is told of `quiet_s` without a sign of life, once in each silence.
    """

    run: str
    number: int = 1
    previous: str = ""
    written: Mapping[str, Written] = field(default_factory=dict)
    reworded: frozenset[str] = frozenset()
    cancelled: Callable[[], bool] = _never
    wait: Callable[[float], bool] = _sleep
    log: Callable[[bytes], None] = _forget
    redact: Callable[[str], str] = str
    worker: Path | None = None
    tools: Path | None = None
    budget_usd: float | None = None
    timeout_s: float | None = None
    stall_s: float | None = None
    quiet_s: float | None = None
    quiet: Callable[[float], None] = _overlook


def stalled(seconds: float) -> Outcome:
    """Tell that an attempt was ended because of its `stall_s`."""
    said = f"stalled: no activity for {seconds:g} s"
    return Outcome(status=Status.STALLED, summary=said, hint="stall_kill allows more")


class Executor(Protocol):
    """
    Carries out a task in one way.

    What a task did badly is an Outcome, not an exception; an OSError (the disk
    is full) is the engine's business. Nothing is written but to the stage;
    one that is `isolated` may instead change the files below `stage.workspace.root`,
    which then is a place for this attempt alone.
    """

    @property
    def kind(self) -> str: ...

    @property
    def isolated(self) -> bool:
        """Whether its attempts get a place of their own, where what changed counts and not its word."""

    @property
    def priced(self) -> bool:
        """Whether it tells what an attempt cost."""

    def problems(self) -> list[Problem]:
        """List what keeps it from working here, such as a missing program or key; asked before a run."""

    def fingerprint(self) -> str:
        """Say how tasks are carried out; a task that passed runs again when this changes."""

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome: ...
