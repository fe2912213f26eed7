"""Takes a run's rows out of the run database and has them rendered where reports stand."""

from __future__ import annotations

import json
import time
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from batchexec import report
from batchexec.errors import Problem, StateError
from batchexec.model import Operation, Status
from batchexec.rundb import UNDONE, UP_TO_DATE, parse_changes
from batchexec.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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
    facts = collect(database, runs[0])
    paths = report.paths(root, facts["completed_utc"])
    summary = report.summarise(facts)
    for path in paths:
        name = f"batch_execution{PurePath(path).suffix}"
        text = report.render(summary, name, overrides, saved_to=site.shown(root / paths[0]))
        write_atomic(root, path, text.encode())
    return [site.shown(root / path) for path in paths]


def collect(database: RunDatabase, run: Mapping[str, Any]) -> report.RunFacts:
    """Put a run's rows into the facts a report is made of."""
    settings = json.loads(run["settings"])
    verified = database.verified(run["id"])
    earlier = database.earlier_attempts(run["id"])
    return {
        "run": run["key"],
        "started_utc": run["started_utc"],
        "completed_utc": run["finished_utc"] or time.time(),
        "prompts_dir": settings["prompts_dir"],
        "tasks_md": settings["tasks_md"],
        "interrupted": run["status"] == Status.INTERRUPTED,
        "stopped": run["stopped"],
        "results": [
            _result(row, earlier.get(row["task"], ()), verified=row["task"] in verified)
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
    }


def _result(row: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], *, verified: bool) -> report.Result:
    state = _STATES.get(row["status"], "failed")
    operations = _operations((*earlier, row))
    reasons = json.loads(row["reasons"]) if row["reasons"] else []
    return {
        "task_id": row["id"],
        "title": row["title"],
        "category": row["category"],
        "priority": row["priority"],
        "state": state,
        "success": state in ("done", "up_to_date"),
        "error": None if state in ("done", "up_to_date") else row["summary"] or _why(row["status"]),
        "file": row["file"],
        "line": row["line"],
        "fix": row["hint"] or None,
        "files_created": [path for path, op in operations.items() if op is not Operation.MODIFY],
        "files_modified": [path for path, op in operations.items() if op is Operation.MODIFY],
        "notes": [note for one in (*earlier, row) for note in json.loads(one["notes"] or "[]")],
        "unverified": state == "done" and not verified,
        "reason": "; ".join(reason["detail"] for reason in reasons),
        "source": f"{row['source_file']}:{row['source_line']}",
        "seconds": row["finished_utc"] - row["began_utc"] if row["finished_utc"] else None,
    }


def _operations(attempts: Iterable[Mapping[str, Any]]) -> dict[str, Operation]:
    """Tell what became of each file over the attempts at a task; what failed left nothing."""
    found: dict[str, Operation] = {}
    for attempt in attempts:
        if _STATES.get(attempt["status"], "failed") != "failed":
            for change in parse_changes(attempt["changes"]):
                if not change.backup:
                    found.setdefault(change.path, change.operation)
    return found


def _why(status: str) -> str:
    words: dict[str, str] = {
        Status.BLOCKED: "something it depends on did not succeed",
        Status.NOT_RUN: "the run ended before its turn",
        UNDONE: "its evidence held when it was done, and does not any more",
    }
    return words.get(status, status)
