"""How the PRPs of a wave come together on the base, and what becomes of one that does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import Done
from prp_bench import until

if TYPE_CHECKING:
    from prp_bench import Prps

_BOTH = "meet 2; echo x > $ID.txt"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("merge_order: 2", "merge_order: 1"),
        ("execution_order: 2", "execution_order: 1"),
        ("order: 2", "order: 1"),
        ("order: 1\nmerge_order: 2", "order: 2\nmerge_order: 1"),
        ("execution_order: 1\nmerge_order: 2", "execution_order: 2\nmerge_order: 1"),
        ("order: 1\nexecution_order: 2", "order: 2\nexecution_order: 1"),
    ],
)
def test_merges_follow_the_order_prps_ask_for(prps: Prps, first: str, second: str) -> None:
    prps.prp("12.1.1", header=first)
    prps.prp("12.1.2", header=second)
    prps.agents({"12.1.1": _BOTH, "12.1.2": _BOTH})

    prps.doit("-n", "2")

    assert prps.merges == ["12.1.2", "12.1.1"]


def test_without_any_order_merges_follow_the_ids(prps: Prps) -> None:
    prps.prps("12.1.2", "12.1.10")
    prps.agents({"12.1.2": f"{_BOTH}; sleep 0.5", "12.1.10": _BOTH})

    prps.doit("-n", "2")

    assert prps.merges == ["12.1.2", "12.1.10"]


def test_who_waits_to_be_merged_keeps_no_slot(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2", "12.1.3")
    # The first ends only when the third has begun, and there are two slots.
    prps.agents(
        {
            "12.1.1": 'await "$HERE/third"; echo x > $ID.txt',
            "12.1.2": "echo x > $ID.txt",
            "12.1.3": ': > "$HERE/third"; echo x > $ID.txt',
        }
    )

    prps.doit("-n", "2")

    assert prps.merges == ["12.1.1", "12.1.2", "12.1.3"]


def test_merge_order_holds_with_one_slot_too(prps: Prps) -> None:
    prps.prp("12.1.1", header="merge_order: 2")
    prps.prp("12.1.2", header="merge_order: 1")
    prps.commit()

    prps.doit("-n", "1")

    assert prps.merges == ["12.1.2", "12.1.1"]


def test_nobody_waits_for_a_merge_that_failed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.prp("12.1.2")
    prps.agents({"12.1.1": _BOTH, "12.1.2": _BOTH})

    prps.doit("-n", "2")

    assert prps.merges == ["12.1.2"]


def test_each_merge_has_the_base_and_the_commit_for_parents(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()
    base = prps.head

    prps.doit()

    record = prps.record("12.1.1")
    assert prps.git("log", "-1", "--format=%P", record["merge_commit"]).split() == [base, *record["commits"]]
    assert prps.head == record["merge_commit"]


def test_the_merged_files_stand_in_the_tree(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()

    prps.doit()

    assert (prps.read("PRP-12.1.1.txt"), prps.status) == ("made by PRP-12.1.1\n", "")


def _isolated(prps: Prps, *more: str) -> None:
    """Let two PRPs, and more beside them, write one file at the same time."""
    count = 2 + len(more)
    prps.write("shared.txt", "as it was\n")
    for number in ("12.1.1", "12.1.2", *more):
        prps.prp(number)
    prps.agents(
        dict.fromkeys(
            ("12.1.1", "12.1.2"), f"[ $CALL = 1 ] && meet {count}; echo x > $ID.txt; echo $ID > shared.txt"
        )
        | dict.fromkeys(more, f"meet {count}; echo x > $ID.txt"),
        conflicts="isolate",
    )


def test_who_is_in_conflict_is_tried_once_more_on_the_new_base(prps: Prps) -> None:
    _isolated(prps)

    done = prps.doit("-n", "2")

    assert (done.code, prps.merges, sorted(prps.asked)) == (
        0,
        ["12.1.1", "12.1.2"],
        ["12.1.1", "12.1.2", "12.1.2"],
    )


def _interfere(prps: Prps, path: str, *, times: int) -> Done:
    """Let a person commit a file each time while an agent is at work, and say how the run ended."""
    running = prps.start()
    for time in range(1, times + 1):
        until((prps.here / f"working.{time}").exists)
        prps.write(path, f"theirs {time}\n")
        prps.git("add", path)
        prps.git("commit", "--quiet", "--message", f"By hand {time}", path)
        (prps.here / f"go.{time}").touch()
    out, _ = running.communicate(timeout=60)
    return Done(running.returncode, out, "")


_WITH_A_PERSON = 'echo x > $ID.txt; : > "$HERE/working.$CALL"; await "$HERE/go.$CALL"'


def test_who_is_in_conflict_again_has_failed_and_the_files_are_named(prps: Prps) -> None:
    prps.write("shared.txt", "as it was\n")
    prps.prps("12.1.1")
    prps.agents({"12.1.1": f"echo ours > shared.txt; {_WITH_A_PERSON}"})

    done = _interfere(prps, "shared.txt", times=2)

    record = prps.record("12.1.1")
    assert (done.code, record["status"], record["errors"]) == (1, "failed", ["merge conflict: shared.txt"])


def test_who_is_in_conflict_again_leaves_the_base_and_later_merges_alone(prps: Prps) -> None:
    prps.write("shared.txt", "as it was\n")
    prps.prps("12.1.1", "12.1.2", "12.2.1<12.1.2")
    quick = "echo x > $ID.txt"
    prps.agents({"12.1.1": f"echo ours > shared.txt; {_WITH_A_PERSON}", "12.1.2": quick, "12.2.1": quick})

    _interfere(prps, "shared.txt", times=2)

    assert (prps.merges, prps.file_of("HEAD", "shared.txt"), prps.status) == (
        ["12.1.2", "12.2.1"],
        "theirs 2\n",
        "",
    )


def test_a_prp_in_conflict_may_be_retried(prps: Prps) -> None:
    prps.write("shared.txt", "as it was\n")
    prps.prps("12.1.1")
    prps.agents({"12.1.1": f"echo ours > shared.txt; {_WITH_A_PERSON}"})
    _interfere(prps, "shared.txt", times=2)
    (prps.here / "go.3").touch()

    done = prps.doit("--retry", "12.1.1")

    assert (done.code, prps.record("12.1.1")["attempt"], prps.read("shared.txt")) == (0, 3, "ours\n")


def test_who_is_in_conflict_keeps_the_work_on_a_ref(prps: Prps) -> None:
    _isolated(prps)

    prps.doit("-n", "2")

    assert "PRP-12.1.2\n" in [prps.file_of(ref, "shared.txt") for ref in prps.kept]


def test_a_conflict_keeps_nobody_else_from_being_merged(prps: Prps) -> None:
    _isolated(prps, "12.1.3")

    prps.doit("-n", "3")

    assert sorted(prps.merges) == ["12.1.1", "12.1.2", "12.1.3"]


def test_gates_are_asked_again_of_the_merged_result(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.prp("12.1.2", gates=["test -s PRP-12.1.2.txt", "test ! -e PRP-12.1.1.txt"])
    prps.agents({"12.1.1": _BOTH, "12.1.2": "[ $CALL = 1 ] && meet 2; echo x > $ID.txt"})

    done = prps.doit("-n", "2")

    assert (done.code, prps.merges, prps.asked.count("12.1.2")) == (1, ["12.1.1"], 2)
    assert prps.record("12.1.2")["status"] in ("failed", "failed_gates")


def test_gates_that_fail_after_the_merge_leave_the_base_as_it_was(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.prp("12.1.2", gates=["test -s PRP-12.1.2.txt", "test ! -e PRP-12.1.1.txt"])
    prps.agents({"12.1.1": _BOTH, "12.1.2": "[ $CALL = 1 ] && meet 2; echo x > $ID.txt"})

    prps.doit("-n", "2")

    assert prps.git("ls-tree", "--name-only", "HEAD", "PRP-12.1.1.txt", "PRP-12.1.2.txt").split() == [
        "PRP-12.1.1.txt"
    ]


def test_a_base_that_a_person_moves_meanwhile_is_merged_with(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": _WITH_A_PERSON})

    done = _interfere(prps, "theirs.txt", times=1)

    assert (done.code, prps.merges, prps.status) == (0, ["12.1.1"], "")
    assert (prps.read("theirs.txt"), prps.read("PRP-12.1.1.txt")) == ("theirs 1\n", "x\n")


def test_a_base_that_a_person_moved_keeps_what_they_committed_in_its_first_parents(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": _WITH_A_PERSON})

    _interfere(prps, "theirs.txt", times=1)

    assert prps.git("log", "--first-parent", "--format=%s").splitlines() == [
        "Merge PRP-12.1.1: Part 12.1.1",
        "By hand 1",
        "All there is",
    ]


def test_what_a_person_committed_is_not_taken_for_the_prps_work(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.agents({"12.1.1": _WITH_A_PERSON, "12.1.2": 'await "$HERE/go.1"; echo x > $ID.txt'})

    _interfere(prps, "theirs.txt", times=1)

    commits = [sha for number in ("12.1.1", "12.1.2") for sha in prps.record(number)["commits"]]
    assert [prps.changed(sha) for sha in commits] == [["PRP-12.1.1.txt"], ["PRP-12.1.2.txt"]]


def test_a_person_who_changes_the_same_file_without_a_commit_is_not_overwritten(prps: Prps) -> None:
    prps.write("shared.txt", "as it was\n")
    prps.prps("12.1.1")
    prps.agents(
        {"12.1.1": 'echo x > $ID.txt; echo ours > shared.txt; cd "$ROOT"; echo "theirs $CALL" > shared.txt'}
    )

    done = prps.doit()

    assert (done.code, prps.came_out) == (1, {"12.1.1": "failed"})
    assert prps.read("shared.txt").startswith("theirs ")
    assert prps.file_of("HEAD", "shared.txt") == "as it was\n"


def test_without_merging_the_branch_stays_and_the_base_too(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()
    head = prps.head

    done = prps.doit("--no-merge")

    record = prps.record("12.1.1")
    assert (done.code, prps.head, record["status"], record["merge_commit"]) == (0, head, "success", "")
    assert prps.git("rev-parse", record["branch"]).split() == record["commits"]


def test_without_merging_the_tree_stays_as_it_is(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()

    prps.doit("--no-merge")

    assert not (prps.root / "PRP-12.1.1.txt").exists()
    assert prps.status == ""


def test_without_merging_dependents_are_blocked(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()

    done = prps.doit("--no-merge")

    assert (done.code, prps.came_out) == (1, {"12.1.1": "success", "12.2.1": "blocked"})


def test_what_was_not_merged_is_merged_later_without_another_call(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()
    prps.doit("--no-merge")

    done = prps.doit("--resume")

    assert (done.code, prps.merges, prps.asked) == (0, ["12.1.1", "12.2.1"], ["12.1.1", "12.2.1"])


def test_what_was_not_merged_is_merged_upon_a_base_that_moved(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()
    prps.doit("--no-merge")
    prps.write("theirs.txt", "theirs\n")
    prps.commit("By hand")

    done = prps.doit()

    assert (done.code, prps.merges, prps.asked) == (0, ["12.1.1"], ["12.1.1"])


def test_what_a_person_merged_by_hand_is_completed(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()
    prps.doit("--no-merge", "--prp", "12.1.1")
    prps.git("merge", "--quiet", "--no-ff", "-m", "By hand", prps.record("12.1.1")["branch"])

    done = prps.doit()

    assert (done.code, prps.asked) == (0, ["12.1.1", "12.2.1"])


def test_without_merging_a_second_run_merges_nothing_either(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()
    head = prps.head
    prps.doit("--no-merge")

    done = prps.doit("--no-merge")

    assert (done.code, prps.head, prps.asked) == (0, head, ["12.1.1"])


def test_steps_of_phases_that_were_not_merged_are_merged_upon_a_moved_base(prps: Prps) -> None:
    steps = "### Phase 1: Helper\n1. One\n\n### Phase 2: Use\n2. Two\n"
    prps.prp("12.1.1", steps=steps, gates=["ls PRP-12.1.1.2.txt"])
    prps.agents({"12.1.1": 'echo "$CALL" > $ID.$CALL.txt'}, commits="phases")
    prps.doit("--no-merge")
    prps.write("theirs.txt", "theirs\n")
    prps.commit("By hand")

    prps.doit()

    assert [prps.changed(sha) for sha in prps.record("12.1.1")["commits"]] == [
        ["PRP-12.1.1.1.txt"],
        ["PRP-12.1.1.2.txt"],
        [],
    ]
    assert len(prps.asked) == 2


def test_a_detached_head_is_told_before_anything_is_spent(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()
    prps.git("checkout", "--quiet", "--detach")

    done = prps.doit()

    assert (done.code, prps.asked) == (3, [])


def test_gates_that_change_the_main_checkout_do_not_get_their_change_committed(prps: Prps) -> None:
    prps.write("shared.txt", "as it was\n")
    prps.prp("12.1.1", gates=["test -s PRP-12.1.1.txt && echo gate > $MAIN/shared.txt"])
    prps.commit()

    prps.doit(MAIN=str(prps.root))

    assert prps.file_of("HEAD", "shared.txt") == "as it was\n"


def test_gates_that_change_the_main_checkout_keep_no_work_from_being_merged(prps: Prps) -> None:
    prps.write("shared.txt", "as it was\n")
    prps.prp("12.1.1", gates=["test -s PRP-12.1.1.txt && echo gate > $MAIN/shared.txt"])
    prps.commit()

    prps.doit(MAIN=str(prps.root))

    assert (prps.came_out, prps.merges) == ({"12.1.1": "success"}, ["12.1.1"])


def test_a_hook_of_the_repository_that_refuses_the_commit_fails_the_prp(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.hook("commit-msg", 'grep -q 12.1.2 "$1" || { echo "not today"; exit 1; }')
    prps.commit()

    done = prps.doit("-n", "1")

    assert (done.code, prps.came_out, prps.merges) == (
        1,
        {"12.1.1": "failed", "12.1.2": "success"},
        ["12.1.2"],
    )
    assert "not today" in prps.record("12.1.1")["errors"][0]
    assert prps.asked == ["12.1.1", "12.1.2"]
