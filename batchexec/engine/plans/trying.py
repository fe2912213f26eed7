"""What runs have to say of plans: what they are at now, what passed, and what of that was undone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from batchexec.engine import STATE
from batchexec.engine.plans.sheets import jobs, parts
from batchexec.errors import StateError
from batchexec.journal import Journal
from batchexec.model import Status
from batchexec.rundb import PREPARED, RUNNING, UNDONE, RunDatabase, parse_changes
from batchexec.sources.plan import Marker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from batchexec.journal import Record
    from batchexec.plans import Loaded
    from batchexec.rundb import LastAttempt

FAMILY = "plan_run"
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
    def passed(self) -> frozenset[str]:
        """Name what passed last, however it stands now."""
        return frozenset(
            id_
            for id_, tried in self.attempts.items()
            if all(one.status == Status.PASSED for one in _counting(tried))
        )

    def undone(self, id_: str, number: str) -> bool:
        """Tell whether what an attempt passed with was taken back since."""
        last = self.attempts.get(id_, {}).get(number)
        return last is not None and last.status == UNDONE


def tries(workspace: Path) -> dict[str, Tried]:
    """Look up by plan what runs of the project have tried; nothing where there were none."""
    state = workspace / STATE
    if not (state / "run.db").is_file():
        return {}
    rows = list(_rows(workspace))
    if any(row.status in _OPEN for _, row in rows) and not _is_live(state):
        rows = [(name, row) for name, row in rows if row.status not in _OPEN]
    found: dict[str, dict[str, dict[str, LastAttempt]]] = {}
    for (plan, id_, number), row in rows:
        found.setdefault(plan, {}).setdefault(id_, {})[number] = row
    return {plan: Tried(ids) for plan, ids in found.items()}


def unjudged(loaded: Loaded, tried: Tried) -> Iterator[str]:
    """
    Name what passed as it stands now.

    Since then nobody asked for changes, or made another EXECUTION_TASK, which has to pass, too.
    """
    written = _journalled(loaded.workspace)
    for id_ in tried.attempts:
        if _is_whole(loaded, id_, _standing(loaded, id_, tried, written)):
            yield id_


def has_passed(loaded: Loaded, id_: str, tried: Tried, now: Collection[str]) -> bool:
    """Tell whether all there is of an achievement passed: `now` has the numbers of what just did."""
    return _is_whole(loaded, id_, {*_standing(loaded, id_, tried, _journalled(loaded.workspace)), *now})


def _is_whole(loaded: Loaded, id_: str, numbers: Iterable[str]) -> bool:
    """Tell whether these are all of an achievement, those of its graph that have no file yet as well."""
    there = {job.number for job in jobs(loaded, id_)}
    return bool(there) and (there | parts(loaded, id_).keys()) <= {*numbers}


def _standing(loaded: Loaded, id_: str, tried: Tried, written: Mapping[Path, float]) -> Iterator[str]:
    """Name by number what passed after all that asks for it was written."""
    fix = loaded.evidence.marked(Marker.FIX, id_)
    asked = 0.0 if fix is None else written.get(fix.resolve()) or fix.stat().st_mtime
    for job in jobs(loaded, id_):
        last = tried.attempts.get(id_, {}).get(job.number)
        newest = max(asked, written.get(job.sheet.file.resolve(), 0.0))
        if last and last.status == Status.PASSED and newest < last.began_utc:
            yield job.number


def _counting(tried: Mapping[str, LastAttempt]) -> list[LastAttempt]:
    """Leave out the attempt at what was the only one then, where there were several later."""
    return [one for number, one in tried.items() if number or len(tried) == 1]


def _rows(workspace: Path) -> Iterator[tuple[tuple[str, str, str], LastAttempt]]:
    """List attempts with the plan, the achievement and the number in the names of their tasks."""
    try:
        database = RunDatabase(workspace / STATE / "run.db")
    except StateError:
        return  # the words that run tell of it; how a plan stands, its files say
    try:
        last = {name: row for name, row in database.last_attempts().items() if _said(name)}
        taken_back = _taken_back(workspace, database, last)
        for name, row in last.items():
            said = _said(name)
            assert said
            is_gone = row.status == Status.PASSED and row.began_utc <= taken_back.get(name, 0.0)
            yield said, replace(row, status=UNDONE) if is_gone else row
    finally:
        database.close()


def _said(name: str) -> tuple[str, str, str] | None:
    family, *rest = name.split(":")
    if family != FAMILY or len(rest) not in (2, 3):
        return None
    plan, id_, number = (*rest, "")[:3]
    return plan, id_, number


def _taken_back(workspace: Path, database: RunDatabase, tasks: Collection[str]) -> dict[str, float]:
    """Tell of tasks when their work was undone last, of any attempt: what passed before does not stand."""
    undone = [_undone(record) for record in Journal(workspace, workspace).runs() if is_undone(record)]
    found: dict[str, float] = {}
    for task in tasks if undone else ():
        for row in database.attempts(task):
            made = {(change.path, change.after or "") for change in parse_changes(row["changes"])}
            times = [
                when
                for files, began_utc, when in undone
                if not files.isdisjoint(made) and began_utc <= (row["finished_utc"] or 0.0)
            ]
            found[task] = max([found.get(task, 0.0), *times])
    return found


def is_undone(record: Record) -> bool:
    """Tell whether something that a run of plans did was taken back."""
    return bool(record.undone) and any(word.startswith(f"{FAMILY}:") for word in record.command)


def _undone(record: Record) -> tuple[frozenset[tuple[str, str]], float, float]:
    return undone_files(record), record.started_utc, record.undone_utc


def undone_files(record: Record) -> frozenset[tuple[str, str]]:
    """List what was taken back: each file, and the digest it had; "" where it had been deleted."""
    return frozenset((one.path, one.after) for one in record.entries if one.path in record.undone)


def _is_live(state: Path) -> bool:
    from batchexec.engine.lock import running

    return running(state) is not None


def _journalled(workspace: Path) -> dict[Path, float]:
    """Tell when the files came to be that our own words wrote."""
    journal = Journal(workspace, workspace)
    return {journal.root / one.path: record.started_utc for record in journal.runs() for one in record.writes}
