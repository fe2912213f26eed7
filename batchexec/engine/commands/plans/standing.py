"""What runs have to say of a plan: what is being carried out now, and what passed and nobody has judged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from batchexec.engine import STATE
from batchexec.errors import StateError
from batchexec.journal import Journal
from batchexec.model import Status
from batchexec.plans import load
from batchexec.rundb import PREPARED, RUNNING, RunDatabase
from batchexec.sources.plan import Marker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from batchexec.plans import Loaded
    from batchexec.rundb import LastAttempt

_FAMILY = "plan_run"
_OPEN = frozenset({RUNNING, PREPARED})


@dataclass(frozen=True, slots=True)
class Tried:
    """
    The latest attempts at the EXECUTION_TASKs of one plan, by achievement.

    Of each they stand by number, as text; "" is the only one of its achievement.
    """

    attempts: Mapping[str, Mapping[str, LastAttempt]] = field(default_factory=dict)

    @property
    def running(self) -> frozenset[str]:
        return frozenset(
            id_ for id_, tried in self.attempts.items() if any(one.status in _OPEN for one in tried.values())
        )

    @property
    def passed(self) -> Mapping[str, float]:
        """Tell when the last attempt at what passed began."""
        found = ((id_, _counting(tried)) for id_, tried in self.attempts.items())
        return {
            id_: max(one.began_utc for one in last)
            for id_, last in found
            if all(one.status == Status.PASSED for one in last)
        }


def attempts(workspace: Path, plan: str) -> tuple[frozenset[str], frozenset[str]]:
    """Name the achievements of a plan that a live run is at, and those that passed last."""
    tried = tries(workspace).get(plan, Tried())
    return tried.running, frozenset(tried.passed)


def tries(workspace: Path) -> dict[str, Tried]:
    """Look up by plan what runs of the project have tried; nothing where there were none."""
    state = workspace / STATE
    if not (state / "run.db").is_file():
        return {}
    rows = list(_rows(state))
    if any(row.status in _OPEN for _, row in rows) and not _is_live(state):
        rows = [(name, row) for name, row in rows if row.status not in _OPEN]
    found: dict[str, dict[str, dict[str, LastAttempt]]] = {}
    for (plan, id_, number), row in rows:
        found.setdefault(plan, {}).setdefault(id_, {})[number] = row
    return {plan: Tried(ids) for plan, ids in found.items()}


def load_now(workspace: Path, word: str, given: str = "") -> Loaded:
    """Read a plan with what runs know of it."""
    loaded = load(workspace, word, given=given)
    tried = tries(workspace).get(loaded.plan.name)
    if tried is None:
        return loaded
    if tried.running:
        loaded = load(workspace, word, tried.running, given=given)
    passed = frozenset(unjudged(loaded, tried))
    return replace(loaded, standing=replace(loaded.standing, passed=passed))


def unjudged(loaded: Loaded, tried: Tried) -> Iterator[str]:
    """
    Name what passed as it stands now.

    Since then nobody asked for changes, or made another EXECUTION_TASK, which has to pass, too.
    """
    from batchexec.engine.plans.reading import sheets_of

    written = _journalled(loaded.workspace)
    for id_, began_utc in tried.passed.items():
        sheets = [sheet.file for sheet in sheets_of(loaded, id_)]
        newest = max((written.get(path.resolve(), 0.0) for path in sheets), default=0.0)
        fix = loaded.evidence.marked(Marker.FIX, id_)
        if fix is not None:
            newest = max(newest, written.get(fix.resolve()) or fix.stat().st_mtime)
        if len(sheets) == len(_counting(tried.attempts[id_])) and newest < began_utc:
            yield id_


def _counting(tried: Mapping[str, LastAttempt]) -> list[LastAttempt]:
    """Leave out the attempt at what was the only one then, where there were several later."""
    return [one for number, one in tried.items() if number or len(tried) == 1]


def _rows(state: Path) -> Iterator[tuple[tuple[str, str, str], LastAttempt]]:
    """List attempts with the plan, the achievement and the number in the names of their tasks."""
    try:
        database = RunDatabase(state / "run.db")
    except StateError:
        return  # the words that run tell of it; how a plan stands, its files say
    try:
        for name, row in database.last_attempts().items():
            family, *parts = name.split(":")
            if family == _FAMILY and len(parts) in (2, 3):
                plan, id_, number = (*parts, "")[:3]
                yield (plan, id_, number), row
    finally:
        database.close()


def _is_live(state: Path) -> bool:
    from batchexec.engine.lock import running

    return running(state) is not None


def _journalled(workspace: Path) -> dict[Path, float]:
    """Tell when the files came to be that our own words wrote."""
    journal = Journal(workspace, workspace)
    return {journal.root / one.path: record.started_utc for record in journal.runs() for one in record.writes}
