"""What can go wrong, seen from the side of the person who has to act.

    BatchError
    ├── SourceError       a prompt, a tasks.md or another document says something unusable
    ├── GraphError        the tasks do not fit together: unknown names, cycles, two writers
    ├── SettingsError     batchexec.yaml, an environment variable or an option
    ├── SelectionError    a task, group or category that does not exist, or nothing left to run
    ├── ExecutorError     an executor that cannot be set up
    ├── GitError          a repository that cannot be used as it is
    ├── WorkspaceError    a path that may not be written
    │   └── WorkspaceConflict   a file is not what the attempt started from
    └── StateError        .batchexec/ cannot be used
        └── StateLost     the run database went away while it was in use

A task that came out badly is a value (`model.Outcome`), never one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchexec.model import Location


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing to mend: where it stands, what is wrong, and what would be right.

    `code` is what programs may call this kind of problem; messages are for people.
    """

    location: Location | None
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    code: str = field(default="", compare=False)

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        what = f"{self.message}; {self.hint}" if self.hint else self.message
        return f"{where}{self.severity}: {what}"


class BatchError(Exception):
    """Something the user must change; carries every problem found, not only the first."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(None, p) for p in problems)
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> BatchError:
        """Make one error of many problems, in the order of the places they name."""
        return cls(*sorted(problems, key=_place))


def _place(problem: Problem) -> tuple[str, int]:
    return (problem.location.file, problem.location.line) if problem.location else ("", 0)


class SourceError(BatchError):
    pass


class GraphError(BatchError):
    pass


class SettingsError(BatchError):
    pass


class SelectionError(BatchError):
    pass


class ExecutorError(BatchError):
    pass


class GitError(BatchError):
    pass


class WorkspaceError(BatchError):
    pass


class WorkspaceConflict(WorkspaceError):  # noqa: N818  # an event, not a mistake
    pass


class StateError(BatchError):
    pass


class StateLost(StateError):  # noqa: N818  # an event, not a mistake
    pass
