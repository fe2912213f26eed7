"""Takes back what a run wrote: only what is still as the run left it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import WorkspaceError
from batchexec.journal.backups import kept
from batchexec.journal.record import GONE as RECORD_GONE
from batchexec.workspace import Workspace, digest_of
from batchexec.workspace.creating import create_new, discard_temporary, remove, remove_empty, replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.journal.record import Record, RecordFile, Write

CHANGED = "it was changed since"
GONE = "it was deleted since"
LOST = "the copy of what it was before is lost"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that stays as it is, why, and where the copy of what it was before the run lies, if it was."""

    path: str
    backup: Path | None
    why: str


@dataclass(frozen=True, slots=True)
class Undone:
    """
    What became of the files of a run; `run_id` is empty where there is no run.

    `earlier` is the run before it that can still be undone.
    """

    run_id: str
    removed: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    earlier: str = ""

    @property
    def whole(self) -> bool:
        return not self.kept


def take_back(file: RecordFile, root: Path, backups: Path, later: Mapping[str, str]) -> Undone:
    """
    Undo the run this record tells of, as far as it was not undone before.

    `later` names the run that wrote a file after this one did.
    """
    record = file.read()
    assert record is not None
    done: dict[str, list[str]] = {"removed": [], "restored": []}
    stay: list[Kept] = []
    if record.cleared:
        return Undone(record.run_id)
    file.add({"undoing": os.getpid(), "utc": time.time()})
    tidy(record, root)
    for write in reversed(record.writes):
        backup = backups / write.backup if write.backup else None
        what = f"run {later[write.path]} wrote it later" if write.path in later else _act(root, write, backup)
        if what in {"", *done}:
            file.add({"undone": write.path})
            if what:
                done[what].append(write.path)
        else:
            stay.append(Kept(write.path, backup, what))
    remove_empty(root, {above for entry in record.entries for above in entry.directories})
    if not stay:
        file.add({"cleared": True})
    return Undone(record.run_id, tuple(done["removed"]), tuple(done["restored"]), tuple(stay))


def digest_now(root: Path, path: str) -> str | None:
    """Return the digest of a file; of one that is not there, or is no plain file, none."""
    try:
        return Workspace(root).digest(path)
    except (OSError, WorkspaceError):
        return None


def tidy(record: Record, root: Path) -> None:
    """Take away what a killed process left half written beside its files."""
    for path in {entry.path for entry in record.entries}:
        for process in record.processes:
            discard_temporary(root, path, process)


def _act(root: Path, write: Write, backup: Path | None) -> str:
    """Say what was done with a file: `removed`, `restored`, nothing, or why it stays."""
    try:
        now = Workspace(root).digest(write.path)
        if now == write.before:
            return ""
        if now is None and RECORD_GONE in write.afters and backup is not None:
            return _brought_back(root, write, backup)
        if now is None or now not in write.afters:
            return GONE if now is None else CHANGED
        return _removed(root, write.path, now) if backup is None else _restored(root, write, backup, now)
    except WorkspaceError as error:
        return "; ".join(problem.message for problem in error.problems)
    except OSError as error:
        return error.strerror or str(error)


def _brought_back(root: Path, write: Write, backup: Path) -> str:
    old = kept(backup)
    if old is None or digest_of(old) != write.before:
        return LOST
    return "restored" if create_new(root, write.path, old) else CHANGED


def _removed(root: Path, path: str, now: str) -> str:
    return "removed" if remove(root, path, now) else CHANGED


def _restored(root: Path, write: Write, backup: Path, now: str) -> str:
    old = kept(backup)
    if old is None or digest_of(old) != write.before:
        return LOST
    return "restored" if replace(root, write.path, old, now) else CHANGED
