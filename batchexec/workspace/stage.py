"""What an attempt wants to write, kept beside the tree until it is published."""

from __future__ import annotations

import itertools
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.model import Change, Operation
from batchexec.paths import problem_with
from batchexec.wording import several
from batchexec.workspace.durable import DIRECTORY, FILE, sync, sync_directory, write_new
from batchexec.workspace.tree import check_case, digest_of
from batchexec.workspace.turns import few_at_a_time

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from pathlib import Path

    from batchexec.model import Edit
    from batchexec.workspace.tree import Workspace


_NEW = 0o644
_READ = 0o444
_EXECUTE = 0o111


@dataclass(frozen=True, slots=True)
class _Staged:
    name: str
    digest: str
    mode: int | None
    part: bool
    backup: bool


class Stage:
    """
    What one attempt wants to write, kept beside the tree until it is published.

    A file counts as seen when it is first read or written here: that is the
    content a change is based on, and publishing refuses any other.
    """

    def __init__(self, workspace: Workspace, directory: Path) -> None:
        self.workspace = workspace
        self.directory = directory
        self._seen: dict[str, str | None] = {}
        self._staged: dict[str, _Staged] = {}
        self._moves: dict[str, tuple[str, str]] = {}  # new name: old name, digest
        self._deleted: dict[str, str] = {}  # path: digest
        self._numbers = itertools.count(1)

    def read(self, path: str) -> bytes | None:
        """Return what is at the path as the attempt has it so far."""
        if path in self._staged:
            return (self.directory / self._staged[path].name).read_bytes()
        if path in self._moves:
            path = self._moves[path][0]
        elif path in self._sources() or path in self._deleted:
            return None
        data = self.workspace.read(path)
        self._seen.setdefault(path, None if data is None else digest_of(data))
        return data

    def write(self, path: str, data: bytes, *, part: bool = False, mode: int | None = None) -> None:
        """Stage a file; `part` says that the rest of it is somebody else's."""
        self._write(path, data, part=part, mode=mode, backup=False)

    def backup(self, path: str, copy: str) -> str:
        """Stage a copy of what is at the path, never over another copy, and name it."""
        data = self.read(path)
        if data is None:
            raise WorkspaceError(f"{path}: there is nothing to copy")
        free = (copy if n == 1 else f"{copy}.{n}" for n in itertools.count(1))
        name = next(name for name in free if self.read(name) in (None, data))
        self._write(name, data, part=False, mode=self.workspace.permissions(path), backup=True)
        return name

    def move(self, old: str, new: str) -> None:
        """Stage a new name for a file of the tree; the new name must be free."""
        self._allow(new)
        data = self.read(old)
        if data is None:
            raise WorkspaceError(f"{old}: there is no such file to rename")
        if old in self._staged or old in self._moves:
            raise WorkspaceError(f"{old}: a file the same task writes cannot be renamed")
        if self.read(new) is not None:
            raise WorkspaceError(Problem(None, f"{new}: exists already", f"{old} was not renamed"))
        self._moves[new] = (old, digest_of(data))

    def delete(self, path: str) -> None:
        """Stage that a file of the tree goes away; nothing happens where there is none."""
        self._allow(path)
        if path in self._moves or path in self._sources():
            raise WorkspaceError(f"{path}: the same task renames it")
        self._unstage(path)
        if path not in self._seen:
            self._seen[path] = self.workspace.digest(path)
        digest = self._seen[path]
        if digest is not None:
            self._deleted[path] = digest

    @few_at_a_time
    def seal(self) -> tuple[Change, ...]:
        """Make the stage durable and return its receipt."""
        if self._staged:
            for entry in self._staged.values():
                sync(self.directory / entry.name, FILE)
            _sync_up(self.directory)
        gone = (_gone(path, digest) for path, digest in self._deleted.items())
        return (*map(self._renamed, self._moves), *map(self._changed, self._staged), *gone)

    @few_at_a_time
    def _write(self, path: str, data: bytes, *, part: bool, mode: int | None, backup: bool) -> None:
        self._allow(path)
        if path in self._moves or path in self._sources():
            raise WorkspaceError(f"{path}: the same task renames it")
        if path not in self._seen:
            self._seen[path] = self.workspace.digest(path)
        earlier = self._unstage(path)
        digest = digest_of(data)
        if digest == self._seen[path]:
            return
        if mode is None and self._seen[path] is not None:
            mode = self.workspace.permissions(path)
        name = f"{next(self._numbers):04d}"
        self.directory.mkdir(parents=True, exist_ok=True)
        write_new(self.directory / name, data, mode)
        self._staged[path] = _Staged(name, digest, mode, part and (not earlier or earlier.part), backup)

    def _unstage(self, path: str) -> _Staged | None:
        """Take back what was staged for a path before."""
        self._deleted.pop(path, None)
        earlier = self._staged.pop(path, None)
        if earlier:
            (self.directory / earlier.name).unlink()
        return earlier

    def _allow(self, path: str) -> None:
        problem = problem_with(path)
        if problem is not None:
            raise WorkspaceError(f"{path!r}: {problem}")
        check_case(self.workspace.root, path)

    def _sources(self) -> set[str]:
        return {old for old, _ in self._moves.values()}

    def _changed(self, path: str) -> Change:
        entry = self._staged[path]
        before = self._seen[path]
        return Change(
            operation=Operation.CREATE if before is None else Operation.MODIFY,
            path=path,
            before=before,
            after=entry.digest,
            staged=entry.name,
            mode=entry.mode,
            part=entry.part,
            backup=entry.backup,
        )

    def _renamed(self, new: str) -> Change:
        old, digest = self._moves[new]
        return Change(operation=Operation.RENAME, path=new, before=None, after=digest, source=old)


