"""Plays the answers an earlier run was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from batchexec.answers import Answers
from batchexec.errors import Problem, WorkspaceError
from batchexec.model import Outcome, Status, Usage

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.answers import Answer
    from batchexec.executors.executor import Attempt
    from batchexec.model import Edit, Task
    from batchexec.workspace import Stage

_LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The answers of one run by task, one for each attempt; the last one holds for all that follow."""

    kind: ClassVar[str] = "replay"
    priced: ClassVar[bool] = True

    run: str
    store: Answers
    tasks: dict[str, list[Answer]]
    isolated: bool = False

    @classmethod
    def of(cls, run: str, base: Path, *, isolated: bool) -> Recorded:
        store = Answers(base / ".batchexec" / "answers")
        # Now, since the run that is about to begin will be the latest.
        found = next(iter(reversed(store.runs())), "") if run == _LATEST else run
        return cls(run=found, store=store, tasks={}, isolated=isolated)

    def problems(self) -> list[Problem]:
        if not self.run:
            hint = "run the batch with an executor that is an agent or an api first"
            return [Problem(None, "replay: no run was given any answers", hint)]
        self._read()
        known = ", ".join(reversed(self.store.runs())) or "none"
        missing = f"replay: there are no answers of a run {self.run}"
        return [] if self.tasks else [Problem(None, missing, f"the runs that have some: {known}")]

    def fingerprint(self) -> str:
        """Name the kind alone: which run is played says nothing about how well a task was done."""
        return self.kind

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        self._read()
        answers = self.tasks.get(task.name, [])[: attempt.number]
        if not answers:
            said = f"the run {self.run or _LATEST} has no answer for {task.id}"
            hint = "no agent and no model was asked there; carry it out with another executor"
            return Outcome(status=Status.ERROR, summary=said, hint=hint)
        if answers[-1].said:
            attempt.log(answers[-1].said.encode(errors="replace"))
        try:
            refusal = _carry_out(answers, stage)
        except WorkspaceError as refused:
            return Outcome(status=Status.FAILED, summary=refused.problems[0].message)
        if refusal:
            return refusal
        note = f"its answer is one of {answers[-1].executor} from {answers[-1].run}"
        return Outcome(status=Status.PASSED, notes=(note,), usage=Usage(cost_usd=0.0))

    def _read(self) -> None:
        """Read the answers when they are first needed, which is not before a run."""
        if not self.tasks and self.run:
            found: dict[str, list[Answer]] = {}
            for answer in self.store.of_run(self.run):
                found.setdefault(answer.task, []).append(answer)
            self.tasks.update(found)


def _carry_out(answers: list[Answer], stage: Stage) -> Outcome | None:
    for edit in answers[-1].edits:
        now = stage.read(edit.path)
        if now == edit.after:
            continue
        if now not in _expected(edit, answers):
            said = f"{edit.path} is not what it was when the answer was given"
            return Outcome(status=Status.FAILED, summary=said, hint="put it back, or ask anew")
        if edit.after is None:
            stage.delete(edit.path)
        else:
            stage.write(edit.path, edit.after, mode=edit.mode)
    return None


def _expected(edit: Edit, answers: list[Answer]) -> list[bytes | None]:
    """Tell what a file may be: as before the first attempt, or as an earlier attempt left it."""
    earlier = (before for answer in answers[:-1] for before in answer.edits if before.path == edit.path)
    return [edit.before, *(before.after for before in earlier)]
