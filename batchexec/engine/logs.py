"""One log for each attempt, with what its program printed and without secrets."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from batchexec.paths import file_name

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.redaction import Redactor, Stream


def log_path(run: str, task: str, attempt: int) -> str:
    """Name the log of an attempt, below the state of its batch."""
    return f"runs/{run}/{file_name(task)}.{attempt}.log"


class Log:
    """The log of one attempt; the file comes with the first thing that is written."""

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self.path = path
        self._redactor = redactor
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._file: int | None = None

    @property
    def written(self) -> bool:
        return self._stream is not None

    def write(self, data: bytes) -> None:
        with self._lock:
            if self._stream is None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
                self._file = os.open(self.path, flags, 0o600)
                self._stream = self._redactor.stream(self._sink)
            self._stream.write(data)

    def _sink(self, data: bytes) -> None:
        assert self._file is not None
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def close(self) -> None:
        with self._lock:
            if self._stream is not None and self._file is not None:
                self._stream.close()
                os.close(self._file)
                self._file = None
