"""What follows an attempt is decided by what came of it and how often that was so."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec import settings
from batchexec.engine.tries import Breaker, Tries, following
from batchexec.model import Outcome, Status, Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.engine.tries import Next
    from batchexec.settings import Settings


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("home")
    return settings.load(home, environ={})


def after(
    chosen: Settings,
    status: Status,
    trouble: Trouble | None,
    tries: Tries | None = None,
    *,
    at_utc: float | None = None,
    rungs: int = 1,
    isolated: bool = True,
) -> Next | None:
    outcome = Outcome(status=status, summary="why", trouble=trouble, retry_at_utc=at_utc)
    return following(outcome, tries or Tries(), chosen, rungs, isolated=isolated)


@pytest.mark.parametrize("trouble", [None, *Trouble])
def test_nothing_follows_what_passed(chosen: Settings, trouble: Trouble | None) -> None:
    assert after(chosen, Status.PASSED, trouble, rungs=3) is None


@pytest.mark.parametrize("status", [one for one in Status if one not in (Status.PASSED, Status.CONFLICT)])
def test_what_would_go_wrong_again_is_at_most_the_next_executors(chosen: Settings, status: Status) -> None:
    assert after(chosen, status, Trouble.DETERMINISTIC) is None
    follows = after(chosen, status, Trouble.DETERMINISTIC, rungs=2)
    assert follows is None or follows.tries == Tries(rung=1)


@pytest.mark.parametrize(
    ("status", "passed_on"),
    [
        (Status.NEEDS_WORK, True),
        (Status.FAILED, True),
        (Status.NO_EFFECT, True),
        (Status.ERROR, False),
        (Status.LIMITED, False),
        (Status.BUDGET, False),
        (Status.INTERRUPTED, False),
        (Status.BLOCKED, False),
    ],
)
def test_the_next_executor_gets_what_was_carried_out_and_is_not_good(
    chosen: Settings, status: Status, *, passed_on: bool
) -> None:
    follows = after(chosen, status, None, rungs=2)

    assert (follows is not None) is passed_on
    assert after(chosen, status, None, Tries(rung=1), rungs=2) is None


def test_each_executor_has_attempts_of_its_own(chosen: Settings) -> None:
    twice = replace(chosen, attempts=2)

    second = after(twice, Status.FAILED, Trouble.QUALITY, rungs=2)
    assert second is not None
    third = after(twice, Status.FAILED, Trouble.QUALITY, second.tries, rungs=2)
    assert third is not None
    fourth = after(twice, Status.FAILED, Trouble.QUALITY, third.tries, rungs=2)
    assert fourth is not None

    assert [one.tries for one in (second, third, fourth)] == [
        Tries(counted=1),
        Tries(rung=1),
        Tries(rung=1, counted=1),
    ]
    assert [one.fresh for one in (second, third, fourth)] == [False, True, False]
    assert after(twice, Status.FAILED, Trouble.QUALITY, fourth.tries, rungs=2) is None


def test_a_conflict_is_tried_once_more_from_the_new_state_and_then_is_one(chosen: Settings) -> None:
    again = after(chosen, Status.CONFLICT, None)

    assert again is not None
    assert (again.fresh, again.pauses, again.tries) == (True, False, Tries(conflicts=1))
    assert after(chosen, Status.CONFLICT, None, again.tries) is None
    assert after(chosen, Status.CONFLICT, None, isolated=False) is None


@given(times=st.integers(0, 5000), after_s=st.none() | st.floats(-1e6, 1e6))
def test_a_wait_after_an_accident_has_bounds_and_is_never_shorter_than_announced(
    chosen: Settings, times: int, after_s: float | None
) -> None:
    now = time.time()
    at_utc = None if after_s is None else now + after_s

    follows = after(
        replace(chosen, retries=10_000),
        Status.ERROR,
        Trouble.TRANSIENT,
        Tries(transient=times),
        at_utc=at_utc,
    )

    assert follows is not None
    longest = min(60.0, 2.0 ** min(times, 10))
    announced = at_utc or 0.0
    assert follows.at_utc >= max(announced, now + longest / 2)
    assert follows.at_utc <= max(announced, time.time() + longest)


def test_waits_after_accidents_are_not_all_the_same(chosen: Settings) -> None:
    found = {after(chosen, Status.ERROR, Trouble.TRANSIENT) for _ in range(20)}

    assert len({round(one.at_utc - time.time(), 3) for one in found if one}) > 10


@given(times=st.integers(0, 5000), after_s=st.none() | st.floats(-1e6, 1e6))
def test_a_wait_for_a_limit_ends_when_it_was_announced_and_not_at_once(
    chosen: Settings, times: int, after_s: float | None
) -> None:
    now = time.time()
    at_utc = None if after_s is None else now + after_s

    follows = after(
        chosen, Status.LIMITED, Trouble.USAGE_LIMIT, Tries(limited=times, counted=1), at_utc=at_utc
    )

    assert follows is not None
    assert follows.pauses
    assert follows.tries == Tries(limited=times + 1, counted=1)
    assert follows.at_utc >= now + (1 if after_s is not None else 300)
    if after_s is not None and after_s > 2:
        assert follows.at_utc == at_utc
    assert follows.at_utc <= max(at_utc or 0.0, time.time() + 3600)


def test_who_does_not_wait_for_a_limit_is_done(chosen: Settings) -> None:
    assert after(replace(chosen, wait_limit=False), Status.LIMITED, Trouble.USAGE_LIMIT, rungs=2) is None


def trips(limit: int, *summaries: str, trouble: Trouble = Trouble.DETERMINISTIC) -> list[bool]:
    breaker = Breaker(limit)
    return [breaker.trips(Outcome(status=Status.ERROR, summary=one, trouble=trouble)) for one in summaries]


@pytest.mark.parametrize(
    "pair",
    [
        ("request 17 refused", "request 18 refused"),
        ("no file 'a.py'", "no file 'b c.py'"),
        ('model "x" is unknown', 'model "y" is unknown'),
        ("cannot read src/a.py", "cannot read lib/b.py"),
        ("id req_01ABC failed", "id req_02XYZ failed"),
    ],
    ids=["numbers", "quoted", "double-quoted", "paths", "ids"],
)
def test_an_error_is_the_same_whatever_numbers_and_names_it_holds(pair: tuple[str, str]) -> None:
    assert trips(2, *pair) == [False, True]


def test_errors_of_other_words_are_others() -> None:
    assert trips(2, "the key is wrong", "the model is unknown", "the key is wrong") == [False] * 3


def test_it_goes_on_tripping_once_it_has() -> None:
    assert trips(2, "a", "a", "a") == [False, True, True]


def test_a_breaker_of_nought_never_trips() -> None:
    assert trips(0, *["a"] * 50) == [False] * 50


def test_complaints_about_work_are_the_same_only_to_the_letter() -> None:
    assert trips(2, "no test 1", "no test 2", trouble=Trouble.QUALITY) == [False, False]
    assert trips(2, "a stub", "a stub", trouble=Trouble.QUALITY) == [False, True]


def test_a_hostile_message_is_compared_in_no_time() -> None:
    began = time.monotonic()

    trips(2, "'" * 200_000, '"' + "a/" * 200_000, "`1" * 100_000)

    assert time.monotonic() - began < 1
