"""The one place that writes into the user's tree: inside it, whole files only, and durably."""

from __future__ import annotations

from batchexec.errors import WorkspaceConflict
from batchexec.workspace.creating import create_new
from batchexec.workspace.publishing import publish
from batchexec.workspace.runs import LATEST, publish_run
from batchexec.workspace.stage import Stage, discard, stage_edits
from batchexec.workspace.tree import Workspace, digest_of, files, links, write_atomic

__all__ = [
    "LATEST",
    "Stage",
    "Workspace",
    "WorkspaceConflict",
    "create_new",
    "digest_of",
    "discard",
    "files",
    "links",
    "publish",
    "publish_run",
    "stage_edits",
    "write_atomic",
]
