"""`batchexec status`: how far the batch is, also from a second terminal while it runs."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import examine_result, read_heartbeats, result_path, standing, standing_lines
from batchexec.engine.budget import midnight
from batchexec.engine.lock import running
from batchexec.engine.words import find_site, reading
from batchexec.model import Status
from batchexec.report import dollars, total
from batchexec.rundb import PREPARED, RUNNING
from batchexec.wording import local_time, plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from batchexec.batch_results import BatchResult, Heartbeat
    from batchexec.engine.site import Site

SCHEMA_VERSION = 1


def main(args: argparse.Namespace) -> int:
    site = find_site()
    with reading(site) as backend:
        runs = backend.database.runs(1)
        tasks = backend.database.run_tasks(runs[0]["id"]) if runs else []
        attempts = backend.database.attempts_of(runs[0]["id"]) if runs else []
        today = backend.database.spent(since_utc=midnight(time.time()))
    document = _document(running(site.state), runs[0] if runs else None, tasks, attempts, today)
    batch = site.settings.batch
    if batch is None and runs:
        batch = json.loads(runs[0]["settings"]).get("batch")
    prps = _prps(site, batch) if batch is not None else None
    if prps:
        document["batch"] = standing(*prps)
    if args.json:
        json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        lines = [*_lines(document), *(standing_lines(*prps) if prps else ())]
        sys.stdout.write(printable("\n".join(lines)) + "\n")
    return 0


def _prps(site: Site, batch: int) -> tuple[BatchResult | None, list[Heartbeat]]:
    """Read what a run of PRPs tells of itself, also from a second terminal."""
    root, directory = site.settings.repo_root, site.settings.results
    holder = running(site.state)
    alive = holder.get("pid") if holder else None
    beats = read_heartbeats(root, directory, batch, lambda beat: beat.pid == alive)
    return examine_result(root / result_path(directory, batch), batch).result, beats


def _document(
    holder: dict[str, Any] | None,
    run: dict[str, Any] | None,
    tasks: list[dict[str, Any]],
    attempts: list[dict[str, Any]],
    today: float,
) -> dict[str, Any]:
    budget = json.loads(run["settings"]).get("budget", {}) if run else {}
    counts: dict[str, int] = {}
    for task in tasks:
        counts[task["status"]] = counts.get(task["status"], 0) + 1
    return {
        "schema_version": SCHEMA_VERSION,
        "holder": holder,
        "run": run and {
            "run": run["key"],
            "status": run["status"],
            "started_utc": run["started_utc"],
            "finished_utc": run["finished_utc"],
            "stopped": run["stopped"],
            "total_tasks": len(tasks),
            "counts": counts,
            "cost_usd": total(attempt["cost_usd"] for attempt in attempts),
            "budget_usd": budget.get("run"),
        },
        "today": run and {"spent_usd": round(today, 6), "budget_usd": budget.get("day")},
        "running": [
            {"name": task["task"], "id": task["id"], "title": task["title"], "began_utc": task["began_utc"]}
            for task in tasks
            if holder and task["status"] in (RUNNING, PREPARED)
        ],
        "waiting": [
            {"name": task["task"], "id": task["id"], "title": task["title"], "why": task["summary"]}
            for task in tasks
            if holder and task["status"] == Status.LIMITED
        ],
    }  # fmt: skip


def _lines(document: dict[str, Any]) -> Iterator[str]:
    holder, run = document["holder"], document["run"]
    if holder:
        yield f"A run is going on: pid {holder['pid']} on {holder['host']} ({' '.join(holder['argv'])})"
    if run is None:
        yield "No task of this batch has run yet; `doit list` shows the plan."
        return
    when = local_time(run["started_utc"])
    stopped = f" ({run['stopped']})" if run["stopped"] else ""
    yield f"Run {run['run']}, started {when}: {_state(document)}{stopped}"
    counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in run["counts"].items())
    yield f"{plural(run['total_tasks'], 'task')}: {counts}"
    if run["cost_usd"] or run["budget_usd"]:
        limit = f" of the {dollars(run['budget_usd'])} a run may cost" if run["budget_usd"] else ""
        yield f"Spent: {dollars(run['cost_usd'] or 0)}{limit}"
    today = document["today"]
    if today["budget_usd"]:
        yield f"Today: {dollars(today['spent_usd'])} of the {dollars(today['budget_usd'])} a day may cost"
    for task in document["waiting"]:
        yield f"  {task['id']}: waits for a usage limit to end: {task['why']}"
    for task in document["running"]:
        yield f"  {task['id']}: {task['title']} ({time.time() - task['began_utc']:.0f}s)"


def _state(document: dict[str, Any]) -> str:
    """Say how the run stands, or what to expect of it."""
    status: str = document["run"]["status"]
    if status == RUNNING and not document["holder"]:
        return "cut off; the next run takes care of it"
    return _PAUSED.get(status, status)


_PAUSED: Mapping[str, str] = {
    Status.LIMITED: "paused by a usage limit; the next run goes on",
    Status.BUDGET: "paused by the budget; the next run goes on",
}
