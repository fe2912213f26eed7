"""The values a parallel.json is read into, whichever dialect it is written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.parallel.source import Source
    from batchexec.sources.plan import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    Something about a parallel.json, or about it and its PLAN.

    `pointer` is the JSON pointer of the value as the file has it, "" for the whole
    file; `line` and `column` count from 1 and are 0 where there is no place.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    file: str
    line: int = 0
    column: int = 0
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.severity} {self.code} {self.pointer}: {self.message}"

    def as_json(self) -> dict[str, str | int]:
        return {
            "severity": self.severity.value,
            "code": self.code,
            "pointer": self.pointer,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """
    An achievement of a graph, or one of the executions it is split into.

    `dependencies` are those of the file in its order, each once, with the edges
    that only its cross-priority list has. `priority` is a number as text, "" if
    it is not said. `blocks` and `beside` (what may run at the same time) are None
    where the file does not say them. `status` is what the file remembers: it is shown
    and never trusted.
    """

    id: str
    title: str = ""
    dependencies: tuple[str, ...] = ()
    hours: Hours | None = None
    actual_hours: Hours | None = None
    priority: str = ""
    status: str = ""
    subs: tuple[Work, ...] = ()
    blocks: tuple[str, ...] | None = field(default=None, compare=False)
    beside: tuple[str, ...] | None = field(default=None, compare=False)
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """
    What a parallel.json says, as far as it can be used.

    Of a file with errors it holds the rest. Each id is there once; `external` are
    ids that may be depended upon and are not scheduled here.
    """

    plan_name: str
    level: str
    achievements: tuple[Work, ...] = ()
    external: tuple[str, ...] = ()
    created: str = ""
    notes: str = ""
    path: Path = field(compare=False)
    dialect: str = field(default="A", compare=False)
    source: Source = field(compare=False, repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.achievements)

    @property
    def dependencies(self) -> Mapping[str, tuple[str, ...]]:
        return {one.id: one.dependencies for one in self.achievements}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """
    A file that was read and checked: what it says, and everything there is to say about that.

    `value` is the JSON as written, unknown keys included, and `normalised` the
    same in the words of the schema; both are None if it is no JSON. `model` is None
    unless the JSON is an object. Before anything is built on a model, see that it is `valid`.
    """

    path: Path
    findings: tuple[Finding, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    model: Parallel | None = None
    value: object = field(default=None, repr=False)
    normalised: object = field(default=None, repr=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)

    @property
    def valid(self) -> bool:
        return not self.errors
