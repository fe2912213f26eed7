"""What a tree in a git repository was, so that it can be told what changed, and taken back."""

from __future__ import annotations

import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from batchexec.places.trunk import FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from batchexec.git import Blob, Difference
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
        """Make files as they were. Raises BatchError where that cannot be done."""

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that made a file as HEAD has it, which it was not before."""

    def uncommitted(self, edits: Sequence[Edit]) -> list[str]:
        """Name the files of edits that were not as HEAD had them."""

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that were there before, and not in HEAD."""

    def commit(self, paths: Sequence[str], message: str) -> str:
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
        return self._git.snapshot(untracked=True, also=self._trunk.also)

    def _differences(self, now: str) -> list[Difference]:
        """List what is different below the root; the rest of the repository is not this batch's."""
        prefix = self._git.prefix
        found = self._git.differences(self._tree, now)
        books = tuple(f"{prefix}{book}" for book in _BOOKS)
        return [one for one in found if one.path.startswith(prefix) and not one.path.startswith(books)]

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
        wanted = {
            one.path: one.before
            for one in self._differences(now)
            if meant(one.path.removeprefix(self._git.prefix))
        }
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

    def commit(self, paths: Sequence[str], message: str) -> str:
        named = {f"{self._git.prefix}{path}" for path in paths}
        made = self._git.commit_paths(sorted(named.difference(self._trunk.also)), message)
        # An agent may have committed it by itself.
        return "" if made.sha or made.output.startswith("nothing to commit") else made.output


def _permissions(top: Path, wanted: Mapping[str, Blob | None]) -> dict[Path, int]:
    """Take the permissions of the files that stay."""
    found = {}
    for path in (top / name for name, blob in wanted.items() if blob and blob.mode in FILES):
        with suppress(OSError):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                found[path] = mode
    return found
