"""Levels, critical paths and schedules of any graph."""

from __future__ import annotations

import itertools
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.plans.schedule import levels, longest_path, makespan, sorted_ids

EXAMPLE = {"1.1": (), "2.1": ("1.1",), "2.2": ("1.1",)}
HOURS = {"1.1": 4.0, "2.1": 6.0, "2.2": 2.0}

Graph = dict[str, tuple[str, ...]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Small graphs without cycles, in an order of their own, that may name ids nobody lists."""
    ids = [f"1.{number}" for number in range(1, draw(st.integers(0, 9)) + 1)]
    graph = {
        id_: tuple(draw(st.lists(st.sampled_from([*ids[:place], "9.9"]), max_size=4)))
        for place, id_ in enumerate(ids)
    }
    return {id_: graph[id_] for id_ in draw(st.permutations(ids))}


times = st.dictionaries(
    st.sampled_from([f"1.{number}" for number in range(1, 10)]), st.integers(0, 9).map(float)
)


def test_what_depends_on_nothing_is_level_0_and_the_rest_lies_one_above_the_highest_it_needs() -> None:
    graph = {"2.1": ("1.1", "1.2"), "1.2": ("1.1",), "1.1": (), "3.1": ("9.9",)}

    assert levels(graph) == {"2.1": 2, "1.2": 1, "1.1": 0, "3.1": 1}


def test_what_stands_in_or_behind_a_cycle_comes_after_all_others() -> None:
    graph = {"1.1": ("1.2",), "1.2": ("1.1",), "2.1": ("1.1",), "3.1": (), "3.2": ("3.1",)}

    assert levels(graph) == {"1.1": 2, "1.2": 2, "2.1": 2, "3.1": 0, "3.2": 1}
    assert sorted_ids(graph) == ["3.1", "3.2"]


@settings(deadline=None)
@given(graphs())
def test_levels_are_what_the_definition_says(graph: Graph) -> None:
    @cache
    def level(id_: str) -> int:
        return max((level(dep) + 1 for dep in graph.get(id_, ())), default=0)

    assert levels(graph) == {id_: level(id_) for id_ in graph}


@settings(deadline=None)
@given(graphs())
def test_everything_comes_after_what_it_depends_on(graph: Graph) -> None:
    order = sorted_ids(graph)

    assert sorted(order) == sorted(graph)
    assert all(order.index(dep) < order.index(id_) for id_ in graph for dep in graph[id_] if dep in graph)


def test_the_critical_path_is_the_one_that_takes_longest() -> None:
    assert longest_path(EXAMPLE, HOURS) == (10, ("1.1", "2.1"))
    assert longest_path({}, {}) == (0, ())
    assert longest_path({"1.1": ("1.1",)}, {"1.1": 3.0}) == (0, ())


def test_of_paths_that_take_as_long_the_one_of_more_steps_counts() -> None:
    assert longest_path({"1.1": (), "2.1": ("1.1",), "2.2": (), "3.1": ("2.1",)}, {}) == (
        0,
        ("1.1", "2.1", "3.1"),
    )


@settings(deadline=None)
@given(graphs(), times)
def test_no_path_takes_longer_than_the_critical_one(graph: Graph, hours: dict[str, float]) -> None:
    @cache
    def longest(id_: str) -> float:
        return hours.get(id_, 0) + max((longest(dep) for dep in graph[id_] if dep in graph), default=0)

    total, path = longest_path(graph, hours)

    assert total == max(map(longest, graph), default=0) == sum(hours.get(id_, 0) for id_ in path)
    assert all(before in graph[after] for before, after in itertools.pairwise(path))


@pytest.mark.parametrize(("workers", "hours"), [(1, 12), (2, 10), (3, 10)])
def test_workers_share_what_is_ready(workers: int, hours: float) -> None:
    assert makespan(EXAMPLE, HOURS, workers) == hours


def test_the_longest_path_goes_first() -> None:
    """In the order of the file, two workers would need 10 hours."""
    graph: Graph = {"1.1": (), "1.2": (), "1.3": ()}

    assert makespan(graph, {"1.1": 3, "1.2": 3, "1.3": 7}, 2) == 7


def test_what_lies_behind_a_step_counts_for_how_long_its_path_is() -> None:
    """Whoever looks at the steps alone leaves the short one, and the long one behind it, to the end."""
    graph: Graph = {"1.1": (), "1.2": (), "1.3": (), "2.3": ("1.3",), "2.4": ("1.3",)}

    assert makespan(graph, {"1.1": 3, "1.2": 3, "1.3": 1, "2.3": 5, "2.4": 0.5}, 2) == 6.5


@settings(deadline=None)
@given(graphs(), times, st.integers(1, 12))
def test_a_schedule_lies_between_the_critical_path_and_one_after_the_other(
    graph: Graph, hours: dict[str, float], workers: int
) -> None:
    total = sum(hours.get(id_, 0) for id_ in graph)
    least = longest_path(graph, hours)[0]

    assert makespan(graph, hours, 1) == total
    assert makespan(graph, hours, len(graph) + 1) == least
    assert max(least, total / workers) <= makespan(graph, hours, workers) <= total


def test_a_long_chain_takes_no_time_and_no_recursion() -> None:
    chain = {f"1.{at}": (f"1.{at - 1}",) if at > 1 else () for at in range(1, 5001)}
    hours = dict.fromkeys(chain, 1.0)
    started = time.process_time()

    assert levels(chain)["1.5000"] == 4999
    assert longest_path(chain, hours)[0] == makespan(chain, hours, 4) == 5000
    assert time.process_time() - started < 2
