"""Which PRPs of a batch a command is about, and what it says where it is about none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from prp_bench import RESULT

if TYPE_CHECKING:
    from prp_bench import Prps


def _different(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    return {path for path, _ in one.items() ^ other.items()}


@pytest.fixture
def diamond(prps: Prps) -> Prps:
    """Three stages: two PRPs in the second, and one that needs both of them."""
    prps.prps("12.1.1", "12.2.1<12.1.1", "12.2.2<12.1.1", "12.3.1<12.2.1,12.2.2")
    prps.commit()
    return prps


def test_a_batch_that_succeeds_ends_with_exit_status_0(diamond: Prps) -> None:
    assert diamond.doit().code == 0


def test_option_batch_chooses_the_batch(diamond: Prps) -> None:
    diamond.settings(batch=None)
    diamond.prps("13.1.1")
    diamond.commit()

    diamond.doit("--batch", "13")

    assert diamond.asked == ["13.1.1"]


def test_the_variable_chooses_the_batch(diamond: Prps) -> None:
    diamond.settings(batch=None)
    diamond.prps("13.1.1")
    diamond.commit()

    diamond.doit(BATCHEXEC_BATCH="13")

    assert diamond.asked == ["13.1.1"]


def test_without_a_batch_no_prp_runs_and_those_found_are_listed(prps: Prps) -> None:
    prps.settings(batch=None)
    prps.prps("12.1.1", "13.1.1")
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.asked) == (3, [])
    assert "12, 13" in done.err


def test_a_batch_that_is_not_there_is_an_error_with_those_that_are(diamond: Prps) -> None:
    done = diamond.doit("--batch", "99")

    assert done.code == 3
    assert "there are no PRPs of batch 99; batches found: 12" in done.err


def test_a_stage_that_is_not_there_is_an_error(diamond: Prps) -> None:
    done = diamond.doit("--stage", "99")

    assert done.code == 3
    assert "no PRPs in stage 99 of batch 12; there are: 1, 2, 3" in done.err


def test_a_stage_that_is_not_there_leaves_the_result_file_untouched(diamond: Prps) -> None:
    diamond.doit("--stage", "1")
    before = diamond.read(RESULT)

    diamond.doit("--stage", "99")

    assert diamond.read(RESULT) == before


_WRONG = {
    ("--prp", "12.9.9"): "--prp 12.9.9: there is no such PRP in batch 12; near it: ",
    ("--start-prp", "nonsense"): "--start-prp nonsense: there is no such PRP in batch 12; ",
    ("--retry", "PRP-13.1.1"): "--retry PRP-13.1.1: there is no such PRP in batch 12; ",
    ("--stage", "1", "--prp", "12.1.1"): "--stage and --prp exclude each other; give one of them",
    ("--confirm-gate", "12.1.1"): "--confirm-gate 12.1.1: this names no gate of the batch; ",
    (
        "--confirm-gate",
        "12.1.1:7",
    ): "--confirm-gate 12.1.1:7: PRP-12.1.1 has no such gate; its gates are 1 to 1",
    ("--stage", "x"): "--stage: ",
    ("PRP-12.9.9",): "'PRP-12.9.9' is no task, group, category or file of this batch; near it: ",
}


@pytest.mark.parametrize("words", _WRONG, ids=" ".join)
def test_what_cannot_be_selected_is_told(diamond: Prps, words: tuple[str, ...]) -> None:
    done = diamond.doit(*words)

    assert done.code == 3
    assert _WRONG[words] in done.err


@pytest.mark.parametrize("words", _WRONG, ids=" ".join)
def test_what_cannot_be_selected_changes_no_file(diamond: Prps, words: tuple[str, ...]) -> None:
    before = diamond.everything()

    diamond.doit(*words)

    assert _different(diamond.everything(), before) == set()


def test_start_prp_runs_that_one_and_those_after_it(diamond: Prps) -> None:
    diamond.doit("--stage", "1")
    diamond.doit("--prp", "12.2.1")

    diamond.doit("--start-prp", "PRP-12.2.2")

    assert diamond.asked == ["12.1.1", "12.2.1", "12.2.2", "12.3.1"]


def test_start_prp_does_not_bring_what_stands_before_it(diamond: Prps) -> None:
    diamond.doit("--start-prp", "12.2.2")

    assert (diamond.asked, set(diamond.came_out.values())) == ([], {"blocked"})


def test_prp_runs_one(diamond: Prps) -> None:
    diamond.doit("--prp", "PRP-12.1.1")

    assert diamond.asked == ["12.1.1"]


def test_prp_may_be_said_more_than_once(diamond: Prps) -> None:
    diamond.doit("--stage", "1")

    diamond.doit("--prp", "12.2.1", "--prp", "12.2.2")

    assert sorted(diamond.asked) == ["12.1.1", "12.2.1", "12.2.2"]


def test_prps_may_be_separated_by_commas(diamond: Prps) -> None:
    diamond.doit("--stage", "1")

    diamond.doit("--prp", "12.2.1,12.2.2")

    assert sorted(diamond.asked) == ["12.1.1", "12.2.1", "12.2.2"]


def test_what_is_not_done_yet_is_told_with_the_commands_to_mend_it(diamond: Prps) -> None:
    diamond.doit("--prp", "12.2.1")

    [error] = diamond.record("12.2.1")["errors"]
    assert error == (
        "Dependency PRP-12.1.1 not completed yet; run `doit --batch 12 --prp PRP-12.1.1`,"
        " then `doit --batch 12 --retry PRP-12.2.1`"
    )


def test_who_waits_for_what_is_not_selected_is_blocked_by_it(diamond: Prps) -> None:
    done = diamond.doit("--prp", "12.2.1")

    assert done.code == 1
    assert diamond.record("12.2.1")["blocked_by"] == ["PRP-12.1.1"]


def test_a_stage_is_the_computed_one(prps: Prps) -> None:
    prps.prps("12.5.1", "12.7.1<12.5.1")
    prps.commit()

    prps.doit("--stage", "1")

    assert prps.asked == ["12.5.1"]


def test_stages_may_go_by_ids(prps: Prps) -> None:
    prps.prps("12.5.1", "12.7.1")
    prps.commit()

    prps.doit("--stage", "7", "--stage-by", "id")

    assert prps.asked == ["12.7.1"]


def test_stages_may_go_by_what_is_declared(prps: Prps) -> None:
    prps.prp("12.1.1", header="stage: 3")
    prps.prp("12.1.2", header="stage: stage-4-parallel")
    prps.commit()

    prps.doit("--stage", "4", "--stage-by", "declared")

    assert prps.asked == ["12.1.2"]


def test_a_stage_is_a_word_too(diamond: Prps) -> None:
    diamond.doit("--stage", "1")

    diamond.doit("stage-2")

    assert sorted(diamond.asked) == ["12.1.1", "12.2.1", "12.2.2"]


@pytest.mark.parametrize("word", ["prp:PRP-12.2.1", "PRP-12.2.1"])
def test_a_task_named_by_a_word_brings_what_it_needs(diamond: Prps, word: str) -> None:
    diamond.doit(word)

    assert diamond.asked == ["12.1.1", "12.2.1"]


def test_retry_runs_one_that_failed_and_counts_the_attempt(diamond: Prps) -> None:
    diamond.answers({"12.1.1": [{"error": "no idea"}, {"files": {"PRP-12.1.1.txt": "x"}}]})
    diamond.doit()

    diamond.doit("--retry", "12.1.1")

    record = diamond.record("12.1.1")
    assert (record["status"], record["attempt"], diamond.asked) == ("success", 2, ["12.1.1", "12.1.1"])


def test_retry_keeps_the_entries_of_the_others(diamond: Prps) -> None:
    diamond.answers({"12.2.1": {"error": "no idea"}})
    diamond.doit()
    before = diamond.record("12.2.2")

    diamond.doit("--retry", "12.2.1")

    assert diamond.record("12.2.2") == before


def test_retry_of_a_success_needs_force(diamond: Prps) -> None:
    diamond.doit("--stage", "1")

    done = diamond.doit("--retry", "12.1.1")

    assert done.code == 3
    assert (
        f"--retry PRP-12.1.1: it is completed, by {_commit(diamond)[:12]}; --force runs it anyway" in done.err
    )


def test_retry_with_force_runs_a_success_again(diamond: Prps) -> None:
    diamond.doit("--stage", "1")
    diamond.answers({"12.1.1": {"files": {"PRP-12.1.1.txt": "once more\n"}}})

    done = diamond.doit("--retry", "12.1.1", "--force")

    assert (done.code, diamond.record("12.1.1")["attempt"]) == (0, 2)
    assert diamond.read("PRP-12.1.1.txt") == "once more\n"


def _commit(prps: Prps) -> str:
    [sha] = prps.record("12.1.1")["commits"]
    return str(sha)


def test_a_failure_blocks_all_that_depend_on_it_and_nobody_else(diamond: Prps) -> None:
    diamond.prps("12.4.1<12.3.1", "12.3.2<12.2.2")
    diamond.answers({"12.2.1": {"error": "no idea"}})
    diamond.commit()

    done = diamond.doit()

    assert done.code == 1
    assert diamond.came_out == {
        "12.1.1": "success",
        "12.2.1": "failed",
        "12.2.2": "success",
        "12.3.1": "blocked",
        "12.3.2": "success",
        "12.4.1": "blocked",
    }


def test_whoever_is_blocked_names_the_cause_and_not_who_was_blocked_before(diamond: Prps) -> None:
    diamond.prps("12.4.1<12.3.1")
    diamond.answers({"12.2.1": {"error": "no idea"}})
    diamond.commit()

    diamond.doit()

    assert diamond.record("12.4.1")["blocked_by"] == ["PRP-12.2.1"]


def test_a_failure_that_is_only_softly_depended_on_blocks_nobody(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.prp("12.2.1", after=['"PRP-12.1.1 (soft)"'])
    prps.answers({"12.1.1": {"error": "no idea"}})
    prps.commit()

    prps.doit()

    assert prps.came_out == {"12.1.1": "failed", "12.2.1": "success"}


def test_stop_on_error_starts_nothing_more(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.answers({"12.1.1": {"error": "no idea"}})
    prps.commit()

    done = prps.doit("-n", "1", "--stop-on-error")

    assert (done.code, prps.came_out) == (1, {"12.1.1": "failed", "12.1.2": "pending"})


def test_what_is_completed_is_not_run_again(diamond: Prps) -> None:
    diamond.doit()

    done = diamond.doit()

    assert (done.code, sorted(diamond.asked)) == (0, ["12.1.1", "12.2.1", "12.2.2", "12.3.1"])


def test_a_changed_prp_that_is_completed_is_not_run_again(diamond: Prps) -> None:
    diamond.doit("--stage", "1")
    diamond.prp("12.1.1", title="Something else")
    diamond.commit()

    diamond.doit("--stage", "1")

    assert diamond.asked == ["12.1.1"]


def test_a_changed_prp_that_is_completed_is_warned_about(diamond: Prps) -> None:
    diamond.doit("--stage", "1")
    diamond.prp("12.1.1", title="Something else")
    diamond.commit()

    done = diamond.doit("--stage", "1")

    assert "the text of PRP-12.1.1 changed since it was completed; --force runs it again" in done.out


def test_force_runs_what_is_completed(diamond: Prps) -> None:
    diamond.doit("--stage", "1")

    diamond.doit("--stage", "1", "--force")

    assert diamond.asked == ["12.1.1", "12.1.1"]


def test_resume_narrows_the_run_to_what_the_last_one_was_about(diamond: Prps) -> None:
    diamond.answers({"12.1.1": [{"error": "no idea"}, {"files": {"PRP-12.1.1.txt": "x"}}]})
    diamond.doit("--stage", "1")

    diamond.doit("--resume")

    assert diamond.asked == ["12.1.1", "12.1.1"]


def test_resume_with_no_run_before_it_runs_the_batch(diamond: Prps) -> None:
    done = diamond.doit("--resume")

    assert (done.code, diamond.result["success"]) == (0, 4)


def test_dry_run_changes_no_ref_and_no_file(diamond: Prps) -> None:
    before = diamond.everything()

    done = diamond.doit("--dry-run")

    assert done.code == 0
    assert _different(diamond.everything(), before) == set()


def test_dry_run_after_a_run_changes_no_ref_and_no_file(diamond: Prps) -> None:
    diamond.answers({"12.2.1": {"error": "no idea"}})
    diamond.doit()
    before = diamond.everything()

    diamond.doit("--dry-run", "--resume")

    assert _different(diamond.everything(), before) == set()


def test_dry_run_shows_stages_waves_conflicts_and_gates(prps: Prps) -> None:
    prps.prp("12.1.1", files=["shared.txt"])
    prps.prp("12.1.2", files=["shared.txt"], gates=["#" + _MANUAL])
    prps.prps("12.2.1<12.1.1")
    prps.commit()

    assert prps.doit("--dry-run").out == _PLAN


_MANUAL = "## Gate 1: Look\n- [ ] Somebody looked\n"
_PLAN = """\
📋 Execution Plan (DRY RUN): batch 12

