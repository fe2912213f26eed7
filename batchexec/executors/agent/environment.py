"""What an agent's program sees of our environment, and the state it may keep beside other workers."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from batchexec import process

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from batchexec.executors.agent.presets import Preset, State


def environ_for(
    preset: Preset, passed: Collection[str], added: Mapping[str, str], own: Path | None
) -> dict[str, str]:
    """
    Put the environment together; what comes later goes before.

    Ours without secrets, the secrets the preset or the user names, what keeps
    the program quiet, its own state directory, and what the user adds.
    """
    environ = {name: value for name, value in process.inherited().items() if name not in preset.without}
    environ |= {name: os.environ[name] for name in (*preset.keys, *passed) if name in os.environ}
    environ |= preset.environment
    if own is not None and preset.state is not None:
        environ[preset.state.variable] = str(own)
    return {**environ, **added}


def prepare(state: State, own: Path) -> None:
    """Give a worker's state directory the user's login, where it has none or an older one."""
    _directory(own)
    theirs = Path(os.environ.get(state.variable) or state.home).expanduser()
    for name in state.files:
        with suppress(FileNotFoundError, NotADirectoryError):
            _refresh(theirs / name, own / name)


def _refresh(theirs: Path, copy: Path) -> None:
    given = theirs.stat()
    # A program renews its login in its own copy: that one then is the newer.
    if not copy.exists() or copy.stat().st_mtime < given.st_mtime:
        data = theirs.read_bytes()
        _directory(copy.parent)
        _write_private(copy, data)


def _directory(path: Path) -> None:
    os.makedirs(path, mode=0o700, exist_ok=True)  # noqa: PTH103  # pathlib's doors lead into the tree


def _write_private(path: Path, data: bytes) -> None:
    descriptor, temporary = mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    shutil.move(temporary, path)
