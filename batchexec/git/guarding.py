"""What of a repository no attempt may change, as one digest."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.git.calling import Calling

if TYPE_CHECKING:
    from collections.abc import Iterator

_GUARDED = ("config", "config.worktree", "hooks", "info", "objects/info/alternates")
# Git itself rewrites it when it packs.
_WRITTEN_BY_GIT = "info/refs"


class Guarding(Calling):
    def guard(self) -> str:
        """Say in one word what the configuration, the hooks and the like are now."""
        digest = sha256()
        for directory in dict.fromkeys((self.common, self.directory)):
            for file in _files(directory):
                digest.update(repr((str(file), *_state(file))).encode(errors="surrogateescape"))
        return digest.hexdigest()


def _files(directory: Path) -> Iterator[Path]:
    for name in _GUARDED:
        found = directory / name
        yield found
        for place, directories, files in os.walk(found):
            directories.sort()
            paths = [Path(place, name) for name in sorted((*files, *directories))]
            yield from (path for path in paths if not path.match(_WRITTEN_BY_GIT))


def _state(file: Path) -> tuple[str, object]:
    try:
        if file.is_symlink():
            return "link", os.readlink(file)  # noqa: PTH115  # the text, not a path made of it
        if file.is_dir():
            return "there", None
        return f"{file.stat().st_mode:o}", sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return "none", error.errno
