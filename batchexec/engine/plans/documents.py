"""The documents of plans as doit's targets: created if they are missing, and never written anew."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from doit.exceptions import TaskFailed
from doit.task import Task as DoitTask

from batchexec.errors import Problem, SelectionError
from batchexec.journal import Journal
from batchexec.plans import load
from batchexec.plans.creation import Kind, check_unfilled, choose, create, preview, targets
from batchexec.plans.naming import typed
from batchexec.sources.plan import find_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.plans import Loaded
    from batchexec.plans.creation import Choice, Target
    from batchexec.settings import Settings

KINDS = {kind.command: kind for kind in Kind}
QUESTION = "_plan_question"
"""The hidden task that asks before anything is created: only if something is missing, and once."""


class Question:
    """Asks once for all files that are missing; what it hears holds for each of them."""

    def __init__(self, asked: str, *, yes: bool) -> None:
        self.refused = False
        self._asked = asked
        self._yes = yes

    def ask(self) -> TaskFailed | None:
        sys.stderr.write(self._asked)
        refusal = "" if self._yes else self._refusal()
        self.refused = bool(refusal)
        return TaskFailed(refusal) if refusal else None

    @staticmethod
    def _refusal() -> str:
        if not (sys.stdin and sys.stdin.isatty()):
            return "nothing is created without a yes; --yes says it where nobody can be asked"
        sys.stderr.write("Create them? (y/N) ")
        sys.stderr.flush()
        is_yes = sys.stdin.readline().strip().lower() in ("y", "yes")
        return "" if is_yes else "cancelled: nothing was created"


def document_tasks(settings: Settings, words: Sequence[str], *, yes: bool) -> tuple[list[DoitTask], Question]:
    """
    Make a doit task for each file that words like `plan_subplans:MY-PLAN:1.2` name, and the question.

    Raises BatchError where a plan does not allow it.
    """
    found = {one.name: one for word in words for one in _documents(settings, word)}
    missing = [one for one in found.values() if not one.target.there]
    question = Question("".join(dict.fromkeys(preview(one.whole) for one in missing)), yes=yes)
    tasks = [_task(one, question) for one in found.values()]
    groups: dict[str, list[str]] = {}
    for name in found:
        groups.setdefault(name.rpartition(":")[0], []).append(name)
    for name, members in groups.items():
        tasks.append(DoitTask(name, None, task_dep=members, has_subtask=True, doc="All of these files"))
    ask = DoitTask(QUESTION, [(question.ask,)], uptodate=[False], doc="Ask before files are created")
    return [*tasks, ask], question


def _task(document: _Document, question: Question) -> DoitTask:
    path = document.target.path

    def make() -> TaskFailed | None:
        # doit runs a task whose setup failed all the same.
        return TaskFailed("nobody said yes to it") if question.refused else document.make()

    def remove_unchanged() -> None:
        document.clean()

    return DoitTask(
        document.name,
        [(make,)],
        targets=[str(path)],
        uptodate=[lambda: os.path.lexists(path)],
        setup=[QUESTION],
        clean=[remove_unchanged],
        doc=f"Create {path.name}",
    )


@dataclass(frozen=True, slots=True)
class _Document:
    """One file, and the choice it is part of."""

    name: str
    loaded: Loaded
    whole: Choice
    target: Target

    def make(self) -> TaskFailed | None:
        one = replace(self.whole, to_create=(self.target,))
        made = create(
            one,
            self.loaded,
            self._journal(),
            command=("doit", self.name),
            today=datetime.now().astimezone().date(),
        )
        return TaskFailed(made.text()) if made.errors else None

    def clean(self) -> None:
        """Take away what was created and nobody changed."""
        self._journal().clean(self.target.path)

    def _journal(self) -> Journal:
        return Journal(self.loaded.workspace, self.loaded.workspace)


def _documents(settings: Settings, word: str) -> Iterator[_Document]:
    kind_word, _, rest = word.partition(":")
    plan, _, id_ = rest.partition(":")
    if not plan:
        hint = f"it is said as {kind_word}:MY-PLAN, or {kind_word}:MY-PLAN:1.2"
        raise SelectionError(Problem(None, f"{word}: this names no plan", hint))
    loaded = load(find_workspace(settings.repo_root), f"@{plan}")
    kind = KINDS[kind_word]
    choice = choose(loaded, kind, ids=[id_] if id_ else ())
    _check(choice, loaded)
    ids = [id_] if id_ else list(dict.fromkeys((*choice.ids, *choice.skipped)))
    for target in targets(loaded, kind, ids):
        yield _Document(f"{kind_word}:{loaded.plan.name}:{target.name}", loaded, choice, target)


def _check(choice: Choice, loaded: Loaded) -> None:
    """Raise SelectionError with what has to come first."""
    if choice.errors:
        raise SelectionError(*choice.errors)
    if choice.missing_subplans:
        missing = ", ".join(choice.missing_subplans)
        hint = f"create these first: {typed(loaded.naming.about('plan_subplans', choice.missing_subplans))}"
        raise SelectionError(Problem(None, f"SUBPLANs of {missing} are missing", hint))
    blocking = check_unfilled(choice, loaded).ids
    if blocking:
        hint = f"fill them first: {typed(loaded.naming.about('plan_fill', blocking))}"
        raise SelectionError(Problem(None, f"SUBPLANs of {', '.join(blocking)} are not filled", hint))
