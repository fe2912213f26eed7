"""`batchexec plan_approve`, `plan_fix` and `plan_skip`: what a person decides about achievements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.create import today
from batchexec.engine.commands.plans.interrupting import heeding_signals
from batchexec.engine.commands.plans.opening import journal_of, open_plan, read_text
from batchexec.engine.commands.plans.saying import SCHEMA_VERSION, say, say_json
from batchexec.errors import Problem, SelectionError
from batchexec.plans.creation import marking
from batchexec.plans.table import EMOJI
from batchexec.sources.plan import Marker

if TYPE_CHECKING:
    import argparse

_MARKERS = {"plan_approve": Marker.APPROVED, "plan_fix": Marker.FIX, "plan_skip": Marker.SKIPPED}


def main(arguments: argparse.Namespace) -> int:
    text = arguments.text or ""
    if arguments.file is not None:
        text = read_text(arguments.file, "the text")
    marker = _MARKERS[arguments.name]
    if marker is Marker.FIX and not text.strip():
        hint = "say it with -m TEXT, or name a FILE that does"
        raise SelectionError(Problem(None, "nothing says what has to be changed", hint))
    loaded = open_plan(arguments)
    with heeding_signals():
        marked = marking.mark(loaded, arguments.ids, marker, text, journal_of(loaded), today())
    if arguments.json:
        rows = [{"id": one.id, "status": str(one.status), "path": one.path} for one in marked]
        say_json({"schema_version": SCHEMA_VERSION, "marked": rows, "run_id": marked[0].run_id})
        return 0
    for one in marked:
        say(f"{EMOJI[one.status]} {one.id} is {one.status}: {one.path}")
    say(f"Next: {open_plan(arguments).recommendation}")
    return 0
