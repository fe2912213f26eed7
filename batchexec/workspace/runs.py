"""Writes what a run leaves behind as one directory, which appears whole, and points `latest` at it."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.workspace.durable import DIRECTORY, FILE, sync
from batchexec.workspace.tree import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LATEST = "latest"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def publish_run(root: Path, parent: str, now_utc: float, make: Callable[[str], Mapping[str, bytes]]) -> str:
    """
    Write the files that `make` gives for a run's name into a new directory below `parent`; returns the name.

    The name is the local time; one that is taken gets `_2`, `_3` and so on. A
    reader finds all files or no directory. `latest` beside it is a symbolic
    link to it from then on. Raises WorkspaceError where that cannot be done, OSError for a full disk.
    """
    try:
        return _publish(root, parent, now_utc, make)
    except OSError as error:
        if error.errno in _FULL:
            raise
        message = f"{root / parent}: {error.strerror}"
        raise WorkspaceError(Problem(None, message, "nothing was written")) from error


def _publish(root: Path, parent: str, now_utc: float, make: Callable[[str], Mapping[str, bytes]]) -> str:
    with opened(root, parent.split("/"), parent, create=True) as descriptor:
        assert descriptor is not None
        place = root / parent
        _check_latest(place)
        temporary = place / f".{os.getpid()}.bxtmp"
        try:
            name = _place(place, temporary, now_utc, make)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            with suppress(OSError):  # goes only as far as nothing is in it
                place.rmdir()
                place.parent.rmdir()
            raise
        os.fsync(descriptor)
        _point(place, name)
        os.fsync(descriptor)
    return name


def _place(place: Path, temporary: Path, now_utc: float, make: Callable[[str], Mapping[str, bytes]]) -> str:
    stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(now_utc))
    for number in itertools.count(1):
        name = stamp if number == 1 else f"{stamp}_{number}"
        if os.path.lexists(place / name):
            continue
        shutil.rmtree(temporary, ignore_errors=True)  # left by a process that was killed
        _fill(temporary, make(name))
        try:
            # A directory that is not empty is never replaced: another process may have been faster.
            temporary.rename(place / name)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        else:
            return name
    raise AssertionError


def _check_latest(place: Path) -> None:
    latest = place / LATEST
    if latest.exists() and not latest.is_symlink():
        raise WorkspaceError(
            Problem(None, f"{latest} is no symbolic link", "move it away: it is to point to the newest run")
        )


def _fill(directory: Path, files: Mapping[str, bytes]) -> None:
    directory.mkdir()
    for path, data in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        sync(file, FILE)
    for here, _, _ in os.walk(directory):
        sync(Path(here), DIRECTORY)


def _point(place: Path, name: str) -> None:
    temporary = place / f".{LATEST}.{os.getpid()}.bxtmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(name, target_is_directory=True)
    temporary.rename(place / LATEST)
