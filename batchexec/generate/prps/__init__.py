"""Writes the PRPs of a batch from its plan: all of them or none, and never over a file."""

from __future__ import annotations

import os
import posixpath
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.generate.prps.making import GeneratedPrp, check_unused, next_batch, prps_of
from batchexec.sources.batch_plan import read_batch_plan
from batchexec.wording import plural
from batchexec.workspace import Stage, Workspace, discard, publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["GeneratedPrp", "Made", "check_unused", "generate", "next_batch", "prps_of", "write_prps"]


@dataclass(frozen=True, slots=True)
class Made:
    """The PRPs that were made, what there is to say about them, and the plan's warnings."""

    prps: tuple[GeneratedPrp, ...]
    text: str
    problems: tuple[Problem, ...] = ()


def generate(
    plan_path: Path,
    root: Path,
    prps_dir: str,
    batch: int | None = None,
    *,
    roots: Sequence[Path] = (),
    result_files: Iterable[Path] = (),
    serialise: bool = False,
    lenient: bool = False,
    dry_run: bool = False,
    created: str = "",
    overrides: Path | None = None,
) -> Made:
    """
    Write a PRP for each phase of a plan into a directory below the repository's root.

    `roots` are where PRPs are looked for besides. Without `batch` the number after
    all that were used is taken. A dry run only tells. Raises BatchError, and
    then nothing was written.
    """
    plan = read_batch_plan(plan_path, lenient=lenient)
    prps_dir = _inside(prps_dir)
    known, results = [root / prps_dir, *roots], list(result_files)
    if batch is None:
        batch = next_batch(known, results)
    else:
        check_unused(batch, known, results)
    now = created or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    prps = prps_of(plan, batch=batch, serialise=serialise, created=now, overrides=overrides)
    if not dry_run:
        write_prps(prps, root, prps_dir)
    return Made(tuple(prps), "\n".join(_lines(prps, prps_dir, batch, dry_run=dry_run)) + "\n", plan.problems)


def write_prps(prps: Iterable[GeneratedPrp], root: Path, directory: str) -> None:
    """Write all of them, or none where a file of such a name is there. Raises WorkspaceError."""
    directory = _inside(directory)
    files = {_below(directory, prp.path): prp.text.encode() for prp in prps}
    workspace = Workspace(root)
    taken = [path for path in files if workspace.exists(path)]
    if taken:
        hint = "nothing was written; move it away, or choose another number for the batch"
        raise WorkspaceError(*(Problem(None, f"{path} exists already", hint) for path in taken))
    stage = Stage(workspace, root / directory / f".prps-{os.getpid()}.bxtmp")
    try:
        for path, data in files.items():
            stage.write(path, data)
        publish(workspace, stage.directory, stage.seal())
    finally:
        discard(stage.directory)


def _below(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"


def _inside(directory: str) -> str:
    if directory.startswith("/") or ".." in directory.split("/"):
        message = f"{directory} is no directory below the repository's root"
        raise WorkspaceError(Problem(None, message, "nothing was written; name one, like `PRPs`"))
    return posixpath.normpath(directory)


def _lines(prps: Sequence[GeneratedPrp], directory: str, batch: int, *, dry_run: bool) -> Iterator[str]:
    for prp in prps:
        after = f", after {', '.join(prp.after)}" if prp.after else ""
        yield f"{_below(directory, prp.path)} (stage {prp.stage}{after})"
    stages = plural(max(prp.stage for prp in prps), "stage")
    then = "nothing was written" if dry_run else f"`doit --batch {batch}` carries them out"
    yield f"Batch {batch}: {plural(len(prps), 'PRP')} in {stages}; {then}"
