"""What a reader hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchexec.errors import Problem
    from batchexec.model import Task


@dataclass(frozen=True, slots=True)
class Reading:
    """The tasks in document order, and all there is to say about the documents."""

    tasks: tuple[Task, ...]
    problems: tuple[Problem, ...] = ()
