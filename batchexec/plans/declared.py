"""What is wrong with the dependencies a PLAN declares, where they are the only graph there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.parallel.cycles import cycles
from batchexec.parallel.edges import drawn, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.sources.plan import Plan


def problems(plan: Plan) -> Iterator[Problem]:
    """Find what no achievement can ever be released by: ids there are not, and rings."""
    places = {one.id: one.location for one in plan.achievements}
    for one in plan.achievements:
        for dep in one.dependencies:
            if dep not in places:
                message = f"dependency '{dep}' of {one.id} not found, so {one.id} stays blocked"
                hint = "correct it, or list that achievement"
                yield Problem(one.location, message, hint, Severity.WARNING, "unknown-dependency")
    found = cycles({one.id: one.dependencies for one in plan.achievements})
    for ring in found.found:
        message = f"circular dependency: {drawn(ring)}"
        yield Problem(places[ring[0]], message, "take one of these dependencies out", code="circular")
    for ids in found.more:
        message = f"more cycles in {some(ids)}"
        hint = "take dependencies out of the others first"
        yield Problem(places[ids[0]], message, hint, code="circular")
