"""Writes prompts for what a verification found missing, where the next run looks for them."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

from batchexec.engine.outline import outline
from batchexec.errors import Problem, Severity, SourceError
from batchexec.generate import generate
from batchexec.sources.tasks_md import read_checklist
from batchexec.sources.verification_report import complete, read_report
from batchexec.verify import REPORTS, save, shown_below
from batchexec.wording import local_time, plural, printable
from batchexec.workspace import LATEST, publish_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchexec.engine.filters import Filters
    from batchexec.engine.site import Site
    from batchexec.generate import Prompts
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
        overrides=site.settings.templates,
    )
    if not prompts.tasks:
        return _nothing(verification)
    files = {path: text.encode() for path, text in prompts.files.items()}
    name = publish_run(root, parent, now, lambda _: files)
    return printable("\n".join(_lines(prompts, site.shown(root / parent / name))) + "\n")


def _lines(prompts: Prompts, directory: str) -> Iterator[str]:
    counts: dict[str, int] = {}
    for task in prompts.tasks:
        counts[task.finding] = counts.get(task.finding, 0) + 1
    for category, count in counts.items():
        yield f"{directory}/{category}.md: {plural(count, 'task')}"
    yield f"Prompts: {len(prompts.tasks)}; `doit list` shows the plan, `doit` carries them out"


def _nothing(verification: Verification) -> str:
    if verification.verified == len(verification.tasks):
        return f"All {plural(verification.verified, 'task')} are verified: no prompt is needed.\n"
    return f"{outline(verification)}No prompt is written: no task that a prompt could help was asked for.\n"


def _place(site: Site) -> tuple[Path, str]:
    """Find where the next run will look for prompts: a directory, and one below it that holds the runs."""
    chosen = site.settings
    if chosen.prompts_dir is None or chosen.origins["prompts_dir"] == "default":
        return chosen.repo_root, PROMPTS
    where = chosen.prompts_dir
    if _RUN.fullmatch(where.name):
        where = where.parent
    elif where.is_dir() and any(path.suffix == ".md" for path in where.iterdir()):
        problem = (
            f"{site.shown(where)} holds the prompts themselves: there is no room for those of another run"
        )
        hint = "point prompts_dir to a directory for runs, as .spec/prompts is, or leave it out"
        raise SourceError(Problem(None, problem, hint))
    return where.parent, where.name


def _latest(site: Site) -> Path:
    """Return the newest report of a verification; where there is none, make one."""
    root = site.settings.repo_root
    latest = (root / REPORTS / LATEST).resolve() / "summary.json"
    if not latest.exists():
        verification = site.evidence.verification()
        if verification is None:
            hint = "name one with `tasks:` in batchexec.yaml, or with --tasks"
            raise SourceError(Problem(None, "there is no tasks.md to write prompts for", hint))
        save(root, verification, time.time(), site.settings.templates)
    return latest


def _verification(site: Site, report: Path) -> Verification:
    """Take a report together with tasks.md; what it does not tell is found out."""
    tasks, root = site.settings.tasks, site.settings.repo_root
    if tasks is None:
        hint = "name one with `tasks:` in batchexec.yaml, or with --tasks"
        raise SourceError(Problem(None, "there is no tasks.md to write prompts for", hint))
    checklist = read_checklist(tasks)
    reading = read_report(report, checklist, shown_below(tasks, root))
    errors = [p for p in (*checklist.problems, *reading.problems) if p.severity is Severity.ERROR]
    if errors:
        raise SourceError.of(errors)
    verification = reading.verification
    if all(task.finding for task in verification.tasks):
        return verification
    fresh = site.evidence.verification()
    assert fresh
    return complete(verification, fresh)
