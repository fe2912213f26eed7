"""What places start from and come back to: the user's tree as a row of commits of our own."""

from __future__ import annotations

import heapq
import itertools
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.git import Blob
from batchexec.model import Edit
from batchexec.places.place import Landing
from batchexec.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.git import Difference, Repository
    from batchexec.model import Change
    from batchexec.places.place import Commit

_FILES = {"100644", "100755"}
_PERMISSIONS = 0o777
_ONCE_MORE = 10


class Trunk:
    """
    The user's tree as places see it.

    `tip` is a commit: HEAD, or one of our own upon it with what stands in the
    tree uncommitted; every landing adds one. No branch, index or stash of the
    user's is touched by that. What lands takes its turn.
    """

    def __init__(self, repository: Repository, root: Path) -> None:
        self.repository = repository
        self.root = root
        self.tip = ""
        self._free = threading.Condition()
        self._busy = False
        self._waiting: list[tuple[int, int]] = []
        self._numbers = itertools.count()

    def begin(self) -> None:
        """Take the tree as it is for what places start from."""
        head = self.repository.head().commit
        assert head
        self.tip = head
        self.look_again()

    def look_again(self) -> None:
        """Take in what people changed in the tree meanwhile; for those whose turn it is."""
        tree = self.repository.snapshot(untracked=True)
        if tree != self.repository.tree_of(self.tip):
            self.tip = self.repository.commit_tree(tree, [self.tip], "the tree as it stands")

    @contextmanager
    def turn(self, order: int) -> Iterator[None]:
        """Let one at a time change the user's tree, of those that wait the first in the plan."""
        ticket = (order, next(self._numbers))
        with self._free:
            heapq.heappush(self._waiting, ticket)
            self._free.wait_for(lambda: not self._busy and self._waiting[0] == ticket)
            heapq.heappop(self._waiting)
            self._busy = True
        try:
            yield
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()

    def between(self, old: str, new: str) -> tuple[Edit, ...]:
        """List what became of files between two trees. Raises WorkspaceError for what is no plain file."""
        found = self.repository.differences(old, new)
        for one in found:
            self._check(one)
        blobs = self.repository.blobs([blob.sha for one in found for blob in (one.before, one.after) if blob])
        return tuple(
            Edit(
                path=self._inside(one.path),
                before=blobs[one.before.sha] if one.before else None,
                after=blobs[one.after.sha] if one.after else None,
                mode=_mode(one.after),
                mode_before=_mode(one.before),
            )
            for one in found
        )

    def _check(self, found: Difference) -> None:
        if found.after and found.after.mode not in _FILES:
            kind = "a symbolic link" if found.after.mode == "120000" else "no plain file"
            raise WorkspaceError(Problem(None, f"{found.path}: is {kind}", "only plain files are taken over"))
        if not found.path.startswith(self.repository.prefix):
            hint = f"only what lies below {self.repository.prefix} is this batch's"
            raise WorkspaceError(Problem(None, f"{found.path}: lies outside of the batch's directory", hint))

    def _inside(self, path: str) -> str:
        return path.removeprefix(self.repository.prefix)

    def merged(self, base: str, result: str) -> tuple[Landing, str]:
        """Bring what was made of a base together with what the tree is now; also returns the tree of that."""
        if base == self.tip:
            tree = self.repository.tree_of(result)
            return Landing(self.between(self.repository.tree_of(base), tree)), tree
        merge = self.repository.merge(self.tip, result)
        if merge.conflicts:
            return Landing(conflict=merge.messages or ", ".join(merge.conflicts)), ""
        return Landing(self.between(self.repository.tree_of(self.tip), merge.tree), moved=True), merge.tree

    def with_edits(self, tree: str, edits: Sequence[Edit]) -> str:
        """Make a tree in which files are as edits leave them."""
        now = {edit.path: self._blob(edit.after, edit.mode) for edit in edits}
        return self.repository.with_changes(
            tree, {f"{self.repository.prefix}{path}": blob for path, blob in now.items()}
        )

    def _blob(self, content: bytes | None, mode: int | None) -> Blob | None:
        if content is None:
            return None
        executable = mode is not None and mode & 0o100
        return Blob(self.repository.write_blob(content), "100755" if executable else "100644")

    def uncommitted(self, head: str, edits: Sequence[Edit]) -> list[str]:
        """Name the files of edits that are not as a commit has them where the edits begin."""
        here = {self._inside(one.path) for one in self.repository.differences(head, self.tip)}
        return sorted(here.intersection(edit.path for edit in edits))

    def advance(self, edits: Sequence[Edit]) -> None:
        """Note that edits stand in the user's tree now."""
        tree = self.with_edits(self.repository.tree_of(self.tip), edits)
        self.tip = self.repository.commit_tree(tree, [self.tip], "what a task brought")

    def advance_by(self, changes: Sequence[Change]) -> None:
        """Note that changes stand in the user's tree now, whoever made them there."""
        workspace = Workspace(self.root)
        paths = {path for change in changes for path in (change.path, change.source) if path}
        self.advance(
            [
                Edit(path=path, before=None, after=workspace.read(path), mode=workspace.permissions(path))
                for path in sorted(paths)
            ]
        )

    def move_branch(self, commit: Commit) -> str:
        """
        Let the branch know of a commit; returns why it cannot, empty if it does.

        Where somebody committed meanwhile, the same files go on top of that,
        unless it is these very files that were committed.
        """
        paths = [f"{self.repository.prefix}{edit.path}" for edit in commit.edits]
        sha, parent = commit.sha, commit.parent
        for _ in range(_ONCE_MORE):
            head = self.repository.head()
            if head.branch is None or head.commit is None:
                return "HEAD is on no branch any more"
            if head.commit == parent and self.repository.move(head.branch, sha, parent):
                self.repository.refresh_index(paths, self.repository.tree_of(parent))
                return ""
            if head.commit != parent:
                theirs = {one.path for one in self.repository.differences(parent, head.commit)}
                if theirs.intersection(paths):
                    return f"{head.branch} was moved by somebody else, who changed the same files"
                tree = self.with_edits(self.repository.tree_of(head.commit), commit.edits)
                sha, parent = self.repository.commit_tree(tree, [head.commit], commit.message), head.commit
        return "the branch was moved again and again by somebody else"


def _mode(blob: Blob | None) -> int | None:
    return int(blob.mode, 8) & _PERMISSIONS if blob else None
