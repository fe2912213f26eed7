"""`batchexec plan_status`: how far each achievement of a plan is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import open_plan
from batchexec.engine.commands.plans.saying import say, say_json
from batchexec.plans.table import details_json, numeric, relative, status_json, status_table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.plans import Loaded
    from batchexec.sources.plan import Hours


def main(arguments: argparse.Namespace) -> int:
    loaded = open_plan(arguments)
    if arguments.format == "json":
        standing = loaded.standing
        say_json(details_json(standing, loaded.workspace) if arguments.details else status_json(standing))
        return 0
    say(status_table(loaded.standing, arguments.workers))
    if arguments.details:
        say("\n" + "".join(f"{line}\n" for line in _details(loaded)))
    say(f"\n{loaded.recommendation}")
    return 0


def _details(loaded: Loaded) -> Iterator[str]:
    standing = loaded.standing
    for id_ in numeric(standing):
        hours = standing.hours.get(id_)
        said = [f"level {standing.levels[id_]}", str(standing.groups[id_])]
        said += [f"{_span(hours)} h"] if hours else ["hours unknown"]
        said += [f"{standing.actual_hours[id_]:g} h spent"] if id_ in standing.actual_hours else []
        yield f"{id_}: {', '.join(said)}"
        for path in standing.files(id_):
            yield f"  {relative(path, loaded.workspace)}"


def _span(hours: Hours) -> str:
    low, high = f"{round(hours.low, 2):g}", f"{round(hours.high, 2):g}"
    return low if low == high else f"{low}–{high}"
