"""`batchexec plan_run`: carries out what is ready of a plan, or prints what its executor would be told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import open_plan
from batchexec.engine.commands.plans.project import templates
from batchexec.engine.main import run_doit
from batchexec.engine.plans.naming import called
from batchexec.engine.plans.reading import FAMILY, check_graph, check_ready
from batchexec.engine.plans.sheets import jobs
from batchexec.errors import SelectionError
from batchexec.plans.menu import runnable
from batchexec.plans.prompting import prompt
from batchexec.wording import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from batchexec.errors import Problem
    from batchexec.plans import Loaded


def main(arguments: argparse.Namespace) -> int:
    loaded = open_plan(arguments)
    check_graph(loaded)
    ids = _chosen(loaded, arguments.ids)
    if not ids:
        sys.stdout.write(printable(f"Nothing to run. {loaded.recommendation}\n"))
        return 0
    if arguments.prompts_only:
        _print(loaded, ids)
        return 0
    os.chdir(loaded.workspace)
    slots = ("-n", str(arguments.slots)) if arguments.slots is not None else ()
    quiet = ("--quiet",) if arguments.quiet else ()
    dirty = ("--allow-dirty",) if arguments.allow_dirty else ()
    return run_doit(["run", *slots, *quiet, *dirty, *(f"{FAMILY}:{called(loaded)}:{id_}" for id_ in ids)])


def _chosen(loaded: Loaded, said: Sequence[str]) -> Sequence[str]:
    """Read which achievements are meant. Raises SelectionError with all that cannot be carried out now."""
    if tuple(said) in {(), ("all",)}:
        return runnable(loaded)
    problems: list[Problem] = []
    ids = list(dict.fromkeys(said))
    for id_ in ids:
        try:
            check_ready(loaded, id_)
        except SelectionError as error:
            problems += error.problems
    if problems:
        raise SelectionError(*problems)
    return ids


def _print(loaded: Loaded, ids: Sequence[str]) -> None:
    overrides = templates(loaded.workspace)
    for id_ in ids:
        for job in jobs(loaded, id_):
            text = prompt(loaded, id_, job.sheet.file, overrides)
            sys.stdout.write(f"=== {job.sheet.file.name} ===\n{text}\n")
