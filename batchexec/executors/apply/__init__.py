"""Carries out a task by writing the code blocks of its prompt into the files they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from batchexec.errors import ExecutorError, Problem, WorkspaceError
from batchexec.executors.apply.outcomes import combine, failed, needs_work
from batchexec.executors.parameters import one_of, only
from batchexec.model import CodeBlock, Outcome, Resolution, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from batchexec.executors.executor import Attempt
    from batchexec.workspace import Stage

__all__ = ["Apply", "IfExists"]

IfExists = Literal["skip", "overwrite", "fail"]

_RULES = 1
"""The version of the rules; raise it when the same task would come out as different files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """
    Writes what the prompt holds, and nothing it does not hold.

    `if_exists` says what happens to a file that is there and not ours,
    `naming` what to do about a file under another name where the prompt does
    not say; `tasks_md` is the path of tasks.md in the repository.
    """

    kind: ClassVar[str] = "apply"
    isolated: ClassVar[bool] = False
    priced: ClassVar[bool] = True  # it costs nothing

    if_exists: IfExists = "skip"
    naming: Resolution = Resolution.UPDATE_EVIDENCE
    tasks_md: str | None = None

    @classmethod
    def make(cls, spec: Mapping[str, object], base: Path) -> Apply:  # noqa: ARG003  # it names no files of its own
        only("apply", spec, ("if_exists", "naming", "tasks_md"))
        tasks_md = spec.get("tasks_md")
        if not isinstance(tasks_md, str | None):
            raise ExecutorError(Problem(None, f"apply: tasks_md cannot be {tasks_md!r}", "it is a path"))
        if_exists = one_of("apply", "if_exists", spec.get("if_exists", "skip"), ("skip", "overwrite", "fail"))
        naming = one_of("apply", "naming", spec.get("naming", "update-evidence"), [*Resolution])
        return cls(if_exists=cast("IfExists", if_exists), naming=Resolution(naming), tasks_md=tasks_md)

    def problems(self) -> list[Problem]:
        return []

    def fingerprint(self) -> str:
        """
        Name the version of the rules, and no parameter.

        A task that passed left nothing for one to decide: its files are ours
        now, and its names are settled.
        """
        return f"{self.kind}/{_RULES}"

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        parts = list(self._parts(task, stage, attempt))
        if not parts:
            hint = "a code block needs a path: a File: label above it, or its first line"
            return needs_work("nothing to write: the prompt has no code", hint, task.location)
        return combine(parts)

    def _parts(self, task: Task, stage: Stage, attempt: Attempt) -> Iterator[Outcome]:
        # Slow to load, for the parsers they bring; a plan and a run with nothing to do need none of them.
        from batchexec.executors.apply import naming as names  # noqa: PLC0415  # slow
        from batchexec.executors.apply import whole  # noqa: PLC0415  # slow

        for path, blocks in _by_path(task).items():
            backup = f".spec/backups/{attempt.run}/{path}"
            policy = whole.Policy(self.if_exists, backup, reworded=path in attempt.reworded)
            yield _guarded(lambda: whole.write(task, blocks, stage, attempt.written.get(path), policy))  # noqa: B023  # called at once
        for one in task.naming:
            yield _guarded(lambda: names.settle(task, one, stage, self.tasks_md, self.naming))  # noqa: B023  # called at once
        settled = {one.expected for one in task.naming} | {block.path for block in task.blocks}
        for output in task.outputs:
            if output.path not in settled:
                hint = "an agent executor could write it"
                yield needs_work(f"no code for {output.path} in the prompt", hint, output.location)


def _by_path(task: Task) -> dict[str, list[CodeBlock]]:
    found: dict[str, list[CodeBlock]] = {}
    for block in task.blocks:
        found.setdefault(block.path, []).append(block)
    return found


def _guarded(part: Callable[[], Outcome]) -> Outcome:
    """A path that may not be written is how the task came out, not an accident."""
    try:
        return part()
    except WorkspaceError as refused:
        problem = refused.problems[0]
        return failed(problem.message, problem.hint, problem.location)
