"""The values a batch plan is read into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchexec.errors import Problem
    from batchexec.model import Location
    from batchexec.sources.prp import Edge
    from batchexec.sources.prp.effort import Hours
    from batchexec.sources.prp.paths import Listed


@dataclass(frozen=True, slots=True)
class Before:
    """The number of a phase that has to come first; a soft one only puts the two in order."""

    number: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A step or a gate: its first line without the marker, and the lines below it, unindented."""

    text: str
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPhase:
    """
    A phase as the plan has it, to become a PRP.

    `number` has no leading zeros and its letter is a small one, so it is
    unique in the plan. `hours_text` is what `hours` was read from. `prps` and
    `requirements` are what it depends on besides phases.
    """

    number: str
    title: str
    location: Location
    goal: str
    hours: Hours | None = None
    hours_text: str = ""
    complexity: str = ""
    files: tuple[Listed, ...] = ()
    before: tuple[Before, ...] = ()
    prps: tuple[Edge, ...] = ()
    requirements: tuple[str, ...] = ()
    steps: tuple[Item, ...] = ()
    gates: tuple[Item, ...] = ()
    conflict_notes: str = ""

    @property
    def name(self) -> str:
        return f"Phase {self.number}"


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The phases in the order they stand; what is wrong with the plan are warnings, or it would be none."""

    path: str
    phases: tuple[PlanPhase, ...]
    problems: tuple[Problem, ...] = ()
