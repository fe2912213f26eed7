"""`batchexec plan_undo` and `batchexec undo`: take back what a run wrote, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.answering import EXIT
from batchexec.engine.commands.plans.opening import open_plan, workspace_of
from batchexec.engine.commands.plans.saying import SCHEMA_VERSION, say, say_json
from batchexec.engine.plans.naming import load_called
from batchexec.errors import BatchError, Problem, SelectionError
from batchexec.journal import Journal, Undone
from batchexec.plans.creation import Ending
from batchexec.plans.naming import typed
from batchexec.sources.plan import parse_name
from batchexec.wording import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.plans import Loaded

_RUN = "plan_run"


def main(arguments: argparse.Namespace) -> int:
    root, given = _root(arguments)
    journal = Journal(root, root)
    every = list(_every(journal, arguments)) if arguments.all else [_undone(journal, arguments)]
    if arguments.json:
        first, *others = map(_document, every)
        say_json(first | {"runs": [first, *others]} if arguments.all else first)
    else:
        say(
            "".join(f"{line}\n" for undone in every for line in _lines(undone, given, last=not arguments.all))
        )
    return EXIT[Ending.FAILED if any(undone.kept for undone in every) else Ending.DONE]


def _every(journal: Journal, arguments: argparse.Namespace) -> Iterator[Undone]:
    """Take back one run after the other, the newest first."""
    if arguments.run is not None or getattr(arguments, "plan", None):
        raise SelectionError(Problem(None, "--all takes back every run", "leave --run and --plan out"))
    undone = journal.undo()
    yield undone
    while undone.earlier:
        undone = journal.undo(undone.earlier)
        yield undone


def _undone(journal: Journal, arguments: argparse.Namespace) -> Undone:
    if arguments.run is not None or not getattr(arguments, "plan", None):
        return journal.undo(arguments.run)
    newest = _newest(journal, open_plan(arguments))
    return journal.undo(newest) if newest else Undone("")


def _root(arguments: argparse.Namespace) -> tuple[Path, str]:
    """
    Find the tree, and how to name it in commands.

    That is the workspace, or for runs of other kinds the nearest directory with a journal.
    """
    try:
        return workspace_of(arguments, getattr(arguments, "plan", None) or "")
    except BatchError:
        if arguments.workspace is not None or arguments.name == "plan_undo":
            raise
        here = Path.cwd()
        found = (one for one in (here, *here.parents) if Journal(one, one).directory.is_dir())
        return next(found, here), ""


def _newest(journal: Journal, loaded: Loaded) -> str | None:
    """Find the newest run that wrote for a plan."""
    for record in reversed(journal.runs()):
        is_run = any(_is_run_of(word, loaded) for word in record.command)
        if is_run or any(_concerns(journal.root / entry.path, loaded) for entry in record.entries):
            return record.run_id
    return None


def _is_run_of(word: str, loaded: Loaded) -> bool:
    """Tell whether a word had a plan carried out: what its executor wrote may lie anywhere."""
    family, _, rest = word.partition(":")
    if family != _RUN:
        return False
    try:
        return load_called(loaded.workspace, rest.partition(":")[0]).plan.file == loaded.plan.file
    except BatchError:
        return False  # of a plan that has gone since


def _concerns(path: Path, loaded: Loaded) -> bool:
    plan = loaded.plan
    if not plan.flat:
        return path.is_relative_to(os.path.realpath(plan.directory))
    name = parse_name(path.name)
    return path.parent == plan.file.parent.resolve() or bool(name and name.plan == plan.name)


def _lines(undone: Undone, given: str, *, last: bool) -> Iterator[str]:
    if not undone.run_id:
        yield "Nothing to undo: no run has written anything here."
        return
    if not (undone.removed or undone.restored or undone.kept):
        yield f"Nothing to undo: of run {undone.run_id} nothing is left."
    for what, paths in (("Removed", undone.removed), ("Restored", undone.restored)):
        if paths:
            yield f"✅ {what} {plural(len(paths), 'file')} of run {undone.run_id}:"
            yield from (f"  - {path}" for path in paths)
    if undone.kept:
        yield f"⚠️  Kept {plural(len(undone.kept), 'file')}:"
    for kept in undone.kept:
        backup = f"; what it was before is in {kept.backup}" if kept.backup else ""
        yield f"  - {kept.path}: {kept.why}{backup}"
    if undone.earlier and last:
        place = ("--workspace", given) if given else ()
        yield f"The run before it: {typed(('batchexec', 'undo', *place, '--run', undone.earlier))}"


def _document(undone: Undone) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": undone.run_id or None,
        "removed": list(undone.removed),
        "restored": list(undone.restored),
        "kept": [
            {"path": kept.path, "why": kept.why, "backup": str(kept.backup) if kept.backup else None}
            for kept in undone.kept
        ],
        "earlier": undone.earlier or None,
    }
