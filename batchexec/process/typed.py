"""What is typed into a program: a file, for some programs wait for ever for the end of a pipe."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def typed(text: bytes | None) -> Iterator[IO[bytes] | int]:
    """Give `Popen` a file without a name that holds the text, or one that is empty for ever."""
    if text is None:
        yield subprocess.DEVNULL
        return
    with TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        yield file
