"""The documents of plans as doit's targets: created if they are missing, and never written anew."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from doit.exceptions import TaskFailed
from doit.task import Task as DoitTask

from batchexec.engine.plans.naming import called, load_called
from batchexec.errors import Problem, SelectionError
from batchexec.journal import Journal
from batchexec.plans.creation import Kind, check_unfilled, choose, create, preview, targets
from batchexec.plans.creation.targets import parts_of
from batchexec.plans.naming import typed
from batchexec.sources.plan import find_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

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
    for one in found.values():
        for group in one.groups:
            groups.setdefault(group, []).append(one.name)
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
        # For doit a task whose target is missing is never up to date, and some lie under another name.
        targets=[] if document.elsewhere else [str(path)],
        uptodate=[lambda: document.elsewhere or os.path.lexists(path)],
        setup=[QUESTION],
        clean=[remove_unchanged],
        doc=f"Create {path.name}",
    )


@dataclass(frozen=True, slots=True)
class _Document:
    """One file, the choice it is part of, and the groups of tasks it belongs to."""

    name: str
    groups: tuple[str, ...]
    loaded: Loaded
    whole: Choice
    target: Target
    overrides: Path | None

    @property
    def elsewhere(self) -> bool:
        """Tell whether the document is there, under another readable number or with a suffix."""
        return self.target.there and not os.path.lexists(self.target.path)

    def make(self) -> TaskFailed | None:
        in_the_way = tuple(one for one in self.whole.in_the_way if one[0] == self.target.id)
        one = replace(self.whole, to_create=(self.target,), in_the_way=in_the_way)
        made = create(
            one,
            self.loaded,
            self._journal(),
            command=("doit", self.name),
            today=datetime.now().astimezone().date(),
            overrides=self.overrides,
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
    loaded = load_called(find_workspace(settings.repo_root), plan)
    kind, about = KINDS[kind_word], f"{kind_word}:{called(loaded)}"
    whole, part = _named(loaded, kind, id_)
    choice = choose(loaded, kind, ids=[whole] if whole else ())
    if part:
        choice = replace(choice, to_create=tuple(one for one in choice.to_create if one.part == part))
    _check(choice, loaded)
    ids = [whole] if whole else list(dict.fromkeys((*choice.ids, *choice.skipped)))
    for target in targets(loaded, kind, ids):
        if part in ("", target.part):
            groups = (about, f"{about}:{target.id}") if target.part else (about,)
            yield _Document(f"{about}:{target.name}", groups, loaded, choice, target, settings.templates)


def _named(loaded: Loaded, kind: Kind, id_: str) -> tuple[str, str]:
    """Say which achievement an id is, or is a sub-execution of, and which one."""
    if kind is Kind.EXECUTIONS and id_ not in loaded.standing.statuses:
        for whole, listed in parts_of(loaded).items():
            if any(part.id == id_ for part in listed):
                return whole, id_
    return id_, ""


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
