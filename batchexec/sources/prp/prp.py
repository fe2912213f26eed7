"""The values a PRP file is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.errors import Problem
    from batchexec.model import Gate, Location
    from batchexec.sources.prp.dependencies import Edge
    from batchexec.sources.prp.effort import Hours


class Action(StrEnum):
    """What becomes of a file, as far as the PRP says it."""

    CREATE = "create"
    DELETE = "delete"
    MODIFY = "modify"
    UNSAID = ""


@dataclass(frozen=True, slots=True)
class DeclaredFile:
    """A file the PRP says it touches, and the step that creates it, where it is one."""

    path: str
    action: Action
    location: Location
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; steps are counted over the whole PRP."""

    number: int
    title: str
    text: str
    location: Location

    @property
    def line(self) -> int:
        return self.location.line


@dataclass(frozen=True, slots=True)
class Phase:
    """`number` is as written (`2.5`, `3b`); `gates` are the numbers of those that stand in the phase."""

    number: str
    title: str
    steps: tuple[Step, ...]
    location: Location
    gates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prp:
    """
    One unit of work as its file declares it.

    `batch` and `stage_of_id` are None where the id has not three parts.
    `header` holds what the header says, all of it text; what of it means
    something stands in the other fields, None or empty where it is not said.
    `missing` names what a PRP had better say and this one does not.
    """

    id: str
    title: str
    path: str
    location: Location
    text: str
    batch: int | None = None
    stage_of_id: int | None = None
    number: int | None = None
    header: Mapping[str, object] = field(default_factory=dict)
    status: str = ""
    stage_hint: int | None = None
    order: int | None = None
    execution_order: int | None = None
    merge_order: int | None = None
    dependencies: tuple[Edge, ...] = ()
    requirements: tuple[str, ...] = ()
    effort: Hours | None = None
    complexity: str = ""
    files: tuple[DeclaredFile, ...] = ()
    phases: tuple[Phase, ...] = ()
    gates: tuple[Gate, ...] = ()
    branch_name: str = ""
    worktree_path: str = ""
    conflict_potential: str = ""
    missing: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for phase in self.phases for step in phase.steps)
