"""Takes a run's rows out of the run database and has them rendered where reports stand."""

from __future__ import annotations

import json
import time
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from batchexec import report
from batchexec.engine.budget import midnight
from batchexec.errors import Problem, StateError
from batchexec.model import Operation, Status
from batchexec.rundb import UNDONE, UP_TO_DATE, parse_changes
from batchexec.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.engine.site import Site
    from batchexec.rundb import RunDatabase

_STATES = {
    Status.PASSED: "done",
    UP_TO_DATE: UP_TO_DATE,
    Status.NEEDS_WORK: "needs_work",
    UNDONE: "needs_work",
    Status.BLOCKED: "not_run",
    Status.NOT_RUN: "not_run",
    Status.INTERRUPTED: "not_run",
    Status.LIMITED: "not_run",
    Status.BUDGET: "not_run",
}
"""The words of prompt tasks for how they came out; every other status is `failed`."""

_KEPT = "its work is kept: "


def write_report(site: Site, database: RunDatabase, overrides: Path | None = None) -> list[str]:
    """
    Render the last run's report, with the project's templates in `overrides`.

    Returns the paths as people would type them. Raises SourceError for a
    template that cannot be rendered, StateError if there was no run.
    """
    runs = database.runs(1)
    if not runs:
        raise StateError(Problem(None, "there is no run to report on", "run the batch first: `doit`"))
    root = site.settings.repo_root
    facts = collect(site, database, runs[0])
    paths = report.paths(root, facts["completed_utc"])
    summary = report.summarise(facts)
    for path in paths:
        name = f"batch_execution{PurePath(path).suffix}"
        text = report.render(summary, name, overrides, saved_to=site.shown(root / paths[0]))
        write_atomic(root, path, text.encode())
    return [site.shown(root / path) for path in paths]


def collect(site: Site, database: RunDatabase, run: Mapping[str, Any]) -> report.RunFacts:
    """Put a run's rows into the facts a report is made of."""
    settings = json.loads(run["settings"])
    verified = database.verified(run["id"])
    earlier = database.earlier_attempts(run["id"])
    tried = _attempts(site, database, run["id"])
    budget = settings.get("budget", {})
    return {
        "run": run["key"],
        "started_utc": run["started_utc"],
        "completed_utc": run["finished_utc"] or time.time(),
        "prompts_dir": settings["prompts_dir"],
        "tasks_md": settings["tasks_md"],
        "interrupted": run["status"] == Status.INTERRUPTED,
        "stopped": run["stopped"],
        "results": [
            _result(
                row,
                earlier.get(row["task"], ()),
                tried.get(row["task"], []),
                verified=row["task"] in verified,
            )
            for row in database.run_tasks(run["id"])
        ],
        "verifications": [
            {
                "moment": row["moment"],
                "category": row["category"],
                "checked_utc": row["checked_utc"],
                "findings": json.loads(row["findings"]),
                "report": row["report"],
            }
            for row in database.verifications(run["id"])
        ],
        "budget": budget,
        "used": _used(database, run) if budget else {},
    }


def _used(database: RunDatabase, run: Mapping[str, Any]) -> dict[str, float]:
    """Say how much is spent or set aside in a run, and on the day it began."""
    today = midnight(run["started_utc"])
    return {"run": database.spent(run=run["id"]), "day": database.spent(since_utc=today)}


def _attempts(site: Site, database: RunDatabase, run: int) -> dict[str, list[report.Tried]]:
    found: dict[str, list[report.Tried]] = {}
    for row in database.attempts_of(run):
        found.setdefault(row["task"], []).append(_tried(site, row))
    return found


def _tried(site: Site, row: Mapping[str, Any]) -> report.Tried:
    return {
        "executor": row["executor"],
        "number": row["number"],
        "status": row["status"],
        "summary": row["summary"],
        "seconds": _seconds(row),
        "cost_usd": row["cost_usd"],
        "input_tokens": row["input_tokens"],
        "output_tokens": row["output_tokens"],
        "cached_tokens": row["cached_tokens"],
        "log": site.shown(site.state / row["log"]) if row["log"] else "",
        "commit": row["commit_sha"],
    }


