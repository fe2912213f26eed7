"""What is committed of a PRP, by whom and when, and what its worktree keeps."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from prp_bench import gate

if TYPE_CHECKING:
    from prp_bench import Prps


def _phases(*titles: str) -> str:
    return "".join(
        f"### Phase {number}: {title}\n{number}. Do {title}\n\n" for number, title in enumerate(titles, 1)
    )


_SPLIT = 'echo "$CALL" > $ID.$CALL.txt'
_STEPS = [
    "PRP-12.1.1: Step 1 - Helper",
    "PRP-12.1.1: Step 2 - Use",
    "PRP-12.1.1: Complete - All validation gates passed",
]


def test_a_success_is_one_commit_and_its_merge(prps: Prps) -> None:
    prps.prp("12.1.1", title="Retry failed mail")
    prps.commit("Before")

    prps.doit()

    assert prps.subjects == ["Merge PRP-12.1.1: Retry failed mail", "PRP-12.1.1: Retry failed mail", "Before"]


def test_the_commit_carries_the_trailers(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true", "test -s PRP-12.1.1.txt", gate(3, "")])
    prps.commit()

    prps.doit()

    assert prps.trailers("HEAD^2") == {
        "PRP-Id": "PRP-12.1.1",
        "PRP-Batch": "12",
        "PRP-Status": "success",
        "PRP-Gates": "2 passed, 0 failed, 1 manual",
        "PRP-Attempt": "1",
    }


def test_a_commit_holds_only_what_its_own_worktree_changed(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.write("lying/around.txt", "untracked\n")
    prps.answers({"12.1.1": {"delay_s": 0.3}})
    prps.commit()
    prps.write("untracked.txt", "somebody's\n")

    prps.doit("-n", "2")

    commits = [prps.record(number)["commits"][0] for number in ("12.1.1", "12.1.2")]
    assert [prps.changed(sha) for sha in commits] == [["PRP-12.1.1.txt"], ["PRP-12.1.2.txt"]]


def test_state_files_are_never_committed(prps: Prps) -> None:
    prps.write(".gitignore", "")
    prps.prp("12.1.1")
    prps.agents({"12.1.1": "echo x > $ID.txt"})

    prps.doit()

    assert prps.changed("HEAD^2") == ["PRP-12.1.1.txt"]


def test_git_does_not_see_state_files(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.commit()

    prps.doit()

    assert prps.status == ""


def test_a_failure_leaves_no_commit_on_the_base(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit("Before")

    prps.doit()

    assert prps.subjects == ["Before"]


def test_what_an_agent_commits_by_itself_is_part_of_the_one_commit(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.agents(
        {"12.1.1": "echo x > $ID.txt; git add .; git commit -q -m 'PRP-12.1.1: Complete'; echo y > more.txt"}
    )

    prps.doit()

    assert prps.commits_of("12.1.1") == ["PRP-12.1.1: Part 12.1.1"]
    assert prps.changed("HEAD^2") == ["PRP-12.1.1.txt", "more.txt"]


def test_an_agent_cannot_complete_a_prp_by_a_commit_of_its_own(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.agents({"12.1.1": "echo x > $ID.txt; git add .; git commit -q -m 'PRP-12.1.1: Complete'"})

    prps.doit()

    assert prps.statuses() == {"PRP-12.1.1": "run"}


def test_the_commit_of_a_success_is_on_a_branch_named_for_it(prps: Prps) -> None:
    prps.prp("12.1.1", title="Retry: failed Mail!")
    prps.commit()

    prps.doit()

    assert prps.git("rev-parse", "prp-12-1-1-retry-failed-mail") == prps.git("rev-parse", "HEAD^2")


def test_a_declared_branch_is_used(prps: Prps) -> None:
    prps.prp("12.1.1", header="branch_name: feature/mail")
    prps.commit()

    prps.doit()

    assert prps.record("12.1.1")["branch"] == "feature/mail"
    assert prps.git("rev-parse", "feature/mail") == prps.git("rev-parse", "HEAD^2")


@pytest.mark.parametrize("name", ["a..b", "-mail", "with space", "mail.lock", "@", "a~1", "/mail", "HEAD^{}"])
def test_a_declared_branch_that_git_refuses_is_not_used(prps: Prps, name: str) -> None:
    prps.prp("12.1.1", header=f'branch_name: "{name}"')
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.record("12.1.1")["branch"]) == (0, "prp-12-1-1-part-12-1-1")


def test_a_declared_branch_that_is_taken_is_left_alone(prps: Prps) -> None:
    prps.prp("12.1.1", header="branch_name: taken")
    prps.commit()
    prps.git("branch", "taken")
    before = prps.git("rev-parse", "taken")

    prps.doit()

    assert prps.record("12.1.1")["branch"] == "prp-12-1-1-part-12-1-1"
    assert prps.git("rev-parse", "taken") == before


def test_a_declared_branch_below_one_that_is_there_is_not_used(prps: Prps) -> None:
    prps.prp("12.1.1", header="branch_name: main/mail")
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.record("12.1.1")["branch"]) == (0, "prp-12-1-1-part-12-1-1")


def test_the_branch_people_are_on_is_never_taken_for_a_prp(prps: Prps) -> None:
    prps.prp("12.1.1", header="branch_name: main")
    prps.commit()

    prps.doit()

    assert prps.record("12.1.1")["branch"] == "prp-12-1-1-part-12-1-1"
    assert prps.merges == ["12.1.1"]


def test_each_phase_that_changes_something_is_a_commit_and_one_completes_them(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"), gates=["ls PRP-12.1.1.2.txt"])
    prps.agents({"12.1.1": _SPLIT}, commits="phases")

    prps.doit()

    assert prps.commits_of("12.1.1") == _STEPS


def test_each_phase_is_asked_for_by_itself(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"), gates=["ls PRP-12.1.1.2.txt"])
    prps.agents({"12.1.1": _SPLIT}, commits="phases")

    prps.doit()

    first, second = ((prps.here / f"prompt.PRP-12.1.1.{call}").read_text() for call in (1, 2))
    assert "Do this phase now, and no other: Helper." in first
    assert "Do this phase now, and no other: Use." in second


def test_a_phase_that_changes_nothing_has_no_commit(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Look", "Use"), gates=["ls PRP-12.1.1.3.txt"])
    prps.agents({"12.1.1": f"[ $CALL = 2 ] || {_SPLIT}"}, commits="phases")

    prps.doit()

    assert prps.commits_of("12.1.1") == [
        "PRP-12.1.1: Step 1 - Helper",
        "PRP-12.1.1: Step 3 - Use",
        "PRP-12.1.1: Complete - All validation gates passed",
    ]


def test_each_step_commit_holds_what_its_phase_changed(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"), gates=["ls PRP-12.1.1.2.txt"])
    prps.agents({"12.1.1": _SPLIT}, commits="phases")

    prps.doit()

    assert [prps.changed(f"HEAD^2{back}") for back in ("~2", "~1", "")] == [
        ["PRP-12.1.1.1.txt"],
        ["PRP-12.1.1.2.txt"],
        [],
    ]


def test_only_the_last_commit_of_phases_carries_trailers(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"), gates=["ls PRP-12.1.1.2.txt"])
    prps.agents({"12.1.1": _SPLIT}, commits="phases")

    prps.doit()

    assert [bool(prps.trailers(f"HEAD^2{back}")) for back in ("~2", "~1", "")] == [False, False, True]


def test_all_commits_of_phases_are_in_the_result_file(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"), gates=["ls PRP-12.1.1.2.txt"])
    prps.agents({"12.1.1": _SPLIT}, commits="phases")

    prps.doit()

    shas = prps.git("rev-list", "--reverse", "HEAD^1..HEAD^2").split()
    assert (len(shas), prps.record("12.1.1")["commits"]) == (3, shas)


def test_a_retry_of_phases_goes_on_after_the_last_step(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"), gates=["ls PRP-12.1.1.3.txt"])
    prps.agents({"12.1.1": f"[ $CALL = 2 ] && exit 7; {_SPLIT}"}, commits="phases")
    prps.doit()

    prps.doit("--retry", "12.1.1")

    assert "Do this phase now, and no other: Use." in (prps.here / "prompt.PRP-12.1.1.3").read_text()
    assert prps.commits_of("12.1.1") == _STEPS


def test_step_commits_complete_nothing(prps: Prps) -> None:
    prps.prp("12.1.1", steps=_phases("Helper", "Use"))
    prps.commit("PRP-12.1.1: Step 1 - Helper")

    assert prps.statuses() == {"PRP-12.1.1": "run"}


def test_phases_of_a_wave_are_merged_with_their_steps(prps: Prps) -> None:
    for number in ("12.1.1", "12.1.2"):
        prps.prp(number, steps=_phases("Helper", "Use"), gates=[f"ls PRP-{number}.2.txt"])
    prps.agents({"12.1.1": f"meet 2; {_SPLIT}", "12.1.2": f"meet 2; {_SPLIT}"}, commits="phases")

    prps.doit("-n", "2")

    assert prps.merges == ["12.1.1", "12.1.2"]
    assert prps.commits_of("12.1.1") == _STEPS
    assert prps.commits_of("12.1.2") == [said.replace("12.1.1", "12.1.2") for said in _STEPS]


def test_steps_hold_only_what_their_phase_changed_where_the_base_moved(prps: Prps) -> None:
    for number in ("12.1.1", "12.1.2"):
        prps.prp(number, steps=_phases("Helper", "Use"), gates=[f"ls PRP-{number}.2.txt"])
    prps.agents({"12.1.1": f"meet 2; {_SPLIT}", "12.1.2": f"meet 2; {_SPLIT}"}, commits="phases")

    prps.doit("-n", "2")

    assert [prps.changed(sha) for sha in prps.record("12.1.2")["commits"]] == [
        ["PRP-12.1.2.1.txt"],
        ["PRP-12.1.2.2.txt"],
        [],
    ]


def test_phases_of_a_prp_without_any_are_its_one_phase(prps: Prps) -> None:
    prps.prp("12.1.1", steps="1. Do it\n2. Do more\n")
    prps.agents({"12.1.1": "echo x > $ID.txt"}, commits="phases")

    prps.doit()

    assert prps.commits_of("12.1.1")[-1] == "PRP-12.1.1: Complete - All validation gates passed"
    assert len(prps.asked) == 1


def test_a_merged_worktree_is_removed(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.commit()

    prps.doit()

    assert prps.worktrees == []


def test_the_worktree_of_a_failure_is_kept(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit()

    prps.doit()

    assert prps.worktrees == [str(prps.worktree("12.1.1"))]
    assert (prps.worktree("12.1.1") / "PRP-12.1.1.txt").exists()


def test_a_retry_continues_in_the_kept_worktree(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt | wc -l", "2")])
    prps.agents({"12.1.1": "echo x >> $ID.txt"})
    prps.doit()

    done = prps.doit("--retry", "12.1.1")

    assert (done.code, prps.read("PRP-12.1.1.txt")) == (0, "x\nx\n")


def test_a_plain_run_continues_in_the_kept_worktree(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt | wc -l", "2")])
    prps.agents({"12.1.1": "echo x >> $ID.txt"})
    prps.doit()

    assert prps.doit().code == 0


def test_fresh_starts_anew(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt | wc -l", "2")])
    prps.agents({"12.1.1": "echo x >> $ID.txt"})
    prps.doit()

    prps.doit("--retry", "12.1.1", "--fresh")

    assert (prps.worktree("12.1.1") / "PRP-12.1.1.txt").read_text() == "x\n"


def test_a_kept_worktree_is_brought_up_to_the_base(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["ls new.txt"])
    prps.commit()
    prps.doit()
    prps.write("new.txt", "from the base\n")
    prps.commit("New on the base")

    done = prps.doit("--retry", "12.1.1")

    assert (done.code, prps.changed("HEAD^2")) == (0, ["PRP-12.1.1.txt"])


def test_what_people_changed_in_a_kept_worktree_counts(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["ls mended.txt"])
    prps.commit()
    prps.doit()
    (prps.worktree("12.1.1") / "mended.txt").write_text("by a person\n")

    done = prps.doit("--retry", "12.1.1")

    assert (done.code, prps.changed("HEAD^2")) == (0, ["PRP-12.1.1.txt", "mended.txt"])


def test_a_kept_worktree_that_somebody_deleted_is_made_anew(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "ls again.txt")])
    prps.answers(
        {"12.1.1": [{"files": {"PRP-12.1.1.txt": "x"}}, {"files": {"PRP-12.1.1.txt": "x", "again.txt": "x"}}]}
    )
    prps.commit()
    prps.doit()
    prps.git("worktree", "remove", "--force", prps.worktrees[0])

    done = prps.doit("--retry", "12.1.1")

    assert (done.code, prps.worktrees) == (0, [])


def test_setup_runs_once_in_each_new_worktree(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.prp("12.1.2")
    prps.settings(setup=[f"pwd >> {prps.here}/set-up"])
    prps.commit()
    prps.doit()

    prps.doit()

    said = [line.rpartition("/")[2] for line in (prps.here / "set-up").read_text().splitlines()]
    assert sorted(said) == ["prp-12-1-1", "prp-12-1-2"]


def test_worktrees_stand_where_prps_say_if_that_is_wanted(prps: Prps) -> None:
    prps.prp("12.1.1", header="worktree_path: ../mail-work", gates=["false"])
    prps.settings(use_declared_worktrees=True)
    prps.commit()

    prps.doit()

    assert prps.worktrees == [str(prps.root.parent / "mail-work")]


def test_a_declared_worktree_is_removed_when_it_was_merged(prps: Prps) -> None:
    prps.prp("12.1.1", header="worktree_path: ../mail-work")
    prps.settings(use_declared_worktrees=True)
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.worktrees, (prps.root.parent / "mail-work").exists()) == (0, [], False)


def test_a_declared_worktree_never_replaces_what_stands_there(prps: Prps) -> None:
    prps.prp("12.1.1", header="worktree_path: ../precious")
    prps.settings(use_declared_worktrees=True)
    prps.commit()
    precious = prps.root.parent / "precious" / "letter.txt"
    precious.parent.mkdir()
    precious.write_text("dear\n")

    prps.doit()

    assert precious.read_text() == "dear\n"


@pytest.mark.parametrize("path", [".", "..", "src", "PRPs"])
def test_a_declared_worktree_is_never_the_repository_or_what_holds_it(prps: Prps, path: str) -> None:
    prps.prp("12.1.1", header=f"worktree_path: {path}")
    prps.write("src/kept.txt", "kept\n")
    prps.settings(use_declared_worktrees=True)
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.read("src/kept.txt"), prps.merges, prps.status) == (0, "kept\n", ["12.1.1"], "")


def test_two_prps_that_declare_one_worktree_get_one_each(prps: Prps) -> None:
    for number in ("12.1.1", "12.1.2"):
        prps.prp(number, header="worktree_path: ../mail-work")
    both = "meet 2; echo x > $ID.txt"
    prps.agents({"12.1.1": both, "12.1.2": both}, use_declared_worktrees=True)

    done = prps.doit("-n", "2")

    assert (done.code, prps.worktrees) == (0, [])


def test_a_declared_worktree_is_gone_on_with(prps: Prps) -> None:
    prps.prp(
        "12.1.1", header="worktree_path: ../mail-work", gates=[gate(1, "cat PRP-12.1.1.txt | wc -l", "2")]
    )
    prps.agents({"12.1.1": "echo x >> $ID.txt"}, use_declared_worktrees=True)
    prps.doit()

    done = prps.doit()

    assert (done.code, prps.worktrees) == (0, [])


def test_declared_worktrees_are_ignored_by_default(prps: Prps) -> None:
    prps.prp("12.1.1", header="worktree_path: ../mail-work", gates=["false"])
    prps.commit()

    prps.doit()

    assert prps.worktrees == [str(prps.worktree("12.1.1"))]


def test_without_worktrees_prps_run_one_by_one_in_the_tree(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.agents(dict.fromkeys(("12.1.1", "12.1.2"), "pwd > $ID.txt"), worktrees=False)

    done = prps.doit("-n", "4")

    assert (done.code, prps.came_out) == (0, {"12.1.1": "success", "12.1.2": "success"})
    assert prps.read("PRP-12.1.1.txt") == f"{prps.root}\n"
    assert prps.spans["12.1.2"][0] >= prps.spans["12.1.1"][1]


def test_without_worktrees_a_success_is_committed_with_its_trailers(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.settings(worktrees=False)
    prps.commit("Before")

    prps.doit()

    [sha] = prps.record("12.1.1")["commits"]
    assert prps.trailers(sha)["PRP-Status"] == "success"
    assert prps.changed(sha) == ["PRP-12.1.1.txt"]
    assert prps.status == ""


def test_without_worktrees_a_prp_that_changes_nothing_is_completed_too(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true"])
    prps.answers({"12.1.1": {"files": {}}})
    prps.settings(worktrees=False)
    prps.commit()

    prps.doit()

    assert prps.statuses() == {"PRP-12.1.1": "up_to_date"}


def test_without_worktrees_what_failed_does_not_stay_in_the_tree(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.settings(worktrees=False)
    prps.commit("Before")

    prps.doit()

    assert (prps.subjects, prps.status) == (["Before"], "")


def test_without_worktrees_a_dependent_runs_upon_what_came_before(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.prp("12.2.1", after=["PRP-12.1.1"], gates=["test -s PRP-12.1.1.txt"])
    prps.settings(worktrees=False)
    prps.commit("Before")

    assert prps.doit().code == 0


def test_one_slot_means_worktrees_too(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.agents({"12.1.1": "pwd > $ID.txt"})

    prps.doit("-n", "1")

    assert "/prp-12-1-1" in prps.read("PRP-12.1.1.txt")


def test_a_base_with_changes_that_are_not_committed_is_an_error(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.write("shop.txt", "as it was\n")
    prps.commit()
    prps.write("shop.txt", "changed\n")

    done = prps.doit()

    assert (done.code, prps.asked, prps.has_result) == (3, [], False)
    assert "shop.txt changed since the last commit" in done.err


def test_allow_dirty_takes_the_tree_as_it_is(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.write("shop.txt", "as it was\n")
    prps.commit()
    prps.write("shop.txt", "changed\n")

    done = prps.doit("--allow-dirty")

    assert (done.code, prps.read("shop.txt"), prps.changed("HEAD^2")) == (0, "changed\n", ["PRP-12.1.1.txt"])


def test_untracked_files_are_no_obstacle(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.commit()
    prps.write("untracked.txt", "somebody's\n")

    done = prps.doit()

    assert (done.code, prps.read("untracked.txt")) == (0, "somebody's\n")


def test_untracked_files_verify_nothing(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["test -s untracked.txt"])
    prps.commit()
    prps.write("untracked.txt", "somebody's\n")

    prps.doit()

    assert prps.came_out == {"12.1.1": "failed_gates"}


def test_an_untracked_file_a_merge_would_overwrite_stays_as_it_is(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.commit()
    prps.write("PRP-12.1.1.txt", "somebody's\n")

    done = prps.doit()

    assert (done.code, prps.read("PRP-12.1.1.txt")) == (1, "somebody's\n")
    assert prps.came_out == {"12.1.1": "failed", "12.1.2": "success"}


def test_prps_need_a_repository(prps: Prps) -> None:
    prps.prp("12.1.1")
    shutil.rmtree(prps.root / ".git")

    done = prps.doit()

    assert (done.code, prps.asked) == (3, [])
    assert "is no git repository" in done.err
