"""What a killed run left half done in the user's tree, and how it is taken out."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from batchexec import git
from batchexec.engine.alive import ended_utc
from batchexec.places import Trunk
from batchexec.places.memory import GitMemory

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.engine.site import Site

BEFORE = "before"
"""Names what the tree was before an attempt in place, in refs and directories of a run."""


def forget_before(site: Site, run: str) -> None:
    """Need what the tree was before a killed run's attempt no more: it was finished."""
    repository = git.repository(site.settings.repo_root)
    if repository and repository.resolve(git.kept_ref(run, BEFORE)):
        repository.drop(git.kept_ref(run, BEFORE))
    shutil.rmtree(site.state / BEFORE / run, ignore_errors=True)


def take_out(site: Site, run: str, task: str) -> str:
    """
    Take out of the tree what a killed attempt left half done there, and keep it; says what was done.

    What was changed after it had ended is somebody else's, and stays.
    """
    repository = git.repository(site.settings.repo_root)
    ref = git.kept_ref(run, BEFORE)
    ended = ended_utc(site.state)
    if repository and repository.resolve(ref):
        if ended is None:
            return f"It worked in place: `git diff {ref}` shows what it left."
        trunk = Trunk(repository, site.settings.repo_root)
        trunk.trust()
        memory = GitMemory.of(trunk, ref)
        kept = memory.keep(run, task)
        memory.restore(lambda path: _changed_utc(site.settings.repo_root / path) <= ended)
        memory.forget()
        return f"It worked in place: what it left was taken out, and is kept: {kept}" if kept else ""
    copies = site.state / BEFORE / run
    if copies.is_dir():
        return f"It worked in place: {site.shown(copies)} holds the files as they were."
    return ""


def _changed_utc(path: Path) -> float:
    """Say when a file came to be as it is, by what nobody can set; the beginning of time where it is gone."""
    try:
        return path.lstat().st_ctime
    except OSError:
        return 0.0
