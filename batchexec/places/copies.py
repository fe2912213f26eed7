"""What a directory without git was, as copies of the files people keep."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from batchexec.errors import Problem, WorkspaceError
from batchexec.model import Edit
from batchexec.paths import file_name
from batchexec.workspace import Workspace, files, links

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence


_GONE = ".batchexec-deleted"
_HINT = "delete the .git in it"
_NOT_LOOKED_AT = {".git", ".batchexec", "node_modules", ".venv"}


class _Seen(NamedTuple):
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    mode: int


class CopiedMemory:
    """The memory of a tree; `directory` is for copies of what it was, `kept` for work that is kept aside."""

    def __init__(self, root: Path, directory: Path, kept: Path) -> None:
        self._root = root
        self._directory = directory
        self._kept = kept
        self._seen: dict[str, _Seen] = {}
        self._links: dict[str, str] = {}
        self._repositories: set[str] = set()

    def take(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)
        self._seen = {path: self._look(path) for path in files(self._root)}
        self._links = dict(links(self._root))
        self._repositories = {*_repositories(self._root)}
        for path in self._seen:
            copy = self._directory / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._root / path, copy, follow_symlinks=False)

    def forget(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)

    def _look(self, path: str) -> _Seen:
        found = os.lstat(self._root / path)
        return _Seen(
            found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, stat.S_IMODE(found.st_mode)
        )

    def edits(self) -> tuple[Edit, ...]:
        for path, _ in sorted({*links(self._root)} ^ {*self._links.items()}):
            raise WorkspaceError(
                Problem(None, f"{path}: is a symbolic link", "only plain files are taken over")
            )
        for path in sorted({*_repositories(self._root)} ^ self._repositories):
            hint = "only plain files are taken over" if path in self._repositories else _HINT
            raise WorkspaceError(Problem(None, f"{path}: is a repository of its own", hint))
        now = {*files(self._root)}
        found = (self._edit(path, now) for path in sorted(now | self._seen.keys()))
        return tuple(edit for edit in found if edit)

    def _edit(self, path: str, now: Container[str]) -> Edit | None:
        seen = self._seen.get(path)
        if path in now and seen == self._look(path):
            return None
        there = Workspace(self._root)
        edit = Edit(
            path=path,
            before=(self._directory / path).read_bytes() if seen else None,
            after=there.read(path) if path in now else None,
            mode=there.permissions(path) if path in now else None,
            mode_before=seen.mode if seen else None,
        )
        return None if (edit.before, edit.mode_before) == (edit.after, edit.mode) else edit

    def _changed(self) -> list[str]:
        """Name all that is different, whatever it is."""
        odd = {path for path, _ in {*links(self._root)} ^ {*self._links.items()}}
        now = {*files(self._root)}
        was = tuple(f"{path}/" for path in self._repositories)
        ours = (path for path in now | self._seen.keys() if not path.startswith(was))
        return sorted(odd.union(path for path in ours if self._edit(path, now)))

    def keep(self, run: str, task: str) -> str:
        directory = self._kept / run / file_name(task)
        changed = self._changed()
        gone = [path for path in changed if not os.path.lexists(self._root / path)]
        if gone:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / _GONE).write_bytes(b"".join(os.fsencode(path) + b"\n" for path in gone))
        for path in changed:
            if (self._root / path).is_file() and not (self._root / path).is_symlink():
                copy = directory / path
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._root / path, copy, follow_symlinks=False)
        return str(directory) if directory.exists() else ""

    def restore(self, meant: Callable[[str], object]) -> None:
        self._restore(meant)
        now = {*_repositories(self._root)}
        for path in filter(meant, sorted(now ^ self._repositories)):
            # It has a history that is kept nowhere.
            what, hint = ("is", "delete it") if path in now else ("was", "bring it back yourself")
            raise WorkspaceError(Problem(None, f"{path}: {what} a repository of its own", hint))

    def _restore(self, meant: Callable[[str], object]) -> None:
        changed = [path for path in self._changed() if meant(path)]
        for path in changed:
            _clear_away(self._root, path)
        for path in changed:
            target = self._root / path
            if path in self._links:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(self._links[path])
            elif path in self._seen:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._directory / path, target)
                target.chmod(self._seen[path].mode)

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:  # noqa: ARG002  # the interface
        return []

    def uncommitted(self, edits: Sequence[Edit]) -> list[str]:  # noqa: ARG002  # the interface
        return []

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:  # noqa: ARG002  # the interface
        return []

    def commit(self, paths: Sequence[str], message: str, *, empty: bool = False) -> str:  # noqa: ARG002  # the interface
        return "there is no git repository here"


def _repositories(root: Path) -> Iterator[str]:
    for here, directories, names in os.walk(root):
        inside = here != str(root) and ".git" in {*directories, *names}
        directories[:] = [] if inside else [name for name in directories if name not in _NOT_LOOKED_AT]
        if inside:
            yield Path(here).relative_to(root).as_posix()


def _clear_away(root: Path, path: str) -> None:
    """Take a file or a link away, and the directories that held nothing else."""
    if (root / path).is_symlink() or not (root / path).is_dir():
        (root / path).unlink(missing_ok=True)
    with suppress(OSError):
        for above in Path(path).parents[:-1]:
            (root / above).rmdir()
