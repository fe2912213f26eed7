"""What a tree in a git repository was, so that it can be told what changed, and taken back."""

from __future__ import annotations

import stat
from contextlib import suppress
from posixpath import relpath
from typing import TYPE_CHECKING, Protocol

from batchexec.errors import Problem, WorkspaceError
from batchexec.git import REPOSITORY
from batchexec.places.trunk import FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from batchexec.git import Blob, Difference, Head
    from batchexec.model import Edit
    from batchexec.places.trunk import Trunk

_BOOKS = (".spec/checkpoints/", ".spec/reports/", ".spec/backups/", ".batchexec/")
"""What a batch itself writes while its tasks run."""

_READ = 0o444


class Memory(Protocol):
    def take(self) -> None:
        """Remember what the tree is now, also for those who come after our death."""

    def forget(self) -> None:
        """Need it no more."""

    def edits(self) -> tuple[Edit, ...]:
        """List what is different from what is remembered."""

    def keep(self, run: str, task: str) -> str:
        """Keep what became of the tree; returns where, empty where nothing is different."""

    def restore(self, meant: Callable[[str], object]) -> None:
        """
        Make files as they were. Raises BatchError where that cannot be done.

        That is a WorkspaceError where all but a repository inside is as it was.
        """

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that made a file as HEAD has it, which it was not before."""

    def uncommitted(self, edits: Sequence[Edit]) -> list[str]:
        """Name the files of edits that were not as HEAD had them."""

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that were there before, and not in HEAD."""

    def commit(self, paths: Sequence[str], message: str, *, empty: bool = False) -> str:
        """Commit these paths and no others, with the user's hooks; says what git had against it."""


class GitMemory:
    """
    Trees in the repository's own store; nobody's index or branch is touched by remembering.

    `ref` leads to what was remembered last, until it is forgotten.
    """

    def __init__(self, trunk: Trunk, ref: str) -> None:
        self._ref = ref
        self._trunk = trunk
        self._git = trunk.repository
        self._branch = self._git.head().branch
        self._head: str | None = None
        self._tree = ""
        self._kept = ""

    @classmethod
    def of(cls, trunk: Trunk, ref: str) -> GitMemory:
        """Remember what a dead process did."""
        memory = cls(trunk, ref)
        memory._tree = trunk.repository.tree_of(ref)  # its own
        memory._head = trunk.repository.head().commit  # its own
        return memory

    def take(self) -> None:
        self._trunk.check()
        self._head = self._git.head().commit
        self._tree = self._snapshot()
        self._kept = ""
        above = [self._head] if self._head else []
        self._git.keep(self._ref, self._git.commit_tree(self._tree, above, "the tree before an attempt"))

    def forget(self) -> None:
        self._git.drop(self._ref)

    def _snapshot(self) -> str:
        return self._git.snapshot(untracked=True, also=self._trunk.also, repositories=True)

    def _differences(self, now: str) -> list[Difference]:
        """List what is different, outside of the root too, but for what batches write themselves."""
        return [one for one in self._git.differences(self._tree, now) if not self._is_book(one.path)]

    def _is_book(self, path: str) -> bool:
        prefix = self._git.prefix
        if path.startswith(prefix):
            return path.removeprefix(prefix).startswith(_BOOKS)
        return any(f"/{book}" in f"/{path}" for book in _BOOKS)

    def edits(self) -> tuple[Edit, ...]:
        self._trunk.check()
        return self._trunk.edits_of(self._differences(self._snapshot()), self._trunk.root)

    def keep(self, run: str, task: str) -> str:
        now = self._snapshot()
        if now == self._kept or not self._differences(now):
            return ""
        self._kept = now
        ref = self._git.kept_ref(run, task)
        above = [commit for commit in (self._git.head().commit, self._git.resolve(ref)) if commit]
        base = self._git.commit_tree(self._tree, above, "the tree as it stood")
        self._git.keep(ref, self._git.commit_tree(now, [base], f"what became of {task} in {run}"))
        return ref

    def restore(self, meant: Callable[[str], object]) -> None:
        now = self._snapshot()
        found = [one for one in self._differences(now) if meant(relpath(one.path, self._git.prefix or "."))]
        inside = [one for one in found if _is_repository(one.before) or _is_repository(one.after)]
        was = tuple(f"{one.path}/" for one in inside if one.before)
        wanted = {one.path: one.before for one in found if one not in inside and not one.path.startswith(was)}
        self._restore(now, wanted)
        for one in inside:
            # It has a history that is kept nowhere.
            what, hint = ("is", "delete it") if one.after else ("was", "bring it back yourself")
            raise WorkspaceError(Problem(None, f"{one.path}: {what} a repository of its own", hint))

    def _restore(self, now: str, wanted: Mapping[str, Blob | None]) -> None:
        if wanted:
            seen = _permissions(self._git.top, wanted)
            self._git.restore(now, wanted, self._trunk.also)
            for path, mode in seen.items():
                # Git knows of no file that is for its owner's eyes alone.
                path.chmod(path.stat().st_mode & (mode | (mode & _READ) >> 2))

    @property
    def _committed(self) -> str:
        return self._git.tree_of(self._head) if self._head else self._git.empty_tree()

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:
        committed, prefix = self._committed, self._git.prefix
        before = {one.path for one in self._git.differences(committed, self._tree)}
        if not before:
            return []
        now = {one.path for one in self._git.differences(committed, self._snapshot())}
        return [edit for edit in edits if f"{prefix}{edit.path}" in before - now]

    def uncommitted(self, edits: Sequence[Edit]) -> list[str]:
        return self._trunk.mixed(self._committed, self._tree, self._trunk.committable(edits))

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:
        return self._trunk.standing(self._committed, self._tree, self._trunk.committable(edits))

    def commit(self, paths: Sequence[str], message: str, *, empty: bool = False) -> str:
        named = {f"{self._git.prefix}{path}" for path in paths}.difference(self._trunk.also)
        refusal = self._uncommit(named)
        if refusal:
            return refusal
        made = self._git.commit_paths(sorted(named), message, empty=empty)
        return "" if made.sha or made.output.startswith("nothing to commit") else made.output

    def _uncommit(self, named: Collection[str]) -> str:
        """Take commits an attempt made of these files by itself off the branch; says why that cannot be."""
        head = self._git.head()
        if head.commit in {None, self._head}:
            return ""
        assert head.commit
        theirs = {one.path for one in self._git.differences(self._committed, head.commit)}
        if theirs.isdisjoint(named):
            return ""
        if theirs.issubset(named) and self._goes_back(head):
            self._git.refresh_index(theirs, self._git.tree_of(head.commit))
            return ""
        others = ", ".join(sorted(theirs.difference(named))) or "what was there before"
        return f"{head.commit[:12]} was committed meanwhile, which holds its files together with {others}"

    def _goes_back(self, head: Head) -> bool:
        if not (head.commit and self._head and head.branch and head.branch == self._branch):
            return False
        why = "batchexec: taken back, to be committed as the task's"
        back = self._git.is_ancestor(self._head, head.commit)
        return back and self._git.move(head.branch, self._head, head.commit, why)


def _is_repository(blob: Blob | None) -> bool:
    return blob is not None and blob.mode == REPOSITORY


def _permissions(top: Path, wanted: Mapping[str, Blob | None]) -> dict[Path, int]:
    """Take the permissions of the files that stay."""
    found = {}
    for path in (top / name for name, blob in wanted.items() if blob and blob.mode in FILES):
        with suppress(OSError):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                found[path] = mode
    return found
