"""Lets a request to end be heard while files are written, so that what was begun is taken back or noted."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def heeding_signals() -> Iterator[None]:
    """Turn them into KeyboardInterrupt, as Ctrl-C is; a signal that is ignored stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    heeded = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    try:
        for number in heeded:
            signal.signal(number, _interrupt)
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
