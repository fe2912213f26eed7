"""Who depends on whom: what is there twice, what is missing, what waits in a ring."""

from __future__ import annotations

import itertools
import time
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parallel.parallel_bench import checked, document, item, said

from batchexec.parallel.cycles import MOST, components, cycles
from batchexec.parallel.reach import MOST as MOST_REACHED
from batchexec.parallel.reach import levels, longest, reach
from batchexec.sources.plan import id_key

if TYPE_CHECKING:
    from collections.abc import Iterator

NODES = [f"{n // 3}.{n % 3 + 1}" for n in range(7)]
GRAPHS = st.dictionaries(st.sampled_from(NODES), st.lists(st.sampled_from(NODES), unique=True))
FIRST = "/achievements/0/dependencies/0"
SECOND, THIRD = "/achievements/1/achievement_id", "/achievements/2/achievement_id"
CROSSING = "/cross_priority_dependencies/0"
NOT_FOUND = "achievement '1.2' of a cross-priority dependency not found"
ADDED = f"warning W23 {CROSSING}/to_achievement: dependency '1.1' of 1.2 is only listed here, it is added"


def drawn(edges: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {node: tuple(edges.get(node, ())) for node in NODES}


def rings(edges: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Try every order of every choice of nodes that begins with its smallest."""
    for size in range(1, len(edges) + 1):
        for first, *others in itertools.combinations(sorted(edges, key=id_key), size):
            for order in itertools.permutations(others):
                ring = (first, *order)
                if all(b in edges[a] for a, b in zip(ring, (*order, first), strict=True)):
                    yield ring


@given(GRAPHS)
def test_every_elementary_cycle_is_found_once_in_order(given_edges: dict[str, list[str]]) -> None:
    edges = drawn({node: ends[:3] for node, ends in given_edges.items()})
    expected = sorted(rings(edges), key=lambda ring: [id_key(one) for one in ring])

    found = cycles(edges)

    if not found.more:
        assert list(found.found) == expected
    else:
        assert len(found.found) == MOST
        assert list(found.found) == expected[:MOST]


@given(GRAPHS)
def test_components_are_what_can_be_reached_both_ways(given_edges: dict[str, list[str]]) -> None:
    edges = drawn(given_edges)
    far = {(a, b): _walks(edges, a, b) for a in NODES for b in NODES}

    found = components(edges)

    together = {node: set(ring) for ring in found for node in ring}
    place = {node: n for n, ring in enumerate(found) for node in ring}
    for a, b in itertools.permutations(NODES, 2):
        assert (b in together[a]) == (far[a, b] and far[b, a])
        if far[a, b] and not far[b, a]:
            assert place[b] < place[a]
    assert all(reach(edges).depends(a, b) == far[a, b] for a, b in far)


def _walks(edges: dict[str, tuple[str, ...]], start: str, end: str) -> bool:
    seen: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += edges[node]
    return end in seen


@given(GRAPHS)
def test_levels_and_longest_ways_are_those_of_their_definition(given_edges: dict[str, list[str]]) -> None:
    edges = {node: tuple(one for one in ends if one < node) for node, ends in drawn(given_edges).items()}
    weights = {node: float(n) for n, node in enumerate(NODES)}

    def level(node: str) -> int:
        return max((level(one) + 1 for one in edges[node]), default=0)

    def way(node: str) -> float:
        return weights[node] + max((way(one) for one in edges[node]), default=0)

    assert levels(edges) == {node: level(node) for node in edges}
    assert longest(edges, weights) == {node: way(node) for node in edges}


def test_two_rings_that_share_an_achievement_are_both_told() -> None:
    value = document(item("1.1", "1.2"), item("1.2", "1.1", "1.3"), item("1.3", "1.2"))

    assert checked(value).cycles == (("1.1", "1.2"), ("1.2", "1.3"))
    assert said(value) == [
        f"error J12 {FIRST}: circular dependency: 1.1 → 1.2 → 1.1",
        "error J12 /achievements/1/dependencies/1: circular dependency: 1.2 → 1.3 → 1.2",
    ]


def test_what_depends_on_itself_is_a_ring() -> None:
    assert said(document(item("1.1", "1.1"))) == [f"error J12 {FIRST}: circular dependency: 1.1 → 1.1"]


def test_a_ring_begins_with_its_smallest_number() -> None:
    value = document(item("10.1", "1.10"), item("1.10", "1.9"), item("1.9", "10.1"))

    assert checked(value).cycles == (("1.9", "10.1", "1.10"),)


def test_what_is_there_twice_is_an_error_and_hides_no_ring() -> None:
    value = document(item("1.1", "1.3"), item("1.2", "1.1"), item("1.1", "1.2"), item("1.3"))

    assert said(value) == [
        f"error J10 {THIRD}: duplicate achievement_id '1.1', first at /achievements/0/achievement_id",
        "error J12 /achievements/2/dependencies/0: circular dependency: 1.1 → 1.2 → 1.1",
    ]
    assert [work.dependencies for work in model(value).achievements] == [("1.3", "1.2"), ("1.1",), ()]


def model(value: Any) -> Any:
    return checked(value).model


def test_of_very_many_rings_fifty_are_told() -> None:
    ids = [f"1.{n}" for n in range(1, 121)]
    started = time.perf_counter()

    found = checked(document(*(item(id_, *ids) for id_ in ids)))

    assert time.perf_counter() - started < 5
    assert len(found.cycles) == MOST
    assert found.cycles[:3] == (("1.1",), ("1.1", "1.2"), ("1.1", "1.2", "1.3"))
    (more,) = [str(one) for one in found.findings if one.message.startswith("more")]
    errors = [str(one) for one in found.errors]
    assert [one.rpartition(": ")[2] for one in errors[:2]] == ["1.1 → 1.1", "1.1 → 1.2 → 1.1"]
    assert errors[MOST:] == [more]
    assert more.startswith("error J12 /achievements/0/achievement_id: more cycles in {1.1, 1.2, 1.3, ")


def test_a_ring_of_very_many_is_told_by_its_beginning() -> None:
    ids = [f"1.{n}" for n in range(1, 101)]
    value = document(*(item(id_, after) for id_, after in zip(ids, [*ids[1:], ids[0]], strict=True)))

    (message,) = said(value)

    assert message.endswith("1.38 → 1.39 → … (61 more) → 1.1")
    assert checked(value).cycles == (tuple(ids),)


CROSS = {"from_achievement": "1.2", "to_achievement": "1.1"}


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (document(item("1.1", "9.9")), [f"error J11 {FIRST}: dependency '9.9' of 1.1 not found"]),
        (
            document(item("1.1", "9.9", "9.8")),
            [
                f"error J11 {FIRST}: dependency '9.9' of 1.1 not found",
                "error J11 /achievements/0/dependencies/1: dependency '9.8' of 1.1 not found",
            ],
        ),
        (document(item("1.1", "9.9"), external_achievements=["9.9"]), []),
        (
            document(item("1.1"), priority_groups=[{"priority": 1, "achievements": ["1.1", "9.9"]}]),
            ["error J11 /priority_groups/0/achievements/1: achievement '9.9' of a priority group not found"],
        ),
        (
            document(item("1.1"), cross_priority_dependencies=[CROSS]),
            [f"error J11 {CROSSING}/from_achievement: {NOT_FOUND}"],
        ),
        (
            document(item("1.1"), item("1.2"), cross_priority_dependencies=[CROSS]),
            [ADDED],
        ),
        (document(item("1.1"), item("1.2", "1.1"), cross_priority_dependencies=[CROSS, CROSS]), []),
        (
            document(item("1.1", "1.2"), item("1.2"), cross_priority_dependencies=[CROSS]),
            [
                f"error J12 {FIRST}: circular dependency: 1.1 → 1.2 → 1.1",
                ADDED,
            ],
        ),
        (
            document(item("1.1"), item("1.2", "1.1", "1.1")),
            ["warning W21 /achievements/1/dependencies/1: dependency '1.1' listed twice"],
        ),
        (
            document(item("1.1"), item("1.2", "1.1"), item("1.3", "1.1", "1.2")),
            ["warning W21 /achievements/2/dependencies/0: dependency '1.1' already implied by 1.2"],
        ),
        (
            document(item("2.12"), item("21.2")),
            [f"warning W20 {SECOND}: ids 2.12 and 21.2 share the digits 212; files use 2-12 and 21-2"],
        ),
        (document(), ["warning W22 /achievements: no achievements"]),
        (
            document(item("1.1"), level="level_1"),
            ["warning W22 /parallelization_level: level_1 without sub_executions"],
        ),
    ],
)
def test_what_does_not_fit_together_is_told_once(value: Any, messages: list[str]) -> None:
    assert said(value) == messages


def sub(id_: str, *dependencies: str) -> dict[str, Any]:
    return {"execution_id": id_, "dependencies": list(dependencies)}


@pytest.mark.parametrize(
    ("subs", "message"),
    [
        ([sub("1.1.1"), sub("1.1.2", "1.1.1")], ""),
        ([sub("2.1.1")], "error J13 {}/0/execution_id: sub execution '2.1.1' does not belong to 1.1"),
        ([sub("1.1.1.1")], "error J13 {}/0/execution_id: sub execution '1.1.1.1' does not belong to 1.1"),
        ([sub("1.1.1", "1.1.9")], "error J11 {}/0/dependencies/0: dependency '1.1.9' of 1.1.1 not found"),
        (
            [sub("1.1.1"), sub("1.1.1")],
            "error J10 {}/1/execution_id: duplicate execution_id '1.1.1', first at {}/0/execution_id",
        ),
        (
            [sub("1.1.1", "1.1.2"), sub("1.1.2", "1.1.1")],
            "error J12 {}/0/dependencies/0: circular dependency: 1.1.1 → 1.1.2 → 1.1.1",
        ),
    ],
)
def test_sub_executions_are_held_to_the_same(subs: list[Any], message: str) -> None:
    value = document(item("1.1", sub_executions=subs), level="level_1")

    at = "/achievements/0/sub_executions"
    assert said(value) == ([message.replace("{}", at)] if message else [])
    distinct = list(dict.fromkeys(one["execution_id"] for one in subs))
    assert [one.id for one in model(value).achievements[0].subs] == distinct


def test_an_achievement_of_three_numbers_has_sub_executions_of_four() -> None:
    value = document(item("3.5.1", sub_executions=[sub("3.5.1.1"), sub("3.5.1.2", "3.5.1.1")]))

    assert said(value) == []


def test_a_badly_typed_dependency_is_one_error_and_no_missing_one() -> None:
    assert said(document(item("1.1"), item("1.2", "1.1") | {"dependencies": ["01.1", "1.1"]})) == [
        "error J07 /achievements/1/dependencies/0: dependency '01.1' has an invalid format, use X.Y or X.Y.Z"
    ]


def test_a_long_chain_and_many_achievements_take_time_in_proportion() -> None:
    times = []
    for count in (1250, 5000):
        ids = [f"{n // 100}.{n % 100 + 1}" for n in range(count)]
        value = document(*(item(id_, *ids[max(n - 1, 0) : n]) for n, id_ in enumerate(ids)))
        started = time.process_time()
        assert checked(value).valid
        times.append(time.process_time() - started)

    assert times[1] < 12 * max(times[0], 0.02)


def test_dependencies_are_found_implied_in_a_graph_of_any_form() -> None:
    random = Random(3)
    for _ in range(60):
        count = random.randrange(2, 12)
        ids = [f"1.{n + 1}" for n in range(count)]
        ends = {id_: random.sample(ids[:n], random.randrange(n + 1)) for n, id_ in enumerate(ids)}
        edges = {id_: tuple(its) for id_, its in ends.items()}
        expected = {
            (id_, one)
            for id_, its in ends.items()
            for one in its
            if any(_walks(edges, other, one) for other in its)
        }
        shuffled = random.sample(ids, count)

        findings = checked(document(*(item(id_, *ends[id_]) for id_ in shuffled))).findings

        found = {
            (shuffled[int(one.pointer.split("/")[2])], one.message.split("'")[1])
            for one in findings
            if one.code == "W21"
        }
        assert found == expected


def test_in_a_graph_of_very_many_only_what_is_said_is_known_to_depend() -> None:
    ids = [f"1.{n}" for n in range(MOST_REACHED + 1)]
    far = reach({id_: tuple(ids[max(n - 1, 0) : n]) for n, id_ in enumerate(ids)})

    assert far.depends("1.2", "1.1")
    assert not far.depends("1.2", "1.0")
