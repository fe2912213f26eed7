"""Reads the plans a command is about, and makes tasks of the EXECUTION_TASKs that may be carried out."""

from __future__ import annotations

import os
import re
import sys
from datetime import date, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from batchexec.engine.plans.naming import called, load_called
from batchexec.engine.plans.sheets import jobs, needed
from batchexec.engine.plans.trying import FAMILY, Tried, has_passed, tries
from batchexec.engine.plans.undoing import RunJournal
from batchexec.errors import BatchError, Problem, SelectionError
from batchexec.journal import Journal
from batchexec.model import Dependency, Location, Result, Task
from batchexec.plans.creation import marking
from batchexec.plans.menu import runnable
from batchexec.plans.naming import typed
from batchexec.plans.prompting import prompt
from batchexec.plans.recommending import command_for
from batchexec.sources.files import read_excerpt, shown
from batchexec.sources.plan import find_workspace, id_key
from batchexec.sources.plan.places import WORK_SPACE
from batchexec.sources.prp.section_gates import section_gates
from batchexec.sources.reading import Reading
from batchexec.wording import plural
from batchexec.workspace import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from batchexec.build import Built
    from batchexec.engine.plans.sheets import Job
    from batchexec.model import Edit, Gate
    from batchexec.plans import Loaded
    from batchexec.settings import Settings
    from batchexec.sources.plan import Sheet

__all__ = ["FAMILY", "Plans", "check_graph", "check_ready"]

_PRIORITY = 2
_VERDICT = re.compile(
    r"(?:^|/)work-space/(?:.*/)?execution/(?:feedbacks(?:/(?!FIX_[\d-]+_RESOLUTION\.md$).*)?|SKIPPED_[^/]*)$",
    re.ASCII | re.IGNORECASE,
)
"""Markers, and whatever else lies beside them; an answer to a FIX is work."""
_TESTS = re.compile(r"tests?\b.*|testing\b.*|validation\b.*", re.ASCII)


