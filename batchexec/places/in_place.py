"""The user's own tree as the place of an attempt, where attempts go on one at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchexec.errors import WorkspaceConflict
from batchexec.places.changing import put_back
from batchexec.places.place import Commit, Landing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.model import Edit
    from batchexec.places.memory import Memory


class InPlace:
    """
    Work happens where the user would do it: what is installed there is there.

    What the tree was before is remembered, so that what changed can be told
    and taken back. A file that somebody else changes meanwhile is that one's.
    """

    worker: Path | None = None

    def __init__(self, root: Path, memory: Memory) -> None:
        self._root = root
        self._memory = memory
        self._made: tuple[Edit, ...] = ()

    @property
    def root(self) -> Path:
        return self._root

    def begin(self) -> None:
        self._memory.take()

    def edits(self) -> tuple[Edit, ...]:
        self._made = self._memory.edits()
        return self._made

    def take_back(self, edits: Sequence[Edit]) -> None:
        put_back(self._root, edits)

    def keep(self, run: str, task: str) -> str:
        edits = self.edits()
        return self._memory.keep(edits, run, task) if edits else ""

    def abandon(self) -> None:
        for edit in self.edits():
            try:
                put_back(self._root, [edit])
            except WorkspaceConflict:
                continue  # somebody else changed it between the two looks at it

    @contextmanager
    def landing(self, order: int) -> Iterator[Landing]:  # noqa: ARG002  # nobody else waits
        yield Landing(self._made)

    def commit(self, landing: Landing, message: str) -> Commit:
        mixed = self._memory.uncommitted([edit.path for edit in landing.edits])
        if mixed:
            return Commit(refusal=f"{', '.join(mixed)} held changes that are not committed")
        return Commit(message=message, edits=landing.edits)

    def landed(self, edits: Sequence[Edit], commit: Commit | None) -> str:
        return self._memory.commit([edit.path for edit in edits], commit.message) if commit else ""
