"""Directories as trees: what stands in the work tree, and what an attempt left in a worktree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.git.files import is_plain_file
from batchexec.git.program import encoded, names
from batchexec.git.trees import REPOSITORY, Blob, Trees
from batchexec.git.worktrees import Worktrees

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_INCLUDE = ".worktreeinclude"
_OURS = ".batchexec/"
# Nobody means to keep these, and not everybody tells git so.
_LEFT_BY_TOOLS = tuple(
    f"--exclude={name}"
    for name in ("__pycache__/", "*.pyc", ".pytest_cache/", ".mypy_cache/", ".ruff_cache/", "node_modules/")
)
# Of many files the first are on their way to the disk while the next are written.
_MANY = ("-c", "core.fsyncMethod=batch")


class Snapshots(Worktrees, Trees):
    def dirty(self) -> list[str]:
        """List the tracked files that are not as HEAD has them, be it in the index or on disk."""
        words = ("--porcelain=v1", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=dirty")
        return [entry[3:] for entry in names(self.tell("status", *words))]

    def snapshot(self, *, untracked: bool, also: Iterable[str] = (), repositories: bool = False) -> str:
        """
        Make a tree of the work tree as it is; of what is ignored only `also`. Nothing else is touched.

        Of `repositories` inside, which are left out, there is a sign that they are there.
        """
        with self.private_index(self.own_index) as index:
            tree, inside = self._snapshot(index, also, untracked=untracked)
        signs = dict.fromkeys(inside if repositories else (), Blob("1" * len(tree), REPOSITORY))
        return self.with_changes(tree, signs)

    def _snapshot(self, index: Path, also: Iterable[str], *, untracked: bool) -> tuple[str, list[str]]:
        """Make the tree, and list the repositories inside."""
        self.tell(*_MANY, "add", "--update", index=index)
        found = self._untracked(index, self.top) if untracked else []
        inside = [path.removesuffix("/") for path in found if path.endswith("/")]
        files = [path for path in found if not path.endswith("/")]
        self._add([*files, *(name for name in also if _is_really_in(self.top, name))], index, self.top)
        return self.line("write-tree", index=index), inside

    def restore(self, tree: str, wanted: Mapping[str, Blob | None], also: Iterable[str] = ()) -> None:
        """
        Make files of the work tree as wanted that are as a snapshot has them; others are left as they are.

        Raises GitError where that cannot be done; then nothing was done.
        """
        with self.private_index(self.own_index) as index:
            now, _ = self._snapshot(index, also, untracked=True)
            theirs = {one.path for one in self.differences(tree, now)}
            changes = {path: blob for path, blob in wanted.items() if path not in theirs}
            self.tell("read-tree", "-m", "-u", now, self.with_changes(now, changes), index=index)

    def worktree_tree(self, path: Path, also: Iterable[str] = ()) -> str:
        """
        Make a tree of what is in a worktree, whatever was committed or staged there.

        Ignored files are left out but for those named in `also`. Raises
        WorkspaceError where there is a repository inside, whose files git would not see.
        """
        with self.private_index(self.base_index(path)) as index:
            self.tell(*_MANY, "add", "--update", index=index, at=path)
            found = self._untracked(index, path)
            inside = [name for name in found if name.endswith("/")]
            if inside:
                message = f"{inside[0]}: is a repository of its own"
                raise WorkspaceError(Problem(None, message, "delete the .git in it, or let git ignore it"))
            self._add([*found, *(name for name in also if _is_really_in(path, name))], index, path)
            return self.line("write-tree", index=index)

    def _untracked(self, index: Path, at: Path) -> list[str]:
        words = ("ls-files", "-z", "--others", "--exclude-standard", *_LEFT_BY_TOOLS)
        return names(self.tell(*words, index=index, at=at))

    def _add(self, paths: Iterable[str], index: Path, at: Path) -> None:
        listing = b"".join(encoded(path) + b"\0" for path in paths)
        if listing:
            words = (*_MANY, "update-index", "--add", "--remove", "--replace", "-z", "--stdin")
            self.tell(*words, stdin=listing, index=index, at=at)

    def included(self) -> list[str]:
        """List the ignored files that worktrees get a copy of because `.worktreeinclude` names them."""
        patterns = self.top / _INCLUDE
        if not is_plain_file(os.fsencode(patterns)):
            return []
        words = ("--others", "--ignored", f"--exclude-from={patterns}")
        found = self.ignored(names(self.tell("ls-files", "-z", *words)))
        return sorted(
            name
            for name in found
            if not name.startswith(_OURS) and is_plain_file(os.fsencode(self.top / name))
        )

    @property
    def is_ignored(self) -> bool:
        """Whether the directory one stands in is ignored, and nothing of it is kept here."""
        directory = self.prefix.removesuffix("/")
        return bool(
            directory and self.ignored([directory]) and not self.tell("ls-files", "-z", "--", directory)
        )

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """Name those of the paths that git does not track and is told to ignore."""
        words = ("check-ignore", "-z", "--stdin")
        # This one takes no literal names: behind a dot and a slash there is nothing to take otherwise.
        listing = b"".join(b"./" + encoded(path) + b"\0" for path in paths)
        answer = self.ask(*words, stdin=listing, environ={"GIT_LITERAL_PATHSPECS": "0"})
        if answer.code not in {0, 1}:
            raise self.error(words, answer)
        return [name.removeprefix("./") for name in names(answer.output)]


def _is_really_in(root: Path, name: str) -> bool:
    path = root / name
    return os.path.lexists(path) and not path.is_dir() and os.path.realpath(path.parent) == str(path.parent)
