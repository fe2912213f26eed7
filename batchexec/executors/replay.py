"""Plays scripted answers: what a task writes and how it comes out stands in a YAML file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from batchexec import strict_yaml
from batchexec.errors import ExecutorError, Problem, WorkspaceError
from batchexec.executors.parameters import near, only
from batchexec.model import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from batchexec.executors.executor import Attempt
    from batchexec.model import Task
    from batchexec.strict_yaml import Document, Place
    from batchexec.workspace import Stage

_KEYS = ("tasks", "default", "calls")
_ANSWER = ("files", "delay_s", "status", "error")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt writes, after how long, and how it comes out."""

    files: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    status: Status = Status.PASSED
    error: str = ""

    def about(self, task: Task) -> Answer:
        """Fill in the id of a task."""

        def said(text: str) -> str:
            return text.replace("{id}", task.id)

        files = {said(path): said(text) for path, text in self.files.items()}
        return replace(self, files=files, error=said(self.error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Answers by task id, one for each attempt; the last one holds for all that follow."""

    kind: ClassVar[str] = "replay"

    script: str
    tasks: Mapping[str, tuple[Answer, ...]]
    default: tuple[Answer, ...] = ()
    calls: Path | None = None

    @classmethod
    def make(cls, spec: Mapping[str, object], base: Path) -> Replay:
        only("replay", spec, ("script",))
        script = spec.get("script")
        if not isinstance(script, str | Path):
            hint = "script: names the YAML file with the answers"
            raise ExecutorError(Problem(None, "replay: it has no script", hint))
        return read_script(base / script)

    def fingerprint(self) -> str:
        """
        Name the kind alone: an answer belongs to one task.

        If the script counted, a new answer would make every task run again.
        """
        return self.kind

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        answer = self._answer(task, attempt.number)
        if answer is None:
            said = f"{self.script} has no answer for {task.id}"
            return Outcome(status=Status.ERROR, summary=said, hint=f"add {task.id} under tasks, or a default")
        self._count(task, attempt)
        if answer.delay_s and attempt.wait(answer.delay_s):
            return Outcome(status=Status.INTERRUPTED, summary="interrupted")
        try:
            for path, text in answer.files.items():
                stage.write(path, text.encode())
        except WorkspaceError as refused:
            return Outcome(status=Status.FAILED, summary=refused.problems[0].message)
        return Outcome(status=answer.status, summary=answer.error)

    def _answer(self, task: Task, number: int) -> Answer | None:
        for key in (task.name, task.id):
            if key in self.tasks:
                answers = self.tasks[key]
                return answers[min(number, len(answers)) - 1]
        return self.default[min(number, len(self.default)) - 1].about(task) if self.default else None

    def _count(self, task: Task, attempt: Attempt) -> None:
        if self.calls is not None:
            descriptor = os.open(self.calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.write(f"{task.id} {attempt.number}\n".encode())


def read_script(path: Path) -> Replay:
    """Read the answers; everything that is wrong with them is said at once."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ExecutorError(Problem(None, f"replay: there is no script {path}")) from None
    return parse_script(strict_yaml.parse(data, str(path)), path.parent)


def parse_script(document: Document, base: Path) -> Replay:
    script = _Script(document, list(document.problems))
    top = script.mapping((), document.value if document.value is not None else {}, _KEYS)
    tasks = script.mapping(("tasks",), top.get("tasks", {}))
    answers = {key: script.answers(("tasks", key), value) for key, value in tasks.items()}
    default = script.answers(("default",), top["default"]) if "default" in top else ()
    calls = script.text(("calls",), top["calls"]) if "calls" in top else None
    if script.problems:
        raise ExecutorError(*script.problems)
    return Replay(
        script=Path(document.file).name,
        tasks=answers,
        default=default,
        calls=base / calls if calls else None,
    )


@dataclass(frozen=True, slots=True)
class _Script:
    """Turns what a document says into answers, and collects what is wrong with it."""

    document: Document
    problems: list[Problem]

    def answers(self, place: Place, value: object) -> tuple[Answer, ...]:
        given = self.mapping(place, value, (*_ANSWER, "attempts"))
        base = self.answer(place, {key: part for key, part in given.items() if key != "attempts"}, Answer())
        if "attempts" not in given:
            return (base,)
        return tuple(self._attempts((*place, "attempts"), given["attempts"], base))

    def _attempts(self, place: Place, value: object, base: Answer) -> Iterator[Answer]:
        if not isinstance(value, list) or not value:
            self.refuse(place, "attempts is a list of answers")
            return
        for at, one in enumerate(value):
            yield self.answer((*place, at), one, base)

    def answer(self, place: Place, value: object, base: Answer) -> Answer:
        for key, part in self.mapping(place, value, _ANSWER).items():
            base = self._with(base, (*place, key), key, part)
        return base

    def _with(self, answer: Answer, place: Place, key: str, value: object) -> Answer:
        match key:
            case "files":
                found = self.mapping(place, value)
                files = {path: self.text((*place, path), text) for path, text in found.items()}
                return replace(answer, files=files)
            case "delay_s":
                return replace(answer, delay_s=self.seconds(place, value))
            case "status":
                return replace(answer, status=self.status(place, value))
            case _:
                failed = Status.FAILED if answer.status is Status.PASSED else answer.status
                return replace(answer, error=self.text(place, value), status=failed)

    def mapping(self, place: Place, value: object, known: tuple[str, ...] | None = None) -> dict[str, object]:
        if not isinstance(value, dict):
            self.refuse(place, f"{_said(place)} has to be a mapping")
            return {}
        for key in value:
            if known is not None and key not in known:
                self.refuse((*place, key), f"unknown key '{key}'", near(key, known))
        return {key: part for key, part in value.items() if known is None or key in known}

    def text(self, place: Place, value: object) -> str:
        if not isinstance(value, str):
            self.refuse(place, f"{_said(place)} has to be text")
            return ""
        return value

    def seconds(self, place: Place, value: object) -> float:
        try:
            seconds = float(str(value))
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < float("inf"):
            self.refuse(place, f"{_said(place)} has to be a number of seconds")
            return 0.0
        return seconds

    def status(self, place: Place, value: object) -> Status:
        if not isinstance(value, str) or value not in [*Status]:
            self.refuse(place, f"unknown status '{value}'", near(str(value), [*Status]))
            return Status.PASSED
        return Status(value)

    def refuse(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.document.location(place), message, hint))


def _said(place: Place) -> str:
    return str(place[-1]) if place else "the script"
