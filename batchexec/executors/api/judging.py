"""Says what a whole answer comes to: its files in the stage, or why it cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.executors.api.answer import parse_answer
from batchexec.executors.api.landing import land
from batchexec.executors.api.prompt import paths_of
from batchexec.executors.api.trouble import passing
from batchexec.model import Outcome, Status, Trouble
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.errors import Problem
    from batchexec.executors.api.prompt import Prompt
    from batchexec.executors.api.question import Heard
    from batchexec.model import Task
    from batchexec.workspace import Stage

_MOST_TOLD = 10
_LONGEST_SAYING = 200


def judge(task: Task, stage: Stage, heard: Heard, prompt: Prompt, max_tokens: int) -> Outcome:
    """Put the files of an answer into the stage if it is whole and all of it can be used."""
    match heard.stop:
        case None:
            return passing("the answer broke off: its stream ended before it did")
        case "length":
            summary = f"the answer was cut off at max_tokens ({max_tokens:,})"
            return _unusable(
                summary, "answer shorter, with edits instead of whole files, or raise max_tokens"
            )
        case "refusal":
            return _unusable(f"the model refused: {_saying(heard.text)}", status=Status.FAILED)
    return _landed(task, stage, heard.text, prompt)


def _landed(task: Task, stage: Stage, text: str, prompt: Prompt) -> Outcome:
    asks_for_files = bool(task.outputs)
    answer = parse_answer(text, paths_of(task), free=not asks_for_files, sole=_sole(task, stage))
    if not text.strip():
        return _unusable("the answer is empty")
    if not answer.parts and not answer.problems and asks_for_files:
        summary = f"the answer holds no file: {_saying(text)}"
        return _unusable(summary, "name every file with `File: PATH` above its block")
    problems = answer.problems or land(answer.parts, stage, prompt.shown)
    if problems:
        return _told(problems)
    return Outcome(status=Status.PASSED, notes=tuple(prompt.left_out))


def _sole(task: Task, stage: Stage) -> str | None:
    """Name the one file a task is to make: a single block without a name is that."""
    paths = {output.path for output in task.outputs}
    path = next(iter(paths)) if len(paths) == 1 else None
    return path if path and stage.workspace.digest(path) is None else None


def _told(problems: Sequence[Problem]) -> Outcome:
    told = [f"{problem.location}: {problem.message}" for problem in problems[:_MOST_TOLD]]
    more = len(problems) - len(told)
    hints = dict.fromkeys(problem.hint for problem in problems[:_MOST_TOLD] if problem.hint)
    return _unusable(
        "; ".join([*told, *([f"{plural(more, 'problem')} more"] if more else [])]), "; ".join(hints)
    )


def _unusable(summary: str, hint: str = "", status: Status = Status.NEEDS_WORK) -> Outcome:
    return Outcome(status=status, summary=printable(summary), hint=hint, trouble=Trouble.QUALITY)


def _saying(text: str) -> str:
    """Show how a text begins, on one line."""
    said = " ".join(text[: 4 * _LONGEST_SAYING].split())
    return repr(said if len(said) <= _LONGEST_SAYING else f"{said[:_LONGEST_SAYING]}…")
