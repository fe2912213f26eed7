"""Writes and takes away single files, each only while the tree there is what the writer believes it to be."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from batchexec.errors import WorkspaceError
from batchexec.workspace.durable import PERMISSIONS, sync_directory
from batchexec.workspace.tree import check_regular, digest_of, opened, parent, read_at, stat_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o644
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def create_new(root: Path, path: str, data: bytes) -> bool:
    """Create a file, whole and durably; False where something is there by then, which stays as it is."""
    made = missing_directories(root, path)
    with parent(root, path, create=True) as (directory, name):
        assert directory is not None
        if stat_of(directory, name) is not None:
            return False
        with _temporary(directory, name, data, None) as temporary:
            if not _linked(directory, temporary, name, data):
                return False
        sync_directory(directory)
    for above in made:
        with opened(root, above.split("/")[:-1], path) as descriptor:
            if descriptor is not None:
                sync_directory(descriptor)
    return True


def replace(root: Path, path: str, data: bytes, expected: str) -> bool:
    """Write over a file that has the content of this digest; False where it has another, or is not there."""
    with parent(root, path) as (directory, name):
        found = None if directory is None else stat_of(directory, name)
        if directory is None or found is None:
            return False
        check_regular(found, path)
        with _temporary(directory, name, data, stat.S_IMODE(found.st_mode) & PERMISSIONS) as temporary:
            if not _is(directory, name, path, expected):
                return False
            os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        sync_directory(directory)
    return True


def remove(root: Path, path: str, expected: str) -> bool:
    """Take away a file that has the content of this digest; False where it has another, or is not there."""
    with parent(root, path) as (directory, name):
        if directory is None or not _is(directory, name, path, expected):
            return False
        os.unlink(name, dir_fd=directory)
        sync_directory(directory)
    return True


def missing_directories(root: Path, path: str) -> list[str]:
    """Name the directories above a path that are not there, the deepest first."""
    parts = path.split("/")[:-1]
    missing = []
    for depth in range(len(parts), 0, -1):
        with opened(root, parts[:depth], path) as descriptor:
            if descriptor is not None:
                break
        missing.append("/".join(parts[:depth]))
    return missing


def remove_empty(root: Path, directories: Iterable[str]) -> None:
    """Take directories away, the deepest first; one that holds anything stays."""
    for path in sorted(directories, key=lambda path: -path.count("/")):
        with suppress(OSError, WorkspaceError), parent(root, path) as (above, name):
            if above is not None:
                os.rmdir(name, dir_fd=above)
                sync_directory(above)


def discard_temporary(root: Path, path: str, process: int) -> None:
    """Take away what a process that was killed may have left beside a file it was about to write."""
    with suppress(OSError, WorkspaceError), parent(root, path) as (directory, name):
        if directory is not None:
            os.unlink(_named(name, process), dir_fd=directory)


@contextmanager
def _temporary(directory: int, name: str, data: bytes, mode: int | None) -> Iterator[str]:
    temporary = _named(name, os.getpid())
    with suppress(FileNotFoundError):  # left by a process that was killed and had this number
        os.unlink(temporary, dir_fd=directory)
    try:
        _fill(directory, temporary, data, mode)
        yield temporary
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)


def _fill(directory: int, name: str, data: bytes, mode: int | None) -> None:
    with os.fdopen(os.open(name, _NEW, _MODE, dir_fd=directory), "wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _linked(directory: int, temporary: str, name: str, data: bytes) -> bool:
    try:
        os.link(temporary, name, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _filled_in_place(directory, name, data)
    return True


def _filled_in_place(directory: int, name: str, data: bytes) -> bool:
    """Create a file where there are no links: none is replaced, but a kill may cut the new one short."""
    try:
        _fill(directory, name, data, None)
    except FileExistsError:
        return False
    except OSError:
        os.unlink(name, dir_fd=directory)
        raise
    return True


def _is(directory: int, name: str, path: str, expected: str) -> bool:
    data = read_at(directory, name, path)
    return data is not None and digest_of(data) == expected


def _named(name: str, process: int) -> str:
    """Name the file beside a target; a component may have 255 bytes, and the target's may be used up."""
    return f".{name.encode()[:230].decode(errors='ignore')}.{process}.bxtmp"
