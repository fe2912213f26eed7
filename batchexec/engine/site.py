"""One batch as doit sees it: where it lives, what its settings say and what its documents hold."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchexec import executors, graph, settings, sources
from batchexec.engine import STATE
from batchexec.engine.checker import Checker
from batchexec.engine.evidence import SiteEvidence
from batchexec.errors import BatchError, GraphError, Problem, Severity, SourceError
from batchexec.sources.reading import Reading
from batchexec.wording import printable
from batchexec.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.executors import Executor
    from batchexec.graph import Graph
    from batchexec.model import Task
    from batchexec.rundb import RunDatabase


class Site:
    """
    What dodo.py's one line stands for.

    `home` is where the batch's settings and state live; `first` names doit
    tasks of the same dodo.py that have to be done before any prompt task.
    Everything is read when it is first asked for, and raises BatchError.
    """

    def __init__(self, home: Path, first: tuple[str, ...] = ()) -> None:
        self.home = home
        self.first = first
        self.options: Mapping[str, Any] = {}
        self.started_from = Path.cwd()
        self.without_prompts = False
        self._carries_out = False
        self._checker: Checker | None = None

    @property
    def state(self) -> Path:
        return self.home / STATE

    @cached_property
    def settings(self) -> settings.Settings:
        # What `first` names may be what makes the tree the batch works in.
        return settings.load(
            self.home, self.options, os.environ, self.started_from, makes_root=bool(self.first)
        )

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(self.settings.repo_root)

    @cached_property
    def reading(self) -> Reading:
        where = self.settings.prompts_dir
        if self.without_prompts:
            return Reading(())
        if where is None or self._awaits_prompts(where):
            if self.settings.tasks is not None:
                return Reading(())
            raise SourceError(
                Problem(
                    None,
                    f"no prompts directory: {self.settings.repo_root}/.spec/prompts is not there or empty",
                    "name one with `prompts_dir:` in batchexec.yaml, or with --prompts-dir",
                )
            )
        return sources.load(where, self.settings.tasks, self.evidence.finding)

    def _awaits_prompts(self, where: Path) -> bool:
        """Tell whether this is the usual place for prompts, and nothing is in it yet."""
        usual = self.settings.origins["prompts_dir"] == "default"
        return usual and where.is_dir() and not any(where.iterdir())

    @cached_property
    def evidence(self) -> SiteEvidence:
        chosen = self.settings
        return SiteEvidence(
            chosen.tasks, chosen.repo_root, strict=chosen.strict, run_commands=chosen.run_commands
        )

    @cached_property
    def graph(self) -> Graph:
        """The tasks in the order they run; raises with the problems of all documents at once."""
        errors = [problem for problem in self.reading.problems if problem.severity is Severity.ERROR]
        resolved = None
        try:
            resolved = graph.resolve(self.reading.tasks)
        except GraphError as error:
            errors += error.problems
        if errors or resolved is None:
            raise SourceError.of(errors)
        return resolved

    @property
    def remarks(self) -> list[Problem]:
        """What the documents' reader had to say that is no error."""
        return [problem for problem in self.reading.problems if problem.severity is not Severity.ERROR]

    @cached_property
    def rungs(self) -> tuple[Executor, ...]:
        """The executors in the order they are asked, each for what the one before it left open."""
        return tuple(executors.make(self._executor_spec(name), self.home) for name in self.settings.executor)

    def _executor_spec(self, name: str) -> dict[str, Any]:
        chosen = self.settings
        named = chosen.executors.get(name, {"kind": name})
        spec: dict[str, Any] = dict(named)
        if spec["kind"] == "apply":
            spec |= {"if_exists": chosen.if_exists, "naming": chosen.naming, "tasks_md": self._tasks_md()}
        return spec

    @property
    def tasks_md(self) -> Path:
        """The list of the batch. Raises SourceError where there is none."""
        if self.settings.tasks is None:
            hint = "name one with `tasks:` in batchexec.yaml, or with --tasks"
            root = self.settings.repo_root
            raise SourceError(Problem(None, f"no tasks.md: {root}/tasks.md is not there", hint))
        return self.settings.tasks

    def _tasks_md(self) -> str | None:
        tasks = self.settings.tasks
        if tasks is None:
            return None
        relative = os.path.relpath(tasks, self.settings.repo_root)
        return None if relative.startswith("..") else relative

    def protected_from(self, task: Task) -> frozenset[str]:
        """Name what a task may not change: the list it is judged by, unless that is its work."""
        tasks_md = self._tasks_md()
        its_work = bool(task.naming) or any(output.path == tasks_md for output in task.outputs)
        return frozenset() if tasks_md is None or its_work else frozenset({tasks_md})

    def facts(self) -> dict[str, Any]:
        """What a run's row remembers of its settings: enough to render its report."""
        chosen = self.settings
        return {
            "prompts_dir": self.shown(chosen.prompts_dir) if chosen.prompts_dir else "",
            "tasks_md": self.shown(chosen.tasks) if chosen.tasks else None,
            "repo_root": self.shown(chosen.repo_root),
            "executor": ", ".join(chosen.executor),
        }

    def shown(self, path: Path) -> str:
        """Show a path as people would type it in the batch's home."""
        return str(path.relative_to(self.home)) if path.is_relative_to(self.home) else str(path)

    def checker(self, database: RunDatabase) -> Checker:
        if self._checker is None:
            root = self.settings.repo_root
            fingerprint = " then ".join(rung.fingerprint() for rung in self.rungs)
            strict = self.settings.strict
            commands = self.evidence.commands() if self._carries_out else None
            self._checker = Checker(self.graph, fingerprint, root, database, commands, strict=strict)
        return self._checker

    def begin(self) -> None:
        """Be in a run from here on, and not in a plan: what evidence names as commands may be run."""
        self._carries_out = True
        self.forget_checker()

    def forget_checker(self) -> None:
        """Look at everything anew: another process may have changed it since."""
        self._checker = None

    def task(self, name: str) -> Task | None:
        return self.graph.tasks.get(name)


def explain(error: BatchError) -> str:
    """Put an error into the words of doit's error line: all problems, each on a line of its own."""
    count = len(error.problems)
    if count == 1 and error.problems[0].location is None:
        return printable(f"{error.problems[0].message}; {error.problems[0].hint}".removesuffix("; "))
    found = "1 problem" if count == 1 else f"{count} problems"
    return printable(f"{found} found, nothing was started\n{error}")
