"""What files hold, by digest, asked of the file system as seldom as can be."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from typing import TYPE_CHECKING

from batchexec.rundb import FileStamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SETTLED_NS = 2_000_000_000
"""How old a file must be when its digest is taken for its time stamps to stand for its content."""


class FileDigests:
    """SHA-256 digests of files below a root, remembered for as long as the file system says "unchanged"."""

    def __init__(self, root: Path, known: Mapping[str, FileStamp]) -> None:
        self.root = root
        self.fresh: dict[str, FileStamp] = {}
        self._known = dict(known)

    def get(self, path: str) -> str | None:
        """Return the digest of a file's content, or None where there is no such file."""
        full = os.path.join(self.root, path)  # noqa: PTH118  # ten thousand of these stand in every no-op
        try:
            status = os.stat(full)  # noqa: PTH116  # as above
        except (OSError, UnicodeEncodeError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        known = self._known.get(path)
        if known and _same(known, status) and known.mtime_ns < known.taken_ns - _SETTLED_NS:
            return known.digest
        return self._take(path, full, status)

    def _take(self, path: str, full: str, status: os.stat_result) -> str | None:
        try:
            with open(full, "rb") as file:  # noqa: PTH123  # `full` is a plain string on purpose
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        stamp = FileStamp(
            status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, digest, time.time_ns()
        )
        self._known[path] = self.fresh[path] = stamp
        return digest


def _same(stamp: FileStamp, status: os.stat_result) -> bool:
    return (stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode) == (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
    )
