"""`batchexec explain TASK`: whether a task would run, why, and how its attempts came out."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from batchexec.engine.plan import Planner, Step
from batchexec.engine.selection import select
from batchexec.engine.tasks import targets
from batchexec.engine.words import choose_batch, find_site, reading
from batchexec.report import dollars
from batchexec.rundb import parse_changes
from batchexec.wording import local_time, plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.engine.site import Site
    from batchexec.rundb import RunDatabase
    from batchexec.verification import CheckedHook

SCHEMA_VERSION = 1
PLANS = "plan_run:"
"""How the names of tasks of plans begin; plans are read only where one is named."""


def main(args: argparse.Namespace) -> int:
    site = find_site()
    choose_batch(site, args.task)
    if args.task.startswith(PLANS):
        site.plan_words = (args.task,)
    graph = site.graph
    selection = select(graph, {task.name: task for task in targets(site)}, [args.task], single=True)
    with reading(site) as backend:
        planner = Planner(graph, site.checker(backend.database), backend)
        # What comes before a task decides whether it may run: plan everything, show what was asked for.
        everything = planner.steps(select(graph, {}, None))
        steps = [step for step in everything if step.task.name in selection.names]
        rows = [_row(step, site, backend.database) for step in steps]
    if args.json:
        json.dump({"schema_version": SCHEMA_VERSION, "tasks": rows}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(printable("\n".join(line for row in rows for line in _lines(row))) + "\n")
    return 0


def _row(step: Step, site: Site, database: RunDatabase) -> dict[str, Any]:
    task = step.task
    return {
        "name": task.name,
        "id": task.id,
        "title": task.title,
        "category": task.category,
        "priority": task.priority,
        "source": {"file": task.location.file, "line": task.location.line},
        "status": str(step.status),
        "reasons": [asdict(reason) for reason in step.reasons],
        "deps": list(site.graph.deps.get(task.name, ())),
        "soft_deps": list(site.graph.follows.get(task.name, ())),
        "inputs": list(task.inputs),
        "outputs": [output.path for output in task.outputs],
        "edited": list(step.edited),
        "evidence": [_hook(hook) for hook in site.checker(database).proofs.verdict(task).hooks],
        "attempts": [_attempt(row, site) for row in database.attempts(task.name)],
    }


def _hook(hook: CheckedHook) -> dict[str, Any]:
    return {
        "hook": hook.raw,
        "file": hook.location.file,
        "line": hook.location.line,
        "ok": hook.ok,
        "weak": hook.weak,
        "reason": hook.reason,
        "detail": hook.detail,
    }


def _attempt(row: dict[str, Any], site: Site) -> dict[str, Any]:
    log = row.get("log")  # a file of an older schema lacks some of this
    changes = parse_changes(row["changes"])
    return {
        "run": row["run"],
        "number": row["number"],
        "executor": row.get("executor", ""),
        "status": row["status"],
        "trouble": row.get("trouble"),
        "began_utc": row["began_utc"],
        "seconds": row["finished_utc"] - row["began_utc"] if row["finished_utc"] else None,
        "summary": row["summary"],
        "file": row["file"],
        "line": row["line"],
        "notes": json.loads(row["notes"]),
        "cost_usd": row["cost_usd"],
        "input_tokens": row["input_tokens"],
        "output_tokens": row["output_tokens"],
        "cached_tokens": row["cached_tokens"],
        "log": site.shown(site.state / log) if log else None,
        "commit": row.get("commit_sha") or None,
        "reasons": json.loads(row["reasons"]),
        "changes": [{"op": str(c.operation), "path": c.path, "source": c.source} for c in changes],
    }


def _lines(row: dict[str, Any]) -> Iterator[str]:
    source = row["source"]
    yield f"{row['id']}: {row['title']}"
    yield f"  {row['name']}, {row['category']}, priority {row['priority']}, {source['file']}:{source['line']}"
    yield f"  {row['status'].replace('_', ' ')}"
    for reason in row["reasons"]:
        yield f"    {reason['component']}: {reason['detail']}"
        if reason["old"] or reason["new"]:
            yield f"      was {reason['old'] or 'nothing'}"
            yield f"      is  {reason['new'] or 'nothing'}"
    for label in ("deps", "soft_deps", "inputs", "outputs", "edited"):
        if row[label]:
            yield f"  {_LABELS[label]}: {', '.join(row[label])}"
    if row["evidence"]:
        yield "  evidence, as it is now:"
    for hook in row["evidence"]:
        yield f"    {_standing(hook)}: {hook['hook']} ({hook['file']}:{hook['line']})"
    if row["attempts"]:
        yield "  attempts, newest first:"
    for attempt, number in zip(row["attempts"], range(len(row["attempts"]), 0, -1), strict=True):
        yield from _attempt_lines(attempt, number)


def _standing(hook: dict[str, Any]) -> str:
    if not hook["ok"]:
        return f"{hook['reason']} [{hook['detail']}]" if hook["detail"] else str(hook["reason"])
    return "holds weakly" if hook["weak"] else "holds"


_LABELS = {
    "deps": "depends on",
    "soft_deps": "comes after",
    "inputs": "reads",
    "outputs": "writes",
    "edited": "edited since",
}


def _attempt_lines(attempt: dict[str, Any], number: int) -> Iterator[str]:
    when = local_time(attempt["began_utc"])
    took = f" in {attempt['seconds']:.1f}s" if attempt["seconds"] is not None else ""
    summary = f": {attempt['summary']}" if attempt["summary"] else ""
    by = f" by {attempt['executor']}" if attempt["executor"] else ""
    trouble = f" ({attempt['trouble'].replace('_', ' ')})" if attempt["trouble"] else ""
    status = attempt["status"].replace("_", " ")
    yield f"    {number}. {when} {status}{trouble}{by}{took}{_price(attempt)}{summary}"
    for reason in attempt["reasons"]:
        yield f"       because {reason['detail']}"
    for change in attempt["changes"]:
        source = f" (was {change['source']})" if change["source"] else ""
        yield f"       {change['op']} {change['path']}{source}"
    for note in attempt["notes"]:
        yield f"       {note}"
    for label in ("commit", "log"):
        if attempt[label]:
            yield f"       {label} {attempt[label]}"


def _price(attempt: dict[str, Any]) -> str:
    tokens = (attempt["input_tokens"] or 0) + (attempt["output_tokens"] or 0)
    said = [dollars(attempt["cost_usd"])] if attempt["cost_usd"] else []
    said += [plural(tokens, "token")] if tokens else []
    return f" for {', '.join(said)}" if said else ""
