"""Shows a run of PRPs as it goes, a line for each that is started and one for what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import executing, failure_lines
from batchexec.engine.reporter import PlainReporter, changes, notes, prompt_task, why
from batchexec.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doit.exceptions import BaseFail
    from doit.task import Task as DoitTask

    from batchexec.engine.prps.recording import PrpRun

_MOST_LINES = 12


def _short(lines: list[str]) -> list[str]:
    """Show of a long text its first line and its end: the log has all of it."""
    return lines if len(lines) <= _MOST_LINES else [lines[0], "…", *lines[-_MOST_LINES:]]


class PrpReporter(PlainReporter):
    """With `quiet` only what went wrong, `as_json` nothing but the result at the end."""

    def __init__(self, out: Any, run: PrpRun, *, quiet: bool, as_json: bool) -> None:
        super().__init__(out)
        self._run = run
        self._quiet = quiet
        self._as_json = as_json

    def initialize(self, tasks: Any, selected: Sequence[str]) -> None:
        self.total = sum(prompt_task(tasks[name]) is not None for name in selected)

    def execute_task(self, task: DoitTask) -> None:
        ours = prompt_task(task)
        if ours:
            self.say(f"{executing(ours.stage or 0, ours.id)}\n")
            for id_ in self._run.prps.soft_missing(ours):
                self.tell(f"    ⚠️ {id_}, which had better come first, is not completed\n")
            self.flush()

    def skip_uptodate(self, task: DoitTask) -> None:
        ours = prompt_task(task)
        if ours:
            self._count(task, "up_to_date")
            self.say(f"✓ {ours.id} is completed, by {self._run.prps.completion.commit(ours.id)[:12]}\n")

    def add_success(self, task: DoitTask) -> None:
        self._count(task, Status.PASSED)
        ours = prompt_task(task)
        if ours:
            record = self._run.record(ours)
            gates = f"{record.gates_passed}/{record.gates_passed + record.gates_failed} gates"
            lines = [
                f"✓ {ours.id}: success, {gates}, {record.elapsed_seconds:.0f}s",
                *(f"    {line.splitlines()[0]}" for line in (*changes(task), *notes(task)) if line),
            ]
            self.say("".join(f"{line}\n" for line in lines))
        self.flush()

    def add_failure(self, task: DoitTask, fail: BaseFail) -> None:
        outcome = getattr(fail, "outcome", None)
        ours = prompt_task(task)
        if ours is None:
            super().add_failure(task, fail)
            return
        if outcome is None:
            self._count(task, Status.BLOCKED)
            self.tell(f"⊘ {ours.id} BLOCKED: {why(fail)}\n")
            return
        self._count(task, outcome.status)
        first, *more = failure_lines(self._run.prps.number, self._run.record(ours))
        told = [f"{ours.id} {first}", *(f"    {line}" for line in [*self._rest(outcome), *more])]
        self.tell("".join(f"{line}\n" for line in told))
        self.flush()

    @staticmethod
    def _rest(outcome: Any) -> list[str]:
        """Give what else there is to know: how to mend it, what gates printed, where the work is."""
        lines = [line for note in outcome.notes for line in _short(note.splitlines())]
        return [*([outcome.hint] if outcome.hint else []), *lines]

    def notice(self, text: str) -> None:
        self.tell(f"{text}\n")

    def say(self, text: str) -> None:
        if not (self._quiet or self._as_json):
            super().say(text)

    def tell(self, text: str) -> None:
        if not self._as_json:
            super().say(text)

    def summary(self, stopped: str, reports: Sequence[str], code: int) -> None:
        self._run.flush()
        if self._as_json:
            self.out.write(json.dumps(self._run.document(), indent=2) + "\n")
        elif not self._quiet or code:
            if stopped:
                self.tell(f"\n🛑 Stopped: {stopped}\n")
            self.tell(f"\n{self._run.report()}")
            self.say("".join(f"Report: {path}\n" for path in reports))
        self.out.flush()
