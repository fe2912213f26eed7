"""The program git: where it is, with which switches it runs, and what it said."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from batchexec import process

OLDEST = (2, 38)
"""The oldest git that will do: the first with `merge-tree --write-tree`."""

_TIMEOUT_S = 600.0
_SWITCHES = tuple(
    word
    for switch in (
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "core.pager=cat",
        "core.splitIndex=false",
        "core.untrackedCache=false",
        "core.safecrlf=false",
        # What is kept survives a power failure; git by itself takes that chance.
        "core.fsync=objects,reference",
        "core.fsyncMethod=fsync",
        "commit.gpgSign=false",
        "gc.auto=0",
        "i18n.commitEncoding=UTF-8",
        "maintenance.auto=false",
        "safe.bareRepository=explicit",
        "submodule.recurse=false",
        # Rather our own name than one made up of login and host.
        "user.useConfigOnly=true",
    )
    for word in ("-c", switch)
)
_ENVIRON = {
    "GIT_EDITOR": ":",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_IDENTITY = tuple(f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What git printed, and what it said about that; `code` is 0 where all went well."""

    code: int
    output: bytes
    said: str


def ask(
    git: str, cwd: Path, *words: str, stdin: bytes | None = None, environ: dict[str, str] | None = None
) -> Answer:
    """Run git with nothing configured that would start another program; filters alone are left on."""
    output, done = process.capture(
        [git, *_SWITCHES, *words],
        cwd,
        timeout_s=_TIMEOUT_S,
        environ=process.inherited() | identity() | _ENVIRON | (environ or {}),
        stdin=stdin,
    )
    return Answer(done.code, output, done.output)


def identity() -> dict[str, str]:
    """Give what our environment says about who commits."""
    return {name: os.environ[name] for name in _IDENTITY if os.environ.get(name)}


def program(root: Path) -> str | None:
    """Find git, but never in the repository, which any entry of PATH can lead into."""
    inside = _repository_around(Path(os.path.realpath(root)))
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    outside = (entry for entry in entries if entry.startswith("/") and not _is_below(entry, inside))
    return shutil.which("git", path=os.pathsep.join(outside))


def _is_below(entry: str, directory: Path) -> bool:
    # Where the root of all files is the repository, git can but lie in it.
    return directory != Path("/") and Path(os.path.realpath(entry)).is_relative_to(directory)


def _repository_around(root: Path) -> Path:
    return next((place for place in (root, *root.parents) if os.path.lexists(place / ".git")), root)


@cache
def version(git: str) -> tuple[int, int] | None:
    found = re.match(rb"git version (\d{1,4})\.(\d{1,4})", ask(git, Path("/"), "--version").output)
    return (int(found[1]), int(found[2])) if found else None


def decoded(name: bytes) -> str:
    """Read a name as Python reads names of files: what is no UTF-8 comes back as it was."""
    return name.decode("utf-8", "surrogateescape")


def encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def names(listing: bytes) -> list[str]:
    """Read what git lists with -z."""
    return [decoded(name) for name in listing.split(b"\0") if name]
