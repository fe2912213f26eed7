"""Writes files so that a crash leaves the old one or the new, whole."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK the opening of a FIFO would wait for somebody to write into it.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
PERMISSIONS = 0o777
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o644


def write_new(path: Path, data: bytes, mode: int | None) -> None:
    with os.fdopen(os.open(path, _NEW, _MODE), "wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode & PERMISSIONS)
        file.write(data)


def write_over(directory: int, name: str, data: bytes, mode: int | None) -> None:
    temporary = _temporary(name)
    with suppress(FileNotFoundError):  # left by a process that was killed
        os.unlink(temporary, dir_fd=directory)
    try:
        with os.fdopen(os.open(temporary, _NEW, _MODE, dir_fd=directory), "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode & PERMISSIONS)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)
        raise


def _temporary(name: str) -> str:
    """Name the file beside a target; a component may have 255 bytes, and the target's may be used up."""
    return f".{name.encode()[:240].decode(errors='ignore')}.bxtmp"


def sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Syncs:
    """The syncs of one directory that anybody waits for, counted as they begin and as they end well."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    begun: int = 0
    ended: int = 0
    waiting: int = 0


_syncs: dict[tuple[int, int], _Syncs] = {}
_counting = threading.Lock()


def sync_directory(descriptor: int) -> None:
    """
    Make the entries of a directory durable.

    Of many who ask at a time not each needs a sync of its own: one that begins
    after they asked does for all of them. One that fails does for nobody else.
    """
    found = os.fstat(descriptor)
    key = (found.st_dev, found.st_ino)
    with _counting:
        syncs = _syncs.setdefault(key, _Syncs())
        syncs.waiting += 1
        wanted = syncs.begun + 1
    try:
        with syncs.turn:
            if syncs.ended < wanted:
                syncs.begun += 1
                os.fsync(descriptor)
                syncs.ended = syncs.begun
    finally:
        with _counting:
            syncs.waiting -= 1
            if not syncs.waiting:
                del _syncs[key]
