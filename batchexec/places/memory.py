"""What a tree was: as git has it, or as copies where there is no git."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING, NamedTuple, Protocol

from batchexec.model import Edit
from batchexec.paths import file_name
from batchexec.workspace import Workspace, files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchexec.places.trunk import Trunk

_BOOKS = (".spec/checkpoints/", ".spec/reports/", ".spec/backups/", ".batchexec/")
"""What a batch itself writes while its tasks run."""


class Memory(Protocol):
    def take(self) -> None:
        """Remember what the tree is now."""

    def edits(self) -> tuple[Edit, ...]:
        """List what is different from what is remembered."""

    def keep(self, edits: Sequence[Edit], run: str, task: str) -> str:
        """Keep what edits made of files; returns where."""

    def uncommitted(self, paths: Sequence[str]) -> list[str]:
        """Name those of the paths that were not as HEAD has them."""

    def commit(self, paths: Sequence[str], message: str) -> str:
        """Commit these paths and no others, with the user's hooks; says what git had against it."""


class GitMemory:
    """Trees in the repository's own store; nobody's index or branch is touched by remembering."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._git = trunk.repository
        self._tree = ""

    def take(self) -> None:
        self._tree = self._git.snapshot(untracked=True)

    def edits(self) -> tuple[Edit, ...]:
        found = self._trunk.between(self._tree, self._git.snapshot(untracked=True))
        return tuple(edit for edit in found if not edit.path.startswith(_BOOKS))

    def keep(self, edits: Sequence[Edit], run: str, task: str) -> str:
        head = self._git.head().commit
        tree = self._trunk.with_edits(self._tree, edits)
        base = self._git.commit_tree(self._tree, [head] if head else [], "the tree as it stood")
        ref = self._git.kept_ref(run, task)
        self._git.keep(ref, self._git.commit_tree(tree, [base], f"what became of {task} in {run}"))
        return ref

    def uncommitted(self, paths: Sequence[str]) -> list[str]:
        head = self._git.head().commit
        old = self._git.tree_of(head) if head else self._git.empty_tree()
        changed = {one.path for one in self._git.differences(old, self._tree)}
        return [path for path in paths if f"{self._git.prefix}{path}" in changed]

    def commit(self, paths: Sequence[str], message: str) -> str:
        made = self._git.commit_paths([f"{self._git.prefix}{path}" for path in paths], message)
        return "" if made.sha else made.output


class _Seen(NamedTuple):
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    mode: int


class CopiedMemory:
    """Copies of the files people keep, for directories without git."""

    def __init__(self, root: Path, directory: Path, kept: Path) -> None:
        self._root = root
        self._directory = directory
        self._kept = kept
        self._seen: dict[str, _Seen] = {}

    def take(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)
        self._seen = {path: self._look(path) for path in files(self._root)}
        for path in self._seen:
            copy = self._directory / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._root / path, copy, follow_symlinks=False)

    def _look(self, path: str) -> _Seen:
        found = os.lstat(self._root / path)
        return _Seen(
            found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, stat.S_IMODE(found.st_mode)
        )

    def edits(self) -> tuple[Edit, ...]:
        workspace = Workspace(self._root)
        now = dict.fromkeys(files(self._root))
        found = []
        for path in sorted({**now, **self._seen}):
            if path in now and self._seen.get(path) == self._look(path):
                continue
            seen = self._seen.get(path)
            edit = Edit(
                path=path,
                before=(self._directory / path).read_bytes() if seen else None,
                after=workspace.read(path),
                mode=workspace.permissions(path),
                mode_before=seen.mode if seen else None,
            )
            if (edit.before, edit.mode_before) != (edit.after, edit.mode):
                found.append(edit)
        return tuple(found)

    def keep(self, edits: Sequence[Edit], run: str, task: str) -> str:
        directory = self._kept / run / file_name(task)
        for edit in edits:
            if edit.after is not None:
                copy = directory / edit.path
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(edit.after)
        return str(directory)

    def uncommitted(self, paths: Sequence[str]) -> list[str]:  # noqa: ARG002  # the interface
        return []

    def commit(self, paths: Sequence[str], message: str) -> str:  # noqa: ARG002  # the interface
        return "there is no git repository here"
