"""Finds and ends what a program started whose supervisor was killed, by a mark in its environment."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLLOWED = "BATCHEXEC_FOLLOWED"
_POLL_S = 0.01
_STUCK_S = 10.0


def new_mark() -> str:
    return token_hex(16)


def marked(environ: Mapping[str, str], mark: str) -> dict[str, str]:
    """Add a mark to an environment, and keep those of a batchexec that we run under ourselves."""
    outer = environ.get(FOLLOWED, "")
    return {**environ, FOLLOWED: f"{outer} {mark}".lstrip()}


def end_marked(mark: str) -> None:
    """Kill all that runs with a mark, until nothing does; of what cannot be killed let go after a while."""
    end = time.monotonic() + _STUCK_S
    while _kill_marked(mark.encode()) and time.monotonic() < end:
        time.sleep(_POLL_S)


def _kill_marked(mark: bytes) -> bool:
    """Kill what is there now; says whether there was anything."""
    found = False
    for pid in _processes():
        with suppress(OSError):
            found = _kill_if_marked(pid, mark) or found
    return found


def _processes() -> Iterator[int]:
    if sys.platform == "linux" and hasattr(os, "pidfd_open"):
        with suppress(OSError):
            yield from (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208


def _kill_if_marked(pid: int, mark: bytes) -> bool:
    # What is read is of the process that is held, or that one is gone; a number may be another's by now.
    process = os.pidfd_open(pid)
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            if mark not in file.read():
                return False
        signal.pidfd_send_signal(process, signal.SIGKILL)
        return True
    finally:
        os.close(process)
