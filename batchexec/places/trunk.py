"""What places start from and come back to: the user's tree as a row of commits of our own."""

from __future__ import annotations

import heapq
import itertools
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from batchexec.errors import GitError, Problem, WorkspaceError
from batchexec.git import REPOSITORY, Blob
from batchexec.model import Edit
from batchexec.wording import several
from batchexec.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.git import Difference, Repository
    from batchexec.model import Change
    from batchexec.places.place import Commit

FILES = {"100644", "100755"}
"""What git calls plain files."""
_HINT = "only plain files are taken over"
_ODD = {
    "120000": ("a symbolic link", _HINT),
    REPOSITORY: ("a repository of its own", "delete the .git in it, or let git ignore it"),
}
_PERMISSIONS = 0o777
_ONCE_MORE = 10


class Trunk:
    """
    The user's tree as places see it.

    `tip` is a commit: HEAD, or one of our own upon it with what stands in the
    tree uncommitted; every landing adds one, and while a run goes on `ref`
    keeps them. No branch, index or stash of the user's is touched by that.
    What lands takes its turn. `also` names files, as git does, that count
    although git ignores them; of what git does not know the rest counts only if `untracked` does.
    """

    def __init__(
        self,
        repository: Repository,
        root: Path,
        also: Collection[str] = (),
        ref: str = "refs/batchexec/tip",
        *,
        untracked: bool = True,
    ) -> None:
        self.repository = repository
        self.root = root
        self.also = also
        self.tip = ""
        self._ref = ref
        self._untracked = untracked
        self._branch: str | None = None
        self._guard = ""
        self._free = threading.Condition()
        self._busy = False
        self._waiting: list[tuple[int, int]] = []
        self._numbers = itertools.count()

    def begin(self) -> None:
        """Take the tree as it is for what places start from."""
        head = self.repository.head()
        assert head.commit
        self._branch = head.branch
        self._move_to(head.commit)
        self.look_again()
        self.trust()

    def close(self) -> None:
        self.repository.drop(self._ref)

    def look_again(self) -> None:
        """Take in what people changed in the tree meanwhile; for those whose turn it is."""
        tree = self.repository.snapshot(untracked=self._untracked, also=self.also)
        if tree != self.repository.tree_of(self.tip):
            self._move_to(self.repository.commit_tree(tree, [self.tip], "the tree as it stands"))

    def _move_to(self, commit: str) -> None:
        self.repository.keep(self._ref, commit)
        self.tip = commit

    def trust(self) -> None:
        """Take what git is told to run for the user's own choice."""
        self._guard = self.repository.guard()

    @property
    def trusted(self) -> bool:
        """Whether git is still told to run what it was told before, and so can be asked."""
        return self.repository.guard() == self._guard

    def check(self) -> None:
        if not self.trusted:
            message = "the repository's configuration or hooks were changed"
            hint = f"look at {self.repository.common}, then run it again"
            raise GitError(Problem(None, message, hint))

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

    def between(self, old: str, new: str, at: Path | None = None) -> tuple[Edit, ...]:
        """
        List what became of files between two trees. Raises WorkspaceError for what is no plain file.

        `at` is where the new one stands. Contents are as they are on disk, in
        the user's tree and there: git may convert ends of lines, or more.
        """
        return self.edits_of(self.repository.differences(old, new), at)

    def edits_of(self, found: Sequence[Difference], at: Path | None = None) -> tuple[Edit, ...]:
        self._check(found)
        blobs = self.repository.blobs([blob.sha for one in found for blob in (one.before, one.after) if blob])
        return tuple(
            Edit(
                path=self._inside(one.path),
                before=self._standing(one.path, one.before, blobs, self.root),
                after=self._standing(one.path, one.after, blobs, at),
                mode=_mode(one.after),
                mode_before=_mode(one.before),
            )
            for one in found
        )

    def _standing(
        self, path: str, blob: Blob | None, contents: Mapping[str, bytes], at: Path | None
    ) -> bytes | None:
        if blob is None:
            return None
        content, there = contents[blob.sha], None
        if at is not None:
            with suppress(WorkspaceError, OSError):
                there = Workspace(at).read(self._inside(path))
        if there is None or there == content:
            return content
        if self.repository.write_blob(there, path) == blob.sha:
            return there
        return self.repository.checked_out(blob.sha, path)

    def _check(self, found: Sequence[Difference]) -> None:
        """Refuse what cannot be taken over, all of it at once: who mends it should not meet one by one."""
        wrong = dict(filter(None, map(self._wrong, found)))
        if wrong:
            raise WorkspaceError(Problem(None, several([*wrong]), several([*dict.fromkeys(wrong.values())])))

    def _wrong(self, found: Difference) -> tuple[str, str] | None:
        odd = next((blob for blob in (found.after, found.before) if blob and blob.mode not in FILES), None)
        if odd:
            kind, hint = _ODD.get(odd.mode, ("no plain file", _HINT))
            return f"{found.path}: is {kind}", hint if found.after else _HINT
        if not found.path.startswith(self.repository.prefix):
            hint = f"only what lies below {self.repository.prefix} is this batch's"
            return f"{found.path}: lies outside of the batch's directory", hint
        return None

    def _inside(self, path: str) -> str:
        return path.removeprefix(self.repository.prefix)

    def merged(self, base: str, tree: str) -> tuple[str, str, tuple[str, ...]]:
        """Bring a tree made of a base together with what the user's is now; says why not, and where."""
        if base == self.tip:
            return tree, "", ()
        result = self.repository.commit_tree(tree, [base], "what an attempt made")
        merge = self.repository.merge(self.tip, result)
        conflict = (merge.messages or ", ".join(merge.conflicts)) if merge.conflicts else ""
        return merge.tree, conflict, merge.conflicts

    def with_edits(self, tree: str, edits: Sequence[Edit]) -> str:
        """Make a tree in which files are as edits leave them."""
        prefix = self.repository.prefix
        now = {f"{prefix}{edit.path}": self._blob(f"{prefix}{edit.path}", edit) for edit in edits}
        return self.repository.with_changes(tree, now)

    def _blob(self, path: str, edit: Edit) -> Blob | None:
        if edit.after is None:
            return None
        executable = edit.mode is not None and edit.mode & 0o100
        return Blob(self.repository.write_blob(edit.after, path), "100755" if executable else "100644")

    def committable(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        """Leave out what git ignores."""
        return tuple(edit for edit in edits if f"{self.repository.prefix}{edit.path}" not in self.also)

    def uncommitted(self, head: str, edits: Sequence[Edit]) -> list[str]:
        """Name the files of edits that are not as a commit has them where the edits begin."""
        return self.mixed(head, self.tip, edits)

    def mixed(self, head: str, tree: str, edits: Sequence[Edit]) -> list[str]:
        changed = {one.path for one in self.repository.differences(head, tree)}
        standing = self.standing(head, tree, edits)
        prefix = self.repository.prefix
        return [e.path for e in edits if f"{prefix}{e.path}" in changed and e not in standing]

    def standing(self, head: str, tree: str, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that a tree has and a commit has not: a run that was killed had come that far."""
        now = {self._inside(one.path): one.after for one in self.repository.differences(head, tree)}
        found = [edit for edit in edits if edit.path in now]
        prefix = self.repository.prefix
        return [edit for edit in found if now[edit.path] == self._blob(f"{prefix}{edit.path}", edit)]

    def advance(self, edits: Sequence[Edit]) -> None:
        """Note that edits stand in the user's tree now."""
        tree = self.with_edits(self.repository.tree_of(self.tip), edits)
        self._move_to(self.repository.commit_tree(tree, [self.tip], "what a task brought"))

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

    def tip_of(self, sha: str, head: str, merge: str) -> str:
        """Give what the branch has to lead to for a commit: itself, or one that merges it."""
        if not merge:
            return sha
        return self.repository.commit_tree(self.repository.tree_of(sha), [head, sha], merge)

    def left_branch(self) -> str:
        """Say that somebody switched to another branch since the beginning, nothing if nobody did."""
        now = self.repository.head().branch
        if now == self._branch:
            return ""
        return f"the tree was at {_shown(self._branch)} when the run began, and is at {_shown(now)} now"

    def move_branch(self, commit: Commit) -> str:
        """
        Let the branch know of a commit; returns why it cannot, empty if it does.

        Where somebody committed meanwhile, the same files go on top of that,
        unless it is these very files that were committed.
        """
        edits = self.committable(commit.edits)
        paths = [f"{self.repository.prefix}{edit.path}" for edit in edits]
        tip, parent = commit.tip, commit.parent
        for _ in range(_ONCE_MORE):
            head = self.repository.head()
            if head.branch is None or head.commit is None:
                return "HEAD is on no branch any more"
            if head.commit == parent and self.repository.move(head.branch, tip, parent):
                self.repository.refresh_index(paths, self.repository.tree_of(parent))
                return ""
            if head.commit != parent:
                theirs = {one.path for one in self.repository.differences(parent, head.commit)}
                if theirs.intersection(paths):
                    return f"{head.branch} was moved by somebody else, who changed the same files"
                tree = self.with_edits(self.repository.tree_of(head.commit), edits)
                tip, parent = self._upon(head.commit, tree, commit), head.commit
        return "the branch was moved again and again by somebody else"

    def _upon(self, head: str, tree: str, commit: Commit) -> str:
        """Make a commit anew upon what HEAD is now; what is merged stays as it is."""
        if commit.merge:
            return self.repository.commit_tree(tree, [head, commit.sha], commit.merge)
        return self.repository.commit_tree(tree, [head], commit.message)

    def rest_on_head(self) -> None:
        """Let places start from HEAD itself, where it has all that the tree has."""
        head = self.repository.head().commit
        if head and self.repository.tree_of(head) == self.repository.tree_of(self.tip):
            self._move_to(head)


def _shown(branch: str | None) -> str:
    return branch.removeprefix("refs/heads/") if branch else "no branch"


def _mode(blob: Blob | None) -> int | None:
    return int(blob.mode, 8) & _PERMISSIONS if blob else None
