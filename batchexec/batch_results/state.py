"""The state directory of PRP batches: where it is, what its files are called, and how they are written."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from batchexec.errors import Problem, StateError
from batchexec.workspace import Workspace, write_atomic

STATE_DIR = ".ce/orchestration"
_ignoring = threading.Lock()


@dataclass(frozen=True, slots=True)
class State:
    """
    A state directory, as `above` and what leads from there to it; below `above` no link is followed.

    It lies inside the repository, which is `above` then, or elsewhere if it is set so.
    """

    above: Path
    name: str
    inside: bool

    @classmethod
    def of(cls, root: Path, directory: Path | str = STATE_DIR) -> State:
        """Find the directory; a relative path starts at the repository's root. Raises StateError."""
        top = Path(os.path.abspath(root))  # noqa: PTH100  # Path.absolute() keeps `..`
        place = Path(os.path.normpath(top / directory))
        if top.is_relative_to(place):
            message = f"the state of batches cannot be kept in {directory}, which holds the repository"
            raise StateError(Problem(None, message, f"name a directory of its own, like {STATE_DIR}"))
        inside = place.is_relative_to(top)
        above = top if inside else place.parent
        return cls(above, place.relative_to(above).as_posix(), inside)

    @property
    def path(self) -> Path:
        return self.above / self.name

    def shown(self, path: str) -> str:
        """Name a file as people would open it from the repository's root."""
        return f"{self.name}/{path}" if self.inside else str(self.path / path)

    def read(self, path: str) -> bytes | None:
        return Workspace(self.above).read(f"{self.name}/{path}")

    def write(self, path: str, data: bytes) -> None:
        """Replace a file, whole; git sees nothing of it."""
        self._ignore()
        write_atomic(self.above, f"{self.name}/{path}", data)

    def _ignore(self) -> None:
        """Keep the directory out of git's sight: always, as there may be a repository later."""
        ignore = f"{self.name}/.gitignore"
        with _ignoring:
            if not os.path.lexists(self.above / ignore):
                write_atomic(self.above, ignore, b"*\n")


def result_path(directory: Path | str, batch: int) -> Path:
    """Name the result file of a batch in a state directory."""
    return Path(directory, result_name(batch))


def result_name(batch: int) -> str:
    return f"batches/batch-{batch}.result.json"


def heartbeats_name(batch: int) -> str:
    return f"tasks/batch-{batch}"
