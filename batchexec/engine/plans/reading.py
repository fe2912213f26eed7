"""Reads the plans a command is about, and makes tasks of the EXECUTION_TASKs that may be carried out."""

from __future__ import annotations

import os
import re
import sys
from datetime import date, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from batchexec.engine.plans.undoing import RunJournal
from batchexec.errors import BatchError, Problem, SelectionError
from batchexec.journal import Journal
from batchexec.model import Dependency, Location, Result, Task
from batchexec.plans import load
from batchexec.plans.creation import marking
from batchexec.plans.menu import runnable
from batchexec.plans.naming import typed
from batchexec.plans.prompting import prompt
from batchexec.plans.recommending import command_for
from batchexec.sources.files import read_excerpt, shown
from batchexec.sources.plan import find_workspace, id_key
from batchexec.sources.prp.section_gates import section_gates
from batchexec.sources.reading import Reading
from batchexec.wording import plural
from batchexec.workspace import digest_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from batchexec.build import Built
    from batchexec.model import Edit, Gate
    from batchexec.parallel import Work
    from batchexec.plans import Loaded
    from batchexec.settings import Settings
    from batchexec.sources.plan import Sheet

FAMILY = "plan_run"
_PRIORITY = 2
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
        self._left: dict[tuple[str, str], set[str]] = {}

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
        for task in tasks.values():
            self._left.setdefault((self.plan_of(task), self.id_of(task)), set()).add(task.name)
        ordered = sorted(
            tasks.values(), key=lambda task: (task.category, id_key(self.id_of(task)), task.name)
        )
        return Reading(tuple(ordered))

    def loaded(self, plan: str) -> Loaded:
        if plan not in self._loaded:
            workspace = find_workspace(self._settings.repo_root)
            self._loaded[plan] = load(workspace, f"@{plan}")
        return self._loaded[plan]

    def finished(self, task: Task, built: Built) -> None:
        """Approve what passed, where the settings leave that to gates and one of these passed."""
        gates = built.verdict.gates if built.verdict else ()
        passed = sum(gate.result is Result.PASSED for gate in gates)
        if self._settings.approve != "gates" or not (built.outcome.passed and passed):
            return
        plan, id_ = self.plan_of(task), self.id_of(task)
        left = self._left[plan, id_]
        left.discard(task.name)
        if left:
            return
        loaded = load(find_workspace(self._settings.repo_root), f"@{plan}")
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
    def _undoing(self) -> RunJournal:
        return RunJournal(find_workspace(self._settings.repo_root), self._settings.repo_root, self._words)

    def written(self) -> dict[str, str]:
        """Give the files that are as our own commands left them, by digest."""
        journal = Journal(find_workspace(self._settings.repo_root), self._settings.repo_root)
        return journal.standing()

    def close(self) -> None:
        """End the run's part of the journal, if there is one."""
        if "_undoing" in self.__dict__:
            self._undoing.close()

    def unapproved(self, task: Task) -> bool:
        """Tell whether gates would have approved it, and somebody took that back."""
        return self._settings.approve == "gates" and bool(task.gates)

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
            for sheet in sheets_of(loaded, one):
                if not number or sheet.number == int(number):
                    yield self._task(loaded, one, sheet)

    def _task(self, loaded: Loaded, id_: str, sheet: Sheet) -> Task:
        several = len(sheets_of(loaded, id_)) > 1
        name = f"{FAMILY}:{loaded.plan.name}:{id_}" + (f":{sheet.number:02d}" if several else "")
        return Task(
            name=name,
            family=FAMILY,
            id=name.removeprefix(f"{FAMILY}:"),
            title=_title(loaded, id_, sheet) if several else loaded.standing.titles.get(id_, ""),
            category=loaded.plan.name,
            priority=_PRIORITY,
            prompt=prompt(loaded, id_, sheet.file, self._settings.templates),
            location=Location(shown(sheet.file), 1),
            deps=_dependencies(loaded, id_, sheet) if several else (),
            gates=self._gates(loaded, id_, sheet),
        )

    def _gates(self, loaded: Loaded, id_: str, sheet: Sheet) -> tuple[Gate, ...]:
        """Take the commands of its test section, else those of its SUBPLAN's."""
        roots = (str(self._settings.repo_root),)
        for file in (sheet.file, *(one.file for one in loaded.evidence.subplans.get(id_, ()))):
            found = section_gates(read_excerpt(file), _TESTS, roots)
            if found:
                return found
        return ()


def _subs(loaded: Loaded, id_: str) -> Sequence[Work]:
    """List the sub-executions of an achievement."""
    model = loaded.parallel.model if loaded.parallel else None
    return next((work.subs for work in model.achievements if work.id == id_), ()) if model else ()


def _sub(loaded: Loaded, id_: str, sheet: Sheet) -> Work | None:
    return next((sub for sub in _subs(loaded, id_) if sub.id == f"{id_}.{sheet.number}"), None)


def _title(loaded: Loaded, id_: str, sheet: Sheet) -> str:
    own = _sub(loaded, id_, sheet)
    return own.title if own and own.title else loaded.standing.titles.get(id_, "")


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


def _dependencies(loaded: Loaded, id_: str, sheet: Sheet) -> tuple[Dependency, ...]:
    """Let a sub-execution wait for the ones it depends on, as far as they have files."""
    own = _sub(loaded, id_, sheet)
    there = {f"{id_}.{one.number}": one.number for one in sheets_of(loaded, id_)}
    numbers = [there[dep] for dep in own.dependencies if dep in there] if own else []
    where = Location(shown(sheet.file), 1)
    return tuple(Dependency(f"{FAMILY}:{loaded.plan.name}:{id_}:{number:02d}", where) for number in numbers)


def sheets_of(loaded: Loaded, id_: str) -> Sequence[Sheet]:
    """Give what is to be carried out: each sub-execution where there are several, else the newest file."""
    sheets = sorted(loaded.evidence.executions.get(id_, ()), key=lambda sheet: sheet.number)
    return sheets if _subs(loaded, id_) else sheets[-1:]


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
