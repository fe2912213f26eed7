"""What is said of a PRP where others read it: to its executor, in its commits, as names of its branch."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.engine.prps.completion import GATES, ID, STATUS, SUCCESS
from batchexec.gates import summary
from batchexec.model import Result
from batchexec.places.place import Wording
from batchexec.rendering import render

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from batchexec.evidence import Verdict
    from batchexec.model import Task
    from batchexec.settings import Settings
    from batchexec.sources.prp import Phase, Prp

_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST = 50
# What `git check-ref-format` refuses; a branch somebody else wrote down may be anything.
_REFUSED = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|/\.|[/.]$|\.lock(?:/|$)|^@$")


def prompt_of(
    task: Task,
    prp: Prp,
    root: Path,
    rewrite: Callable[[str], str],
    settings: Settings,
    phase: Phase | None = None,
) -> Task:
    """Put before the text of a PRP what its executor is to know: which it is, where, steps and gates."""
    facts = {
        "id": prp.id,
        "title": prp.title,
        "directory": str(root),
        "steps": [replace(one, title=rewrite(one.title)) for one in (phase.steps if phase else prp.steps)],
        "phase": phase,
        "gates": prp.gates,
        "text": rewrite(task.prompt),
    }
    return replace(task, prompt=render("prp_prompt.md.j2", facts, settings.templates))


def wording(
    prp: Prp,
    settings: Settings,
    attempt: int,
    verdict: Verdict,
    confirmed: Collection[int] = (),
) -> Wording:
    """Write the messages of a PRP's commit and of the one that merges it."""
    title = " ".join(prp.title.split())
    phases = settings.commits == "phases"
    subject = f"{prp.id}: Complete - All validation gates passed" if phases else f"{prp.id}: {title}"
    counts = summary(verdict.gates)
    gates = f"{counts.passed} passed, {counts.failed} failed, {counts.manual} manual"
    gates += f", {counts.unverified} unverified" if counts.unverified else ""
    trailers = {ID: prp.id, "PRP-Batch": str(prp.batch), STATUS: SUCCESS, GATES: gates}
    left = {one.gate.number for one in verdict.gates if one.result in (Result.MANUAL, Result.UNVERIFIED)}
    if left.intersection(confirmed):
        trailers["PRP-Confirmed"] = ", ".join(map(str, sorted(left.intersection(confirmed))))
    if settings.assume_done:
        trailers["PRP-Assumed"] = ", ".join(settings.assume_done)
    trailers["PRP-Attempt"] = str(attempt)
    lines = "".join(f"{name}: {value}\n" for name, value in trailers.items())
    return Wording(
        message=f"{subject}\n\n{lines}",
        merge=f"Merge {prp.id}: {title}\n",
        branches=branches(prp),
        empty=True,
        stays=not settings.merge,
    )


def step(prp: Prp, number: int, phase: Phase) -> str:
    title = " ".join((phase.title or prp.title).split())
    return f"{prp.id}: Step {number} - {title}\n"


def branches(prp: Prp) -> tuple[str, ...]:
    """Name the branches that may lead to a PRP's commit, the best first."""
    place = prp.id.lower().replace(".", "-")
    base = "-".join(filter(None, (place, _SLUG.sub("-", prp.title.lower())[:_LONGEST].strip("-"))))
    declared = prp.branch_name.strip()
    first = (declared,) if declared and not _REFUSED.search(declared) else ()
    return (*first, base, *(f"{base}-{number}" for number in range(2, 100)))
