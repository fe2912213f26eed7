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
_CONFIGURATION = ("config", "config.worktree")
# Who commits, and what branches follow.
_HARMLESS = (b"user.name\n", b"user.email\n", b"branch.")
# Git itself rewrites it when it packs.
_WRITTEN_BY_GIT = "info/refs"


class Guarding(Calling):
    def guard(self) -> str:
        """Say in one word what the configuration, the hooks and the like are now."""
        digest = sha256()
        for directory in dict.fromkeys((self.common, self.directory)):
            for file in _files(directory):
                digest.update(repr((str(file), *self._state(file))).encode(errors="surrogateescape"))
        return digest.hexdigest()

    def _state(self, file: Path) -> tuple[str, object]:
        try:
            if file.is_symlink():
                return "link", os.readlink(file)  # noqa: PTH115  # the text, not a path made of it
            if file.is_dir():
                return "there", None
            content = file.read_bytes()
            if file.name in _CONFIGURATION:
                content = self._telling(content)
            return f"{file.stat().st_mode:o}", sha256(content).hexdigest()
        except OSError as error:
            return "none", error.errno

    def _telling(self, configuration: bytes) -> bytes:
        """Leave out of a configuration what leads git to nothing else: people go on working meanwhile."""
        answer = self.ask("config", "--file", "-", "--list", "-z", stdin=configuration)
        if answer.code:
            return configuration
        return b"\0".join(one for one in answer.output.split(b"\0") if not one.startswith(_HARMLESS))


def _files(directory: Path) -> Iterator[Path]:
    for name in _GUARDED:
        found = directory / name
        yield found
        for place, directories, files in os.walk(found):
            directories.sort()
            paths = [Path(place, name) for name in sorted((*files, *directories))]
            yield from (path for path in paths if not path.match(_WRITTEN_BY_GIT))
