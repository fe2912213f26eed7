"""Paths as people and the journal write them, and what is said of one that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import BatchError, Problem, WorkspaceError

if TYPE_CHECKING:
    from batchexec.plans import Loaded


def inside(root: Path, path: Path) -> str:
    """Name a path from the root of the tree. Raises WorkspaceError where it lies outside."""
    place = Path(os.path.abspath(path))  # noqa: PTH100  # Path.absolute() keeps `..`
    if not place.is_relative_to(root):
        # The way to the workspace may lead over links; below it none is followed.
        place = place.parent.resolve() / place.name
    if not place.is_relative_to(root):
        raise WorkspaceError(Problem(None, f"{path} is not inside {root}", "name the workspace it lies in"))
    return place.relative_to(root).as_posix()


def shown(path: Path, loaded: Loaded) -> str:
    """Write a path from the workspace, as people know it."""
    return (
        path.relative_to(loaded.workspace).as_posix() if path.is_relative_to(loaded.workspace) else str(path)
    )


def why(error: BatchError | OSError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "; ".join(
        f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        for problem in error.problems
    )
