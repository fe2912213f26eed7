"""`batchexec plan_list`: all plans of a workspace at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import workspace_of
from batchexec.engine.commands.plans.saying import SCHEMA_VERSION, say, say_json
from batchexec.engine.commands.plans.standing import tries, unjudged
from batchexec.plans import load
from batchexec.plans.overview import dashboard, rows
from batchexec.sources.plan import places

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Mapping
    from pathlib import Path


def main(arguments: argparse.Namespace) -> int:
    workspace, given = workspace_of(arguments)
    running, passed = _tried(workspace)
    found = rows(workspace, running, passed=passed, given=given)
    if arguments.json:
        plans = [row.as_json(workspace) for row in found]
        say_json({"schema_version": SCHEMA_VERSION, "plans": plans})
    else:
        say(dashboard(found))
    return 0


def _tried(workspace: Path) -> tuple[Mapping[Path, Collection[str]], Mapping[Path, Collection[str]]]:
    """Look up what runs know of each PLAN; most have never been run."""
    known = tries(workspace)
    files = {
        place.file: known[place.name] for place in places(workspace) if place.file and place.name in known
    }
    running = {file: tried.running for file, tried in files.items()}
    passed = {
        file: frozenset(unjudged(load(workspace, str(file)), tried))
        for file, tried in files.items()
        if tried.passed
    }
    return running, passed
