"""What plans are called in the names of tasks: by their names, or where several share one by their place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError
from batchexec.plans import load
from batchexec.sources.plan import places
from batchexec.sources.plan.places import WORK_SPACE

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from batchexec.plans import Loaded


def called(loaded: Loaded) -> str:
    """Say what a plan is called in the names of its tasks: `MY-PLAN`, or `later/MY-PLAN`."""
    if loaded.naming.word == f"@{loaded.plan.name}":
        return loaded.plan.name
    return _place(loaded.workspace, loaded.plan.file)


def load_called(workspace: Path, name: str, running: Collection[str] = ()) -> Loaded:
    """Read the plan that the name of a task means. Raises SelectionError with all that it may mean."""
    if "/" in name:
        return load(workspace, str(workspace / WORK_SPACE / "plans" / name), running)
    try:
        return load(workspace, f"@{name}", running)
    except SelectionError:
        files = [one.file for one in places(workspace) if one.name == name and one.file]
        if len(files) < 2:
            raise
        said = ", ".join(_place(workspace, file) for file in files)
        raise SelectionError(Problem(None, f"{name} is the name of several plans", f"say {said}")) from None


def _place(workspace: Path, file: Path) -> str:
    """Show where below `work-space/plans/` a plan lies, always with a `/`."""
    own = file.name == f"PLAN_{file.parent.name}.md"
    place = os.path.relpath(file.parent if own else file, workspace / WORK_SPACE / "plans")
    return place if "/" in place else f"./{place}"
