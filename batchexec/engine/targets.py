"""What is made when it is asked for by name: a verification, prompts, a report."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.engine.filters import Filters
from batchexec.engine.outline import outline
from batchexec.engine.prompts import write_prompts
from batchexec.engine.reports import write_report
from batchexec.errors import Problem, SelectionError
from batchexec.sources.files import shown
from batchexec.verify import save

if TYPE_CHECKING:
    from batchexec.engine.site import Site
    from batchexec.rundb import RunDatabase


@dataclass(frozen=True, slots=True)
class Made:
    """What there is to say about something that was made, and whether it is as one would wish."""

    text: str
    good: bool = True


def make(name: str, site: Site, database: RunDatabase, filters: Filters | None = None) -> Made:
    """Make one of the targets. Raises BatchError where the input or the tree do not allow it."""
    match name:
        case "verify":
            return _verify(site)
        case "prompts":
            return Made(write_prompts(site, filters or Filters()))
        case "prps_from_plan":
            return _prps(site)
    reported = write_report(site, database, site.settings.templates)
    return Made("".join(f"Report: {path}\n" for path in reported))


def _prps(site: Site) -> Made:
    """Write the PRPs of a plan; a dry run only tells."""
    from batchexec.generate.prps import generate

    plan, settings = site.batch_plan, site.settings
    if plan is None:
        raise SelectionError(
            Problem(None, "prps_from_plan: no plan is named", "it is run by name, with --file")
        )
    first, *others = settings.prp_roots
    made = generate(
        plan.path,
        settings.repo_root,
        os.path.relpath(first, settings.repo_root),
        settings.batch,
        roots=others,
        result_files=sorted((settings.repo_root / settings.results / "batches").glob("*.result.json")),
        serialise=plan.serialise,
        lenient=plan.lenient,
        dry_run=settings.dry_run,
        overrides=settings.templates,
    )
    warnings = "".join(f"{problem}\n" for problem in made.problems)
    return Made(f"{warnings}{made.text}")


def _verify(site: Site) -> Made:
    tasks, root = site.tasks_md, site.settings.repo_root
    verification = site.evidence.verify(tasks)
    directory, _ = save(root, verification, time.time(), site.settings.templates)
    report = site.shown(root / directory / "report.md")
    text = f"{outline(verification, shown(tasks))}Report: {report}\n"
    return Made(text, verification.verified == len(verification.tasks))
