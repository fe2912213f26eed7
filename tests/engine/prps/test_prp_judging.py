"""How PRPs are judged: by declared files, by what they changed, by gates and by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prp_bench import GATE, gate

if TYPE_CHECKING:
    from prp_bench import Prps

_MANUAL = gate(1, "")


def test_a_declared_file_that_was_not_created_is_named_with_its_step(prps: Prps) -> None:
    prps.prp("12.1.1", steps="### Phase 1: Work\n1. Think\n2. Create `shop/retry.py` with a helper\n")
    prps.commit()

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["errors"]) == ("failed", ["Step 2: shop/retry.py was not created"])


def test_a_declared_file_that_was_created_is_no_error(prps: Prps) -> None:
    prps.prp("12.1.1", steps="### Phase 1: Work\n1. Create `PRP-12.1.1.txt` with a helper\n")
    prps.commit()

    assert prps.doit().code == 0


def test_files_that_are_declared_and_nothing_changed_is_a_failure(prps: Prps) -> None:
    prps.write("shop.txt", "as it was\n")
    prps.prp("12.1.1", files=["shop.txt"], gates=["test -s shop.txt"])
    prps.answers({"12.1.1": {"files": {}}})
    prps.commit()

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["errors"]) == ("failed", ["no changes were made"])


def test_without_declared_files_an_empty_commit_will_do(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true"])
    prps.answers({"12.1.1": {"files": {}}})
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.changed("HEAD^2")) == (0, [])


def test_an_executor_that_fails_fails_the_prp(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true"])
    prps.agents({"12.1.1": "echo x > $ID.txt; exit 7"})

    done = prps.doit()

    assert (done.code, prps.came_out) == (1, {"12.1.1": "failed"})


def test_an_agent_that_gives_up_fails_the_prp_with_its_reason(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true"])
    prps.agents({"12.1.1": "echo STATUS:FAILED:no such library"})

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["errors"]) == ("failed", ["agent.sh: it gave up: no such library"])


def test_a_claim_of_success_proves_nothing(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.agents({"12.1.1": "echo STATUS:COMPLETE; echo all gates passed; exit 0"})

    prps.doit()

    assert prps.came_out == {"12.1.1": "failed_gates"}


def test_a_gate_that_fails_is_told_with_what_was_expected(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true", gate(2, "echo 2", "1 (one call)")])
    prps.commit()

    prps.doit()

    assert prps.record("12.1.1")["errors"] == ["Gate 2 failed: expected 1, got 2"]


def test_all_gates_run_though_one_failed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false", "true"])
    prps.commit()

    prps.doit()

    record = prps.record("12.1.1")
    assert [one["result"] for one in record["gates"]] == ["failed", "passed"]
    assert (record["gates_passed"], record["gates_failed"], record["gates_unverified"]) == (1, 1, 0)


def test_nothing_is_committed_of_what_failed_its_gates(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit()
    head = prps.head

    prps.doit()

    assert prps.head == head


def test_a_prp_that_failed_its_gates_is_not_successful_anywhere(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.prps("12.2.1<12.1.1")
    prps.commit()

    done = prps.doit()

    result = prps.result
    assert (done.code, prps.came_out) == (1, {"12.1.1": "failed_gates", "12.2.1": "blocked"})
    assert (result["success"], result["failed"], result["blocked"], result["success_rate"]) == (0, 1, 1, 0)
    assert prps.statuses() == {"PRP-12.1.1": "run", "PRP-12.2.1": "run"}
    assert "Successful: 0 ✓\nFailed: 1 ✗\n" in done.out


@pytest.mark.parametrize("gates", [[_MANUAL], ["true || true"], []], ids=["manual", "unverified", "none"])
def test_a_prp_that_nothing_verified_has_failed(prps: Prps, gates: list[str]) -> None:
    prps.prp("12.1.1", gates=gates)
    prps.commit()

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["errors"]) == ("failed_gates", ["nothing verified"])


def test_a_manual_gate_does_not_keep_a_prp_from_success(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true", gate(2, "")])
    prps.commit()

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["gates_passed"], record["gates_unverified"]) == ("success", 1, 1)


def test_manual_gates_may_be_required(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true", gate(2, "")])
    prps.settings(manual_gates="require")
    prps.commit()

    prps.doit()

    assert prps.came_out == {"12.1.1": "failed_gates"}


def test_a_required_gate_that_is_confirmed_lets_the_prp_succeed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true", gate(2, "")])
    prps.settings(manual_gates="require")
    prps.commit()
    prps.doit()

    done = prps.doit("--confirm-gate", "PRP-12.1.1:2")

    assert (done.code, prps.came_out) == (0, {"12.1.1": "success"})


def test_a_confirmed_prp_goes_on_without_another_call(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[_MANUAL])
    prps.commit()
    prps.doit()

    prps.doit("--confirm-gate", "12.1.1:1")

    assert (prps.came_out, prps.asked) == ({"12.1.1": "success"}, ["12.1.1"])


def test_confirmations_may_come_one_by_one(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[_MANUAL, gate(2, "")])
    prps.settings(manual_gates="require")
    prps.commit()
    prps.doit()
    prps.doit("--confirm-gate", "12.1.1:1")

    prps.doit("--confirm-gate", "12.1.1:2")

    assert (prps.came_out, prps.asked) == ({"12.1.1": "success"}, ["12.1.1"])


def test_confirmations_may_be_said_together(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[_MANUAL, gate(2, "")])
    prps.settings(manual_gates="require")
    prps.commit()
    prps.doit()

    prps.doit("--confirm-gate", "12.1.1:1", "--confirm-gate", "12.1.1:2")

    assert prps.came_out == {"12.1.1": "success"}


def test_what_was_confirmed_is_on_record(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[_MANUAL])
    prps.commit()

    prps.doit()
    prps.doit("--confirm-gate", "12.1.1:1")

    assert prps.record("12.1.1")["confirmed"] == [1]
    assert prps.trailers("HEAD^2")["PRP-Confirmed"] == "1"


def test_a_confirmed_gate_is_not_counted_as_passed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[_MANUAL])
    prps.commit()

    prps.doit("--confirm-gate", "12.1.1:1")

    assert prps.record("12.1.1")["gates_passed"] == 0


def test_a_confirmation_mends_no_gate_that_fails(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit()

    prps.doit("--confirm-gate", "12.1.1:1")

    assert prps.came_out == {"12.1.1": "failed_gates"}


def test_gates_are_not_mended_unless_that_is_asked_for(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.answers({"12.1.1": [{"files": {"other.txt": "x"}}, {"files": {"PRP-12.1.1.txt": "x"}}]})
    prps.commit()

    prps.doit()

    assert (prps.came_out, prps.asked) == ({"12.1.1": "failed_gates"}, ["12.1.1"])


_FIRST_WRONG = 'echo "$CALL" > $ID.txt'


def test_the_executor_mends_as_often_as_the_level_says(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt", "3")])
    prps.agents({"12.1.1": _FIRST_WRONG}, fix_attempts={"2": 2})

    done = prps.doit()

    assert (done.code, prps.asked) == (0, ["12.1.1"] * 3)


def test_the_executor_mends_no_more_often(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt", "3")])
    prps.agents({"12.1.1": _FIRST_WRONG}, fix_attempts={"2": 1})

    prps.doit()

    assert (prps.came_out, prps.asked) == ({"12.1.1": "failed_gates"}, ["12.1.1"] * 2)


def test_gates_of_another_level_are_not_mended(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt", "3", title="L4: It is accepted")])
    prps.agents({"12.1.1": _FIRST_WRONG}, fix_attempts={"2": 2})

    prps.doit()

    assert prps.asked == ["12.1.1"]


def test_mending_stops_where_the_error_is_the_same_again(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.agents({"12.1.1": _FIRST_WRONG}, fix_attempts={"2": 5})

    prps.doit()

    assert prps.asked == ["12.1.1"] * 2


def test_whoever_mends_is_told_what_the_gate_printed_and_what_to_do(prps: Prps) -> None:
    prps.prp(
        "12.1.1",
        gates=[gate(1, "cat PRP-12.1.1.txt; false", more="**On Failure**: remove the second call")],
    )
    prps.agents({"12.1.1": 'echo "a riddle" > $ID.txt'}, fix_attempts={"2": 1})

    prps.doit()

    told = (prps.here / "prompt.PRP-12.1.1.2").read_text()
    assert "a riddle" in told
    assert "On failure: remove the second call" in told


def test_the_second_attempt_goes_on_with_what_the_first_left(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt | wc -l", "2")])
    prps.agents({"12.1.1": "echo x >> $ID.txt"}, fix_attempts={"2": 1})

    assert prps.doit().code == 0


def test_attempts_are_counted_in_the_trailer(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[gate(1, "cat PRP-12.1.1.txt", "2")])
    prps.agents({"12.1.1": _FIRST_WRONG}, fix_attempts={"2": 1})

    prps.doit()

    assert prps.trailers("HEAD^2")["PRP-Attempt"] == "2"


def test_gates_run_in_the_worktree_and_not_where_the_user_works(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[GATE.format(id="PRP-12.1.1") + " && touch made-by-a-gate"])
    prps.commit()

    prps.doit()

    assert not (prps.root / "made-by-a-gate").exists()


def test_what_gates_change_is_not_committed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["touch made-by-a-gate; echo more >> PRP-12.1.1.txt"])
    prps.commit()

    prps.doit()

    assert prps.changed("HEAD^2") == ["PRP-12.1.1.txt"]
    assert prps.file_of("HEAD", "PRP-12.1.1.txt") == "made by PRP-12.1.1\n"


def test_paths_of_the_repository_mean_the_worktree_in_gates(prps: Prps) -> None:
    prps.prp("12.1.1", gates=[f"test -s {prps.root}/PRP-12.1.1.txt"])
    prps.commit()

    done = prps.doit()

    assert (done.code, prps.record("12.1.1")["gates_passed"]) == (0, 1)


def test_paths_of_the_repository_mean_the_worktree_in_the_prompt(prps: Prps) -> None:
    prps.prp("12.1.1", steps=f"### Phase 1: Work\n1. Write {prps.root}/shop/mail.py\n")
    prps.agents({"12.1.1": "echo x > $ID.txt"})

    prps.doit()

    told = (prps.here / "prompt.PRP-12.1.1.1").read_text()
    assert f"{prps.root}/shop" not in told
    assert "/prp-12-1-1/shop/mail.py" in told


def test_the_prompt_names_the_prp_the_directory_the_steps_and_the_gates_before_the_text(prps: Prps) -> None:
    path = prps.prp("12.1.1", title="Retry mail", gates=[gate(1, GATE.format(id="PRP-12.1.1"), title="Made")])
    prps.agents({"12.1.1": "echo x > $ID.txt"})

    prps.doit()

    told = (prps.here / "prompt.PRP-12.1.1.1").read_text()
    before, _, after = told.partition("---\nprp_id:")
    assert path.read_text().removeprefix("---\nprp_id:") in after + "\n"
    assert all(said in before for said in ("PRP-12.1.1", "Retry mail", "/prp-12-1-1", "Do it", "Made"))


def test_a_prp_that_succeeded_keeps_its_status(prps: Prps) -> None:
    prps.prp("12.1.1", header="status: pending")
    prps.commit()

    prps.doit()

    assert "status: pending\n" in prps.read("PRPs/PRP-12.1.1-part.md")


def test_update_status_writes_that_a_prp_is_completed_and_nothing_else(prps: Prps) -> None:
    path = prps.prp("12.1.1", header="status: pending")
    prps.settings(update_status=True)
    prps.commit()
    before = path.read_text()

    prps.doit()

    assert path.read_text() == before.replace("status: pending", "status: completed")


def test_the_updated_status_is_part_of_the_commit(prps: Prps) -> None:
    prps.prp("12.1.1", header="status: pending")
    prps.settings(update_status=True)
    prps.commit()

    prps.doit()

    assert prps.changed("HEAD^2") == ["PRP-12.1.1.txt", "PRPs/PRP-12.1.1-part.md"]
    assert prps.status == ""


def test_a_prp_that_failed_keeps_its_status(prps: Prps) -> None:
    prps.prp("12.1.1", header="status: pending", gates=["false"])
    prps.settings(update_status=True)
    prps.commit()

    prps.doit()

    assert "status: pending\n" in prps.read("PRPs/PRP-12.1.1-part.md")
