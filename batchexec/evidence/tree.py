"""A repository as hooks see it: what stands at a path, and what a file holds."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec import git
from batchexec.hooks import Document, Judgement
from batchexec.paths import may_be_empty
from batchexec.workspace import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NOT_FOUND = "file not found"
OUTSIDE = "path leads outside the repository"
_LARGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path: a directory, a file, or a reason why there is neither to look at."""

    is_directory: bool = False
    reason: str = ""
    detail: str = ""


class Tree:
    """
    One look at a repository: directories, and what git knows, are asked for once.

    Links are followed as far as they stay inside the root. Names count in the
    case they have on disk.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = f"{root}/"
        self._listings: dict[str, dict[str, str]] = {}
        self._directories: dict[str, Entry] = {}

    @cached_property
    def known(self) -> list[str]:
        """The files git tracks or would add; where git knows of none, those people keep."""
        # A tree inside an ignored directory is nothing to the repository around it.
        return git.known_files(self.root) or sorted(filter(_can_be_written_down, files(self.root)))

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root)

    def entry(self, path: str) -> Entry:
        *directories, name = path.rstrip("/").split("/")
        at = ""
        for part in directories:
            entry = self._directory(at, part)
            if entry.reason:
                return entry
            if not entry.is_directory:
                return Entry(reason=FILE_NOT_FOUND, detail=f"{at}{part} is a file")
            at += f"{part}/"
        return self._step(at, name)

    def _directory(self, at: str, name: str) -> Entry:
        path = f"{at}{name}"
        if path not in self._directories:
            self._directories[path] = self._step(at, name)
        return self._directories[path]

    def _step(self, at: str, name: str) -> Entry:
        path = f"{self._root}{at}{name}"
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                if not self._stays_inside(path):
                    return Entry(reason=OUTSIDE, detail=f"{at}{name} is a symbolic link")
                status = os.stat(path)  # noqa: PTH116  # the path is text, for speed
        except PermissionError as error:
            return Entry(reason="file cannot be read", detail=str(error.strerror))
        except (OSError, ValueError):
            return Entry(reason=FILE_NOT_FOUND, detail=self._twin(at, name))
        if self._ignores_case and self._names(at).get(name.casefold()) != name:
            return Entry(reason=FILE_NOT_FOUND, detail=self._twin(at, name))
        return Entry(is_directory=stat.S_ISDIR(status.st_mode))

    @cached_property
    def _ignores_case(self) -> bool:
        """Tell whether the file system finds a file by its name in other case, too."""
        names = set(self._names("").values())
        name = next((name for name in names if name.swapcase() not in names), None)
        return name is not None and os.path.lexists(self._root + name.swapcase())

    def _names(self, at: str) -> dict[str, str]:
        """List a directory: each name by what it is regardless of case."""
        if at not in self._listings:
            try:
                names = os.listdir(f"{self._root}{at}")  # noqa: PTH208  # as above
            except OSError:
                names = []
            self._listings[at] = {name.casefold(): name for name in names}
        return self._listings[at]

    def _twin(self, at: str, name: str) -> str:
        twin = self._names(at).get(name.casefold())
        return f"there is {at}{twin}, in other case" if twin and twin != name else ""

    def _stays_inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._real_root or real.startswith(f"{self._real_root.rstrip('/')}/")

    def read(self, path: str) -> Document | Judgement:
        try:
            # A named pipe would wait for a writer.
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            return Judgement("file cannot be read", detail=os.strerror(error.errno or 0))
        with open(descriptor, "rb") as opened:  # noqa: PTH123  # Path.open takes no descriptor
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                return Judgement("file cannot be read", detail="it is no regular file")
            if state.st_size > _LARGEST:
                return Judgement("file is too large", detail=f"more than {_LARGEST // 1_000_000} MB")
            return Document(path, opened.read().decode("utf-8-sig", errors="replace"))

    def holds_something(self, directory: str) -> bool:
        """Tell whether a file below a directory, known to git or not, has anything in it."""
        for here, _, names in os.walk(f"{self._root}{directory}"):
            for name in names:
                with suppress(OSError):
                    if may_be_empty(name) or os.stat(f"{here}/{name}").st_size:  # noqa: PTH116  # as above
                        return True
        return False

    def below(self, directory: str) -> Iterator[str]:
        """Yield the files known below a directory; a link to one inside holds what that holds."""
        real = os.path.relpath(os.path.realpath(self.root / directory), self._real_root)
        prefix = "" if real == "." else f"{real}/"
        return (path for path in self.known if path.startswith(prefix))


def _can_be_written_down(path: str) -> bool:
    return path.encode(errors="ignore").decode() == path
