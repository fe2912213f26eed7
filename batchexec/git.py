"""Asks git, the one place that does: safe from what a repository and its surroundings may configure."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

from batchexec import process

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 60
_SWITCHES = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "safe.bareRepository=explicit"),
)
_ENVIRON = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def known_files(root: Path) -> list[str] | None:
    """
    List the files below `root` that git tracks or would add; None where there is no git or no repository.

    Only what is there as a plain file counts: neither a link, nor a submodule,
    nor what was deleted. A name that is no UTF-8 cannot be written down, and is left out.
    """
    listing = _ask(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listing is None:
        return None
    start = os.fsencode(root) + b"/"
    # A file in conflict is listed once per side.
    names = {name for name in listing.split(b"\0") if name}
    return sorted(path for name in names if (path := _decoded(name)) and _is_plain_file(start + name))


def _ask(root: Path, *words: str) -> bytes | None:
    git = _program()
    if git is None:
        return None
    answer, done = process.capture(
        [git, *_SWITCHES, *words], root, timeout_s=_TIMEOUT_S, environ=process.inherited() | _ENVIRON
    )
    return answer if done.code == 0 else None


def _program() -> str | None:
    """Find git, but never in the repository, which a relative entry of PATH can mean."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which("git", path=os.pathsep.join(entry for entry in entries if entry.startswith("/")))


def _decoded(name: bytes) -> str | None:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return None


def _is_plain_file(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