Stage 1:
  Wave 1:
    PRP-12.1.1: Part 12.1.1
       to run: it is not completed yet
       gate 1, level 2: It holds
  Wave 2:
    PRP-12.1.2: Part 12.1.2
       to run: it is not completed yet
       gate 1, level 2: Look (manual: no command)
  ⚠️ PRP-12.1.1 and PRP-12.1.2 share shared.txt: one after the other

Stage 2:
  PRP-12.2.1: Part 12.2.1
     to run: it is not completed yet
     after PRP-12.1.1
     gate 1, level 2: It holds

Total: 3 PRPs in 2 stages
Gates: 3 gates, 1 of them manual
Of these: 3 to run
"""


def test_json_prints_the_result_file_and_nothing_else(diamond: Prps) -> None:
    done = diamond.doit("--json")

    assert json.loads(done.out) == diamond.result


def test_an_assumed_dependency_need_not_be_completed(diamond: Prps) -> None:
    diamond.doit("--prp", "12.2.1", "--assume-done", "12.1.1")

    assert diamond.came_out == {"12.2.1": "success"}


def test_wildcards_assume_what_they_match(prps: Prps) -> None:
    prps.prps("12.2.1<7.1.1,7.2.1")
    prps.commit()

    prps.doit("--assume-done", "PRP-7.*")

    assert prps.came_out == {"12.2.1": "success"}


def test_what_is_assumed_may_be_undefined(prps: Prps) -> None:
    prps.prps("12.2.1<12.1.7")
    prps.commit()

    prps.doit("--assume-done", "PRP-12.1.7")

    assert prps.came_out == {"12.2.1": "success"}


def test_what_was_assumed_is_on_record(prps: Prps) -> None:
    prps.prps("12.2.1<7.1.1")
    prps.commit()

    prps.doit("--assume-done", "PRP-7.*")

    assert prps.result["warnings"] == ["PRP-7.* is assumed to be completed (--assume-done)"]
    assert prps.trailers("HEAD^2")["PRP-Assumed"] == "PRP-7.*"


def test_assumptions_may_be_said_one_by_one(prps: Prps) -> None:
    prps.prps("12.2.1<7.1.1,8.1.1")
    prps.commit()

    prps.doit("--assume-done", "7.1.1", "--assume-done", "8.1.1")

    assert prps.came_out == {"12.2.1": "success"}


def test_a_prp_of_another_batch_has_to_be_completed_first(prps: Prps) -> None:
    prps.prps("12.1.1<11.1.1")
    prps.commit()

    prps.doit()

    assert prps.record("12.1.1")["blocked_by"] == ["PRP-11.1.1"]


@pytest.mark.parametrize("subject", ["PRP-11.1.1: Complete", "PRP-11.1.1: Complete - All gates"])
def test_a_completion_subject_completes_a_prp(prps: Prps, subject: str) -> None:
    prps.prps("12.1.1<11.1.1")
    prps.commit(subject)

    prps.doit()

    assert prps.came_out == {"12.1.1": "success"}


_NEAR_MISSES = [
    "PRP-11.1.1: Complete rewrite",
    "Fix PRP-11.1.1: Complete",
    "PRP-111.1.1: Complete",
    "PRP-11.1.11: Complete",
    "PRP-11.1.1: Step 2 - Complete",
    "PRP-11.1.1: Complete - ",
    "PRP-11.1.1: complete",
    "PRP-11x1.1: Complete",
    "Quote\n\nPRP-11.1.1: Complete",
    "Half\n\nPRP-Id: PRP-11.1.1",
    "Failed\n\nPRP-Id: PRP-11.1.1\nPRP-Status: failed_gates",
    "In the text\n\nPRP-Id: PRP-11.1.1\nPRP-Status: success\n\nand more of it",
]


@pytest.mark.parametrize("message", _NEAR_MISSES)
def test_what_only_looks_like_a_completion_completes_nothing(prps: Prps, message: str) -> None:
    prps.prps("12.1.1<11.1.1")
    prps.commit(message)

    assert prps.statuses() == {"PRP-12.1.1": "blocked"}


def test_a_branch_that_was_not_merged_completes_nothing(prps: Prps) -> None:
    prps.prps("12.1.1<11.1.1")
    prps.commit()
    prps.git("switch", "--quiet", "--create", "side")
    prps.commit("PRP-11.1.1: Complete")
    prps.git("switch", "--quiet", "main")

    assert prps.statuses() == {"PRP-12.1.1": "blocked"}


def test_a_result_file_that_says_success_completes_nothing_by_itself(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()
    prps.write(
        RESULT,
        json.dumps(
            {"batch_id": 12, "results": [{"prp_id": "PRP-12.1.1", "status": "success", "commits": []}]}
        ),
    )

    prps.doit()

    assert prps.asked == ["12.1.1", "12.2.1"]


def test_a_result_file_that_names_a_commit_on_the_branch_completes_a_prp(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.commit()
    record = {"prp_id": "PRP-12.1.1", "status": "success", "commits": [prps.head]}
    prps.write(RESULT, json.dumps({"batch_id": 12, "results": [record]}))

    prps.doit()

    assert prps.asked == ["12.2.1"]
