"""What a command is about, as its words and options say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from batchexec.engine.site import Site

_FOR_PRPS = ("stage", "start_prp", "prp", "retry", "confirm_gate", "assume_done")
_HOW_PRPS = ("stage_by", "force", "fresh", "merge", "timeout", "max_parallel")
"""These may stand in the file for the day a batch is chosen; on the command line nobody would heed them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What was asked for.

    `words` name tasks, None all of them. `single` leaves out what they depend
    on, `always` runs them whatever is known of them; `said` is how people
    would ask for it again.
    """

    words: tuple[str, ...] | None
    single: bool = False
    always: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The plan PRPs are to be made of, and how it is to be read."""

    path: Path
    lenient: bool
    serialise: bool


def asked(site: Site, words: Sequence[str] | None, last: Callable[[], Collection[str]]) -> Asked:
    """
    Read the words and the options that choose among tasks; `last` names the tasks of the last run.

    Raises SelectionError for what is unknown, and for options that do not go together.
    """
    if site.prps is None:
        settings = site.settings
        given = [name for name in _FOR_PRPS if getattr(settings, name) not in (None, ())]
        given += [name for name in _HOW_PRPS if settings.origins[name].startswith("--")]
        if given:
            option = f"--{given[0].replace('_', '-')}"
            raise SelectionError(Problem(None, f"{option}: this is for a batch of PRPs", "--batch names one"))
        return Asked(tuple(words) if words is not None else None)
    # Lazy for speed: most batches hold prompts.
    from batchexec.engine.prps.choosing import choose

    return choose(site.prps, words, last)
