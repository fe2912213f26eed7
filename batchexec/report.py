"""What came of a run, as numbers, as JSON and as a page to read."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, TypedDict

from batchexec import rendering
from batchexec.model import CATEGORIES
from batchexec.verification import VERIFIED, regressed
from batchexec.wording import local_time, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SCHEMA_VERSION = 1
DIRECTORY = ".spec/reports"

SUCCESSFUL = ("done", "up_to_date")
_MARKS = {"done": "✅", "up_to_date": "⏭️", "needs_work": "⚠️", "failed": "❌", "not_run": "⏸️"}


class Result(TypedDict):
    """How one task came out; `state` is done, up_to_date, needs_work, failed or not_run."""

    task_id: str
    title: str
    category: str
    priority: int
    state: str
    success: bool
    error: str | None
    file: str | None
    line: int | None
    fix: str | None
    files_created: list[str]
    files_modified: list[str]
    notes: list[str]
    unverified: bool
    reason: str | None
    source: str
    seconds: float | None


class Verified(TypedDict):
    """
    What a verification of tasks.md found of each task, by id.

    `moment` is before or after the run, or category: after the last task of
    the `category`. `report` is the directory it was written to, or empty.
    """

    moment: str
    category: str
    checked_utc: float
    findings: dict[str, str]
    report: str


class RunFacts(TypedDict):
    """What is known at the end of a run; `stopped` says why it ended early, or is empty."""

    run: str
    started_utc: float
    completed_utc: float
    prompts_dir: str | None
    tasks_md: str | None
    interrupted: bool
    stopped: str
    results: list[Result]
    verifications: list[Verified]


class VerificationCounts(TypedDict):
    total: int
    verified: int
    not_verified: int
    by_category: dict[str, int]
    report: str


class CategoryVerification(VerificationCounts):
    """A verification between two categories, and when it was made."""

    category: str
    checked: str


class Counts(TypedDict):
    total: int
    successful: int
    failed: int
    needs_work: int
    not_run: int


class FileOperation(TypedDict):
    op: str
    path: str
    task_id: str


class Report(TypedDict):
    """The JSON report, and all that a template gets to see."""

    schema_version: int
    run: str
    started: str
    completed: str
    duration_seconds: float
    stopped: str
    total_tasks: int
    successful: int
    failed: int
    needs_work: int
    not_run: int
    by_category: dict[str, Counts]
    results: list[Result]
    verification_before: VerificationCounts | None
    verification_after: VerificationCounts | None
    verification_by_category: list[CategoryVerification]
    regressed: list[str]
    tasks_md: str | None
    operations: list[FileOperation]


def summarise(facts: RunFacts) -> Report:
    """Count what came out; times are local, results stay in the order they were given."""
    results = [_printable_result(result) for result in facts["results"]]
    counts = count(results)
    before, after = (_at(facts["verifications"], moment) for moment in ("before", "after"))
    last = after or _at(facts["verifications"][::-1], "category")
    return Report(
        schema_version=SCHEMA_VERSION,
        run=facts["run"],
        started=local_time(facts["started_utc"]),
        completed=local_time(facts["completed_utc"]),
        duration_seconds=round(max(0.0, facts["completed_utc"] - facts["started_utc"]), 3),
        stopped=facts["stopped"] or ("interrupted" if facts["interrupted"] else ""),
        total_tasks=counts["total"],
        successful=counts["successful"],
        failed=counts["failed"],
        needs_work=counts["needs_work"],
        not_run=counts["not_run"],
        by_category=_by_category(results),
        results=results,
        verification_before=_count_verified(before),
        verification_after=_count_verified(after),
        verification_by_category=[
            CategoryVerification(
                **_counted(one), category=one["category"], checked=local_time(one["checked_utc"])
            )
            for one in facts["verifications"]
            if one["moment"] == "category"
        ],
        regressed=_regressed(before, last),
        tasks_md=facts["tasks_md"],
        operations=[operation for result in results for operation in _operations(result)],
    )


def count(results: Iterable[Result]) -> Counts:
    states = Counter(result["state"] for result in results)
    return Counts(
        total=states.total(),
        successful=sum(states[state] for state in SUCCESSFUL),
        failed=states["failed"],
        needs_work=states["needs_work"],
        not_run=states["not_run"],
    )


def _at(verifications: Iterable[Verified], moment: str) -> Verified | None:
    return next((one for one in verifications if one["moment"] == moment), None)


def _count_verified(one: Verified | None) -> VerificationCounts | None:
    return _counted(one) if one else None


def _counted(one: Verified) -> VerificationCounts:
    found = Counter(one["findings"].values())
    return VerificationCounts(
        total=found.total(),
        verified=found[VERIFIED],
        not_verified=found.total() - found[VERIFIED],
        by_category=dict(sorted(found.items())),
        report=one["report"],
    )


def _regressed(before: Verified | None, after: Verified | None) -> list[str]:
    """List what was verified before a run and was found to be not so after it."""
    if not (before and after):
        return []
    return [printable(id_) for id_ in regressed(before["findings"], after["findings"])]


def _by_category(results: Sequence[Result]) -> dict[str, Counts]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result["category"], []).append(result)
    order = [*(name for name in CATEGORIES if name in found), *sorted(found.keys() - CATEGORIES)]
    return {name: count(found[name]) for name in order}


def _operations(result: Result) -> Iterable[FileOperation]:
    for op, paths in (("create", result["files_created"]), ("modify", result["files_modified"])):
        for path in paths:
            yield FileOperation(op=op, path=path, task_id=result["task_id"])


def _printable_result(result: Result) -> Result:
    cleaned: Any = {key: _printable(value) for key, value in result.items()}
    kept: Result = cleaned
    return kept


def _printable(value: object) -> object:
    match value:
        case str():
            return printable(value)
        case list():
            return [_printable(item) for item in value]
    return value


def paths(root: Path, completed_utc: float) -> tuple[str, str]:
    """Name the Markdown and the JSON file of a run that ends now, relative to `root`; neither exists."""
    stem = time.strftime("batch_execution_%Y%m%d_%H%M%S", time.localtime(completed_utc))
    at = 1
    while True:
        name = f"{DIRECTORY}/{stem}" if at == 1 else f"{DIRECTORY}/{stem}_{at}"
        found = f"{name}.md", f"{name}.json"
        if not any((root / path).exists() for path in found):
            return found
        at += 1


def render(report: Report, name: str, overrides: Path | None = None, *, saved_to: str = "") -> str:
    """Render a report by the template `NAME.j2`; `saved_to` is where it will stand."""
    facts = {"report": report, "saved_to": saved_to}
    return rendering.render(f"{name}.j2", facts, overrides, {"mark": _MARKS.get})
