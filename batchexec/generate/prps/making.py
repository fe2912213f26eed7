"""Makes the PRPs of a batch from the phases of a plan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec import rendering
from batchexec.errors import Problem, SourceError
from batchexec.generate.prps.ordering import place
from batchexec.generate.prps.reading_back import differences
from batchexec.generate.prps.writing import facts, slug, yaml_text
from batchexec.sources.prp import batch_numbers, highest_number
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.generate.prps.ordering import Placed
    from batchexec.sources.batch_plan import BatchPlan

TEMPLATE = "prp.md.j2"
_RESULT = re.compile(r"batch-([0-9]{1,18})\.result\.json")


@dataclass(frozen=True, slots=True)
class GeneratedPrp:
    """A PRP that is not written yet; `path` is the name of its file, `after` are the PRPs it waits for."""

    path: str
    text: str
    id: str
    stage: int
    after: tuple[str, ...] = ()


def prps_of(
    plan: BatchPlan, *, batch: int, serialise: bool = False, created: str = "", overrides: Path | None = None
) -> list[GeneratedPrp]:
    """
    Make a PRP of each phase, in the order of their ids.

    `serialise` lets phases of a stage that touch one file wait for each
    other. Raises SourceError for a phase that would not be read back from its PRP as it is.
    """
    placed = place(plan.phases, serialise=serialise)
    ids = {one.phase.number: f"PRP-{batch}.{one.stage}.{one.order}" for one in placed}
    made, problems = [], list(_own_batch(plan, batch))
    for running, one in enumerate(placed, 1):
        prp = _made(
            one, ids, rendering.render(TEMPLATE, facts(one, ids, running, created), overrides, _FUNCTIONS)
        )
        made.append(prp)
        problems += differences(prp.text, prp.path, one, ids)
    if problems:
        raise SourceError.of(problems)
    return made


_FUNCTIONS = {"yaml": yaml_text}


def next_batch(roots: Sequence[Path], result_files: Iterable[Path] = ()) -> int:
    """Give the number after the highest in the name of any PRP or result file."""
    return 1 + max(highest_number(roots), *_results(result_files), 0)


def check_unused(batch: int, roots: Sequence[Path], result_files: Iterable[Path] = ()) -> None:
    """Refuse a number under which there are PRPs, or were."""
    results = list(result_files)
    if batch < 0:
        raise SourceError(Problem(None, f"{batch} is no number of a batch", "give one from 0 up"))
    if batch in {*batch_numbers(roots), *_results(results)}:
        free = next_batch(roots, results)
        raise SourceError(Problem(None, f"there is a batch {batch} already", f"{free} is free"))


def _results(files: Iterable[Path]) -> Iterator[int]:
    return (int(found[1]) for file in files if (found := _RESULT.fullmatch(file.name)))


def _made(placed: Placed, ids: Mapping[str, str], text: str) -> GeneratedPrp:
    phase = placed.phase
    prp_id = ids[phase.number]
    after = tuple(ids[one.number] for one in placed.before)
    return GeneratedPrp(
        f"{prp_id}-{slug(phase.title, phase.number)}.md", printable(text), prp_id, placed.stage, after
    )


def _own_batch(plan: BatchPlan, batch: int) -> Iterator[Problem]:
    """Yield where a phase names a PRP of the batch that is only being made."""
    for phase in plan.phases:
        for edge in phase.prps:
            if edge.id.startswith(f"PRP-{batch}."):
                message = f"{phase.name} depends on {edge.id}, and batch {batch} is only being made"
                yield Problem(edge.location, message, "name the phase")