class Plans:
    """
    The plans that the words of a command name: `plan_run:MY-PLAN:1.2`, `plan_run:MY-PLAN` or `plan_run`.

    Everything is read when it is first asked for; raises BatchError where a
    plan cannot be carried out, or an achievement not yet.
    """

    def __init__(self, settings: Settings, words: Sequence[str]) -> None:
        self._settings = settings
        self._words = words
        self._loaded: dict[str, Loaded] = {}
        self._passed: dict[tuple[str, str], set[str]] = {}

    def reading(self) -> Reading:
        tasks: dict[str, Task] = {}
        problems: list[Problem] = []
        for word in self._words:
            try:
                tasks |= {task.name: task for task in self._tasks(word)}
            except SelectionError as error:
                problems += error.problems
        if problems:
            raise SelectionError(*problems)
        ordered = sorted(
            tasks.values(), key=lambda task: (task.category, id_key(self.id_of(task)), task.name)
        )
        return Reading(tuple(ordered))

    def loaded(self, plan: str) -> Loaded:
        if plan not in self._loaded:
            self._loaded[plan] = load_called(self._workspace, plan)
        return self._loaded[plan]

    def finished(self, task: Task, built: Built) -> None:
        """Approve what passed, where the settings leave that to gates and one of these passed."""
        plan, id_ = self.plan_of(task), self.id_of(task)
        if not built.outcome.passed:
            return
        now = self._passed.setdefault((plan, id_), set())
        now.add(_number_of(task))
        gates = built.verdict.gates if built.verdict else ()
        passed = sum(gate.result is Result.PASSED for gate in gates)
        if self._settings.approve != "gates" or not passed:
            return
        loaded = load_called(self._workspace, plan)
        if not has_passed(loaded, id_, tries(self._workspace).get(plan, Tried()), now):
            return
        text = f"{passed} of {plural(len(gates), 'gate')} passed, in {task.name}"
        try:
            marking.approve(loaded, id_, text, self._undoing, _today())
        except (BatchError, OSError) as error:
            sys.stderr.write(f"ERROR: {id_} passed, and is not approved: {error}\n")

    def noted(self, edits: Sequence[Edit]) -> None:
        """Let `undo` know of what a task brings into the tree. Raises StateError where it cannot be noted."""
        created = {edit.path for edit in edits if edit.before is None}
        for edit in edits:
            old, new = edit.before, edit.after
            made = _made_for(self._settings.repo_root, edit.path, created) if old is None else ()
            self._undoing.writing.note(edit.path, old, None if new is None else digest_of(new), made)

    @cached_property
    def _workspace(self) -> Path:
        return find_workspace(self._settings.repo_root)

    @cached_property
    def _undoing(self) -> RunJournal:
        return RunJournal(self._workspace, self._settings.repo_root, self._words)

    def written(self) -> dict[str, str]:
        """Give the files that are as our own commands left them, by digest."""
        return Journal(self._workspace, self._settings.repo_root).standing()

    def forbids(self, *, in_place: bool) -> Callable[[str], bool]:
        """
        Tell what nobody who carries a plan out may change: what people said of the work.

        In the user's own tree, people go on saying it with our words meanwhile.
        """
        there = {*_verdicts(self._settings.repo_root)} if in_place else set()

        def forbidden(path: str) -> bool:
            if not _VERDICT.search(path):
                return False
            return not in_place or path in there or path not in self.written()

        return forbidden

    def close(self) -> None:
        """End the run's part of the journal, if there is one."""
        if "_undoing" in self.__dict__:
            self._undoing.close()

    @cached_property
    def _tried(self) -> dict[str, Tried]:
        return tries(self._workspace)

    def taken_back(self, task: Task) -> str:
        """Say of a task that passed why it does not count: its work, or what gates made of it, is gone."""
        plan, id_ = self.plan_of(task), self.id_of(task)
        tried = self._tried.get(plan, Tried())
        if tried.undone(id_, _number_of(task)):
            return "it passed before, and its work was undone"
        by_gates = self._settings.approve == "gates" and bool(task.gates)
        if by_gates and has_passed(self.loaded(plan), id_, tried, ()):
            return "it passed before, and is not approved any more"
        return ""

    @staticmethod
    def id_of(task: Task) -> str:
        return task.name.split(":")[2]

    @staticmethod
    def plan_of(task: Task) -> str:
        return task.name.split(":")[1]

    def _tasks(self, word: str) -> Iterator[Task]:
        _, _, rest = word.partition(":")
        plan, _, id_ = rest.partition(":")
        if not plan:
            hint = "it is said as plan_run:MY-PLAN, or plan_run:MY-PLAN:1.2"
            raise SelectionError(Problem(None, f"{word}: this names no plan", hint))
        loaded = self.loaded(plan)
        check_graph(loaded)
        id_, _, number = id_.partition(":")
        ids = [id_] if id_ else runnable(loaded)
        if not ids:
            hint = str(loaded.recommendation)
            message = f"{loaded.plan.name}: nothing that is ready has an EXECUTION_TASK"
            raise SelectionError(Problem(None, message, hint))
        for one in ids:
            check_ready(loaded, one)
            for job in _chosen(loaded, one, number):
                yield self._task(loaded, one, job)

    def _task(self, loaded: Loaded, id_: str, job: Job) -> Task:
        plan, title = called(loaded), job.part.title if job.part else ""
        name = _name(plan, id_, job.number)
        where = Location(shown(job.sheet.file), 1)
        return Task(
            name=name,
            family=FAMILY,
            id=name.removeprefix(f"{FAMILY}:"),
            title=title or loaded.standing.titles.get(id_, ""),
            category=plan,
            priority=_PRIORITY,
            prompt=prompt(loaded, id_, job.sheet.file, self._settings.templates),
            location=where,
            deps=tuple(
                Dependency(_name(plan, id_, one.number), where)
                for one in needed(jobs(loaded, id_), [job])
                if job.part and one.part and one.part.id in job.part.dependencies
            ),
            gates=self._gates(loaded, id_, job.sheet),
        )

    def _gates(self, loaded: Loaded, id_: str, sheet: Sheet) -> tuple[Gate, ...]:
        """Take the commands of its test section, else those of its SUBPLAN's."""
        roots = (str(self._settings.repo_root),)
        for file in (sheet.file, *(one.file for one in loaded.evidence.subplans.get(id_, ()))):
            found = section_gates(read_excerpt(file), _TESTS, roots)
            if found:
                return found
        return ()


