"""Stages and waves of a batch of PRPs run one after another, and what is in one together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from prp_bench import Prps


def _overlap(prps: Prps, one: str, other: str) -> bool:
    (began, ended), (began_other, ended_other) = prps.spans[one], prps.spans[other]
    return began < ended_other and began_other < ended


def test_no_prp_starts_before_all_of_the_stage_before_have_ended(prps: Prps) -> None:
    # Nothing in stage 2 needs the slow one.
    prps.prps("12.1.1", "12.1.2", "12.2.1<12.1.1")
    prps.answers({"12.1.2": {"delay_s": 0.8}})
    prps.commit()

    prps.doit("-n", "3")

    assert prps.spans["12.2.1"][0] >= prps.spans["12.1.2"][1]


def test_a_stage_waits_for_what_failed_in_the_stage_before_too(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2", "12.2.1<12.1.1")
    prps.answers({"12.1.2": {"delay_s": 0.8, "error": "no idea"}})
    prps.commit()

    prps.doit("-n", "3")

    assert prps.spans["12.2.1"][0] >= prps.spans["12.1.2"][1]


def test_the_second_of_two_selected_stages_waits_where_nothing_depends(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2", "12.2.1<12.1.1")
    prps.answers({"12.1.2": {"delay_s": 0.6}})
    prps.commit()
    prps.doit("--prp", "12.1.1")

    prps.doit("-n", "3", "--prp", "12.1.2", "--prp", "12.2.1")

    assert prps.spans["12.2.1"][0] >= prps.spans["12.1.2"][1]


@pytest.mark.parametrize(("slots", "together"), [("2", True), ("1", False)])
def test_prps_of_a_stage_overlap_with_two_slots_only(prps: Prps, slots: str, together: bool) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.answers({"12.1.1": {"delay_s": 0.8}, "12.1.2": {"delay_s": 0.8}})
    prps.commit()

    prps.doit("-n", slots)

    assert _overlap(prps, "12.1.1", "12.1.2") is together


def test_four_prps_run_at_once_unless_more_is_said(prps: Prps) -> None:
    prps.prps(*(f"12.1.{number}" for number in range(1, 6)))
    prps.agents({f"12.1.{number}": "meet 4; echo x > $ID.txt" for number in range(1, 6)})

    done = prps.doit()

    assert (done.code, prps.result["success"]) == (0, 5)


def test_max_parallel_says_how_many_run_at_once(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.answers({"12.1.1": {"delay_s": 0.5}, "12.1.2": {"delay_s": 0.5}})
    prps.commit()

    prps.doit("--max-parallel", "1")

    assert not _overlap(prps, "12.1.1", "12.1.2")


@pytest.mark.parametrize("other", ["shared.txt", "./shared.txt", "shared.txt:12", "a/../shared.txt"])
def test_prps_that_share_a_file_never_overlap(prps: Prps, other: str) -> None:
    prps.prp("12.1.1", files=["shared.txt"])
    prps.prp("12.1.2", files=[other])
    prps.answers(
        {
            number: {"delay_s": 0.4, "files": {"shared.txt": number, f"PRP-{number}.txt": "x"}}
            for number in ("12.1.1", "12.1.2")
        }
    )
    prps.commit()

    prps.doit("-n", "2")

    assert set(prps.came_out.values()) == {"success"}
    assert not _overlap(prps, "12.1.1", "12.1.2")


def test_the_second_wave_starts_from_the_merged_result_of_the_first(prps: Prps) -> None:
    prps.prp("12.1.1", files=["shared.txt"])
    prps.prp("12.1.2", files=["shared.txt"])
    both = "cat shared.txt > $ID.txt 2> /dev/null || echo nothing > $ID.txt; echo $ID >> shared.txt"
    prps.agents({"12.1.1": both, "12.1.2": both})

    prps.doit("-n", "2")

    assert prps.read("PRP-12.1.2.txt") == "PRP-12.1.1\n"


def test_prps_that_share_a_file_run_together_where_they_are_to_be_isolated(prps: Prps) -> None:
    prps.prp("12.1.1", files=["shared.txt"])
    prps.prp("12.1.2", files=["shared.txt"])
    both = "meet 2; echo x > $ID.txt; echo same > shared.txt"
    prps.agents({"12.1.1": both, "12.1.2": both}, conflicts="isolate")

    prps.doit("-n", "2")

    assert set(prps.came_out.values()) == {"success"}


_BAD = {
    "Circular dependency: PRP-12.1.1 -> PRP-12.2.1 -> PRP-12.1.1": ("12.1.1<12.2.1", "12.2.1<12.1.1"),
    "PRP-12.1.1 depends on itself": ("12.1.1<12.1.1",),
    "PRP-12.3.1 depends on undefined PRP-12.2.9": ("12.3.1<12.2.9",),
}


@pytest.mark.parametrize("message", _BAD)
def test_bad_dependencies_end_the_run_with_the_text_people_know(prps: Prps, message: str) -> None:
    prps.prps("12.4.1", *_BAD[message])
    prps.commit()

    done = prps.doit()

    assert done.code == 3
    assert message in done.err


@pytest.mark.parametrize("message", _BAD)
def test_bad_dependencies_leave_no_commit_worktree_or_result(prps: Prps, message: str) -> None:
    prps.prps("12.4.1", *_BAD[message])
    prps.commit()
    refs = prps.refs

    prps.doit()

    assert (prps.refs, prps.worktrees, prps.has_result, prps.asked) == (refs, [], False, [])


def test_all_bad_dependencies_are_told_at_once(prps: Prps) -> None:
    prps.prps(*(number for numbers in _BAD.values() for number in numbers if number != "12.1.1<12.1.1"))
    prps.commit()

    done = prps.doit()

    assert all(message in done.err for message in _BAD if "itself" not in message)


def test_two_files_with_one_id_end_the_run_and_both_are_named(prps: Prps) -> None:
    prps.prp("12.1.1", name="one/PRP-12.1.1-a.md")
    prps.prp("12.1.1", name="two/PRP-12.1.1-b.md", title="Another")
    prps.commit()

    done = prps.doit()

    assert done.code == 3
    assert "PRP-12.1.1 is defined twice: " in done.err
    assert "PRPs/one/PRP-12.1.1-a.md" in done.err
    assert "PRPs/two/PRP-12.1.1-b.md" in done.err


def test_another_batch_that_is_wrong_keeps_nobody_from_running(prps: Prps) -> None:
    prps.prps("12.1.1", "13.1.1<13.1.1")
    prps.commit()

    assert prps.doit().code == 0


@pytest.mark.slow
def test_the_plan_is_the_same_whatever_the_seed_of_hashes(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2", "12.2.1<12.1.1,12.1.2", "12.2.10<12.1.2", "12.10.1<12.2.1")
    prps.prp("12.1.3", files=["shared.txt"])
    prps.prp("12.1.4", files=["shared.txt", "other.txt"])
    prps.prp("12.1.5", files=["other.txt"])
    prps.commit()

    def plan(seed: int) -> tuple[int, str]:
        done = prps.doit("list", "--json", PYTHONHASHSEED=str(seed))
        return done.code, done.out

    with ThreadPoolExecutor(2) as pool:
        plans = set(pool.map(plan, range(1, 21)))

    assert len(plans) == 1
    assert next(iter(plans))[0] == 0


@pytest.mark.slow
def test_a_chain_of_three_thousand_is_planned(prps: Prps) -> None:
    prps.prps("12.1.1", *(f"12.{number}.1<12.{number - 1}.1" for number in range(2, 3001)))
    prps.commit()

    plan = prps.plan()

    assert [task["stage"] for task in plan.values()] == list(range(1, 3001))
