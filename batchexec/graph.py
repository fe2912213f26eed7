"""Puts tasks in the order they run, or says why there is none."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING

from batchexec.errors import GraphError, Problem
from batchexec.model import CATEGORIES, BlockKind, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_RANK = {category: rank for rank, category in enumerate(CATEGORIES)}

Edges = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Graph:
    """
    All tasks of a batch in the order they run, dependencies first.

    `deps` names what a task asked for; `follows` names the task before it that
    writes one of the same files: a matter of order only, except that a task
    which puts a fragment into a file depends on what the file's writer left.
    """

    tasks: Mapping[str, Task]
    deps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    follows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def before(self, name: str) -> tuple[str, ...]:
        """Name every task that has to be finished before this one starts."""
        return tuple(dict.fromkeys((*self.deps.get(name, ()), *self.follows.get(name, ()))))


def resolve(tasks: Sequence[Task]) -> Graph:
    """
    Order tasks by priority, category and place, with dependencies first.

    What a task depends on is as urgent as the task itself. Two tasks that
    write one file run in that order, the writer of the whole file first.
    Raises GraphError with every unknown name, or with a cycle.
    """
    by_name = {task.name: task for task in tasks}
    deps = _dependencies(by_name)
    soft = {task.name: [dep.name for dep in task.soft_deps] for task in by_name.values() if task.soft_deps}
    order = _order(by_name, _merge(deps, soft))
    follows = _merge(soft, _conflicts([by_name[name] for name in order], deps))
    if follows:
        order = _order(by_name, _merge(deps, follows))
    return Graph(
        tasks={name: by_name[name] for name in order},
        deps={name: tuple(names) for name, names in deps.items()},
        follows={name: tuple(names) for name, names in follows.items()},
    )


def _dependencies(by_name: Mapping[str, Task]) -> Edges:
    deps: Edges = {}
    problems = []
    for task in by_name.values():
        for dep in task.deps:
            if dep.name not in by_name:
                problems.append(Problem(dep.location, *_unknown(task, dep.name, by_name)))
            elif dep.name == task.name:
                problems.append(Problem(dep.location, f"{task.id} depends on itself", "name another task"))
            else:
                deps.setdefault(task.name, []).append(dep.name)
    if problems:
        raise GraphError.of(problems)
    return deps


def _unknown(task: Task, name: str, by_name: Mapping[str, Task]) -> tuple[str, str]:
    bare = name.partition(":")[2] or name
    near = get_close_matches(bare, [known.id for known in by_name.values()], n=3)
    return (
        f"{task.id} depends on {bare}, which is no task of this batch",
        f"near it: {', '.join(near)}" if near else "name the id of a task",
    )


def _order(by_name: Mapping[str, Task], edges: Edges) -> list[str]:
    topological = _sorted(by_name, edges, _keys(by_name))
    if len(topological) < len(by_name):
        raise GraphError(_cycle(by_name, edges, set(by_name).difference(topological)))
    if not edges:
        return topological
    urgency = _keys(by_name)
    for name in reversed(topological):
        for dep in edges.get(name, ()):
            urgency[dep] = min(urgency[dep], urgency[name])
    return _sorted(by_name, edges, urgency)


_Key = tuple[int, int, int]


def _keys(by_name: Mapping[str, Task]) -> dict[str, _Key]:
    last = len(CATEGORIES)
    return {
        name: (task.priority, _RANK.get(task.category, last), place)
        for place, (name, task) in enumerate(by_name.items())
    }


def _sorted(by_name: Mapping[str, Task], edges: Edges, keys: Mapping[str, _Key]) -> list[str]:
    """List names by key, each after what it waits for; those in or behind a cycle are left out."""
    if not edges:
        return sorted(by_name, key=keys.__getitem__)
    places = {name: place for place, name in enumerate(by_name)}
    names = list(by_name)
    waiting = {name: len(edges.get(name, ())) for name in by_name}
    unlocks: Edges = {}
    for name, before in edges.items():
        for dep in before:
            unlocks.setdefault(dep, []).append(name)
    ready = [(keys[name], places[name]) for name, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        name = names[heapq.heappop(ready)[1]]
        order.append(name)
        for after in unlocks.get(name, ()):
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(ready, (keys[after], places[after]))
    return order


def _cycle(by_name: Mapping[str, Task], edges: Edges, stuck: set[str]) -> Problem:
    """Walk back along unfinished dependencies until a task comes round again."""
    name = min(stuck)
    seen: dict[str, int] = {}
    path: list[str] = []
    while name not in seen:
        seen[name] = len(path)
        path.append(name)
        name = next(dep for dep in edges[name] if dep in stuck)
    ring = path[seen[name] :]
    start = ring.index(min(ring))
    ring = [*ring[start:], *ring[:start]]
    steps = " -> ".join(by_name[step].id for step in (*ring, ring[0]))
    places = ", ".join(str(by_name[step].location) for step in ring[1:])
    where = f" (also {places})" if places else ""
    return Problem(
        by_name[ring[0]].location,
        f"circular dependency: {steps}{where}",
        "take one of these dependencies out",
    )


def _conflicts(order: Iterable[Task], deps: Edges) -> Edges:
    """
    Chain the writers of each file: the one who writes it whole, then the others as they would run.

    Tasks in stages have their waves for that.
    """
    writers: dict[str, list[Task]] = {}
    for task in (task for task in order if task.stage is None):
        for output in task.outputs:
            writers.setdefault(output.path, []).append(task)
    follows: Edges = {}
    for path, tasks in writers.items():
        if len(tasks) > 1:
            chain = sorted(tasks, key=lambda task: not _writes_whole(task, path))
            for first, second in pairwise(chain):
                if first.name not in (*deps.get(second.name, ()), *follows.get(second.name, ())):
                    follows.setdefault(second.name, []).append(first.name)
    return follows


def _writes_whole(task: Task, path: str) -> bool:
    kinds = {block.kind for block in task.blocks if block.path == path}
    return bool(kinds & {BlockKind.FILE, BlockKind.MERGE})


def _merge(deps: Edges, follows: Edges) -> Edges:
    merged = {name: list(names) for name, names in deps.items()}
    for name, names in follows.items():
        merged.setdefault(name, []).extend(names)
    return merged
