"""Opens the plan that a command is about, from wherever it is typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.standing import load_now
from batchexec.errors import BatchError, Problem, SelectionError
from batchexec.journal import Journal
from batchexec.sources.plan import find_workspace

if TYPE_CHECKING:
    import argparse

    from batchexec.plans import Loaded


def open_plan(arguments: argparse.Namespace) -> Loaded:
    """Read the plan of `--plan`, in the workspace of `--workspace`, or that it lies in."""
    workspace, given = workspace_of(arguments, arguments.plan)
    return load_now(workspace, arguments.plan, given)


def workspace_of(arguments: argparse.Namespace, word: str = "") -> tuple[Path, str]:
    """
    Find the workspace, and how to name it in commands that are typed here.

    A plan named by its path says itself which one it lies in.
    """
    if arguments.workspace is not None:
        return find_workspace(Path.cwd(), Path(arguments.workspace)), arguments.workspace
    around = _around(word)
    if around is None:
        return find_workspace(Path.cwd()), ""
    return around, "" if around == _around(".") else str(around)


def _around(word: str) -> Path | None:
    """Find the workspace around a file or directory; None where it is none, or lies in no workspace."""
    if not word or word.startswith("@") or not os.path.exists(word):  # noqa: PTH110  # raises for long names
        return None
    try:
        return find_workspace(Path(word))
    except BatchError:
        return None


def journal_of(loaded: Loaded) -> Journal:
    return Journal(loaded.workspace, loaded.workspace)


def read_text(name: str, what: str) -> str:
    """Read a text that a person names; `-` is what comes in on stdin."""
    try:
        data = _stdin() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise SelectionError(
            Problem(None, f"{what} {name} cannot be read", error.strerror or str(error))
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SelectionError(Problem(None, f"{what} {name} is no text", "save it as UTF-8")) from None


def _stdin() -> bytes:
    return sys.stdin.buffer.read() if sys.stdin else b""
