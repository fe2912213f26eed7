"""Tasks come in an order that is stable, urgent first, dependencies before what needs them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.errors import GraphError
from batchexec.graph import resolve
from batchexec.model import BlockKind, CodeBlock, Dependency, Location, Output, Task


def task(
    id_: str,
    *deps: str,
    line: int = 1,
    priority: int = 2,
    category: str = "not_implemented",
    writes: dict[str, BlockKind] | None = None,
) -> Task:
    place = Location("p.md", line)
    writes = writes or {}
    return Task(
        name=f"smartspec:{id_}",
        family="smartspec",
        id=id_,
        title=id_,
        category=category,
        priority=priority,
        prompt="",
        location=place,
        deps=tuple(Dependency(f"smartspec:{dep}", Location("p.md", line + 1)) for dep in deps),
        outputs=tuple(Output(path=path, location=place) for path in writes),
        blocks=tuple(
            CodeBlock(path=path, text="", location=place, kind=kind) for path, kind in writes.items()
        ),
    )


def order(*tasks: Task) -> list[str]:
    return [task.id for task in resolve(tasks).tasks.values()]


def test_tasks_without_dependencies_come_by_priority_then_category_then_place() -> None:
    assert order(
        task("T1", priority=4, category="naming_issue"),
        task("T2", category="missing_tests"),
        task("T3"),
        task("T4", priority=1, category="symbol_issue"),
        task("T5"),
        task("T6", category="uncategorised"),
    ) == ["T4", "T3", "T5", "T2", "T6", "T1"]


def test_a_dependency_comes_first_and_is_as_urgent_as_what_needs_it() -> None:
    assert order(task("T1"), task("T2", "T3", priority=1), task("T3", priority=4)) == ["T3", "T2", "T1"]


def test_the_writer_of_a_whole_file_comes_before_fragments_whatever_their_priority() -> None:
    graph = resolve(
        [
            task("T1", priority=1, writes={"a.py": BlockKind.SYMBOL}),
            task("T2", priority=4, writes={"a.py": BlockKind.FILE}),
            task("T3", priority=3, writes={"a.py": BlockKind.SYMBOL}),
        ]
    )

    assert [one.id for one in graph.tasks.values()] == ["T2", "T1", "T3"]
    assert graph.follows == {"smartspec:T1": ("smartspec:T2",), "smartspec:T3": ("smartspec:T1",)}
    assert graph.deps == {}
    assert graph.before("smartspec:T3") == ("smartspec:T1",)


def test_an_edge_that_was_asked_for_is_not_added_a_second_time() -> None:
    graph = resolve(
        [
            task("T1", writes={"a.py": BlockKind.FILE}),
            task("T2", "T1", writes={"a.py": BlockKind.SYMBOL}),
        ]
    )

    assert graph.follows == {}


def test_every_unknown_name_is_named_with_what_is_near() -> None:
    with pytest.raises(GraphError) as caught:
        resolve([task("TASK-001", "TASK-002", line=3), task("TASK-003", "NOPE-7", line=9)])

    assert str(caught.value) == (
        "p.md:4: error: TASK-001 depends on TASK-002, which is no task of this batch;"
        " near it: TASK-003, TASK-001\n"
        "p.md:10: error: TASK-003 depends on NOPE-7, which is no task of this batch; name the id of a task"
    )


def test_a_task_cannot_depend_on_itself() -> None:
    with pytest.raises(GraphError) as caught:
        resolve([task("T1", "T1", line=5)])

    assert str(caught.value) == "p.md:6: error: T1 depends on itself; name another task"


def test_a_cycle_is_told_step_by_step_with_its_places() -> None:
    with pytest.raises(GraphError) as caught:
        resolve(
            [task("T3", "T1", line=9), task("T1", "T2", line=1), task("T2", "T3", line=5), task("T4", "T1")]
        )

    assert str(caught.value) == (
        "p.md:1: error: circular dependency: T1 -> T2 -> T3 -> T1 (also p.md:5, p.md:9);"
        " take one of these dependencies out"
    )


def test_a_fragment_that_must_come_before_the_whole_file_is_a_cycle() -> None:
    with pytest.raises(GraphError, match="circular dependency: T1 -> T2 -> T1"):
        resolve(
            [
                task("T1", "T2", writes={"a.py": BlockKind.FILE}),
                task("T2", writes={"a.py": BlockKind.SYMBOL}),
            ]
        )


def test_a_chain_of_three_thousand_is_no_problem() -> None:
    tasks = [task(f"T{n}", *([f"T{n + 1}"] if n < 3000 else [])) for n in range(3001)]

    assert order(*tasks) == [f"T{n}" for n in range(3000, -1, -1)]


@st.composite
def acyclic(draw: st.DrawFn) -> list[Task]:
    count = draw(st.integers(1, 12))
    tasks = [
        task(
            f"T{n}",
            *(f"T{dep}" for dep in draw(st.sets(st.integers(0, n - 1), max_size=3))) if n else (),
            priority=draw(st.integers(1, 4)),
            writes=dict.fromkeys(draw(st.sets(st.sampled_from("ab"), max_size=1)), BlockKind.SYMBOL),
        )
        for n in range(count)
    ]
    random.Random(draw(st.integers(0, 99))).shuffle(tasks)
    return tasks


@given(acyclic())
def test_whatever_the_graph_all_tasks_come_once_and_after_what_they_need(tasks: list[Task]) -> None:
    graph = resolve(tasks)

    place = {name: n for n, name in enumerate(graph.tasks)}
    assert sorted(place) == sorted(one.name for one in tasks)
    assert all(place[before] < place[name] for name in place for before in graph.before(name))
    for path in "ab":
        writers = [one.name for one in graph.tasks.values() if path in {o.path for o in one.outputs}]
        for first, second in pairwise(writers):
            assert first in _all_before(graph.before, second)


def _all_before(before: object, name: str) -> set[str]:
    assert callable(before)
    found: set[str] = set()
    todo = [name]
    while todo:
        for dep in before(todo.pop()):
            if dep not in found:
                found.add(dep)
                todo.append(dep)
    return found
