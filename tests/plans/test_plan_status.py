"""Status comes from files alone, and every achievement is in one group."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standing_bench import evidence, stands

from batchexec.plans import TERMINAL, TRANSITIONS, Group, PlanStatus, may_become
from batchexec.plans.status import files_of, status_of

KINDS = ("approved", "skipped", "fix", "resolution", "executions", "subplans")

CHANGES = """
not_started → subplan_created → execution_created → in_progress, complete, failed
in_progress → complete, failed, execution_created
failed → in_progress, complete
"""


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ("", "not_started"),
        ("subplans", "subplan_created"),
        ("executions", "execution_created"),
        ("subplans executions", "execution_created"),
        ("subplans executions fix", "failed"),
        ("fix", "failed"),
        ("subplans executions resolution", "execution_created"),
        ("resolution", "not_started"),
        ("fix resolution", "failed"),
        ("skipped fix executions", "skipped"),
        ("approved skipped fix executions subplans", "complete"),
        ("approved", "complete"),
    ],
)
def test_the_strongest_evidence_decides(files: str, status: str) -> None:
    assert status_of("1.1", evidence(**dict.fromkeys(files.split(), "1.1"))) == status


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ("executions", "in_progress"),
        ("executions fix", "in_progress"),
        ("executions skipped", "skipped"),
        ("executions approved", "complete"),
    ],
)
def test_a_live_run_outweighs_all_but_what_is_final(files: str, status: str) -> None:
    assert status_of("1.1", evidence(**dict.fromkeys(files.split(), "1.1")), {"1.1"}) == status


def test_the_transitions_are_those_we_tell_people() -> None:
    told: dict[str, set[str]] = {status: set() for status in PlanStatus}
    for line in CHANGES.split("\n"):
        steps = [re.findall(r"\w+", step) for step in line.split("→")]
        for before, after in itertools.pairwise(steps):
            told[before[0]] |= set(after)
    for status in set(PlanStatus) - TERMINAL:
        told[status].add("skipped")

    assert {status: set(after) for status, after in TRANSITIONS.items()} == told
    assert {status for status in PlanStatus if not TRANSITIONS[status]} == TERMINAL
    assert may_become(PlanStatus.FAILED, PlanStatus.COMPLETE)
    assert not may_become(PlanStatus.SUBPLAN_CREATED, PlanStatus.COMPLETE)


def test_files_are_listed_in_the_order_they_come_to_be() -> None:
    files = files_of("1.1", evidence(subplans="1.1", executions="1.1", fix="1.1", approved="1.1"))

    assert [file.name for file in files] == ["S1.1.md", "E1.1.md", "APPROVED_1.1.md", "FIX_1.1.md"]


def test_a_complete_dependency_releases_what_waits_and_a_skipped_one_does_not() -> None:
    found = stands(
        {"1.1": (), "1.2": (), "2.1": ["1.1"], "2.2": ["1.1", "1.2"], "3.1": ["2.2"]},
        approved="1.1",
        skipped="1.2",
    )

    assert found.ready == ("2.1",)
    assert found.blocked == {"2.2": ("1.2",), "3.1": ("2.2",)}
    assert found.needs_decision == {"2.2": ("1.2",)}


def test_what_failed_is_ready_again_unless_something_blocks_it() -> None:
    found = stands({"1.1": (), "2.1": ["1.2"], "1.2": ()}, fix="1.1 2.1", executions="1.1 2.1")

    assert found.ready == ("1.1", "1.2")
    assert found.blocked == {"2.1": ("1.2",)}
    assert found.failed == ("1.1", "2.1")


def test_what_runs_is_neither_ready_nor_blocked() -> None:
    found = stands({"1.1": (), "2.1": ["1.1"]}, running={"1.1", "2.1"}, executions="1.1 2.1")

    assert found.of(Group.RUNNING) == ("1.1", "2.1")
    assert (found.ready, found.blocked) == ((), {})


def test_an_unlisted_dependency_blocks_until_it_is_approved() -> None:
    assert stands({"1.1": ["9.9"]}).blocked == {"1.1": ("9.9",)}
    assert stands({"1.1": ["9.9"]}, approved="9.9").ready == ("1.1",)


def test_a_plan_is_complete_if_all_is_complete_or_skipped_whatever_old_fixes_lie_about() -> None:
    assert stands({"1.1": (), "1.2": ()}, approved="1.1", skipped="1.2", fix="1.1 1.2").complete
    assert not stands({"1.1": (), "1.2": ()}, approved="1.1").complete
    assert not stands({}).complete


def test_a_plan_is_done_level_by_level_and_in_the_order_of_its_file() -> None:
    found = stands({"2.1": ["1.1"], "1.2": (), "1.1": (), "0.1": ["2.1"]})

    assert found.order == ("1.2", "1.1", "2.1", "0.1")
    assert found.ids == ("2.1", "1.2", "1.1", "0.1")


IDS = [f"1.{number}" for number in range(1, 7)]
some = st.sets(st.sampled_from(IDS))


@settings(deadline=None)
@given(
    st.fixed_dictionaries({id_: st.lists(st.sampled_from([*IDS, "9.9"]), max_size=3) for id_ in IDS}),
    st.fixed_dictionaries(dict.fromkeys(KINDS, some)),
    some,
)
def test_every_id_is_in_exactly_one_group(
    graph: dict[str, list[str]], files: dict[str, set[str]], running: set[str]
) -> None:
    found = stands(
        graph, running=running, had=evidence(**{kind: " ".join(ids) for kind, ids in files.items()})
    )

    groups = [id_ for group in Group for id_ in found.of(group)]
    assert sorted(groups) == sorted(IDS)
    assert all(found.groups[id_] is found.group(id_) for id_ in IDS)
    for id_ in IDS:
        open_ones = [dep for dep in graph[id_] if dep not in files["approved"]]
        assert (found.group(id_) is Group.BLOCKED) == (
            bool(open_ones) and found.statuses[id_] not in {*TERMINAL, PlanStatus.IN_PROGRESS}
        )
        assert set(found.blocked.get(id_, ())) <= set(open_ones)
