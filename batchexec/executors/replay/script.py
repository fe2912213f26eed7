"""A script: answers by task, read from a YAML file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec import strict_yaml
from batchexec.errors import ExecutorError, Problem
from batchexec.executors.replay.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.executors.replay.answer import Answer
    from batchexec.model import Task
    from batchexec.strict_yaml import Document

_KEYS = ("tasks", "default", "calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Answers by task id, one for each attempt; the last one holds for all that follow."""

    name: str
    tasks: Mapping[str, tuple[Answer, ...]]
    default: tuple[Answer, ...] = ()
    calls: Path | None = None

    def answer(self, task: Task, number: int) -> Answer | None:
        for key in (task.name, task.id):
            if key in self.tasks:
                answers = self.tasks[key]
                return answers[min(number, len(answers)) - 1]
        return self.default[min(number, len(self.default)) - 1].about(task) if self.default else None


def read_script(path: Path) -> Script:
    """Read the answers; everything that is wrong with them is said at once."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ExecutorError(Problem(None, f"replay: there is no script {path}")) from None
    return parse_script(strict_yaml.parse(data, str(path)), path.parent)


def parse_script(document: Document, base: Path) -> Script:
    script = Reader(document, list(document.problems))
    top = script.mapping((), document.value if document.value is not None else {}, _KEYS)
    tasks = script.mapping(("tasks",), top.get("tasks", {}))
    answers = {key: script.answers(("tasks", key), value) for key, value in tasks.items()}
    default = script.answers(("default",), top["default"]) if "default" in top else ()
    calls = script.text(("calls",), top["calls"]) if "calls" in top else None
    if script.problems:
        raise ExecutorError(*script.problems)
    return Script(
        name=Path(document.file).name,
        tasks=answers,
        default=default,
        calls=base / calls if calls else None,
    )
