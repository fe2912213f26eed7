"""Where plans lie: the workspace, directories of one plan, and directories that several share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import BatchError, Problem
from batchexec.sources.plan import names
from batchexec.sources.plan.heads import read_head
from batchexec.sources.plan.listing import entries, is_dir, is_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORK_SPACE = "work-space"
_FOLDERS = frozenset({"subplans", "execution"})


@dataclass(frozen=True, slots=True)
class Place:
    """
    A plan as it lies in the workspace.

    `file` is None where the directory of a plan holds no PLAN, or several of
    which none has its name: those are `rivals`.
    """

    name: str
    directory: Path
    file: Path | None
    rivals: tuple[Path, ...] = ()


def find_workspace(start: Path, given: Path | None = None) -> Path:
    """Find the directory that holds `work-space/`: the one given, else the nearest from `start` upwards."""
    if given is not None:
        return _given(given)
    here = Path(os.path.abspath(start))  # noqa: PTH100  # Path.absolute() keeps `..`
    for directory in (here, *here.parents):
        if (directory / WORK_SPACE).is_dir():
            return directory
    message = f"there is no directory {WORK_SPACE}/ in {here} or above it"
    raise BatchError(Problem(None, message, "go to a project that has one, or name it with --workspace"))


def places(workspace: Path) -> list[Place]:
    """List all plans of a workspace in the order of their directories and names."""
    return sorted(_below(workspace / WORK_SPACE / "plans", is_top=True), key=_order)


def plan_files(workspace: Path) -> list[Path]:
    """List every PLAN file of a workspace: nested, grouped and flat."""
    return [place.file for place in places(workspace) if place.file]


def place_of(directory: Path) -> Place | None:
    """Say which plan a directory is that of; None if it is not that of one plan."""
    listed = _entries(directory)
    return _nested(directory, listed) if _is_nested(directory, listed) else None


def is_flat(file: Path, workspace: Path) -> bool:
    """Say whether a PLAN shares its directory with other plans, so that its files lie in the workspace's."""
    here = os.path.realpath(file.parent)
    root = os.path.realpath(workspace / WORK_SPACE)
    if here in {root, f"{root}/plans"}:
        return True
    directory = Path(os.path.abspath(file.parent))  # noqa: PTH100  # `.` has no name
    return here.startswith(f"{root}/") and not _is_nested(directory, _entries(directory))


def _given(given: Path) -> Path:
    directory = Path(os.path.abspath(given))  # noqa: PTH100  # Path.absolute() keeps `..`
    if (directory / WORK_SPACE).is_dir():
        return directory
    if directory.name == WORK_SPACE and directory.is_dir():
        return directory.parent
    message = f"{given} holds no directory {WORK_SPACE}/"
    raise BatchError(Problem(None, message, "give the directory that does"))


def _below(directory: Path, *, is_top: bool = False) -> Iterator[Place]:
    waiting = [(directory, is_top)]
    while waiting:
        directory, is_top = waiting.pop()
        listed = _entries(directory)
        if not is_top and _is_nested(directory, listed):
            yield _nested(directory, listed)
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), False))
            elif names.is_plan_file(entry.name) and is_file(entry) and _has_title(entry):
                yield Place(names.plan_name_of(entry.name), directory, Path(entry.path))


def _is_nested(directory: Path, listed: Sequence[os.DirEntry[str]]) -> bool:
    own = f"PLAN_{directory.name}.md"
    return any(
        is_dir(entry)
        if entry.name in _FOLDERS
        else (entry.name == own or entry.name in names.PARALLEL_FILES) and is_file(entry)
        for entry in listed
    )


def _nested(directory: Path, listed: Sequence[os.DirEntry[str]]) -> Place:
    found = [Path(entry.path) for entry in listed if names.is_plan_file(entry.name) and is_file(entry)]
    own = [file for file in found if file.name == f"PLAN_{directory.name}.md"]
    if own or len(found) == 1:
        file = (own or found)[0]
        return Place(names.plan_name_of(file.name), directory, file)
    return Place(directory.name, directory, None, tuple(found))


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        return [entry for entry in entries(directory) if entry.name[0] != "."]
    except OSError:
        return []


def _has_title(entry: os.DirEntry[str]) -> bool:
    return read_head(entry.path).is_plan


def _order(place: Place) -> tuple[str, str]:
    return str(place.directory), place.name
