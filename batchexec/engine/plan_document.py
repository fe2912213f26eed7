"""The plan of a run as one JSON document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from batchexec.engine.outlook import mean_costs
from batchexec.engine.plan import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.engine.plan import Step
    from batchexec.engine.site import Site
    from batchexec.rundb import RunDatabase


def document(steps: Sequence[Step], site: Site, database: RunDatabase) -> str:
    """Write what `doit list --json` prints."""
    from batchexec.engine.prps import listing

    seconds = {name: last.seconds for name, last in database.last_attempts().items()}
    found = as_json(steps, site.graph, seconds)
    rungs = [site.rungs(step.task) for step in steps]
    means = mean_costs((names[0] for names in rungs), database)
    for row, step, names in zip(found["tasks"], steps, rungs, strict=True):
        row.update(executor=names, estimate_usd=means.get(names[0]))
        row.update(listing.more(step, site.prps) if site.prps else {})
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
