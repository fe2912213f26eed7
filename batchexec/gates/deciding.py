"""Decides whether a task may succeed, by how its gates came out and what a person confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from batchexec.model import Result

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchexec.model import GateResult

_OPEN = (Result.MANUAL, Result.UNVERIFIED)
NOTHING_VERIFIED = "nothing verified"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many gates came out how."""

    passed: int = 0
    failed: int = 0
    manual: int = 0
    unverified: int = 0


def summary(results: Sequence[GateResult]) -> Counts:
    every = [one.result for one in results]
    return Counts(*(every.count(result) for result in Result))


def decides(
    results: Sequence[GateResult],
    *,
    manual: Literal["allow", "require"] = "allow",
    confirmed: Collection[int] = (),
) -> tuple[str, ...]:
    """Give what keeps a task from success, each in a line; nothing where it may succeed."""
    failed = [
        f"Gate {one.gate.number} failed: {one.reason}" for one in results if one.result is Result.FAILED
    ]
    left = [one for one in results if one.result in _OPEN and one.gate.number not in confirmed]
    if manual == "require":
        failed += [f"Gate {one.gate.number} is not confirmed: {one.reason}" for one in left]
    verified = len(results) > len(left)
    return tuple(failed) if failed or verified else (NOTHING_VERIFIED,)
