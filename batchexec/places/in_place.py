"""The user's own tree as the place of an attempt, where attempts go on one at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.places.place import Commit, Landing, mixed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from batchexec.model import Edit
    from batchexec.places.memory import Memory
    from batchexec.places.place import Wording


class InPlace:
    """
    Work happens where the user would do it: what is installed there is there.

    What the tree was before is remembered, so that what changed can be told
    and taken back. Nobody can tell who changed a file meanwhile, so what is
    taken back was kept before.
    """

    shared = True
    is_done = False
    parts_done = 0
    worker: Path | None = None

    def __init__(self, root: Path, memory: Memory) -> None:
        self._root = root
        self._memory = memory
        self._made: tuple[Edit, ...] = ()
        self._at_work = False

    @property
    def root(self) -> Path:
        return self._root

    def begin(self) -> None:
        self._memory.take()
        self._at_work = True

    def finish(self) -> None:
        """Be done with a task, whatever came of it."""
        self._at_work = False
        self._memory.forget()

    def edits(self) -> tuple[Edit, ...]:
        self._made = self._memory.edits()
        for edit in self._made:
            if edit.before is None:
                _check_case(self._root, edit.path)
        return self._made

    def take_back(self, edits: Sequence[Edit]) -> None:
        self._memory.restore({edit.path for edit in edits}.__contains__)

    def tidy(self, forbids: Callable[[str], bool]) -> None:
        self._memory.restore(forbids)

    def keep(self, run: str, task: str) -> str:
        return self._memory.keep(run, task) if self._at_work else ""

    def abandon(self) -> None:
        """Take the work back, once: what is different later is not the attempt's."""
        if not self._at_work:
            return
        try:
            self._memory.restore(lambda _: True)
        except WorkspaceError:
            # What could not be taken back now will not be later.
            self._at_work = False
            raise
        self._at_work = False

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:
        return self._memory.undone(edits)

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:
        return self._memory.standing(edits)

    @contextmanager
    def landing(self, order: int) -> Iterator[Landing]:  # noqa: ARG002  # nobody else waits
        yield Landing(self._made)

    def step(self, message: str) -> None:
        """One commit has to do: what is committed here is there to stay."""

    def carried_out(self) -> None:
        """Whoever comes after a death cannot tell this work from anybody else's."""

    def commit(self, landing: Landing, wording: Wording) -> Commit:
        mixed = self._memory.uncommitted(landing.edits)
        if mixed:
            return mixed_up(mixed)
        return Commit(message=wording.message, edits=landing.edits, empty=wording.empty)

    def landed(self, edits: Sequence[Edit], commit: Commit | None) -> str:
        if commit is None:
            return ""
        return self._memory.commit([edit.path for edit in edits], commit.message, empty=commit.empty)


def _check_case(root: Path, path: str) -> None:
    """Refuse a new file beside one whose name differs only in case: elsewhere the two are one."""
    directory, name = (root / path).parent, path.rpartition("/")[2]
    for there in sorted(os.listdir(directory)):  # noqa: PTH208  # names, not paths
        if there != name and there.casefold() == name.casefold():
            twin = str(PurePosixPath(path).with_name(there))
            raise WorkspaceError(Problem(None, f"{path}: differs from {twin} only in case", f"write {twin}"))
