"""A git worktree of its own for each attempt, where several go on at a time."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchexec import process
from batchexec.errors import GitError, Problem
from batchexec.places.changing import put_back
from batchexec.places.place import Commit, Landing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.model import Edit
    from batchexec.places.trunk import Trunk

_SETUP_TIMEOUT_S = 1800.0


class Worktree:
    """
    One directory of the pool, used by one attempt after the other.

    What git ignores stays between attempts, so that what `setup` installed
    is installed once; everything else is as the trunk has it.
    """

    def __init__(self, trunk: Trunk, path: Path, worker: Path, setup: Sequence[str]) -> None:
        self.path = path
        self.worker: Path | None = worker
        self._trunk = trunk
        self._git = trunk.repository
        self._setup = setup
        self._base = ""
        self._made = ""
        self._guard = ""

    @property
    def root(self) -> Path:
        return self.path / self._git.prefix

    def begin(self) -> None:
        tip = self._trunk.tip
        if not self._reset(tip):
            self._make(tip)
        self._base = tip
        self._guard = self._git.guard()

    def _reset(self, commit: str) -> bool:
        if not self.path.exists():
            return False
        try:
            self._git.reset_worktree(self.path, commit)
        except GitError:
            # Whatever was done to it, a new one is as good.
            self.remove()
            return False
        return True

    def _make(self, commit: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._git.add_worktree(self.path, commit)
        for path in self._git.included():
            target = self.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self._git.top / path, target, follow_symlinks=False)
        for command in self._setup:
            done = process.run(command, self.root, timeout_s=_SETUP_TIMEOUT_S)
            if done.code:
                self.remove()
                last = done.output.strip().splitlines()[-1:]
                message = f"setup: `{command}` ended with exit status {done.code}: {' '.join(last)}"
                raise GitError(Problem(None, message, f"try it in a fresh clone of {self._git.top}"))

    def remove(self) -> None:
        self._git.remove_worktree(self.path)
        shutil.rmtree(self.path, ignore_errors=True)

    def edits(self) -> tuple[Edit, ...]:
        if self._git.guard() != self._guard:
            message = "the repository's configuration or hooks were changed"
            raise GitError(Problem(None, message, f"look at {self._git.common} before you go on"))
        self._made = self._git.worktree_tree(self.path)
        return self._trunk.between(self._git.tree_of(self._base), self._made)

    def take_back(self, edits: Sequence[Edit]) -> None:
        put_back(self.root, edits)

    def keep(self, run: str, task: str) -> str:
        tree = self._git.worktree_tree(self.path)
        if tree == self._git.tree_of(self._base):
            return ""
        ref = self._git.kept_ref(run, task)
        earlier = self._git.resolve(ref)
        parents = [self._base, *([earlier] if earlier else [])]
        self._git.keep(ref, self._git.commit_tree(tree, parents, f"what became of {task} in {run}"))
        return ref

    def abandon(self) -> None:
        """Nothing of it is in the user's tree."""

    @contextmanager
    def landing(self, order: int) -> Iterator[Landing]:
        with self._trunk.turn(order):
            # Not what is there now: what checked it may have left something, too.
            result = self._git.commit_tree(self._made, [self._base], "what an attempt made")
            landing, tree = self._trunk.merged(self._base, result)
            if landing.conflict:
                self._trunk.look_again()
            elif landing.moved:
                self._git.checkout_tree(self.path, self._trunk.tip, tree)
                self._base = self._trunk.tip
            yield landing

    def commit(self, landing: Landing, message: str) -> Commit:
        head = self._git.head().commit
        assert head
        mixed = self._trunk.uncommitted(head, landing.edits)
        if mixed:
            return Commit(refusal=f"{', '.join(mixed)} held changes that are not committed")
        tree = self._trunk.with_edits(self._git.tree_of(head), landing.edits)
        self._git.checkout_tree(self.path, head, tree)
        made = self._git.commit_in(self.path, message, parent=head)
        if made.sha is None:
            return Commit(refusal=made.output)
        # A hook may have changed what is committed.
        edits = self._trunk.between(self._git.tree_of(head), self._git.tree_of(made.sha))
        return Commit(sha=made.sha, parent=head, message=message, edits=edits)

    def landed(self, edits: Sequence[Edit], commit: Commit | None) -> str:
        self._trunk.advance(edits)
        return self._trunk.move_branch(commit) if commit else ""