def _name(plan: str, id_: str, number: str) -> str:
    return f"{FAMILY}:{plan}:{id_}" + (f":{number}" if number else "")


def _number_of(task: Task) -> str:
    """Take the number of its sub-execution from the name of a task; "" where it is all of its achievement."""
    return ":".join(task.name.split(":")[3:])


def _chosen(loaded: Loaded, id_: str, number: str) -> Sequence[Job]:
    """Choose what is named of an achievement, and what that depends on."""
    found = jobs(loaded, id_)
    wanted = [job for job in found if number in ("", job.number)]
    if wanted:
        return needed(found, wanted)
    name, plan = loaded.plan.name, called(loaded)
    there = ", ".join(_name(plan, id_, job.number) for job in found)
    raise SelectionError(Problem(None, f"{name} {id_} has no sub-execution {number}", f"there are: {there}"))


def _verdicts(root: Path) -> Iterator[str]:
    """List the files in which people said what they think of the work."""
    for here, _, names in os.walk(root / WORK_SPACE):
        for name in names:
            path = Path(here, name).relative_to(root).as_posix()
            if _VERDICT.search(path):
                yield path


def _made_for(root: Path, path: str, created: Collection[str]) -> tuple[str, ...]:
    """List the directories above a new file that hold nothing but new files: they were made for these."""
    found = []
    for above in PurePosixPath(path).parents:
        directory = root / above
        there = (Path(here, name) for here, _, names in os.walk(directory) for name in names)
        if str(above) == "." or any(file.relative_to(root).as_posix() not in created for file in there):
            break
        if directory.is_dir():
            found.append(above.as_posix())
    return tuple(found)


def _today() -> date:
    return datetime.now().astimezone().date()


def check_graph(loaded: Loaded) -> None:
    """Raise SelectionError where the graph of a plan is wrong: nothing of it is carried out then."""
    if loaded.parallel is not None and not loaded.parallel.valid:
        lint = typed(loaded.naming.command("plan_lint"))
        message = f"❌ Invalid parallel.json: {loaded.parallel.path}"
        raise SelectionError(Problem(None, message, f"see {lint}"))


def check_ready(loaded: Loaded, id_: str) -> None:
    """Raise SelectionError where an achievement cannot be carried out now, with what has to come first."""
    standing = loaded.standing
    if id_ not in standing.statuses:
        there = ", ".join(standing.ids)
        raise SelectionError(
            Problem(None, f"{standing.name} has no achievement {id_}", f"there are: {there}")
        )
    if blockers := standing.blocked.get(id_):
        hint = typed(loaded.naming.command("plan_status"))
        message = f"{standing.name} {id_} is blocked by {', '.join(blockers)}"
        raise SelectionError(Problem(None, message, f"see {hint}"))
    if id_ not in standing.ready:
        message = f"{standing.name} {id_} is {standing.statuses[id_]}: there is nothing to carry out"
        hint = f"see {typed(loaded.naming.command('plan_status'))}"
        raise SelectionError(Problem(None, message, hint))
    if not standing.has_execution(id_):
        first = typed(command_for(standing, id_, loaded.naming, loaded.basis))
        message = f"{standing.name} {id_} has no EXECUTION_TASK"
        raise SelectionError(Problem(None, message, f"first {first}"))