def _seconds(row: Mapping[str, Any]) -> float | None:
    return row["finished_utc"] - row["began_utc"] if row["finished_utc"] else None


def _result(
    row: Mapping[str, Any],
    earlier: Sequence[Mapping[str, Any]],
    tried: list[report.Tried],
    *,
    verified: bool,
) -> report.Result:
    state = _STATES.get(row["status"], "failed")
    operations = _operations((*earlier, row))
    reasons = json.loads(row["reasons"]) if row["reasons"] else []
    notes = [note for one in (*earlier, row) for note in json.loads(one["notes"] or "[]")]
    return {
        "task_id": row["id"],
        "title": row["title"],
        "category": row["category"],
        "priority": row["priority"],
        "state": state,
        "status": row["status"],
        "success": state in ("done", "up_to_date"),
        "error": None if state in ("done", "up_to_date") else _error(row, tried),
        "file": row["file"],
        "line": row["line"],
        "fix": row["hint"] or None,
        "files_created": _paths(operations, Operation.CREATE),
        "files_modified": _paths(operations, Operation.MODIFY),
        "files_deleted": _paths(operations, Operation.DELETE),
        "notes": notes,
        "unverified": state == "done" and not verified,
        "reason": "; ".join(reason["detail"] for reason in reasons),
        "source": f"{row['source_file']}:{row['source_line']}",
        "seconds": _seconds(row),
        "cost_usd": report.total(one["cost_usd"] for one in tried),
        "executors": list(dict.fromkeys(one["executor"] for one in tried)),
        "attempts": tried,
        "kept": next((note.removeprefix(_KEPT) for note in reversed(notes) if note.startswith(_KEPT)), None),
    }


def _paths(operations: Mapping[str, Operation], wanted: Operation) -> list[str]:
    return [path for path, operation in operations.items() if operation is wanted]


def _operations(attempts: Iterable[Mapping[str, Any]]) -> dict[str, Operation]:
    """Tell what became of each file over the attempts at a task; what failed left nothing."""
    found: dict[str, Operation] = {}
    for attempt in attempts:
        if _STATES.get(attempt["status"], "failed") != "failed":
            for path, operation in _steps(attempt):
                _follow(found, path, operation)
    return found


def _steps(attempt: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for change in parse_changes(attempt["changes"]):
        if change.backup:
            continue
        if change.source:
            yield change.source, Operation.DELETE
        yield change.path, Operation.CREATE if change.operation is Operation.RENAME else change.operation


def _follow(found: dict[str, Operation], path: str, operation: Operation) -> None:
    """Put what happened to a file on top of what happened to it before."""
    match found.get(path), operation:
        case None, _:
            found[path] = operation
        case Operation.CREATE, Operation.DELETE:
            del found[path]
        case _, Operation.DELETE:
            found[path] = Operation.DELETE
        case Operation.DELETE, _:
            found[path] = Operation.MODIFY


def _error(row: Mapping[str, Any], tried: Sequence[report.Tried]) -> str:
    said: str = row["summary"] or _why(row["status"])
    if row["status"] == Status.BUDGET and tried and tried[-1]["status"] != Status.BUDGET:
        return f"another attempt would not fit into the budget; the one before: {said}"
    return said


def _why(status: str) -> str:
    words: dict[str, str] = {
        Status.BLOCKED: "something it depends on did not succeed",
        Status.NOT_RUN: "the run ended before its turn",
        Status.INTERRUPTED: "it was stopped",
        Status.LIMITED: "a usage limit is reached",
        Status.BUDGET: "the budget did not allow for it",
        Status.TIMEOUT: "it took too long",
        Status.STALLED: "nothing was heard of it for too long",
        Status.NO_EFFECT: "it changed nothing",
        UNDONE: "its evidence held when it was done, and does not any more",
    }
    return words.get(status, status)
