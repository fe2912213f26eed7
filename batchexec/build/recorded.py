"""Answers that were paid for: put to use again where they fit, and kept when they are new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.answers import Answer
from batchexec.errors import WorkspaceError
from batchexec.model import Outcome, Status, Usage
from batchexec.places.changing import put

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchexec.answers import Answers
    from batchexec.model import Edit


@dataclass(slots=True)
class Recorded:
    """
    The answer store as one attempt sees it.

    `key` stands for all the answer depends on; `ask` says that it is wanted
    anew, `used` is set where it was not, and `edits` are those of the answer then.
    """

    answers: Answers
    key: str
    task: str
    run: str
    number: int
    executor: str
    ask: bool = False
    used: bool = False
    edits: tuple[Edit, ...] = ()


def replayed(recorded: Recorded, root: Path) -> Outcome | None:
    """Do again what a recorded answer did; None where there is none, or the files are others now."""
    answer = None if recorded.ask else recorded.answers.get(recorded.key)
    if answer is None:
        return None
    try:
        put(root, answer.edits)
    except WorkspaceError:
        return None
    recorded.used, recorded.edits = True, answer.edits
    recorded.answers.use_again(answer, recorded.run)
    note = f"its answer of {answer.run} was used again; nothing was paid"
    return Outcome(status=Status.PASSED, notes=(note,), usage=Usage(cost_usd=0.0))


def record(recorded: Recorded, edits: Sequence[Edit], outcome: Outcome) -> None:
    """Keep an answer, durably, before anything is made of it."""
    recorded.used = False
    recorded.answers.put(
        Answer(
            key=recorded.key,
            task=recorded.task,
            run=recorded.run,
            number=recorded.number,
            executor=recorded.executor,
            edits=tuple(edits),
            usage=outcome.usage,
            said=outcome.summary,
        )
    )
