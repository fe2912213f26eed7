"""A program that shows no sign of life is told of, and ended; one that shows any is left alone."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import marked

from batchexec.process import Ended, Followed, Limits, follow
from batchexec.process import life as looking
from batchexec.process.life import Life

PATH = {"PATH": os.environ["PATH"]}

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere `ps` tells, and only of the group")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "src/deep").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "src/deep/old").write_text("old")
    return root


def sh(script: str, place: Path, stall_s: float | None = 0.6, **rest: Any) -> Followed:
    limits = Limits(stall_s=stall_s, total_s=rest.pop("total_s", 1.6), warn_s=rest.pop("warn_s", None))
    options = {"watched": place, "environ": PATH, "grace_s": 0.4, **rest}
    return follow(["sh", "-c", script], place, limits=limits, **options)


@pytest.mark.parametrize(
    "script",
    [
        "sleep 60",
        "echo a; sleep 60",
        "exec >&- 2>&-; sleep 60",
        "kill -STOP $$",
        "while :; do sleep 0.2; touch .git/index; done",
        "while :; do sleep 0.2; cat src/deep/old >/dev/null; done",
        "mkdir ../outside; ln -s ../outside link; while :; do sleep 0.2; touch ../outside/a link/b; done",
    ],
)
def test_a_program_that_does_nothing_is_ended(place: Path, script: str) -> None:
    done = sh(script, place, total_s=30)

    assert (done.code, done.ended) == (143, Ended.STALLED)
    assert 0.6 <= done.seconds < 3


@pytest.mark.parametrize(
    "act",
    [
        "echo",
        "echo >&2",
        "touch a",
        "echo b >src/deep/old",
        "touch -d 2001-01-01 src/deep/old",
        "touch -d 2101-01-01 src/deep/old",
        "chmod 600 src/deep/old; chmod 644 src/deep/old",
        "mv src/deep/old src/new; mv src/new src/deep/old",
        "mkdir d; rmdir d",
        "ln -sf nowhere src/link",
    ],
)
def test_output_and_changes_of_files_are_signs_of_life(place: Path, act: str) -> None:
    done = sh(f"while :; do sleep 0.2; {act}; done", place, stall_s=1.0, total_s=1.9)

    assert done.ended is Ended.TIMEOUT


def test_files_count_only_where_they_are_watched(place: Path) -> None:
    done = sh("while :; do sleep 0.1; touch a; done", place, watched=None, total_s=30)

    assert done.ended is Ended.STALLED


BUSY = "while :; do :; done"

WORKING = {
    "itself": BUSY,
    "a child": f"({BUSY}) & sleep 60",
    "in a session of its own": f"setsid sh -c '{BUSY}' & sleep 60",
    "orphaned": f"(setsid sh -c '{BUSY}' &); sleep 60",
    "one after another": "while :; do head -c 30000000 /dev/zero | sha256sum >/dev/null; done",
    "without a mark": f"env -i sh -c '{BUSY}'",
}


@linux
@pytest.mark.parametrize("script", WORKING.values(), ids=WORKING.keys())
def test_a_silent_program_that_works_is_left_alone(place: Path, script: str) -> None:
    """The window is long enough for half a second of a processor that others use, too."""
    done = sh(script, place, stall_s=1.8, total_s=3.2)

    assert done.ended is Ended.TIMEOUT


def test_a_little_work_is_none(place: Path) -> None:
    done = sh("while :; do sleep 0.02; done", place, total_s=30)

    assert done.ended is Ended.STALLED


@linux
def test_all_that_came_of_a_program_that_stalls_ends_with_it(place: Path) -> None:
    mark = f"MARK_{random.randbytes(8).hex()}"
    script = "trap '' TERM; setsid sleep 60 & (setsid sleep 60 &) ; sleep 60; sleep 60"
    done = sh(script, place, stall_s=0.3, total_s=30, environ={mark: "1", **PATH})

    assert (done.code, done.ended) == (128 + signal.SIGKILL, Ended.STALLED)
    assert marked(mark) == []


def test_a_program_that_only_takes_its_time_to_leave_has_not_stalled(place: Path) -> None:
    done = sh("echo last; sleep 60", place, stall_s=0.2, on_line=lambda _: True, linger_s=0.8)

    assert done.ended is Ended.FINISHED
    assert done.seconds >= 0.8


def test_the_other_limits_hold_beside_it(place: Path) -> None:
    limits = Limits(start_s=0.2, silence_s=0.2, stall_s=30)

    assert follow(["sleep", "60"], place, environ=PATH, limits=limits).ended is Ended.START


@pytest.mark.parametrize("stall_s", [None, inf])
def test_silence_is_told_of_once_and_where_nothing_is_to_be_ended_too(
    place: Path, stall_s: float | None
) -> None:
    told: list[float] = []
    done = sh("sleep 60", place, stall_s=stall_s, warn_s=0.3, on_quiet=told.append)

    assert (done.ended, told) == (Ended.TIMEOUT, [0.3])


@pytest.mark.parametrize("act", ["echo", "touch a"])
def test_every_silence_is_told_of(place: Path, act: str) -> None:
    told: list[float] = []
    done = sh(f"sleep 1.2; {act}; sleep 60", place, 1.8, warn_s=0.4, on_quiet=told.append, total_s=30)

    assert (done.ended, told) == (Ended.STALLED, [0.4, 0.4])


def test_nothing_is_told_of_a_program_that_is_not_silent(place: Path) -> None:
    told: list[float] = []
    done = sh("for n in 1 2 3 4 5; do echo; sleep 0.2; done", place, warn_s=0.6, on_quiet=told.append)

    assert (done.ended, told) == (Ended.EXITED, [])


def test_an_error_while_silence_is_told_of_ends_the_program_and_is_passed_on(place: Path) -> None:
    def fail(_: float) -> None:
        raise OSError("the disk is full")

    mark = f"MARK_{random.randbytes(8).hex()}"
    with pytest.raises(OSError, match="the disk is full"):
        sh("sleep 60", place, warn_s=0.2, on_quiet=fail, environ={mark: "1", **PATH})
    assert marked(mark) == []


def test_a_watched_directory_that_is_gone_is_none(place: Path) -> None:
    assert sh("sleep 60", place, watched=place / "no", total_s=30).ended is Ended.STALLED


@pytest.mark.parametrize(
    ("stall_s", "warn_s", "first", "then"),
    [
        (600, None, 1, 30),
        (600, 300, 1, 15),
        (600, 6, 1, 1),
        (None, 300, 1, 15),
        (inf, 300, 1, 15),
        (2, None, 0.5, 0.5),
        (None, None, inf, inf),
        (inf, None, inf, inf),
    ],
)
def test_a_program_is_looked_at_rarely(
    stall_s: float | None, warn_s: float | None, first: float, then: float
) -> None:
    life = Life(Limits(stall_s=stall_s, warn_s=warn_s), os.getpid(), None, lambda _: None)
    heard = time.monotonic() - 100

    assert life.due(heard) == heard + first
    before = time.monotonic()
    life.has_stalled(heard)
    looked = time.monotonic()
    # A look that takes its time is taken more seldom still.
    latest = looked + max(then, 20 * (looked - before))
    assert looked + then - 1 <= life.due(heard) <= latest


class Sensors:
    """A program whose signs of life are at known times, and a clock that does not stop for a look."""

    def __init__(self, outputs: list[float], changes: list[float], work: list[float], cost: float) -> None:
        self.now = 0.0
        self.outputs, self.changes, self.work, self.cost = outputs, changes, work, cost

    def monotonic(self) -> float:
        return self.now

    def used(self, _root: int) -> float:
        return sum(0.2 for at in self.work if at <= self.now)

    def files(self, _directory: Path) -> int:
        self.now += self.cost / 2
        found = sum(1 for at in self.changes if at <= self.now)
        self.now += self.cost / 2
        return found

    def heard(self) -> float:
        return max((at for at in self.outputs if at <= self.now), default=0.0)

    def was_quiet(self, end: float, seconds: float) -> bool:
        """Say whether that was so, all of it known."""
        start = end - seconds
        signs = [at for at in (0.0, *self.outputs, *self.changes) if start < at <= end]
        return not signs and sum(0.2 for at in self.work if start < at <= end) < 0.5


TIMES = st.lists(st.floats(0, 3000), max_size=25)


@settings(deadline=None)
@given(TIMES, TIMES, TIMES, st.sampled_from([0.0, 0.01, 0.7, 3.0]))
def test_a_program_is_ended_soon_after_it_was_quiet_for_that_long_and_never_before(
    outputs: list[float], changes: list[float], work: list[float], cost: float
) -> None:
    sensors, told = Sensors(outputs, changes, work, cost), list[float]()
    late = 2 + max(15, 20 * cost) * 2 + 3 * cost

    def tell(seconds: float) -> None:
        assert sensors.was_quiet(begun, seconds)
        told.append(seconds)

    life = Life(Limits(stall_s=600, warn_s=300), 1, Path(), tell)
    begun = 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "time", SimpleNamespace(monotonic=sensors.monotonic))
        patch.setattr(looking, "used_s", sensors.used)
        patch.setattr(looking, "state_of", sensors.files)
        while not life.has_stalled(sensors.heard()):
            assert not sensors.was_quiet(begun, 600 + late)
            sensors.now += 0.5
            begun = sensors.now
    assert sensors.was_quiet(begun, 600)
    assert set(told) == {300}


def test_a_silence_is_told_of_once_however_long_a_look_takes() -> None:
    sensors, told = Sensors([], [], [], 0.7), list[float]()
    life = Life(Limits(warn_s=300), 1, Path(), told.append)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "time", SimpleNamespace(monotonic=sensors.monotonic))
        patch.setattr(looking, "used_s", sensors.used)
        patch.setattr(looking, "state_of", sensors.files)
        while sensors.now < 5000:
            life.has_stalled(0.0)
            sensors.now += 0.15
    assert told == [300]
