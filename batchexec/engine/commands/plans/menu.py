"""`batchexec plan_menu`: a front to the other words about a plan, for who sits at a terminal."""

from __future__ import annotations

import re
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import open_plan
from batchexec.engine.commands.plans.saying import ask, can_ask, say, tell
from batchexec.errors import Problem, SelectionError
from batchexec.plans.menu import BACK, INVALID, Entry, choose, entries, menu, run
from batchexec.plans.naming import typed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.plans import Loaded

_RUN = 3
_IDS = re.compile(r"\d+(?:\.\d+){1,2}(?:,\d+(?:\.\d+){1,2})*", re.ASCII)


def main(arguments: argparse.Namespace) -> int:
    if not can_ask():
        hint = "type the commands it would: `batchexec --help` lists them"
        raise SelectionError(Problem(None, "plan_menu needs a terminal", hint))
    while (answer := _asked(loaded := open_plan(arguments))) is not None:
        chosen = _chosen(loaded, answer)
        if isinstance(chosen, str):
            say(chosen)
        elif not chosen:
            break
        else:
            _carry_out(chosen, arguments)
    return 0


def _asked(loaded: Loaded) -> str | None:
    found = entries(loaded)
    say(f"\n{menu(found)}{loaded.recommendation}")
    return ask("> ")


def _chosen(loaded: Loaded, answer: str) -> tuple[str, ...] | str:
    """
    Find the command somebody chose, nothing for the way back, or text that says why it cannot be done.

    A word after the number chooses a variant: `4 tree`, `3 1.1,1.2`.
    """
    found = entries(loaded)
    number, _, more = answer.strip().partition(" ")
    entry = choose(found, number)
    if isinstance(entry, str):
        return entry
    if entry.number == BACK:
        return INVALID if more else ()
    if not more:
        return entry.command
    return next(_variants(loaded, entry, more.strip()), INVALID)


def _variants(loaded: Loaded, entry: Entry, more: str) -> Iterator[tuple[str, ...]]:
    for command in (entry.command, *entry.others):
        if more.removeprefix("--") == command[-1].removeprefix("--"):
            yield command
    if entry.number == _RUN and _IDS.fullmatch(more):
        yield run(loaded, more.split(","))


def _carry_out(command: tuple[str, ...], arguments: argparse.Namespace) -> None:
    """Do what is shown, as if it was typed; who comes back sees the menu again."""
    say(f"$ {typed(command)}")
    with chdir(Path.cwd()):  # what is done may go elsewhere
        code = arguments.again(command[1:])
    if code:
        tell(f"(exit status {code})")
