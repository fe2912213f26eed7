"""Carries out a task by one executor after the other, until one leaves nothing open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from batchexec.model import Status

if TYPE_CHECKING:
    from batchexec.executors.executor import Attempt, Executor
    from batchexec.model import Outcome, Task
    from batchexec.workspace import Stage


@dataclass(frozen=True, slots=True)
class Ladder:
    """
    Executors in the order they are asked; each goes on with what the ones before it staged.

    The next one is asked where one needs work, and is told why. What fails is
    a mistake that another executor would not mend.
    """

    kind: ClassVar[str] = "ladder"

    rungs: tuple[Executor, ...]

    def fingerprint(self) -> str:
        return " then ".join(rung.fingerprint() for rung in self.rungs)

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        notes: tuple[str, ...] = ()
        *before, last = self.rungs
        for rung in before:
            outcome = rung.execute(task, stage, attempt)
            notes += outcome.notes
            if outcome.status is not Status.NEEDS_WORK:
                return replace(outcome, notes=notes)
            attempt = replace(attempt, previous=outcome.summary)
        outcome = last.execute(task, stage, attempt)
        return replace(outcome, notes=(*notes, *outcome.notes))
