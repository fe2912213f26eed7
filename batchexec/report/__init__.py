"""What came of a run, as numbers, as JSON and as a page to read."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from batchexec import rendering
from batchexec.model import CATEGORIES
from batchexec.report.cost import cost_of, dollars, total
from batchexec.report.facts import (
    CategoryVerification,
    Counts,
    FileOperation,
    Report,
    Result,
    RunFacts,
    Tried,
    VerificationCounts,
    Verified,
)
from batchexec.verification import VERIFIED, regressed
from batchexec.wording import local_time, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "Report",
    "Result",
    "RunFacts",
    "Tried",
    "Verified",
    "dollars",
    "paths",
    "render",
    "summarise",
    "total",
]

SCHEMA_VERSION = 1
DIRECTORY = ".spec/reports"

SUCCESSFUL = ("done", "up_to_date")
_MARKS = {"done": "✅", "up_to_date": "⏭️", "needs_work": "⚠️", "failed": "❌", "not_run": "⏸️"}


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
        cost=cost_of({**facts, "results": results}),
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
    found = {
        "create": result["files_created"],
        "modify": result["files_modified"],
        "delete": result["files_deleted"],
    }
    for op, paths in found.items():
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
        case dict():
            return {key: _printable(item) for key, item in value.items()}
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


def word(status: str) -> str:
    """Say a status in the words of people."""
    return "done" if status == "passed" else status.replace("_", " ")


def render(report: Report, name: str, overrides: Path | None = None, *, saved_to: str = "") -> str:
    """Render a report by the template `NAME.j2`; `saved_to` is where it will stand."""
    facts = {"report": report, "saved_to": saved_to}
    return rendering.render(
        f"{name}.j2", facts, overrides, {"mark": _MARKS.get, "word": word, "dollars": dollars}
    )
