"""What gates leave behind, and what was confirmed of work that is another by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prp_bench import Prps

TRACES = "echo junk > junk.txt; echo more >> README; rm -f gone.txt; test -f ok"
MANUAL = "### Gate 2: Read it\n- [ ] It is polite\n"


def files_of(prps: Prps) -> list[str]:
    return prps.git("show", "--name-only", "--format=", "HEAD^2").split()


def test_what_gates_change_is_in_no_later_attempt(prps: Prps) -> None:
    prps.write("README", "read me\n")
    prps.write("gone.txt", "here\n")
    prps.prp("12.1.1", gates=[TRACES])
    prps.agents({"12.1.1": "echo x > a.txt"})
    assert prps.doit().code == 1
    prps.scripts({"PRP-12.1.1": "echo > ok"})

    assert prps.doit().code == 0
    assert files_of(prps) == ["a.txt", "ok"]


def test_nor_in_one_that_mends_what_gates_say(prps: Prps) -> None:
    prps.write("README", "read me\n")
    prps.write("gone.txt", "here\n")
    prps.prp("12.1.1", gates=[TRACES])
    prps.agents({"12.1.1": "[ $CALL = 1 ] || echo > ok; echo x > a.txt"}, fix_attempts={"2": 1})

    assert prps.doit().code == 0
    assert files_of(prps) == ["a.txt", "ok"]


def test_a_confirmation_is_of_the_work_that_was_there(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["test -f ok", MANUAL])
    prps.agents({"12.1.1": "echo Dear > letter.txt"}, manual_gates="require")
    prps.doit()
    prps.doit("--confirm-gate", "12.1.1:2")
    calls = len(prps.calls)
    prps.scripts({"PRP-12.1.1": "echo You > letter.txt; echo > ok"})

    assert prps.doit().code == 1
    assert len(prps.calls) == calls + 1
    assert prps.record("12.1.1")["errors"] == ["Gate 2 is not confirmed: no command"]


def test_confirming_asks_nobody_even_where_another_gate_fails(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["test -f ok", MANUAL])
    prps.agents({"12.1.1": "echo Dear > letter.txt"}, manual_gates="require")
    prps.doit()

    prps.doit("--confirm-gate", "12.1.1:2")

    assert len(prps.calls) == 1


def test_who_switches_branches_during_a_run_is_told(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true"])
    prps.agents({"12.1.1": 'echo x > a.txt; git -C "$ROOT" symbolic-ref HEAD refs/heads/other; true'})
    prps.git("branch", "other")

    done = prps.doit()

    if prps.git("symbolic-ref", "HEAD").strip() == "refs/heads/other":
        assert done.code == 1
        assert "the tree was at main when the run began, and is at other now" in done.out
    assert prps.git("log", "--format=%s", "other").splitlines()[0] != "Merge PRP-12.1.1: Retry failed mail"


def test_without_an_executor_nobody_is_asked_and_nothing_succeeds(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["true"])
    prps.write("batchexec.yaml", "batch: 12\n")
    prps.commit()

    done = prps.doit()

    assert done.code == 1
    assert "nobody is named who could carry it out" in done.out
    assert prps.record("12.1.1")["status"] == "failed_gates"


def test_gates_cannot_move_the_users_branches(prps: Prps) -> None:
    prps.write("a.txt", "1\n")
    prps.commit("Second")
    prps.prp("12.1.1", gates=["git update-ref refs/heads/main HEAD~1 || true; test -f b.txt"])
    prps.agents({"12.1.1": "echo x > b.txt"})
    before = prps.git("rev-parse", "HEAD").strip()

    prps.doit()

    assert before in prps.git("log", "--format=%H", "main")
