"""Opens what the readers read, so that no pipe, link or huge file can hold a run up."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from batchexec.errors import Problem, SourceError
from batchexec.markdown import Excerpt
from batchexec.model import Location

_LARGEST = 20_000_000


def read_excerpt(path: Path) -> Excerpt:
    """Read a UTF-8 file. Raises SourceError if it cannot be read, or is no file of a sensible size."""
    file = shown(path)
    return Excerpt.of(file, _read(path, file))


def shown(path: Path) -> str:
    """Give a path as people would type it here: relative if it is below the current directory."""
    # Not resolve(), which would follow `latest`.
    absolute = os.path.abspath(path)  # noqa: PTH100  # Path.absolute() keeps `..`
    here = os.getcwd()  # noqa: PTH109  # asked ten thousand times a load
    if absolute == here:
        return "."
    return absolute.removeprefix(here.rstrip("/") + "/")


def _read(path: Path, file: str) -> bytes:
    try:
        # NONBLOCK: a named pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(file, error) from None
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise _refused(file, "this is no regular file", "give a text file")
    with open(descriptor, "rb") as opened:  # noqa: PTH123  # Path.open takes no descriptor
        if state.st_size > _LARGEST:
            raise _refused(file, f"the file is larger than {_LARGEST // 1_000_000} MB", "split it")
        try:
            return opened.read(_LARGEST)
        except OSError as error:
            raise _unreadable(file, error) from None


def _unreadable(file: str, error: OSError) -> SourceError:
    if Path(file).is_symlink():
        return _refused(file, "this is a symbolic link", "only regular files are read")
    return _refused(file, f"cannot be read: {os.strerror(error.errno or 0)}")


def _refused(file: str, message: str, hint: str = "") -> SourceError:
    return SourceError(Problem(Location(file, 1), message, hint))
