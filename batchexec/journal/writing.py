"""The writes of one run, each noted in the journal before it is done."""

from __future__ import annotations

import itertools
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from batchexec import git
from batchexec.errors import WorkspaceError
from batchexec.journal.backups import keep
from batchexec.journal.record import GONE, VERSION, Entry, RecordFile, noting
from batchexec.journal.undoing import Undone, digest_now, take_back
from batchexec.workspace import Workspace, digest_of
from batchexec.workspace.creating import create_new, missing_directories, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Writing:
    """
    One run that writes below `root`; its record comes into being with the first write.

    Paths are relative to the root, with `/`. What the tree refuses is WorkspaceError
    or OSError; StateError means that the journal cannot be kept: then nothing is written.
    """

    def __init__(
        self, directory: Path, home: Path, root: Path, command: Sequence[str], first: Callable[[], object]
    ) -> None:
        """`first` is called before anything is written."""
        self._directory = directory
        self._home = home
        self._root = root
        self._command = tuple(command)
        self._first = first
        self._turn = threading.Lock()
        self._file: RecordFile | None = None
        self._entries = 0
        self.run_id = ""
        """Empty as long as nothing was written."""

    def create(self, path: str, data: bytes) -> bool:
        """Create a file; False where something is there by then, which stays as it is."""
        with self._turn:
            if Workspace(self._root).exists(path):
                return False
            missing = tuple(missing_directories(self._root, path))
            entry = Entry(path=path, before=None, after=digest_of(data), directories=missing)
            return self._done(entry, b"", lambda: create_new(self._root, path, data))

    def replace(self, path: str, data: bytes, expected_digest: str) -> bool:
        """Write over a file with this content; False where it has another by then, or is gone."""
        with self._turn:
            old = Workspace(self._root).read(path)
            if old is None or digest_of(old) != expected_digest:
                return False
            backup = str(self._entries + 1)
            entry = Entry(path=path, before=expected_digest, after=digest_of(data), backup=backup)
            return self._done(entry, old, lambda: replace(self._root, path, data, expected_digest))

    def note(self, path: str, old: bytes | None, new: str | None, directories: Sequence[str] = ()) -> None:
        """
        Note a write that others do: what was there, and the digest of what will be, None for nothing.

        In the user's own tree they may have done it already; `directories` are those they made for it.
        """
        with self._turn:
            made = () if old is not None else (*missing_directories(self._root, path), *directories)
            missing = tuple(dict.fromkeys(made))
            entry = Entry(
                path=path,
                before=None if old is None else digest_of(old),
                after=GONE if new is None else new,
                backup="" if old is None else str(self._entries + 1),
                directories=missing,
            )
            self._done(entry, old or b"", lambda: True)

    def take_back(self) -> Undone:
        """Undo all this run has written so far."""
        with self._turn:
            if self._file is None:
                return Undone("")
            with noting(self._directory):
                return take_back(self._file, self._root, self._directory / self.run_id, {})

    def end(self, how: str) -> None:
        with self._turn:
            file, self._file = self._file, None
            if file is not None:
                try:
                    with noting(self._directory):
                        file.add({"ended": how})
                finally:
                    file.close()

    def _done(self, entry: Entry, old: bytes, act: Callable[[], bool]) -> bool:
        with noting(self._directory):
            file = self._file = self._file or self._create()
            if entry.backup:
                keep(self._directory, f"{self.run_id}/{entry.backup}", old)
            file.add(entry.as_line())
        number, self._entries = self._entries, self._entries + 1
        try:
            came = act()
        except (OSError, WorkspaceError):
            # What failed after the file was in its place is a write like any other.
            if digest_now(self._root, entry.path) != entry.after:
                self._drop(file, number)
            raise
        if not came:
            self._drop(file, number)
        return came

    def _drop(self, file: RecordFile, number: int) -> None:
        with noting(self._directory):
            file.add({"dropped": number})

    def _create(self) -> RecordFile:
        self._first()
        now = time.time()
        facts = {
            "schema_version": VERSION,
            "command": self._command,
            "started_utc": now,
            "process": os.getpid(),
            "root": os.path.relpath(self._root, self._home),
            "head": _head(self._root),
        }
        stamp = time.strftime("%Y%m%d_%H%M%S", time.gmtime(now))
        for number in itertools.count(1):
            run_id = stamp if number == 1 else f"{stamp}_{number}"
            with suppress(FileExistsError):
                file = RecordFile.create(self._directory, run_id, facts)
                self.run_id = run_id
                return file
        raise AssertionError


def _head(root: Path) -> str | None:
    repository = git.repository(root) if root.is_dir() else None
    return repository.head().commit if repository else None
