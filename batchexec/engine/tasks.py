"""Turns the graph into doit tasks: one for each prompt task, groups of them, and what is made by name."""

from __future__ import annotations

import sys
from inspect import Signature
from typing import TYPE_CHECKING, Any

from doit.action import BaseAction
from doit.exceptions import InvalidDodoFile, TaskError, TaskFailed
from doit.globals import Globals
from doit.task import Task as DoitTask

from batchexec.engine.backend import Backend
from batchexec.engine.site import explain
from batchexec.errors import BatchError
from batchexec.model import CATEGORIES, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.build import Built
    from batchexec.engine.site import Site
    from batchexec.graph import Graph
    from batchexec.model import Outcome, Task

TARGETS = {
    "verify": "Verify tasks.md and write down what was found",
    "prompts": "Write a prompt for every task of tasks.md that is not verified",
    "report": "Render the report of the last run",
    "prps_from_plan": "Write the PRPs of a batch from its plan, named by --file",
}
"""What is made when it is asked for by name; in a run these come last, in this order."""


def targets(site: Site) -> Iterator[DoitTask]:
    """
    Yield one doit task per prompt task, groups of them, and what is made by name.

    Out of date means: the task says something else, it is carried out
    differently, or something it reads came out differently, by content.
    Where it is written down, and when, does not matter. Input errors leave
    as doit's own error, for every doit command.
    """
    try:
        graph = site.graph
        site.check_executors()
    except BatchError as error:
        raise InvalidDodoFile(explain(error)) from error
    for task in graph.tasks.values():
        yield DoitTask(
            task.name,
            [BuildAction(task)],
            task_dep=[*site.first, *graph.before(task.name)],
            uptodate=[UpToDate(task, site)],
            subtask_of=task.family,
            doc=task.title,
            meta={"batchexec": task},
        )
    yield from _groups(graph)
    yield from _documents(site)
    for name, doc in TARGETS.items():
        needed = [] if name in ("report", "prps_from_plan") else [*site.first]
        yield DoitTask(name, [TargetAction(name, site)], task_dep=needed, uptodate=[False], doc=doc)


def _typed_documents() -> tuple[str, ...]:
    """Find what is named on the command line: doit's own commands, like clean, do not tell us."""
    kinds = ("plan_subplans:", "plan_executions:")
    return tuple(word for word in sys.argv[1:] if word.startswith(kinds))


def _documents(site: Site) -> Iterator[DoitTask]:
    """Yield the targets of plans, where a command names some."""
    words = site.document_words or _typed_documents()
    if not words:
        return
    from batchexec.engine.plans.documents import document_tasks

    try:
        tasks, site.question = document_tasks(site.settings, words, yes=site.yes)
    except BatchError as error:
        raise InvalidDodoFile(explain(error)) from error
    yield from tasks


def _groups(graph: Graph) -> Iterator[DoitTask]:
    members: dict[str, list[str]] = {}
    for task in graph.tasks.values():
        members.setdefault(task.family, []).append(task.name)
        members.setdefault(task.category, []).append(task.name)
        for name in _above(task):
            members.setdefault(name, []).append(task.name)
    for name, names in members.items():
        what = f"Every task of the {name} family"
        if name in CATEGORIES:
            what = f"Every {name} task"
        elif name.startswith("stage-"):
            what = f"Every PRP of stage {name.removeprefix('stage-')}"
        yield DoitTask(name, None, task_dep=names, has_subtask=True, doc=what)


def _above(task: Task) -> Iterator[str]:
    """Yield what a task of a plan is part of: its achievement and its plan, `plan_run:PLAN:1.2`."""
    name = task.name.rpartition(":")[0]
    while name.startswith(f"{task.family}:{task.category}"):
        yield name
        name = name.rpartition(":")[0]


class UpToDate:
    """doit's question whether a task is up to date, answered by the checker."""

    # doit inspects each of these callables; without this that is half the time of a no-op.
    __signature__ = Signature()

    def __init__(self, task: Task, site: Site) -> None:
        self._task = task
        self._site = site

    def __call__(self) -> bool:
        manager = Globals.dep_manager
        if not isinstance(manager.backend, Backend):
            raise InvalidDodoFile(
                "DOIT_CONFIG lacks what batch() returned; write"
                " `config, task_batch = batch()` and `DOIT_CONFIG = {**config, ...}`"
            )
        checker = self._site.checker(manager.backend.database)
        return not checker.stale(self._task, manager.get_values(self._task.name))


class OutcomeFailed(TaskFailed):
    """A task that came out badly, with the whole outcome for those who can read it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.summary or str(outcome.status))
        self.outcome = outcome


class OutcomeError(TaskError):
    """A task that could not be carried out."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.summary or str(outcome.status))
        self.outcome = outcome


class BuildAction(BaseAction):
    """The one action of a prompt task, for our own runner to walk."""

    def __init__(self, task: Task) -> None:
        self.prompt_task = task
        self.task: DoitTask | None = None
        self.out = self.err = self.result = None
        self.values: dict[str, Any] = {}

    def execute(self, out: object = None, err: object = None) -> TaskError:  # noqa: ARG002  # doit's signature
        """Refuse: an attempt is begun and finished by our own runner, never by doit's."""
        return TaskError(f"{self.prompt_task.name} is carried out by `doit run` alone")

    def __str__(self) -> str:
        return f"carry out {self.prompt_task.id} ({self.prompt_task.location})"


def verdict(built: Built) -> TaskFailed | TaskError | None:
    """Say in doit's words how a walk came out."""
    if built.outcome.passed:
        return None
    if built.outcome.status is Status.ERROR:
        return OutcomeError(built.outcome)
    return OutcomeFailed(built.outcome)


class TargetAction(BaseAction):
    """Makes a verification, prompts or a report for another author's task that waits for it."""

    def __init__(self, name: str, site: Site) -> None:
        self.task: DoitTask | None = None
        self.out = self.err = self.result = None
        self.values: dict[str, Any] = {}
        self._name = name
        self._site = site

    def execute(self, out: object = None, err: object = None) -> TaskError | TaskFailed | None:  # noqa: ARG002  # the same
        from batchexec.engine.targets import make

        try:
            made = make(self._name, self._site, Globals.dep_manager.backend.database)
        except BatchError as error:
            return TaskError(explain(error))
        return None if made.good else TaskFailed(made.text)

    def __str__(self) -> str:
        return TARGETS[self._name].lower()
