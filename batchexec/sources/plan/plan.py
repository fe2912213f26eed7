"""The values a plan and the documents around it are read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.errors import Problem
    from batchexec.model import Location


@dataclass(frozen=True, slots=True)
class Hours:
    """An effort in hours, from the least to the most, and as it was written."""

    low: float
    high: float
    text: str = ""


class Part(StrEnum):
    """What an achievement or a SUBPLAN says of the work, whatever its labels and headings are called."""

    OBJECTIVE = "objective"
    APPROACH = "approach"
    DELIVERABLES = "deliverables"
    SUCCESS = "success"
    TESTS = "tests"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement:
    """
    A unit of work of a plan; `id` is text like `1.2` or `3.5.1`.

    `title` is for display, `raw_title` as written with its marks. `priority` is
    a number as text. `parts` hold the texts of the labels we know, `others` the rest
    by label. `defined` tells that more than an entry of the index was found.
    """

    id: str
    title: str
    raw_title: str
    location: Location
    priority: str
    priority_name: str = ""
    effort: Hours | None = None
    dependencies: tuple[str, ...] = ()
    parts: Mapping[Part, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    defined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A PLAN document.

    `file` is the document. `directory` is where `subplans/` and `execution/` of the
    plan lie: its own directory, or that of the workspace for a flat one.
    `next_hint` is the achievement its handoff names, a hint only.
    """

    name: str
    title: str
    file: Path
    directory: Path
    flat: bool
    achievements: tuple[Achievement, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    goal: str = ""
    next_hint: str = ""
    lines: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.achievements)


class Marker(StrEnum):
    """What a feedback file says by being there."""

    APPROVED = "APPROVED"
    FIX = "FIX"
    SKIPPED = "SKIPPED"
    RESOLUTION = "RESOLUTION"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that counts as evidence for an achievement; `number` is that of an EXECUTION_TASK, else 0."""

    file: Path
    id: str
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the files around a plan say, by achievement; several files of one in the order of their names."""

    subplans: Mapping[str, tuple[Sheet, ...]] = field(default_factory=dict)
    executions: Mapping[str, tuple[Sheet, ...]] = field(default_factory=dict)
    markers: Mapping[Marker, Mapping[str, Path]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def marked(self, marker: Marker, id_: str) -> Path | None:
        return self.markers.get(marker, {}).get(id_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subplan:
    """
    A SUBPLAN as read; `parts` are the texts of its sections.

    `planned` counts the executions its table names, `unfilled` the places that
    are still to be filled, by part; "" stands for anywhere else.
    """

    file: Path
    plan: str
    id: str
    title: str
    header: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[Part, str] = field(default_factory=dict)
    planned: int = 0
    unfilled: Mapping[str, int] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionTask:
    """An EXECUTION_TASK; times in hours, dates and status as written: `status` is shown, never used."""

    file: Path
    plan: str
    id: str
    number: int
    title: str
    subplan: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    estimated: Hours | None = None
    actual_hours: float | None = None
    started: str = ""
    completed: str = ""
    status: str = ""
    unfilled: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A FIX document: what has to be changed, for the next prompt."""

    file: Path
    id: str
    summary: str = ""
    issues: str = ""
    next_steps: str = ""
