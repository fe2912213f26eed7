"""A sign of life beside the books: what changed after the last one, a dead process did not change."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EVERY_S = 2.0
_LINGERS_S = 15.0
"""How long what a dead process had started may go on: it is ended, politely first, and a sign may be due."""


@contextmanager
def signs_of_life(state: Path) -> Iterator[None]:
    """Give one every other second."""
    over = threading.Event()
    sign = _sign(state)

    def give() -> None:
        while not over.wait(_EVERY_S):
            os.utime(sign)

    sign.touch()
    thread = threading.Thread(target=give, name="signs of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sign.unlink(missing_ok=True)


def ended_utc(state: Path) -> float | None:
    """Say when all that a killed run had started was over; None where it left no sign."""
    try:
        return _sign(state).stat().st_mtime + _LINGERS_S
    except OSError:
        return None


def _sign(state: Path) -> Path:
    return state / "alive"
