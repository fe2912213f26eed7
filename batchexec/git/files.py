"""Which files of a repository people keep in it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from batchexec.git.program import ask, program

if TYPE_CHECKING:
    from pathlib import Path


def known_files(root: Path) -> list[str] | None:
    """
    List the files below `root` that git tracks or would add; None where there is no git or no repository.

    Only what is there as a plain file counts: neither a link, nor a submodule,
    nor what was deleted. A name that is no UTF-8 cannot be written down, and is left out.
    """
    git = program(root)
    listing = ask(git, root, "ls-files", "-z", "--cached", "--others", "--exclude-standard") if git else None
    if listing is None or listing.code:
        return None
    start = os.fsencode(root) + b"/"
    # A file in conflict is listed once per side.
    names = {name for name in listing.output.split(b"\0") if name}
    return sorted(path for name in names if (path := _written(name)) and is_plain_file(start + name))


def _written(name: bytes) -> str | None:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return None


def is_plain_file(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
