"""Tells people and programs what was found about a parallel.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchexec.errors import Severity
from batchexec.sources.files import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.parallel.parallel import Checked, Finding


def fails(findings: Sequence[Finding], *, strict: bool = False) -> bool:
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(one.severity in failing for one in findings)


def told(checked: Checked, more: Sequence[Finding] = (), *, strict: bool = False) -> str:
    """Say everything in lines; `more` is what its PLAN has against it."""
    findings = (*checked.findings, *more)
    invalid = fails(findings, strict=strict)
    verdict = "❌ Invalid" if invalid else "✅ Valid"
    lines = [f"{verdict} parallel.json: {shown(checked.path)}", *map(str, findings)]
    if hint := _first_hint(findings):
        lines.append(f"💡 Fix: {hint}")
    return "\n".join(lines)


def _first_hint(findings: Sequence[Finding]) -> str:
    """Choose where to begin: with the first error that says what would be right."""
    worst_first = sorted(findings, key=lambda one: one.severity is not Severity.ERROR)
    return next((one.hint for one in worst_first if one.hint), "")


def as_json(checked: Checked, more: Sequence[Finding] = (), *, strict: bool = False) -> dict[str, Any]:
    findings = (*checked.findings, *more)
    return {
        "schema_version": 1,
        "path": shown(checked.path),
        "valid": not fails(findings, strict=strict),
        "errors": [one.as_json() for one in findings if one.severity is Severity.ERROR],
        "warnings": [one.as_json() for one in findings if one.severity is Severity.WARNING],
        "notes": [one.as_json() for one in findings if one.severity is Severity.NOTICE],
        "cycles": [list(cycle) for cycle in checked.cycles],
    }
