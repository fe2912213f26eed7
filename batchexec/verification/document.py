"""A verification as the JSON of a report, and as its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchexec import rendering
from batchexec.hooks import HookType
from batchexec.verification import counts
from batchexec.wording import printable

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.errors import Problem
    from batchexec.hooks import Hook
    from batchexec.model import Candidate
    from batchexec.verification import CheckedHook, CheckedTask, Verification

SCHEMA_VERSION = 1
WORKFLOW = "batchexec verify"
"""Marks a report as one of ours."""

TEMPLATE = "verification.md.j2"


def as_json(verification: Verification, *, run_id: str, generated_at: str, version: str) -> dict[str, Any]:
    """Write a verification as the JSON of a report; docs/verification.md lists the keys."""
    return {
        "schema_version": SCHEMA_VERSION,
        "workflow": WORKFLOW,
        "version": version,
        "run_id": run_id,
        "generated_at": generated_at,
        "inputs": {"tasks_path": verification.tasks_path},
        "totals": _totals(verification),
        "by_category": verification.by_finding(),
        "problems": [_problem(problem) for problem in verification.problems],
        "tasks": [_task(task) for task in verification.tasks],
    }


def _totals(verification: Verification) -> dict[str, int]:
    total, verified, not_verified, _ = counts(verification)
    return {
        "total_tasks": total,
        "tasks": total,
        "verified": verified,
        "not_verified": not_verified,
        "marked_done_but_failed": verification.marked_done_but_failed,
        "weak": sum(task.weak for task in verification.tasks),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.location
    return {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
    }


def _task(task: CheckedTask) -> dict[str, Any]:
    implementation, test = _first_hook(task, test=False), _first_hook(task, test=True)
    return {
        "task_id": task.id,
        "title": task.title,
        "line": task.location.line,
        "checked": task.ticked,
        "checkbox_state": "x" if task.ticked else " ",
        "verified": task.verified,
        "category": task.finding or None,
        "priority": task.priority,
        **_claim("code", implementation),
        **_claim("test", test),
        "hooks": [_hook(hook) for hook in task.hooks],
        "suggestions": list(task.suggestions),
        "similar_files": [_similar(one, task.fitting) for one in task.similar],
    }


def _similar(one: Candidate, fitting: frozenset[str] | None) -> dict[str, Any]:
    fits = {} if fitting is None else {"fits": one.path in fitting}
    return {"file": one.path, "similarity": one.similarity, **fits}


def _first_hook(task: CheckedTask, *, test: bool) -> Hook | None:
    """Find the hook that stands for its kind where there is room for one: the first that fails, if any."""
    hooks = [one for one in task.hooks if one.hook and (one.hook.type is HookType.TEST) is test]
    failing = [one for one in hooks if one.ok is False]
    return next((one.hook for one in (*failing, *hooks)), None)


def _claim(name: str, hook: Hook | None) -> dict[str, str | None]:
    return {
        f"{name}_path": hook.path or None if hook else None,
        f"{name}_symbol": hook.symbol if hook else None,
        f"{name}_contains": hook.contains if hook else None,
    }


def _hook(checked: CheckedHook) -> dict[str, Any]:
    return {
        "line": checked.location.line,
        "type": str(checked.hook.type) if checked.hook else None,
        "raw": checked.raw,
        "ok": checked.ok,
        "weak": checked.weak,
        "reason": checked.reason,
        "detail": checked.detail,
    }


def as_text(report: dict[str, Any], overrides: Path | None = None) -> str:
    """Render the JSON of a report as a page to read."""
    return rendering.render(TEMPLATE, {"report": _printable(report)}, overrides)


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {key: _printable(item) for key, item in value.items()}
        case list():
            return [_printable(item) for item in value]
    return value
