"""Says by whom a plan would be carried out and what that may cost, or who could do what it leaves open."""

from __future__ import annotations

import shutil
from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING

from batchexec.engine.plan import Status
from batchexec.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchexec.engine.plan import Step
    from batchexec.engine.site import Site
    from batchexec.model import Task
    from batchexec.rundb import RunDatabase

_PROGRAMS = ("claude", "codex", "gemini", "aider", "opencode")
_WILL = (Status.RUN, Status.MAY_RUN)


def outlook(steps: Sequence[Step], site: Site, database: RunDatabase) -> str:
    """Say it in lines for the end of a plan; nothing where all is done by what prompts hold."""
    ahead = [step.task for step in steps if step.status in _WILL]
    return "".join(f"{line}\n" for line in (*_whom(ahead, site, database), *_who_could(ahead, site)))


def mean_costs(names: Iterable[str], database: RunDatabase) -> dict[str, float]:
    """Say of executors what an attempt took on average, in USD; of those that ever took anything."""
    found = {name: database.costs(name) for name in set(names)}
    return {name: fmean(costs) for name, costs in found.items() if costs}


def _whom(tasks: Sequence[Task], site: Site, database: RunDatabase) -> Iterator[str]:
    by = Counter(site.rungs(task) for task in tasks)
    names = {name for rungs in by for name in rungs}
    if not any(site.executor(name).isolated for name in names):
        return
    whom = ", ".join(f"{' then '.join(rungs)} ({count:,})" for rungs, count in by.items())
    yield f"Carried out by: {whom}"
    means = mean_costs((rungs[0] for rungs in by), database)
    total = sum(means.get(rungs[0], 0.0) * count for rungs, count in by.items())
    if total:
        yield f"Estimated cost: ${total:.2f}, as attempts cost so far"
    for name in sorted(names):
        for problem in site.executor(name).problems():
            yield f"⚠️ executor {name}: {problem.message}; {problem.hint}"


def _who_could(tasks: Sequence[Task], site: Site) -> Iterator[str]:
    """Name the agents at hand where prompts alone are not enough."""
    open_ = [task for task in tasks if site.rungs(task) == ("apply",) and _needs_more(task)]
    found = [program for program in _PROGRAMS if shutil.which(program)] if open_ else []
    if found:
        yield (
            f"{plural(len(open_), 'task')} without code for all files: {', '.join(found)}"
            f" could do the rest; see `executors:` in batchexec.yaml"
        )


def _needs_more(task: Task) -> bool:
    settled = {block.path for block in task.blocks} | {one.expected for one in task.naming}
    return any(output.path not in settled for output in task.outputs)
