"""Sees what became of protected files, whatever an attempt told git to overlook."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from batchexec.model import Edit
from batchexec.places.changing import put_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_OVERLOOKED = frozenset({".git", ".batchexec", "node_modules", ".venv"})
_COMPILED = "__pycache__"


class _Seen(NamedTuple):
    content: bytes
    mode: int
    is_link: bool = False


class Protection:
    """
    The protected files below a root, as they were when an attempt began.

    Python's compiled modules beside them are nobody's edit, but they can stand
    for another source than the one that is protected: they are taken away.
    """

    def __init__(self, root: Path, protects: Callable[[str], bool]) -> None:
        self._root = root
        self._protects = protects
        self._was = dict(self._look())

    def _look(self) -> Iterator[tuple[str, _Seen]]:
        for here, directories, names in os.walk(self._root):
            directories[:] = [name for name in directories if name not in {*_OVERLOOKED, _COMPILED}]
            links = [name for name in directories if Path(here, name).is_symlink()]
            for name in (*names, *links):
                path = Path(here, name).relative_to(self._root).as_posix()
                if self._protects(path) and not name.endswith(".pyc"):
                    yield path, _seen(Path(here, name))

    def changes(self) -> tuple[Edit, ...]:
        """List what was changed, made or taken away."""
        now = dict(self._look())
        changed = (path for path in sorted({*now, *self._was}) if now.get(path) != self._was.get(path))
        return tuple(_edit(path, self._was.get(path), now.get(path)) for path in changed)

    def restore(self, edits: Iterable[Edit]) -> None:
        """Make changed files as they were."""
        files = []
        for edit in edits:
            if Path(self._root, edit.path).is_symlink():
                Path(self._root, edit.path).unlink()
                files.append(
                    Edit(path=edit.path, before=edit.before, after=None, mode_before=edit.mode_before)
                )
            else:
                files.append(edit)
        put_back(self._root, [edit for edit in files if (edit.before, edit.after) != (None, None)])

    def tidy(self) -> None:
        """Let nobody be judged by what was compiled of something else."""
        for here, directories, _ in os.walk(self._root):
            directories[:] = [name for name in directories if name not in _OVERLOOKED]
            if _COMPILED in directories:
                directories.remove(_COMPILED)
                compiled = Path(here, _COMPILED)
                if self._protects(compiled.relative_to(self._root).as_posix()) and not compiled.is_symlink():
                    shutil.rmtree(compiled, ignore_errors=True)


def _seen(file: Path) -> _Seen:
    status = file.lstat()
    if stat.S_ISLNK(status.st_mode):
        return _Seen(os.fsencode(file.readlink()), 0, is_link=True)
    # What is no plain file holds nothing, and reading it might never end.
    content = file.read_bytes() if stat.S_ISREG(status.st_mode) else b""
    return _Seen(content, stat.S_IMODE(status.st_mode))


def _edit(path: str, before: _Seen | None, after: _Seen | None) -> Edit:
    return Edit(
        path=path,
        before=before.content if before else None,
        after=after.content if after else None,
        mode=after.mode if after and not after.is_link else None,
        mode_before=before.mode if before and not before.is_link else None,
    )
