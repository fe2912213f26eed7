"""Finds the tasks a person means: names, bare ids, groups, wildcards, files, categories."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.categories import category_of
from batchexec.engine.tasks import TARGETS
from batchexec.errors import Problem, SelectionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from doit.task import Task as DoitTask

    from batchexec.graph import Graph
    from batchexec.model import Task


@dataclass(frozen=True)
class Selection:
    """
    What a command is about.

    `tasks` are prompt tasks in run order; `others` are the doit tasks of the
    same dodo.py that are not ours; `closed` says that what the tasks depend on
    is left out on purpose, `targets` are those of ours that were asked for by name.
    """

    tasks: tuple[str, ...]
    others: tuple[str, ...] = ()
    closed: bool = False
    targets: tuple[str, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.tasks)


def select(
    graph: Graph,
    known: Mapping[str, DoitTask],
    words: Sequence[str] | None,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    single: bool = False,
) -> Selection:
    """
    Select prompt tasks by words and categories; no words means all there are.

    A task brings along what it depends on, unless categories were named or
    `single` is asked for. Raises SelectionError for unknown words, all at
    once, and for a selection that is empty.
    """
    others = _others(graph, known)
    if words is None:
        found = set(graph.tasks)
        selected_others = () if only or skip else others
    else:
        names = _find_all(graph, known, words)
        found = {name for name in names if name in graph.tasks}
        selected_others = tuple(name for name in dict.fromkeys(names) if name in others)
    targets = tuple(name for name in TARGETS if name in (words or ()))
    needed = (dep for name in targets for dep in known[name].task_dep)
    selected_others = tuple(dict.fromkeys((*selected_others, *needed)))
    found |= _reached(graph, known, selected_others)
    closed = bool(only or skip)
    found = {name for name in found if _wanted(graph.tasks[name], only, skip)}
    if not (closed or single):
        found |= _dependencies(graph, found)
    if not (found or selected_others or targets):
        raise SelectionError(_nothing(graph, words, only, skip))
    return Selection(tuple(name for name in graph.tasks if name in found), selected_others, closed, targets)


def _others(graph: Graph, known: Mapping[str, DoitTask]) -> tuple[str, ...]:
    ours = {task.family for task in graph.tasks.values()} | {task.category for task in graph.tasks.values()}
    return tuple(
        name
        for name, task in known.items()
        if name not in graph.tasks and name not in ours and name not in TARGETS and not task.has_subtask
    )


def _wanted(task: Task, only: Sequence[str], skip: Sequence[str]) -> bool:
    return (not only or task.category in only) and task.category not in skip


def _dependencies(graph: Graph, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    todo = list(names)
    while todo:
        for dep in graph.deps.get(todo.pop(), ()):
            if dep not in found:
                found.add(dep)
                todo.append(dep)
    return found


def _reached(graph: Graph, known: Mapping[str, DoitTask], others: Iterable[str]) -> set[str]:
    """List the prompt tasks that tasks of another author wait for, themselves or through groups."""
    seen: set[str] = set()
    todo = list(others)
    while todo:
        name = todo.pop()
        if name not in seen and name in known:
            seen.add(name)
            todo += known[name].task_dep if name not in graph.tasks else ()
    return seen & graph.tasks.keys()


def _find_all(graph: Graph, known: Mapping[str, DoitTask], words: Sequence[str]) -> list[str]:
    by_id: dict[str, list[str]] = {}
    for task in graph.tasks.values():
        by_id.setdefault(task.id.casefold(), []).append(task.name)
    found: list[str] = []
    problems = []
    for word in words:
        names = list(_find(graph, known, by_id, word))
        found += names
        if not names and word not in TARGETS:
            problems.append(_unknown(graph, known, word))
    if problems:
        raise SelectionError(*problems)
    return found


def _find(
    graph: Graph, known: Mapping[str, DoitTask], by_id: Mapping[str, list[str]], word: str
) -> Iterator[str]:
    if word in known:
        yield from _members(known, word)
    elif word.casefold() in by_id:
        yield from by_id[word.casefold()]
    elif any(sign in word for sign in "*?["):
        yield from (
            name
            for name, task in graph.tasks.items()
            if fnmatchcase(name, word) or fnmatchcase(task.id, word)
        )
        yield from (name for name in known if name not in graph.tasks and fnmatchcase(name, word))
    elif (category := category_of(word)) and category in known:
        yield from _members(known, category)
    else:
        yield from _writers(graph, known, word.removeprefix("./"))


def _writers(graph: Graph, known: Mapping[str, DoitTask], path: str) -> Iterator[str]:
    for name, task in graph.tasks.items():
        if any(output.path == path for output in task.outputs):
            yield name
    for name, neighbour in known.items():
        if path in neighbour.targets:
            yield name


def _members(known: Mapping[str, DoitTask], name: str) -> Iterator[str]:
    task = known[name]
    if not task.has_subtask:
        yield name
        return
    for member in task.task_dep:
        yield from _members(known, member)


def _unknown(graph: Graph, known: Mapping[str, DoitTask], word: str) -> Problem:
    ids = [task.id for task in graph.tasks.values()]
    if any(sign in word for sign in "*?["):
        return Problem(None, f"no task matches {word!r}", "see `doit list`")
    near = get_close_matches(word, [*ids, *known], n=3, cutoff=0.6)
    hint = f"near it: {', '.join(dict.fromkeys(near))}" if near else "see `doit list`"
    return Problem(None, f"{word!r} is no task, group, category or file of this batch", hint)


def _nothing(graph: Graph, words: Sequence[str] | None, only: Sequence[str], skip: Sequence[str]) -> Problem:
    if not graph.tasks:
        hint = "`doit prompts` writes them from tasks.md; tasks of plans are run by name, as plan_run:MY-PLAN"
        return Problem(None, "there are no prompts: .spec/prompts is missing or empty", hint)
    asked = [
        *([f"tasks {', '.join(words)}"] if words else []),
        *([f"only {', '.join(only)}"] if only else []),
        *([f"without {', '.join(skip)}"] if skip else []),
    ]
    there = sorted({task.category for task in graph.tasks.values()})
    what = f"nothing is selected ({'; '.join(asked)})" if asked else "nothing is selected"
    return Problem(None, what, f"categories of this batch: {', '.join(there)}")
