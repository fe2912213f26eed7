"""Only what passed counts as passed; a person may confirm what no command can."""

from __future__ import annotations

import pytest

from batchexec.gates import Counts, decides, summary
from batchexec.model import Gate, GateResult, Location, Result

NOTHING = ("nothing verified",)


def results(words: str) -> list[GateResult]:
    return [
        GateResult(
            gate=Gate(number=number, title="", location=Location("a.md", number)),
            result=Result(word),
            reason="" if word == "passed" else f"why {number}",
        )
        for number, word in enumerate(words.split(), 1)
    ]


@pytest.mark.parametrize(
    ("words", "confirmed", "said"),
    [
        ("passed", (), ()),
        ("passed manual unverified", (), ()),
        ("passed failed", (), ("Gate 2 failed: why 2",)),
        ("failed manual failed", (), ("Gate 1 failed: why 1", "Gate 3 failed: why 3")),
        ("failed", (1,), ("Gate 1 failed: why 1",)),
        ("manual", (), NOTHING),
        ("unverified manual", (), NOTHING),
        ("unverified manual", (2,), ()),
        ("manual", (7,), NOTHING),
        ("", (), NOTHING),
    ],
)
def test_a_task_needs_a_gate_that_passed_or_was_confirmed_and_none_that_failed(
    words: str, confirmed: tuple[int, ...], said: tuple[str, ...]
) -> None:
    assert decides(results(words), confirmed=confirmed) == said


@pytest.mark.parametrize(
    ("words", "confirmed", "said"),
    [
        ("passed", (), ()),
        ("passed manual", (), ("Gate 2 is not confirmed: why 2",)),
        ("failed unverified", (), ("Gate 1 failed: why 1", "Gate 2 is not confirmed: why 2")),
        ("manual unverified", (1,), ("Gate 2 is not confirmed: why 2",)),
        ("manual unverified", (1, 2), ()),
        ("", (), NOTHING),
    ],
)
def test_where_it_is_required_each_other_gate_must_be_confirmed(
    words: str, confirmed: tuple[int, ...], said: tuple[str, ...]
) -> None:
    assert decides(results(words), manual="require", confirmed=confirmed) == said


def test_gates_are_counted_by_how_they_came_out() -> None:
    assert summary(results("passed failed manual passed unverified")) == Counts(2, 1, 1, 1)
