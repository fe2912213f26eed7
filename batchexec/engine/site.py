"""One batch as doit sees it: where it lives, what its settings say and what its documents hold."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchexec import executors, graph, settings, sources
from batchexec.answers import Answers
from batchexec.engine import STATE
from batchexec.engine.checker import Checker
from batchexec.engine.evidence import SiteEvidence
from batchexec.errors import BatchError, ExecutorError, GraphError, Problem, Severity, SourceError
from batchexec.model import Location
from batchexec.paths import glob_pattern
from batchexec.settings.schema import nearest
from batchexec.sources.reading import Reading
from batchexec.wording import printable
from batchexec.workspace import Workspace

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

    from batchexec.engine.asked import BatchPlan
    from batchexec.engine.plans.documents import Question
    from batchexec.engine.plans.reading import Plans
    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.executors import Executor
    from batchexec.graph import Graph
    from batchexec.model import Task
    from batchexec.redaction import Redactor
    from batchexec.rundb import RunDatabase

_MINUTE_S = 60


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
        self.batch_plan: BatchPlan | None = None
        self.plan_words: tuple[str, ...] = ()
        self.document_words: tuple[str, ...] = ()
        self.yes = False
        self.question: Question | None = None
        self._carries_out = False
        self._checker: Checker | None = None
        self._executors: dict[str, Executor] = {}
        self._fingerprints: dict[tuple[str, ...], str] = {}

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
    def prps(self) -> PrpBatch | None:
        """The batch of PRPs that is carried out, if one is chosen."""
        if self.settings.batch is None or self.plan_words:
            return None
        # Lazy for speed: most batches hold prompts.
        from batchexec.engine.prps.batch import PrpBatch

        return PrpBatch(self.settings, self.settings.batch)

    @cached_property
    def plans(self) -> Plans | None:
        """The plans whose EXECUTION_TASKs a command names, if it names any."""
        if not self.plan_words:
            return None
        # Lazy for speed: most batches hold prompts.
        from batchexec.engine.plans.reading import Plans

        return Plans(self.settings, self.plan_words)

    @cached_property
    def reading(self) -> Reading:
        if self.without_prompts:
            return Reading(())
        if self.plans:
            return self.plans.reading()
        if self.prps:
            return self.prps.reading
        found = self._read_prompts()
        unchosen = self._unchosen()
        return replace(found, problems=(*found.problems, unchosen)) if unchosen else found

    def _unchosen(self) -> Problem | None:
        """Name the batches of PRPs there are, where none is chosen."""
        if not any(root.is_dir() for root in self.settings.prp_roots):
            return None
        from batchexec.engine.prps.batch import unchosen

        return unchosen(self.settings)

    def _read_prompts(self) -> Reading:
        where = self.settings.prompts_dir
        if where is None or self._awaits_prompts(where):
            if self.settings.tasks is not None or self._has_plans():
                return Reading(())
            raise SourceError(
                self._unchosen()
                or Problem(
                    None,
                    f"no prompts directory: {self.settings.repo_root}/.spec/prompts is not there or empty",
                    "name one with `prompts_dir:` in batchexec.yaml, or with --prompts-dir",
                )
            )
        return sources.load(where, self.settings.tasks, self.evidence.finding)

    def _has_plans(self) -> bool:
        """Tell whether this is a place for plans: their tasks are run by name, and nothing else is."""
        return (self.settings.repo_root / "work-space" / "plans").is_dir() and self._unchosen() is None

    def _awaits_prompts(self, where: Path) -> bool:
        """Tell whether this is the usual place for prompts, and nothing is in it yet."""
        usual = self.settings.origins["prompts_dir"] == "default"
        return usual and where.is_dir() and not any(where.iterdir())

    @cached_property
    def evidence(self) -> SiteEvidence:
        chosen = self.settings
        return SiteEvidence(
            chosen.tasks,
            chosen.repo_root,
            self.redact,
            strict=chosen.strict,
            run_commands=chosen.run_commands,
        )

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.state / "answers")

    def redact(self, text: str) -> str:
        """Take out of a text what nobody may see."""
        return self.redactor.text(text)

    @cached_property
    def redactor(self) -> Redactor:
        # Lazy for speed: the patterns of secrets take a while, and a plan needs none.
        from batchexec.redaction import Redactor

        kinds = self.settings.executors.values()
        told = {name: value for kind in kinds for name, value in kind.get("environment", {}).items()}
        return Redactor({**os.environ, **told}, self.settings.redact)

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

    @cached_property
    def order(self) -> dict[str, int]:
        """Where each task stands in the plan."""
        return {name: place for place, name in enumerate(self.graph.tasks)}

    @property
    def remarks(self) -> list[Problem]:
        """What the documents' reader had to say that is no error."""
        return [problem for problem in self.reading.problems if problem.severity is not Severity.ERROR]

    def rungs(self, task: Task) -> tuple[str, ...]:
        """Name a task's executors in the order they are asked, each for what the one before left open."""
        chosen = self.settings
        return task.executor or chosen.executor_by_category.get(task.category) or chosen.executor

    def executor(self, name: str) -> Executor:
        """Set an executor up, once. Raises ExecutorError where that cannot be done."""
        if name not in self._executors:
            self._executors[name] = executors.make(self._executor_spec(name), self.home)
        return self._executors[name]

    def check_executors(self) -> None:
        """Set up all that tasks name. Raises ExecutorError with everything that is wrong with them."""
        known = {*self.settings.executors, "apply"}
        problems = [
            Problem(task.location, f"there is no executor '{name}'", nearest(name, sorted(known)))
            for task in self.graph.tasks.values()
            for name in task.executor
            if name not in known
        ]
        for name in sorted(known & self._named_executors()):
            try:
                self.executor(name)
            except ExecutorError as error:
                problems += (self._told_of(name, problem) for problem in error.problems)
        if problems:
            # Nothing starts anyway: what would be told next time is told now.
            unfit = (problem for name in self._executors for problem in self.unfit(name))
            raise ExecutorError.of([*problems, *unfit])

    def unfit(self, name: str) -> list[Problem]:
        """List what keeps an executor that could be set up from working."""
        executor = self.executor(name)
        problems = executor.problems()
        if self.settings.budget and not executor.priced:
            hint = "add its model to `prices:`, or leave `budget:` out"
            problems = [*problems, Problem(None, "nobody can tell what it costs", hint)]
        return [self._told_of(name, problem) for problem in problems]

    def _told_of(self, name: str, problem: Problem) -> Problem:
        """Say of which executor a problem is, and where that is described."""
        file, _, line = self.settings.origins.get(f"executors.{name}", "").rpartition(":")
        where = problem.location or (Location(file, int(line)) if file else None)
        return replace(problem, location=where, message=f"executor {name}: {problem.message}")

    def _named_executors(self) -> set[str]:
        chosen = self.settings
        named = {*chosen.executor}.union(*chosen.executor_by_category.values())
        return named.union(*(task.executor for task in self.graph.tasks.values() if task.executor))

    def fingerprint(self, task: Task) -> str:
        """Say how a task is carried out."""
        rungs = self.rungs(task)
        if rungs not in self._fingerprints:
            self._fingerprints[rungs] = " then ".join(self.executor(name).fingerprint() for name in rungs)
        return self._fingerprints[rungs]

    def _executor_spec(self, name: str) -> dict[str, Any]:
        chosen = self.settings
        named = chosen.executors.get(name, {"kind": name})
        spec: dict[str, Any] = dict(named)
        if spec["kind"] == "apply":
            spec |= {"if_exists": chosen.if_exists, "naming": chosen.naming, "tasks_md": self._tasks_md()}
        elif spec["kind"] in ("agent", "api"):
            spec["prices"] = chosen.prices
        if spec["kind"] == "agent" and chosen.batch is not None:
            # Not as long as that: `timeout` is what ends it, and what is told.
            spec.setdefault("timeout_s", 2 * chosen.timeout * _MINUTE_S)
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

    def forbids(self, task: Task) -> Callable[[str], bool]:
        """Tell what a task may not change: what is protected, and the list it is judged by."""
        own = {output.path for output in task.outputs}
        tasks_md = None if task.naming else self._tasks_md()
        patterns = self._protected

        def forbidden(path: str) -> bool:
            return path not in own and (path == tasks_md or any(one.match(path) for one in patterns))

        return forbidden

    @cached_property
    def _protected(self) -> tuple[re.Pattern[str], ...]:
        return tuple(glob_pattern(pattern) for pattern in self.settings.protect)

    def facts(self) -> dict[str, Any]:
        """What a run's row remembers of its settings: enough to render its report."""
        chosen = self.settings
        return {
            "prompts_dir": self.shown(chosen.prompts_dir) if chosen.prompts_dir else "",
            "tasks_md": self.shown(chosen.tasks) if chosen.tasks else None,
            "repo_root": self.shown(chosen.repo_root),
            "executor": ", ".join(chosen.executor),
            "budget": dict(chosen.budget),
            "batch": chosen.batch,
        }

    def shown(self, path: Path) -> str:
        """Show a path as people would type it in the batch's home."""
        return str(path.relative_to(self.home)) if path.is_relative_to(self.home) else str(path)

    def checker(self, database: RunDatabase) -> Checker:
        if self._checker is None:
            root = self.settings.repo_root
            strict = self.settings.strict
            commands = self.evidence.commands() if self._carries_out else None
            self._checker = Checker(
                self.graph,
                self.fingerprint,
                root,
                database,
                commands,
                strict=strict,
                refresh=self.settings.refresh,
                completed=self._completed if self.prps else None,
                taken_back=self.plans.taken_back if self.plans else None,
            )
        return self._checker

    def _completed(self, id_: str) -> bool:
        return self.prps is not None and self.prps.completion.holds(id_)

    def begin(self) -> None:
        """Be in a run from here on, and not in a plan: what evidence names as commands may be run."""
        self._carries_out = True
        self.forget_checker()

    def forget_checker(self) -> None:
        """Look at everything anew: another process may have changed it since."""
        self._checker = None
        if self.prps:
            self.prps.look_again()

    def task(self, name: str) -> Task | None:
        return self.graph.tasks.get(name)


def explain(error: BatchError) -> str:
    """Put an error into the words of doit's error line: all problems, each on a line of its own."""
    count = len(error.problems)
    if count == 1 and error.problems[0].location is None:
        return printable(f"{error.problems[0].message}; {error.problems[0].hint}".removesuffix("; "))
    found = "1 problem" if count == 1 else f"{count} problems"
    return printable(f"{found} found, nothing was started\n{error}")
