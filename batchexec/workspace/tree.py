"""A directory seen from its root: every way to a file starts there and follows no link."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.paths import problem_with
from batchexec.workspace.durable import DIRECTORY, FILE, PERMISSIONS, sync, write_over

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SKIPPED = {".git", ".spec", ".batchexec", "node_modules", ".venv", "__pycache__"}


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Workspace:
    """
    A directory tasks may change, and nothing outside it.

    Paths are relative to `root`, with `/`. No symbolic link is followed below
    the root, and nothing is read or written inside a repository of its own.
    A root that does not exist yet is an empty one.
    """

    root: Path

    def read(self, path: str) -> bytes | None:
        """Return the content of a regular file, None where there is nothing."""
        with parent(self.root, path) as (directory, name):
            return None if directory is None else read_at(directory, name, path)

    def digest(self, path: str) -> str | None:
        data = self.read(path)
        return None if data is None else digest_of(data)

    def exists(self, path: str) -> bool:
        return self.permissions(path) is not None

    def permissions(self, path: str) -> int | None:
        """Return the permission bits of a regular file, without setuid, setgid and sticky."""
        with parent(self.root, path) as (directory, name):
            found = None if directory is None else stat_of(directory, name)
            if found is None:
                return None
            check_regular(found, path)
            return stat.S_IMODE(found.st_mode) & PERMISSIONS


def write_atomic(root: Path, path: str, data: bytes) -> None:
    """Write a file of our own (a report, a checkpoint): a reader finds the old one or the new, whole."""
    mode = Workspace(root).permissions(path)
    with parent(root, path, create=True) as (directory, name):
        assert directory is not None
        write_over(directory, name, data, mode)
        os.fsync(directory)


def files(root: Path) -> Iterator[str]:
    """Yield the regular files people keep below the root, in the order of their names."""
    for path, mode in _entries(root):
        if stat.S_ISREG(mode):
            yield path.relative_to(root).as_posix()


def links(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the symbolic links among the files people keep, and what each says."""
    for path, mode in _entries(root):
        if stat.S_ISLNK(mode):
            yield path.relative_to(root).as_posix(), str(path.readlink())


def _entries(root: Path) -> Iterator[tuple[Path, int]]:
    for here, directories, names in os.walk(root):
        nested = here != str(root) and (".git" in directories or ".git" in names)
        directories[:] = [] if nested else sorted(d for d in directories if d not in _SKIPPED)
        for name in sorted([] if nested else (*names, *directories)):
            yield Path(here, name), Path(here, name).lstat().st_mode


@contextmanager
def parent(root: Path, path: str, *, create: bool = False) -> Iterator[tuple[int | None, str]]:
    """Open the directory a path lies in, and name what it lies there as; None where it is missing."""
    parts = path.split("/")
    if "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise WorkspaceError(f"{path!r}: {problem_with(path) or 'not a path inside the repository'}")
    with opened(root, parts[:-1], path, create=create) as descriptor:
        yield descriptor, parts[-1]


@contextmanager
def opened(root: Path, parts: Sequence[str], path: str, *, create: bool = False) -> Iterator[int | None]:
    """Open a directory component by component; None where it is missing."""
    descriptor = _open_root(root, create=create)
    try:
        for depth, part in enumerate(parts, 1):
            if descriptor is None:
                break
            above, descriptor = descriptor, None
            try:
                descriptor = _enter(above, part, _Step(path, "/".join(parts[:depth])), create=create)
            finally:
                os.close(above)
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_root(root: Path, *, create: bool) -> int | None:
    if create and not root.exists():
        root.mkdir(parents=True, exist_ok=True)
        sync(root.absolute().parent, DIRECTORY)
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class _Step:
    """One directory on the way to a path, for the messages."""

    path: str
    directory: str

    def refused(self, what: str) -> WorkspaceError:
        return WorkspaceError(f"{self.path}: {self.directory} {what}")


def _enter(above: int, part: str, step: _Step, *, create: bool) -> int | None:
    if create:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=above)
    try:
        descriptor = os.open(part, DIRECTORY, dir_fd=above)
    except FileNotFoundError:
        if create:
            raise step.refused("vanished while it was written into") from None
        return None
    except OSError as error:
        if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
            raise
        found = stat_of(above, part)
        linked = found is not None and stat.S_ISLNK(found.st_mode)
        raise step.refused("is a symbolic link" if linked else "is not a directory") from None
    if stat_of(descriptor, ".git") is not None:
        os.close(descriptor)
        raise step.refused("is a repository of its own")
    return descriptor


def stat_of(directory: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def read_at(directory: int, name: str, path: str) -> bytes | None:
    found = stat_of(directory, name)
    if found is None:
        return None
    check_regular(found, path)
    try:
        descriptor = os.open(name, FILE, dir_fd=directory)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        check_regular(os.fstat(descriptor), path)
        return file.read()


def check_regular(found: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        kinds = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a directory"))
        kind = next((text for test, text in kinds if test(found.st_mode)), "not a regular file")
        raise WorkspaceError(f"{path}: is {kind}")


def check_case(root: Path, path: str) -> None:
    """Refuse a name that differs from one on disk only in case: elsewhere the two are one file."""
    parts = path.split("/")
    for depth, part in enumerate(parts):
        with opened(root, parts[:depth], path) as descriptor:
            if descriptor is None:
                return
            if stat_of(descriptor, part) is not None:
                continue
            names = os.listdir(descriptor)  # noqa: PTH208  # a descriptor is no path
        twin = _twin(names, part)
        if twin is not None:
            there = "/".join([*parts[:depth], twin])
            message = f"{path}: differs from {there} only in case"
            raise WorkspaceError(Problem(None, message, f"write {there}"))
        if part not in names:
            return
        # It appeared between the two looks: another task brought the same directory.


def _twin(names: Sequence[str], name: str) -> str | None:
    wanted = name.casefold()
    # Folded all at once: there may be thousands, and hardly ever one of them.
    if f"/{wanted}/" not in f"/{'/'.join(names)}/".casefold():
        return None
    return next((one for one in names if one != name and one.casefold() == wanted), None)
