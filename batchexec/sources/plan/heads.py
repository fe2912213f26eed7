"""Reads no more of a file than its header, the lines before the first `##`; thousands of them a listing."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from batchexec.markdown import Excerpt
from batchexec.sources.plan.document import Document

if TYPE_CHECKING:
    from batchexec.sources.plan.document import Header

_LONGEST = 65_536
_FIRST_BYTES = 4_096
_SECTION = re.compile(rb"^##[ \t]", re.MULTILINE)
TITLE = re.compile(r"#\s+(?:[^\w\s]+\s*)?PLAN:\s*(.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a file, or why there is none to read."""

    header: Header
    is_plan: bool
    trouble: str = ""


def read_head(path: str | os.PathLike[str]) -> Head:
    """Read a header, whatever the bytes are: what a file says there is a hint to what its name says."""
    try:
        state = os.lstat(path)
        if not stat.S_ISREG(state.st_mode):
            return _empty("it is no regular file")
        return _read(os.fspath(path), state.st_mtime_ns, state.st_size, state.st_ino)
    except OSError as error:
        return _empty(os.strerror(error.errno or 0))


@lru_cache(maxsize=20_000)
def _read(path: str, _changed: int, _size: int, _inode: int) -> Head:
    """Keep what was read: plans that share a directory ask for the same files, one after the other."""
    return _parse(_first_bytes(path).decode("utf-8-sig", errors="replace"))


def _first_bytes(path: str) -> bytes:
    # NONBLOCK: a named pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as opened:  # noqa: PTH123  # Path.open takes no descriptor
        data = opened.read(_FIRST_BYTES)
        if len(data) == _FIRST_BYTES and not _SECTION.search(data):
            data += opened.read(_LONGEST - _FIRST_BYTES)
    section = _SECTION.search(data)
    return data[: section.start()] if section else data


def _parse(text: str) -> Head:
    lines = text.replace("\r\n", "\n").split("\n")
    document = Document(Excerpt("", tuple(lines)))
    is_plan = any(TITLE.match(line[:200]) for _, line in document.visible() if line[:1] == "#")
    return Head(document.header, is_plan)


def _empty(trouble: str) -> Head:
    return Head(Document(Excerpt("", ())).header, is_plan=False, trouble=trouble)
