"""Reads all there is about a plan, from wherever it is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from batchexec.errors import SourceError
from batchexec.plans.documents import read_documents
from batchexec.plans.naming import Naming
from batchexec.plans.recommending import Basis, recommend
from batchexec.plans.standing import standing
from batchexec.plans.status import PlanStatus, status_of
from batchexec.sources.plan import (
    find_plan,
    places,
    read_evidence,
    read_execution,
    read_subplan,
)
from batchexec.sources.plan.plan import Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.parallel import Checked, Parallel
    from batchexec.plans.documents import Documents
    from batchexec.plans.recommending import Recommendation
    from batchexec.plans.standing import Standing
    from batchexec.sources.plan.places import Place
    from batchexec.sources.plan.plan import Evidence, Plan

_NEEDED = (Part.OBJECTIVE, Part.APPROACH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """
    A plan with its files and how it stands; `parallel` is None where there is no such file.

    `placeholders` counts what is still to be filled, by file, in SUBPLANs and
    EXECUTION_TASKs of what is neither complete nor skipped. `vague` are the ids whose
    SUBPLAN does not say yet what is wanted, or how. `foreign` names the plan whose
    parallel.json lies where one of this plan would.
    """

    workspace: Path
    plan: Plan
    evidence: Evidence
    parallel: Checked | None
    standing: Standing
    naming: Naming
    vague: frozenset[str] = frozenset()
    placeholders: Mapping[Path, int] = field(default_factory=dict)
    foreign: str = ""

    @property
    def basis(self) -> Basis:
        if self.parallel is None:
            return Basis.FOREIGN if self.foreign else Basis.PLAN
        return Basis.PARALLEL if self.parallel.valid else Basis.BROKEN

    @property
    def recommendation(self) -> Recommendation:
        return recommend(self.standing, self.naming, self.basis)


def load(
    workspace: Path,
    word: str,
    running: Collection[str] = (),
    *,
    passed: Iterable[str] = (),
    given: str = "",
) -> Loaded:
    """
    Read a plan as it is named on the command line.

    `running` are the ids a live run is at, `passed` those an attempt has passed.
    `given` is the workspace as the person named it, for the commands we print.
    """
    found = find_plan(word, workspace)
    documents = read_documents(found.plan_file, found.directory, workspace)
    known = words(places(workspace)) if found.plan_file else {}
    naming = Naming(known.get(documents.plan.file, word), given)
    loaded = _loaded(workspace, documents, naming, running, passed)
    return replace(
        loaded,
        standing=replace(
            loaded.standing,
            actual_hours={**_actual_hours(loaded.evidence), **loaded.standing.actual_hours},
        ),
        placeholders=dict(_placeholders(loaded.standing)),
    )


def load_place(
    workspace: Path,
    place: Place,
    naming: Naming,
    running: Collection[str] = (),
    *,
    passed: Iterable[str] = (),
) -> Loaded:
    """Read a plan where it lies, and of its other files only what its status and its next step need."""
    return _loaded(workspace, read_documents(place.file, place.directory, workspace), naming, running, passed)


def words(there: Sequence[Place]) -> dict[Path, str]:
    """
    Give each PLAN, or directory without one, what names it on the command line.

    That is @NAME, or its path where two have that name.
    """
    count = Counter(place.name.casefold() for place in there)
    return {
        place.file or place.directory: _word(place, is_only=count[place.name.casefold()] == 1)
        for place in there
    }


def _word(place: Place, *, is_only: bool) -> str:
    return f"@{place.name}" if is_only else str(place.file or place.directory)


def _loaded(
    workspace: Path,
    documents: Documents,
    naming: Naming,
    running: Collection[str],
    passed: Iterable[str],
) -> Loaded:
    plan, parallel = documents.plan, documents.parallel
    model = parallel.model if parallel else None
    evidence = read_evidence(plan, workspace, _known(plan, model))
    left = dict(_unfilled(evidence))
    unfilled = {id_: count.total() for id_, count in left.items()}
    return Loaded(
        workspace=workspace,
        plan=plan,
        evidence=evidence,
        parallel=parallel,
        standing=standing(plan, evidence, model, running, passed=passed, unfilled=unfilled),
        naming=naming,
        foreign=documents.foreign,
        vague=frozenset(id_ for id_, count in left.items() if any(count[part] for part in _NEEDED)),
    )


def _known(plan: Plan, parallel: Parallel | None) -> tuple[str, ...]:
    """Let the ids that parallel.json has beyond the PLAN have files too."""
    more = (*parallel.ids, *parallel.external) if parallel else ()
    return tuple(dict.fromkeys((*plan.ids, *more)))


def _unfilled(evidence: Evidence) -> Iterator[tuple[str, Counter[str]]]:
    """Count the places to fill, by part, where a SUBPLAN is the last thing that was made."""
    for id_, sheets in evidence.subplans.items():
        if status_of(id_, evidence) is PlanStatus.SUBPLAN_CREATED:
            yield id_, sum((_places_in_subplan(sheet.file) for sheet in sheets), Counter())


def _placeholders(stands: Standing) -> Iterator[tuple[Path, int]]:
    for id_ in stands.remaining:
        for sheet in stands.evidence.subplans.get(id_, ()):
            yield sheet.file, _places_in_subplan(sheet.file).total()
        for sheet in stands.evidence.executions.get(id_, ()):
            yield sheet.file, _places_in_execution(sheet.file)


def _places_in_subplan(file: Path) -> Counter[str]:
    """Files that cannot be read are for `plan_lint` to complain of."""
    try:
        return Counter(read_subplan(file).unfilled)
    except SourceError:
        return Counter()


def _places_in_execution(file: Path) -> int:
    try:
        return read_execution(file).unfilled
    except SourceError:
        return 0


def _actual_hours(evidence: Evidence) -> dict[str, float]:
    """Add up the hours that EXECUTION_TASKs say they took."""
    found: dict[str, float] = {}
    for id_, sheets in evidence.executions.items():
        for sheet in sheets:
            try:
                hours = read_execution(sheet.file).actual_hours
            except SourceError:
                continue
            if hours is not None:
                found[id_] = found.get(id_, 0) + hours
    return found
