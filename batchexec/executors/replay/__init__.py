"""Plays answers instead of asking for them: those of a script, or those an earlier run was given."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, ClassVar

from batchexec.errors import ExecutorError, Problem, WorkspaceError
from batchexec.executors.executor import stalled
from batchexec.executors.parameters import only
from batchexec.executors.replay.recorded import Recorded
from batchexec.executors.replay.script import Script, read_script
from batchexec.model import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.executors.executor import Attempt
    from batchexec.executors.replay.answer import Answer
    from batchexec.model import Task
    from batchexec.workspace import Stage

__all__ = ["Recorded", "Replay", "Script"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Plays a script: what a task writes and how it comes out stands in a YAML file."""

    kind: ClassVar[str] = "replay"
    priced: ClassVar[bool] = True

    script: Script
    isolated: bool = False

    @classmethod
    def make(cls, spec: Mapping[str, object], base: Path) -> Replay | Recorded:
        only("replay", spec, ("script", "run", "isolated"))
        script, run, isolated = spec.get("script"), spec.get("run"), spec.get("isolated", False)
        if not isinstance(isolated, bool):
            raise ExecutorError(Problem(None, "replay: isolated is true or false"))
        if bool(script) is bool(run):
            hint = "script: names the YAML file with the answers, run: the run whose answers to play"
            wrong = "has a script and a run" if script else "has no script and no run"
            raise ExecutorError(Problem(None, f"replay: it {wrong}", hint))
        if run:
            return Recorded.of(str(run), base, isolated=isolated)
        return cls(script=read_script(base / str(script)), isolated=isolated)

    def problems(self) -> list[Problem]:
        return []

    def fingerprint(self) -> str:
        """
        Name the kind alone: an answer belongs to one task.

        If the script counted, a new answer would make every task run again.
        """
        return self.kind

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        answer = self.script.answer(task, attempt.number)
        if answer is None:
            said = f"{self.script.name} has no answer for {task.id}"
            return Outcome(status=Status.ERROR, summary=said, hint=f"add {task.id} under tasks, or a default")
        self._count(task, attempt)
        if answer.log:
            attempt.log(answer.log.encode())
        if ended := _wait(answer.delay_s, attempt):
            return ended
        wrong = _carry_out(answer, stage)
        return Outcome(status=Status.FAILED, summary=wrong) if wrong else _outcome(answer)

    def _count(self, task: Task, attempt: Attempt) -> None:
        if self.script.calls is not None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            with os.fdopen(os.open(self.script.calls, flags, 0o644), "wb") as file:
                file.write(f"{task.id} {attempt.number}\n".encode())


def _wait(delay_s: float, attempt: Attempt) -> Outcome | None:
    """Do nothing for some time; says how the attempt came out if that ended it."""
    timeout_s, stall_s = (inf if one is None else one for one in (attempt.timeout_s, attempt.stall_s))
    seconds = min(delay_s, timeout_s, stall_s)
    if seconds and attempt.wait(seconds):
        return Outcome(status=Status.INTERRUPTED, summary="interrupted")
    if seconds == delay_s:
        return None
    if seconds < timeout_s:
        return stalled(stall_s)
    return Outcome(status=Status.TIMEOUT, summary=f"no end after {timeout_s:g} s", hint="timeout allows more")


def _carry_out(answer: Answer, stage: Stage) -> str:
    """Do what the answer says; returns what is wrong with it, if anything is."""
    try:
        for path, text in answer.files.items():
            stage.write(path, text.encode())
        for path, replacements in answer.edit.items():
            for old, new in replacements.items():
                _edit(stage, path, old.encode(), new.encode())
        for path in answer.delete:
            stage.delete(path)
    except WorkspaceError as refused:
        return refused.problems[0].message
    return ""


def _edit(stage: Stage, path: str, old: bytes, new: bytes) -> None:
    data = stage.read(path)
    count = 0 if data is None else data.count(old)
    if data is None or count != 1:
        what = "there is no such file" if data is None else f"what it is to replace is there {count} times"
        raise WorkspaceError(f"{path}: {what}")
    stage.write(path, data.replace(old, new))


def _outcome(answer: Answer) -> Outcome:
    return Outcome(
        status=answer.ends,
        summary=answer.error,
        usage=answer.usage,
        trouble=answer.trouble,
        retry_at_utc=None if answer.retry_after_s is None else time.time() + answer.retry_after_s,
    )
