"""Finds out what became of processes that tests start."""

from __future__ import annotations

import os
import time
from pathlib import Path


def is_gone(pid: int) -> bool:
    """Say whether a process ends soon, be it that nobody has asked for its exit code yet."""
    stat = Path(f"/proc/{pid}/stat")
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


def pid_in(file: Path) -> int:
    end = time.monotonic() + 5
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < end, "the program never started"
        time.sleep(0.01)
    return int(file.read_text())


def marked(mark: str) -> list[str]:
    """List the command lines of all that runs with a word in its environment, wherever it went."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def wait_for(count: int, mark: str, seconds: float = 5) -> list[str]:
    """Wait until that many run with a word in their environment, and list them whatever their number."""
    end = time.monotonic() + seconds
    while len(found := marked(mark)) != count and time.monotonic() < end:
        time.sleep(0.02)
    return found
