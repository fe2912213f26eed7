"""Writes prompts for what a verification found missing, where the next run looks for them."""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchexec.engine.outline import outline
from batchexec.errors import Problem, Severity, SourceError
from batchexec.generate import COPY, generate
from batchexec.sources.files import shown
from batchexec.sources.verification_report import complete, read_report
from batchexec.verification import priority_of
from batchexec.verification.document import WORKFLOW, as_json
from batchexec.verify import REPORTS, read_list, save, shown_below
from batchexec.wording import local_time, plural, printable
from batchexec.workspace import LATEST, publish_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from batchexec.engine.filters import Filters
    from batchexec.engine.site import Site
    from batchexec.generate import Prompts
    from batchexec.sources.checklist import Checklist
    from batchexec.verification import Verification

PROMPTS = ".spec/prompts"
_RUN = re.compile(rf"{LATEST}|\d{{8}}_\d{{6}}(?:_\d+)?")


def write_prompts(site: Site, filters: Filters) -> str:
    """
    Write the prompts of one round; returns what there is to say about them.

    Where nothing is left to do, nothing is written.
    """
    root, parent = _place(site)
    report = filters.report or _latest(site)
    verification = _verification(site, report)
    now = time.time()
    prompts = generate(
        verification,
        generated_at=local_time(now),
        source_report=shown_below(report, site.settings.repo_root),
        report=json.loads(report.read_bytes()),
        only=filters.categories,
        priorities=filters.priorities,
        naming=site.settings.naming,
        overrides=site.settings.templates,
    )
    if not prompts.tasks:
        return _nothing(verification, site)
    files = {path: text.encode() for path, text in prompts.files.items()}
    files |= {COPY: report.read_bytes()}
    name = publish_run(root, parent, now, lambda _: files)
    return printable("\n".join(_lines(prompts, site.shown(root / parent / name), site.shown(report))) + "\n")


def _lines(prompts: Prompts, directory: str, report: str) -> Iterator[str]:
    yield f"From {report}"
    counts: dict[str, int] = {}
    for task in prompts.tasks:
        counts[task.finding] = counts.get(task.finding, 0) + 1
    for category, count in counts.items():
        yield f"{directory}/{category}.md: {plural(count, 'task')}"
    yield f"Prompts: {len(prompts.tasks)}; `doit list` shows the plan, `doit` carries them out"


def _nothing(verification: Verification, site: Site) -> str:
    if verification.verified == len(verification.tasks):
        count = len(verification.tasks)
        all_of_them = "The one task is" if count == 1 else f"All {count} tasks are"
        return f"{all_of_them} verified: no prompt is needed.\n"
    found = outline(verification, shown(site.tasks_md))
    return f"{found}No prompt is written: no task that a prompt could help was asked for.\n"


def _place(site: Site) -> tuple[Path, str]:
    """Find where the next run will look for prompts: a directory, and one below it that holds the runs."""
    chosen = site.settings
    is_usual = chosen.prompts_dir is None or chosen.origins["prompts_dir"] == "default"
    where = chosen.repo_root / PROMPTS if is_usual else chosen.prompts_dir
    assert where
    if _RUN.fullmatch(where.name):
        where = where.parent
    elif where.is_dir() and any(_is_prompt(path) for path in where.iterdir()):
        problem = (
            f"{site.shown(where)} holds the prompts themselves: there is no room for those of another run"
        )
        hint = "move them into a directory of their own below it, or point prompts_dir elsewhere"
        raise SourceError(Problem(None, problem, hint))
    return (chosen.repo_root, PROMPTS) if is_usual else (where.parent, where.name)


def _is_prompt(path: Path) -> bool:
    return path.suffix.lower() == ".md" and path.stem.lower() != "readme"


def _latest(site: Site) -> Path:
    """
    Return a report to go by: the newest one of another tool, or one of ours that is true at this moment.

    Verifying costs little, and a prompt for what is done, or none for what was
    undone since, costs much.
    """
    root = site.settings.repo_root
    latest = (root / REPORTS / LATEST).resolve() / "summary.json"
    known = _document(latest)
    if latest.exists() and known.get("workflow") != WORKFLOW:
        return latest
    verification = site.evidence.verify(site.tasks_md)
    fresh = as_json(verification, run_id="", generated_at="", version="")
    if all(known.get(key) == fresh[key] for key in ("inputs", "tasks", "problems")):
        return latest
    directory, _ = save(root, verification, time.time(), site.settings.templates)
    return root / directory / "summary.json"


def _document(path: Path) -> Mapping[str, Any]:
    """Take what a report says, if it is one; what is wrong with it its reader says."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _verification(site: Site, report: Path) -> Verification:
    """Take a report together with tasks.md; what it does not tell is found out."""
    tasks, root = site.tasks_md, site.settings.repo_root
    checklist = read_list(tasks, root)
    reading = read_report(report, checklist, shown_below(tasks, root))
    errors = [problem for problem in reading.problems if problem.severity is Severity.ERROR]
    if errors:
        raise SourceError.of(errors)
    for problem in reading.problems:
        sys.stderr.write(f"{printable(str(problem))}\n")
    verification = _as_listed(reading.verification, checklist)
    if all(task.finding for task in verification.tasks):
        return verification
    return complete(verification, site.evidence.verify(tasks))


def _as_listed(verification: Verification, checklist: Checklist) -> Verification:
    """Leave out what tasks.md does not know, and take the ticks from there: it may be the newer one."""
    ticked = {entry.id: entry.ticked for entry in checklist.entries.values()}
    tasks = tuple(
        replace(task, ticked=ticked[task.id], priority=priority_of(task.finding, ticked=ticked[task.id]))
        for task in verification.tasks
        if task.id in ticked
    )
    return replace(verification, tasks=tasks)
