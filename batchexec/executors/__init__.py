"""Executors: the ways to carry out a task, by name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from batchexec.errors import ExecutorError, Problem
from batchexec.executors.apply import Apply
from batchexec.executors.executor import Attempt, Executor
from batchexec.executors.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["EXECUTORS", "Apply", "Attempt", "Executor", "Replay", "make"]


def _agent(spec: Mapping[str, object], base: Path) -> Executor:
    from batchexec.executors.agent import Agent  # noqa: PLC0415  # slow, and few batches need it

    return Agent.make(spec, base)


def _api(spec: Mapping[str, object], base: Path) -> Executor:
    from batchexec.executors.api import Api  # noqa: PLC0415  # the same

    return Api.make(spec, base)


EXECUTORS: dict[str, Callable[[Mapping[str, object], Path], Executor]] = {
    "apply": Apply.make,
    "agent": _agent,
    "api": _api,
    "replay": Replay.make,
}
"""For every kind, what makes an executor from its parameters; paths in them start at the directory."""


def make(spec: Mapping[str, object], base: Path) -> Executor:
    """Set up the executor a specification names by `kind`; the other keys are its parameters."""
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in EXECUTORS:
        near = get_close_matches(str(kind), EXECUTORS, n=1)
        known = f"the kinds are {', '.join(EXECUTORS)}"
        hint = f"did you mean {near[0]}?" if near else known
        raise ExecutorError(Problem(None, f"there is no executor of the kind {kind!r}", hint))
    return EXECUTORS[kind]({key: value for key, value in spec.items() if key != "kind"}, base)