def stage_edits(
    workspace: Workspace, directory: Path, edits: Iterable[Edit], whole: Container[str] = ()
) -> tuple[Change, ...]:
    """
    Stage files that were changed somewhere else; durable when it returns.

    Unlike with a `Stage`, what they are based on was seen there, and not here.
    Of a file that was there before, only what is different is the attempt's,
    unless it is `whole`. Raises WorkspaceError for a path that may not be written.
    """
    edits = tuple(edits)
    _allow_all([edit.path for edit in edits])
    changes = []
    for number, edit in enumerate(edits, start=1):
        check_case(workspace.root, edit.path)
        part = edit.before is not None and edit.path not in whole
        changes.append(_stage_edit(workspace, directory / f"e{number:04d}", edit, part=part))
    if any(change.staged for change in changes):
        _sync_up(directory)
    return tuple(changes)


def _allow_all(paths: Sequence[str]) -> None:
    """Refuse what may not be written, all of it in one message: who mends it should not meet one by one."""
    wrong = [f"{path!r}: {problem}" for path in paths if (problem := problem_with(path)) is not None]
    if wrong:
        raise WorkspaceError(several(wrong))


def _stage_edit(workspace: Workspace, staged: Path, edit: Edit, *, part: bool) -> Change:
    before = None if edit.before is None else digest_of(edit.before)
    if edit.after is None:
        assert before
        return _gone(edit.path, before)
    mode = _permissions(workspace.permissions(edit.path), edit.mode)
    staged.parent.mkdir(parents=True, exist_ok=True)
    staged.unlink(missing_ok=True)
    write_new(staged, edit.after, mode)
    sync(staged, FILE)
    return Change(
        operation=Operation.CREATE if before is None else Operation.MODIFY,
        path=edit.path,
        before=before,
        after=digest_of(edit.after),
        staged=staged.name,
        mode=mode,
        part=part,
    )


def _permissions(there: int | None, wanted: int | None) -> int | None:
    """Let whoever may read a file execute it, or nobody; the rest of its bits is the user's business."""
    if wanted is None:
        return there
    plain = (_NEW if there is None else there) & ~_EXECUTE
    return plain | ((plain & _READ) >> 2 if wanted & _EXECUTE else 0)


def _gone(path: str, digest: str) -> Change:
    return Change(operation=Operation.DELETE, path=path, before=digest, after=None)


def _sync_up(directory: Path) -> None:
    """Sync a stage and the directories the engine made for it, the ones it may have made included."""
    for path in (directory, directory.parent, directory.parent.parent):
        descriptor = os.open(path, DIRECTORY)
        try:
            sync_directory(descriptor)
        finally:
            os.close(descriptor)


@few_at_a_time
def discard(directory: Path) -> None:
    """Take a stage away; once it is published, nothing is in it."""
    try:
        directory.rmdir()
    except FileNotFoundError:
        return
    except OSError:
        shutil.rmtree(directory, ignore_errors=True)
