"""Moves what a stage holds into the tree, and completes what a killed process began."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceConflict, WorkspaceError
from batchexec.model import Change, Operation
from batchexec.workspace.durable import PERMISSIONS, sync_directory, write_over
from batchexec.workspace.tree import digest_of, opened, parent
from batchexec.workspace.turns import few_at_a_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchexec.workspace.tree import Workspace

_AGAIN = "nothing was written; run the task again"


@few_at_a_time
def publish(workspace: Workspace, directory: Path, changes: Sequence[Change]) -> None:
    """
    Put what a stage holds into the tree: all of it, or nothing where a file is not what it was.

    Every target is looked at before the first is touched. Killed at any point,
    the same call made again completes the job: a target that already has its
    new content is done.
    """
    todo = _unfinished(workspace, directory, changes)
    for change in todo:
        match change.operation:
            case Operation.RENAME:
                _rename(workspace.root, change)
            case Operation.DELETE:
                _delete(workspace.root, change)
            case _:
                _place(workspace.root, directory, change)
    for path in _touched(changes):
        with opened(workspace.root, path, "/".join(path)) as descriptor:
            if descriptor is not None:
                sync_directory(descriptor)


def _unfinished(workspace: Workspace, directory: Path, changes: Sequence[Change]) -> list[Change]:
    found = [(change, workspace.digest(change.path)) for change in changes]
    todo = [(change, now) for change, now in found if not _done(workspace, change, now)]
    conflicts = [problem for change, now in todo if (problem := _conflict(workspace, change, now))]
    if conflicts:
        raise WorkspaceConflict(*conflicts)
    for change, _ in todo:
        if change.staged is not None and _staged_digest(directory / change.staged) != change.after:
            raise WorkspaceError(Problem(None, f"{change.path}: its staged content is lost", _AGAIN))
    return [change for change, _ in todo]


def _done(workspace: Workspace, change: Change, now: str | None) -> bool:
    if now != change.after:
        return False
    if change.mode is not None and workspace.permissions(change.path) != change.mode & PERMISSIONS:
        return False
    return change.source is None or not workspace.exists(change.source)


def _conflict(workspace: Workspace, change: Change, now: str | None) -> Problem | None:
    if now != change.before:
        happened = "appeared" if change.before is None else "changed"
        return Problem(None, f"{change.path} {happened} while the task ran", _AGAIN)
    if change.source is not None and workspace.digest(change.source) != change.after:
        return Problem(None, f"{change.source} changed while the task ran", _AGAIN)
    return None


def _staged_digest(path: Path) -> str | None:
    try:
        return digest_of(path.read_bytes())
    except FileNotFoundError:
        return None


def _rename(root: Path, change: Change) -> None:
    assert change.source is not None
    with (
        parent(root, change.source) as (source, old),
        parent(root, change.path, create=True) as (target, new),
    ):
        if source is None:
            raise WorkspaceConflict(Problem(None, f"{change.source} vanished while the task ran", _AGAIN))
        os.rename(old, new, src_dir_fd=source, dst_dir_fd=target)


def _delete(root: Path, change: Change) -> None:
    with parent(root, change.path) as (directory, name):
        if directory is not None:
            os.unlink(name, dir_fd=directory)
    _delete_empty(root, change.path.split("/")[:-1])


def _delete_empty(root: Path, above: Sequence[str]) -> None:
    """Take away the directories that held nothing but a deleted file, as git does."""
    for depth in range(len(above), 0, -1):
        path = "/".join(above[:depth])
        with parent(root, path) as (directory, name):
            if directory is None:
                return
            try:
                os.rmdir(name, dir_fd=directory)
            except OSError:
                return


def _place(root: Path, directory: Path, change: Change) -> None:
    assert change.staged is not None
    staged = directory / change.staged
    with parent(root, change.path, create=True) as (target, name):
        assert target is not None
        try:
            _move(staged, target, name)
        except OSError as error:
            # Of the two names of a rename it is the target that people know, and can do something about.
            raise OSError(error.errno, error.strerror, change.path) from error


def _move(staged: Path, directory: int, name: str) -> None:
    try:
        os.rename(staged, name, dst_dir_fd=directory)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_over(directory, name, staged.read_bytes(), stat.S_IMODE(staged.stat().st_mode))


def _touched(changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """
    Name the directories whose entries changed, deepest first.

    A new file may have brought any of the directories above it, in this call
    or in one that was killed before it could sync them.
    """
    found = set()
    for change in changes:
        above = tuple(change.path.split("/"))[:-1]
        found.add(above)
        if change.operation is not Operation.MODIFY:
            found.update(above[:depth] for depth in range(len(above)))
        if change.source is not None:
            found.add(tuple(change.source.split("/"))[:-1])
    return sorted(found, key=lambda parts: (-len(parts), parts))
