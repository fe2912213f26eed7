"""Tells whether files below a directory have changed, without reading them."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_APART = {".git", ".batchexec"}  # what is written there is none of a program's work, or it is ours


def state_of(directory: Path) -> int:
    """
    Give a number that is another one after anything in a directory has changed.

    What git and we ourselves keep there is left out. It is a sum of the times of all
    there is, and not the latest of them: a clock may have been put back, or be that
    of another machine.
    """
    with suppress(OSError):
        return _times(os.stat(directory)) + sum(map(_times, _stats(os.fspath(directory))))  # noqa: PTH116
    return 0


def _times(stat: os.stat_result) -> int:
    # The second cannot be set by a program; on some disks the first alone tells of writing.
    return stat.st_mtime_ns + stat.st_ctime_ns


def _stats(directory: str) -> Iterator[os.stat_result]:
    left = [directory]
    while left:
        with suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.name in _APART:
                    continue
                with suppress(OSError):  # it may be gone by now
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    yield entry.stat(follow_symlinks=False)
