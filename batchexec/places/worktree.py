"""A git worktree of its own for each attempt, where several go on at a time."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec import process
from batchexec.errors import GitError, Problem, WorkspaceConflict, WorkspaceError
from batchexec.paths import file_name
from batchexec.places.changing import put_back
from batchexec.places.place import Commit, Landing, mixed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from batchexec.model import Edit
    from batchexec.places.place import Wording
    from batchexec.places.trunk import Trunk

_SETUP_TIMEOUT_S = 1800.0


class Worktree:
    """
    One directory of the pool, used by one attempt after the other.

    What git ignores stays between attempts, so that what `setup` installed
    is installed once; everything else is as the trunk has it.
    """

    shared = False

    def __init__(self, trunk: Trunk, path: Path, worker: Path, setup: Sequence[str]) -> None:
        self.path = path
        self.worker: Path | None = worker
        self._trunk = trunk
        self._git = trunk.repository
        self._setup = setup
        self._base = ""
        self._made = ""
        self._kept = ""

    @property
    def is_done(self) -> bool:
        return False

    @property
    def parts_done(self) -> int:
        return 0

    @property
    def root(self) -> Path:
        return self.path / self._git.prefix

    def begin(self) -> None:
        self._trunk.check()
        tip = self._trunk.tip
        if not self._reset(tip):
            self._make(tip)
            self._set_up(tip)
        self._include()
        self._base, self._made, self._kept = tip, "", ""

    def _reset(self, commit: str) -> bool:
        if not self.path.exists():
            return False
        try:
            for path in self._trunk.also:
                # The next attempt is not to be taken for the one that made it.
                self._git.delete_ignored(self.path, path)
            self._git.reset_worktree(self.path, commit)
        except GitError:
            # Whatever was done to it, a new one is as good.
            self.remove()
            return False
        return True

    def _make(self, commit: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._git.add_worktree(self.path, commit)

    def _include(self) -> None:
        """Give it the ignored files people want in it as they are now, whatever was done to its own."""
        for path in self._git.included():
            target = Path(os.path.realpath(self.path), path)
            for above in reversed(target.parents[: path.count("/")]):
                # An ignored directory outlives a reset, and so does a link that an attempt put in its place.
                if above.is_symlink() or (above.exists() and not above.is_dir()):
                    above.unlink()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy2(self._git.top / path, target, follow_symlinks=False)

    def _set_up(self, commit: str) -> None:
        """Run the user's commands; of what they leave only what git ignores stays."""
        if not self._setup:
            return
        self._include()
        for command in self._setup:
            done = process.run(command, self.root, timeout_s=_SETUP_TIMEOUT_S)
            if done.code:
                self.remove()
                last = "".join(f": {line}" for line in done.output.strip().splitlines()[-1:])
                message = f"setup: `{command}` ended with exit status {done.code}{last}"
                raise GitError(Problem(None, message, f"try it in a fresh clone of {self._git.top}"))
        self._trunk.trust()
        self._git.reset_worktree(self.path, commit)

    def remove(self) -> None:
        self._git.remove_worktree(self.path)
        shutil.rmtree(self.path, ignore_errors=True)

    def edits(self) -> tuple[Edit, ...]:
        self._trunk.check()
        if not self._is_there:
            raise GitError(Problem(None, "the directory it worked in is gone", "tell the agent to leave it"))
        self._made = self._git.worktree_tree(self.path, self._trunk.also)
        return self._trunk.between(self._git.tree_of(self._base), self._made, self.root)

    def take_back(self, edits: Sequence[Edit]) -> None:
        put_back(self.root, edits)

    def tidy(self, forbids: Callable[[str], bool]) -> None:
        """What came after the work was looked at is not brought home."""

    def keep(self, run: str, task: str) -> str:
        if not self._is_there:
            return ""
        if not self._trunk.trusted:
            return self._set_aside(run, task)
        try:
            tree = self._git.worktree_tree(self.path, self._trunk.also)
        except (GitError, WorkspaceError):
            return self._set_aside(run, task)
        if tree in {self._git.tree_of(self._base), self._kept}:
            return ""
        self._kept = tree
        ref = self._git.kept_ref(run, task)
        earlier = self._git.resolve(ref)
        parents = [self._base, *([earlier] if earlier else [])]
        self._git.keep(ref, self._git.commit_tree(tree, parents, f"what became of {task} in {run}"))
        return ref

    def _set_aside(self, run: str, task: str) -> str:
        """Keep the files themselves, where git cannot be trusted with them, or will not have them."""
        aside = self.path.parent.with_name(f"{self.path.parent.name}-kept") / run / file_name(task)
        aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        self.path.rename(aside)
        return str(aside)

    @property
    def _is_there(self) -> bool:
        return self.path.is_dir() and not self.path.is_symlink()

    def abandon(self) -> None:
        """Nothing of it is in the user's tree."""

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:  # noqa: ARG002  # what is the user's stands elsewhere
        return []

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:
        head = self._git.head().commit
        assert head
        return self._trunk.standing(head, self._base, self._trunk.committable(edits))

    @contextmanager
    def landing(self, order: int) -> Iterator[Landing]:
        with self._trunk.turn(order):
            # Not what is there now: what checked it may have left something, too.
            tree, conflict, paths = self._trunk.merged(self._base, self._made)
            if conflict:
                self._trunk.look_again()
                yield Landing(conflict=conflict, conflicts=paths)
                return
            try:
                yield self._landing(tree)
            except WorkspaceConflict:
                # Somebody works on the same file: the next attempt begins with what that one made of it.
                self._trunk.look_again()
                raise

    def _landing(self, tree: str) -> Landing:
        tip = self._trunk.tip
        moved = self._base != tip
        if moved:
            self._git.checkout_tree(self.path, tip, tree)
            self._base, self._made = tip, tree
        return Landing(self._trunk.between(self._git.tree_of(tip), tree, self.root), moved=moved)

    def step(self, message: str) -> None:
        """Only what is kept goes on after a step."""

    def carried_out(self) -> None:
        """What comes after a death begins anew."""

    def commit(self, landing: Landing, wording: Wording) -> Commit:
        edits = self._trunk.committable(landing.edits)
        elsewhere = self._trunk.left_branch()
        if elsewhere:
            return Commit(refusal=elsewhere, final=True)
        head = self._git.head().commit
        assert head
        mixed = self._trunk.uncommitted(head, edits)
        if mixed:
            return mixed_up(mixed)
        if not edits and not wording.empty:
            return Commit(message=wording.message)
        tree = self._trunk.with_edits(self._git.tree_of(head), edits)
        chain = self._chain(head)
        parent = chain[-1] if chain else head
        self._git.checkout_tree(self.path, parent, tree)
        made = self._git.commit_in(self.path, wording.message, parent=parent)
        if made.sha is None:
            return Commit(refusal=made.output)
        # A hook may have changed what is committed.
        ignored = [edit for edit in landing.edits if edit not in edits]
        edits = self._trunk.between(self._git.tree_of(head), self._git.tree_of(made.sha), self.root)
        return Commit(
            sha=made.sha,
            tip=self._trunk.tip_of(made.sha, head, "" if wording.stays else wording.merge),
            chain=chain,
            branch=self._branch(made.sha, wording.branches),
            merge=wording.merge,
            stays=wording.stays,
            parent=head,
            message=wording.message,
            edits=(*edits, *ignored),
        )

    def _chain(self, head: str) -> tuple[str, ...]:  # noqa: ARG002  # for worktrees that take steps
        """Make the commits of the steps, upon a commit."""
        return ()

    def _branch(self, sha: str, names: Sequence[str]) -> str:  # noqa: ARG002  # for worktrees that are kept
        return ""

    def landed(self, edits: Sequence[Edit], commit: Commit | None) -> str:
        self._trunk.advance(edits)
        return self._trunk.move_branch(commit) if commit and commit.sha else ""
