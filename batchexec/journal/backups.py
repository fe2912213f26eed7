"""Copies of what files were before a run wrote over them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from batchexec.workspace.durable import FILE, sync_directory
from batchexec.workspace.tree import parent

if TYPE_CHECKING:
    from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def keep(directory: Path, name: str, data: bytes) -> None:
    """Keep a copy for its owner alone: who else may read it is not known once the file itself is gone."""
    with parent(directory, name, create=True) as (above, last):
        assert above is not None
        with os.fdopen(os.open(last, _NEW, 0o600, dir_fd=above), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(above)


def kept(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, FILE)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
