"""Worktrees for as many attempts as go on at a time: made when needed, used again, taken away at the end."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

from batchexec.places.worktree import Worktree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchexec.places.trunk import Trunk


class Pool:
    """The worktrees of one run below a directory of its own; `workers` is for what programs keep."""

    def __init__(self, trunk: Trunk, directory: Path, workers: Path, setup: Sequence[str] = ()) -> None:
        self._trunk = trunk
        self._directory = directory
        self._workers = workers
        self._setup = setup
        self._lock = threading.Lock()
        self._free: list[Worktree] = []
        self._made: list[Worktree] = []

    def begin(self) -> None:
        """Clear away what a run left that was killed. Raises OSError where nothing can be written."""
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._trunk.repository.forget_worktrees(self._directory)

    def take(self) -> Worktree:
        with self._lock:
            if self._free:
                return self._free.pop()
            number = len(self._made) + 1
            worker = self._workers / str(number)
            made = Worktree(self._trunk, self._directory / str(number), worker, self._setup)
            self._made.append(made)
        worker.mkdir(mode=0o700, parents=True, exist_ok=True)
        return made

    def give_back(self, worktree: Worktree) -> None:
        with self._lock:
            self._free.append(worktree)

    def close(self) -> None:
        for worktree in self._made:
            worktree.remove()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._trunk.repository.forget_worktrees(self._directory)
