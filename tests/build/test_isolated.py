"""Wherever an agent's task is cut off: nothing is lost, nothing is half, nothing is paid twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from bench import DODO
from isolated_bench import task

if TYPE_CHECKING:
    from isolated_bench import Isolated

CRASH = """
import os, signal, sys

def crash(event, arguments):
    if event == {event!r} and all(part in str(arguments) for part in {parts!r}):
        os.kill(os.getpid(), signal.SIGKILL)

if os.environ.get("CRASH"):
    sys.addaudithook(crash)
"""
MOMENTS = {
    "before-the-answer-is-kept": ("open", (".jsonl",), "2", 2),
    "before-it-is-staged": ("os.mkdir", ("stage",), "12", 1),
    "before-it-is-published": ("os.rename", ("e0001",), "2", 1),
    "half-published": ("os.rename", ("e0002",), "2", 1),
    "before-the-branch-moves": ("subprocess.Popen", ("update-ref", "refs/heads/main"), "12", 1),
    "before-the-index-follows": ("subprocess.Popen", ("diff-index",), "12", 1),
}
CASES = [
    pytest.param(event, parts, paid, slots, id=f"{name}-{slots}")
    for name, (event, parts, all_slots, paid) in MOMENTS.items()
    for slots in all_slots
]


@pytest.mark.parametrize(("event", "parts", "paid", "slots"), CASES)
def test_a_kill_at_the_worst_moment_costs_no_second_payment(
    isolated: Isolated, event: str, parts: tuple[str, ...], paid: int, slots: str
) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.write("dodo.py", DODO + CRASH.format(event=event, parts=parts))
    isolated.agents({"TASK-001": "echo $CALL > a.txt; mkdir -p sub; echo B > sub/b.txt"}, commit="task")

    crashed = isolated.doit("-n", slots, CRASH="1")
    done = isolated.doit("-n", slots)

    assert crashed.code == -signal.SIGKILL, crashed.out + crashed.err
    assert done.code == 0, done.out + done.err
    assert len(isolated.calls) == paid
    assert isolated.read("a.txt") == f"{paid}\n"
    assert isolated.subjects == ["TASK-001: A title", "All there is"]
    assert isolated.git("show", "--format=", "--name-only").split() == ["a.txt", "sub/b.txt"]
    # What a killed attempt left half done in the tree was taken out, and is kept.
    kept = [ref for ref in isolated.kept if f"kept: {ref}" not in done.out]
    assert (isolated.status, isolated.worktrees, kept) == ("", [], [])


def test_an_edit_made_after_the_kill_is_not_overwritten(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    crash = CRASH.format(event="os.rename", parts=("e0002",))
    isolated.write("dodo.py", DODO + crash)
    isolated.write("b.txt", "old\n")
    isolated.agents({"TASK-001": "[ $CALL = 2 ] && exit 1; echo A > a.txt; echo B > b.txt"})
    isolated.doit("-n", "2", CRASH="1")
    isolated.write("b.txt", "mine\n")

    done = isolated.doit("-n", "2", "--allow-dirty")

    assert "The last run was cut off: 1 task was not finished and runs again." in done.out
    assert isolated.read("b.txt") == "mine\n"
    assert done.code == 1


@pytest.mark.slow
@pytest.mark.parametrize("commit", ["none", "task"])
def test_however_often_it_is_killed_nothing_is_lost_half_or_paid_twice(
    isolated: Isolated, commit: str
) -> None:
    seed = random.randrange(2**32)
    moments = random.Random(seed)
    ids = [f"TASK-{n:03}" for n in range(1, 25)]
    isolated.prompts(*(task(id_, f"out/{id_}.txt") for id_ in ids))
    isolated.write("shared.txt", "".join(f"{id_}-\n" for id_ in ids))
    work = 'sleep 0.05; mkdir -p out; seq 2000 > out/$ID.txt; sed -i "s/^$ID-$/$ID done/" shared.txt'
    isolated.agents(dict.fromkeys(ids, work), commit=commit, max_failures=0)
    paid: dict[str, int] = {}

    for _ in range(6):
        run = isolated.start("-n", "3")
        time.sleep(moments.uniform(0.6, 2.5))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        count = Counter(isolated.calls)
        for id_ in passed(isolated) - paid.keys():
            paid[id_] = count[id_]
        assert set(outputs(isolated)) <= {"".join(f"{n}\n" for n in range(1, 2001))}, f"seed {seed}"
    for _ in range(3):
        done = isolated.doit("-n", "3")

    count = Counter(isolated.calls)
    assert done.code == 0, f"seed {seed}: {done.out}{done.err}"
    assert {id_: count[id_] for id_, then in paid.items() if count[id_] != then} == {}, f"seed {seed}"
    assert len(outputs(isolated)) == 24
    assert set(isolated.statuses().values()) == {"up_to_date"}
    assert isolated.worktrees == []
    if commit == "task":
        assert isolated.status == "", f"seed {seed}"
        assert Counter(isolated.subjects) == {"All there is": 1} | {f"{id_}: A title": 1 for id_ in ids}, seed


def outputs(isolated: Isolated) -> list[str]:
    return [path.read_text() for path in isolated.root.glob("out/*.txt")]


def passed(isolated: Isolated) -> set[str]:
    return {id_ for id_, status in isolated.attempts if status == "passed"} if state(isolated) else set()


def state(isolated: Isolated) -> bool:
    return (isolated.root / ".batchexec" / "run.db").exists()
