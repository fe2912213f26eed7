"""Which EXECUTION_TASKs of an achievement are carried out: its newest, or that of each sub-execution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.plans.creation.targets import part_number, parts_of
from batchexec.sources.plan.heads import read_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.parallel import Work
    from batchexec.plans import Loaded
    from batchexec.sources.plan import Sheet

_TASK_KEYS = ("Task", "Task Number", "Execution Number")


@dataclass(frozen=True, slots=True)
class Job:
    """
    What one task of a plan carries out.

    `part` is the sub-execution it is for and `number` what that is called by as text, as `02`;
    None and "" where the achievement is carried out as a whole.
    """

    sheet: Sheet
    part: Work | None = None
    number: str = ""


def parts(loaded: Loaded, id_: str) -> dict[str, Work]:
    """List the sub-executions of an achievement by number; none where one task does it all."""
    listed = parts_of(loaded).get(id_, ())
    if len(listed) < 2:
        return {}
    return {f"{part_number(listed, place):02d}": part for place, part in enumerate(listed)}


def jobs(loaded: Loaded, id_: str) -> tuple[Job, ...]:
    """
    List what there is to carry out of an achievement.

    A sheet belongs to the sub-execution its header names, else to that of its
    number. Further ones were made `--again`, one for each in turn. The newest counts.
    """
    sheets = sorted(loaded.evidence.executions.get(id_, ()), key=lambda one: (one.number, one.file.name))
    listed = parts(loaded, id_)
    if not listed:
        return tuple(Job(sheet) for sheet in sheets[-1:])
    newest = _by_part(sheets, listed)
    return tuple(Job(newest[number], part, number) for number, part in listed.items() if number in newest)


def needed(found: Sequence[Job], wanted: Iterable[Job]) -> tuple[Job, ...]:
    """Add to sub-executions what they depend on, as far as it has files."""
    by_id = {job.part.id: job for job in found if job.part}
    chosen: dict[str, Job] = {}
    todo = list(wanted)
    while todo:
        job = todo.pop()
        if job.number not in chosen:
            chosen[job.number] = job
            todo += [by_id[dep] for dep in (job.part.dependencies if job.part else ()) if dep in by_id]
    return tuple(job for job in found if job.number in chosen)


def _by_part(sheets: Sequence[Sheet], listed: dict[str, Work]) -> dict[str, Sheet]:
    numbers = list(listed)
    found: dict[str, Sheet] = {}
    more = 0
    for sheet in sheets:
        number = _said(sheet, listed) or f"{sheet.number:02d}"
        if number not in listed:
            number = numbers[more % len(numbers)]
            more += 1
        found[number] = sheet
    return found


def _said(sheet: Sheet, listed: dict[str, Work]) -> str:
    """Take the sub-execution from the header: `**Task**: 03 - 1.1.2`."""
    words = read_head(sheet.file).header.first(*_TASK_KEYS).split()
    return next((number for number, part in listed.items() if part.id in words), "")
