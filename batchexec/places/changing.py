"""Makes files below any root as edits say, or as they were before them."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchexec.workspace import Workspace, publish, stage_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.model import Edit

_MOST_LINES = 400


def put(root: Path, edits: Iterable[Edit]) -> None:
    """Raises WorkspaceConflict where a file is not what the edits begin with; then nothing was done."""
    workspace = Workspace(root)
    with TemporaryDirectory(prefix="batchexec-") as directory:
        changes = stage_edits(workspace, Path(directory) / "edits", edits)
        publish(workspace, Path(directory) / "edits", changes)


def put_back(root: Path, edits: Iterable[Edit]) -> None:
    """Undo edits; the same holds of a file that is not what they left."""
    put(root, [_reversed(edit) for edit in edits])


def _reversed(edit: Edit) -> Edit:
    return replace(edit, before=edit.after, after=edit.before, mode=edit.mode_before, mode_before=edit.mode)


def as_diff(edits: Sequence[Edit]) -> str:
    """Show edits as people read them; of long ones the beginning."""
    lines = [line for edit in edits for line in _diff(edit)]
    more = len(lines) - _MOST_LINES
    shown = [*lines[:_MOST_LINES], f"… and {more} more lines"] if more > 0 else lines
    return "".join(f"{line}\n" for line in shown)


def _diff(edit: Edit) -> Iterable[str]:
    old, new = ((data or b"").decode(errors="replace").splitlines() for data in (edit.before, edit.after))
    before = "/dev/null" if edit.before is None else f"a/{edit.path}"
    after = "/dev/null" if edit.after is None else f"b/{edit.path}"
    return difflib.unified_diff(old, new, before, after, lineterm="")
