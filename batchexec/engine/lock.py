"""One run per batch: a lock that the kernel frees at any death, and a note of who holds it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from doit.exceptions import InvalidCommand
from filelock import FileLock, Timeout

from batchexec.engine import STATE
from batchexec.errors import StateError

EXIT_HELD = 75
"""The exit status of a run that found another one at work."""


class Held(InvalidCommand):
    """Another process holds the batch; the message says who."""

    exit_code = EXIT_HELD


class Lock:
    """The lock of the batch whose state is in a directory; held until `release`, or death."""

    def __init__(self, state: Path, tree: Path | None = None) -> None:
        self._note = state / "holder.json"
        self._lock = FileLock(state / "lock", thread_local=False)
        self._tree = tree
        self._tree_lock: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise Held at once."""
        try:
            _make(self._note.parent)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Held(_who(holder(self._note.parent))) from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            what = f"{self._note.parent} cannot be used ({error.strerror})"
            raise StateError(f"{what}; a run keeps its books there") from error
        self._acquire_tree()
        me = {
            "pid": os.getpid(),
            "ticks": _start_ticks(os.getpid()),
            "host": socket.gethostname(),
            "since_utc": time.time(),
            "argv": sys.argv,
        }
        self._note.write_text(json.dumps(me), encoding="utf-8")

    def _acquire_tree(self) -> None:
        """Keep a batch with another home out of the same tree: the directory itself is what is locked."""
        if self._tree is None or not self._tree.is_dir():
            return
        self._tree_lock = os.open(self._tree, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._tree_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            tree = self._tree.resolve()
            raise Held(f"a run of another batch is writing into {tree}; wait for it") from None
        except OSError:
            # Some network file systems lock no directories; the batch's own lock holds there, too.
            return

    def release(self) -> None:
        """Give the lock back; nothing happens where it was not ours."""
        if self._tree_lock is not None:
            os.close(self._tree_lock)
            self._tree_lock = None
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()


def _make(state: Path) -> None:
    """Make the state directory, for its owner alone and out of git's sight."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = state / ".gitignore"
    if state.name == STATE and not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def holder(state: Path) -> dict[str, Any] | None:
    """Read the note of who took the batch last; None where there is none."""
    try:
        note = json.loads((state / "holder.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def running(state: Path) -> dict[str, Any] | None:
    """Return the note of the run that holds the batch now, without touching the lock it holds."""
    note = holder(state)
    return note if note and note.get("host") == socket.gethostname() and _alive(note) else None


def _alive(note: dict[str, Any]) -> bool:
    pid, ticks = int(note.get("pid", 0)), note.get("ticks")
    if ticks is not None:
        return bool(_start_ticks(pid) == ticks)
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _start_ticks(pid: int) -> int | None:
    """Tell when a process started, as numbers are given out again; None if it is dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return int(stat.rpartition(b")")[2].split()[19])


def _who(note: dict[str, Any] | None) -> str:
    if note is None:
        return "another run is starting in this batch; try again in a moment"
    since = time.strftime("%H:%M:%S", time.localtime(note.get("since_utc", 0)))
    command = " ".join(map(str, note.get("argv", ())))
    return (
        f"another run holds this batch: pid {note.get('pid')} on {note.get('host')}, since {since}:"
        f" {command};"
        " wait for it or stop it with Ctrl-C there; `batchexec status` shows how far it is"
    )
