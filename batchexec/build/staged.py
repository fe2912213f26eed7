"""The walk of a task whose executor stages all it writes: execute, prepare, publish, check."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.build.built import PUBLISHED, Built, cleaned, conflicting, halted, held_to, unnameable
from batchexec.errors import WorkspaceConflict, WorkspaceError
from batchexec.model import Change, Outcome, Status
from batchexec.workspace import Stage, discard, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from batchexec.evidence import Verdict
    from batchexec.executors import Attempt, Executor
    from batchexec.model import Task
    from batchexec.workspace import Workspace


def _nothing(changes: Sequence[Change]) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """
    What there is to heed about the user's tree.

    `forbids` tells which paths no task changes, `turn` waits until nobody
    else publishes, `published` is told of what was; `commit` commits, and
    says what git had against it.
    """

    forbids: Callable[[str], bool] = lambda _: False
    turn: Callable[[], AbstractContextManager[None]] = nullcontext
    published: Callable[[Sequence[Change]], None] = _nothing
    commit: Callable[[Sequence[Change]], str] = lambda _: ""


def build(
    task: Task,
    executor: Executor,
    workspace: Workspace,
    directory: Path,
    attempt: Attempt,
    prepared: Callable[[Outcome, Sequence[Change]], None],
    check: Callable[[], Verdict],
    tree: Tree | None = None,
) -> Built:
    """
    Carry a task out: all of its files appear, or none.

    `prepared` returns when what is staged in `directory` is on record; from
    then on a crash costs no second execution. A failed task publishes nothing.
    Of the others `check` tells whether their evidence holds, and that decides.
    """
    tree = tree or Tree()
    try:
        outcome, changes = _execute(task, executor, Stage(workspace, directory), attempt)
        touched = sorted(change.path for change in changes if tree.forbids(change.path))
        if touched:
            outcome, changes = _forbidden(touched), ()
        if changes:
            with tree.turn():
                prepared(outcome, changes)
                publish(workspace, directory, changes)
                tree.published(changes)
        built = checked(Built(outcome, changes), check)
        if built.outcome.passed and changes:
            built = _committed(built, tree)
    except WorkspaceConflict as conflict:
        built = Built(conflicting(conflict))
    except WorkspaceError as refused:
        built = Built(Outcome(status=Status.FAILED, summary=refused.problems[0].message))
    except UnicodeEncodeError as error:
        built = Built(unnameable(error))
    except OSError as error:
        built = halted(error)
    discard(directory)
    return replace(built, outcome=cleaned(built.outcome, attempt.redact))


def _committed(built: Built, tree: Tree) -> Built:
    with tree.turn():
        refusal = tree.commit(built.changes)
    if not refusal:
        return built
    outcome = replace(
        built.outcome,
        status=Status.FAILED,
        summary=f"it was not committed: {refusal.strip()}",
        hint="its files stand in the tree; mend what the hook complains of and run it again",
    )
    return replace(built, outcome=outcome)


def _forbidden(paths: Sequence[str]) -> Outcome:
    return Outcome(
        status=Status.FAILED,
        summary=f"it would change {', '.join(paths)}, by which it is judged; nothing was written",
        hint="change it yourself, or declare it as a file of the task",
    )


def _execute(
    task: Task, executor: Executor, stage: Stage, attempt: Attempt
) -> tuple[Outcome, tuple[Change, ...]]:
    outcome = executor.execute(task, stage, attempt)
    if outcome.status not in PUBLISHED:
        return outcome, ()
    return outcome, stage.seal()


def checked(built: Built, check: Callable[[], Verdict]) -> Built:
    if built.outcome.status not in PUBLISHED:
        return built
    verdict = check()
    return replace(built, outcome=held_to(verdict, built.outcome), verdict=verdict)
