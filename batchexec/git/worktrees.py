"""Worktrees for attempts: made, brought back to a commit whatever was done in them, and taken away."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from contextlib import suppress
from pathlib import Path

from batchexec.errors import GitError, Problem
from batchexec.git.calling import Calling, copy_index

_BASE = "batchexec-index"
"""The index as we left it: an attempt may tell the worktree's own one not to look at a file."""

_OURS = {"commondir", "gitdir", "locked", "HEAD", "index", _BASE}

# Two `git worktree add` at a time get into each other's way.
_one_at_a_time = threading.Lock()


class Worktrees(Calling):
    def add_worktree(self, path: Path, commit: str) -> None:
        self._check_place(path)
        with _one_at_a_time:
            # Forced twice: an entry of the same path may be left, and locked, from a run that was killed.
            self.tell("worktree", "add", "--force", "--force", "--detach", str(path), commit)
        administration = self._administration(path)
        copy_index(administration / "index", administration / _BASE)

    def _check_place(self, path: Path) -> None:
        for place in path.parents:
            if place.exists() and place.samefile(self.top):
                return
            if place.is_symlink() and place.is_relative_to(self.top):
                message = f"{place}: is a symbolic link"
                raise GitError(Problem(None, message, "worktrees are made in real directories"))

    def reset_worktree(self, path: Path, commit: str) -> None:
        """
        Bring a worktree to a commit, with a detached HEAD; ignored files stay.

        Whatever was done to it is undone, be it to its branch, its index or its
        `.git`. Raises GitError where that does not help, and only a new one does.
        """
        self.checkout_tree(path, commit, commit)

    def checkout_tree(self, path: Path, commit: str, tree: str) -> None:
        """Bring a worktree to a tree, staged as a change of a commit; else the same."""
        administration = self._administration(path)
        self._restore_link(path, administration)
        _clear(administration)
        base = administration / _BASE
        if self.ask("read-tree", "--reset", "-u", tree, index=base, at=path).code:
            # Without an index git looks at each file anew.
            base.unlink(missing_ok=True)
            self.tell("read-tree", "--reset", "-u", tree, index=base, at=path)
        self.tell("clean", "-d", "--force", "--force", "--quiet", index=base, at=path)
        copy_index(base, administration / "index")
        (administration / "HEAD").unlink(missing_ok=True)
        (administration / "HEAD").write_text(f"{commit}\n", encoding="utf-8")

    def _restore_link(self, path: Path, administration: Path) -> None:
        link = path / ".git"
        if link.is_dir() and not link.is_symlink():
            _remove(link)
        link.unlink(missing_ok=True)
        link.write_text(f"gitdir: {administration}\n", encoding="utf-8")

    def remove_worktree(self, path: Path) -> None:
        """Delete a worktree and what git knows of it; one that is not there is none to complain about."""
        _remove(path)
        for administration in self._administrations(path):
            _remove(administration)

    def forget_worktrees(self, below: Path) -> None:
        """Let git forget worktrees below a directory that are not there any more; others are not ours."""
        root = Path(os.path.realpath(below))
        for administration, path in self._all_worktrees():
            if path != root and path.is_relative_to(root) and not path.exists():
                _remove(administration)

    def delete_ignored(self, path: Path, name: str) -> None:
        """Delete a file of a worktree; what stands behind a link is not in it."""
        file = Path(os.path.realpath(path), name)
        if os.path.lexists(file) and os.path.realpath(file.parent) == str(file.parent):
            _remove(file)

    def base_index(self, path: Path) -> Path:
        return self._administration(path) / _BASE

    def index_of(self, path: Path) -> Path:
        return self._administration(path) / "index"

    def _administration(self, path: Path) -> Path:
        """Find what git keeps of a worktree; what stands in its own `.git` is the attempt's word."""
        found = self._administrations(path) if path.is_dir() and not path.is_symlink() else []
        if not found:
            raise GitError(Problem(None, f"{path}: is no worktree of {self.top}", "make a new one"))
        return found[0]

    def _administrations(self, path: Path) -> list[Path]:
        wanted = Path(os.path.realpath(path))
        return [administration for administration, place in self._all_worktrees() if place == wanted]

    def _all_worktrees(self) -> list[tuple[Path, Path]]:
        found = []
        for gitdir in sorted((self.common / "worktrees").glob("*/gitdir")):
            with suppress(OSError):
                link = gitdir.parent / os.fsdecode(gitdir.read_bytes()).rstrip("\n")
                found.append((gitdir.parent, Path(os.path.realpath(link.parent))))
        return found


def _clear(administration: Path) -> None:
    """Take away what commits, merges and killed programs left, locks included: nobody works here now."""
    for entry in list(administration.iterdir()):
        if entry.name not in _OURS:
            _remove(entry)


def _remove(path: Path) -> None:
    """Delete a file or a directory, also one that was made read-only; links are not followed."""
    try:
        _remove_once(path)
    except PermissionError:
        for directory, _, _ in os.walk(path):
            with suppress(OSError):
                Path(directory).chmod(stat.S_IRWXU)
        _remove_once(path)


def _remove_once(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
