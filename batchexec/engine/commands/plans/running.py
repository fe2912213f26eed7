"""`batchexec plan_run`: carries out what is ready of a plan, or prints what its executor would be told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import open_plan
from batchexec.engine.main import run_doit
from batchexec.engine.plans.reading import FAMILY, check_graph, check_ready, sheets_of
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
    return run_doit(["run", *slots, *quiet, *(f"{FAMILY}:{loaded.plan.name}:{id_}" for id_ in ids)])


def _chosen(loaded: Loaded, said: str) -> Sequence[str]:
    """Read which achievements are meant. Raises SelectionError with all that cannot be carried out now."""
    if said == "all":
        return runnable(loaded)
    problems: list[Problem] = []
    ids = list(dict.fromkeys(one.strip() for one in said.split(",") if one.strip()))
    for id_ in ids:
        try:
            check_ready(loaded, id_)
        except SelectionError as error:
            problems += error.problems
    if problems:
        raise SelectionError(*problems)
    return ids


def _print(loaded: Loaded, ids: Sequence[str]) -> None:
    for id_ in ids:
        for sheet in sheets_of(loaded, id_):
            sys.stdout.write(f"=== {sheet.file.name} ===\n{prompt(loaded, id_, sheet.file)}\n")
