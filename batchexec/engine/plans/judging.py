"""How an EXECUTION_TASK is judged: by its gates, and where it has none by whether anything was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.engine.rewriting import rewriting
from batchexec.evidence import Verdict
from batchexec.gates import check_all
from batchexec.model import Result, Status, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from batchexec.model import Edit, Outcome, Task
    from batchexec.settings import Settings

_UNVERIFIED = "nothing verified it: no gate passed"


@dataclass(frozen=True, slots=True)
class PlanJudge:
    """Judges one attempt; a person has the last word, with a marker."""

    task: Task
    settings: Settings
    cancelled: Callable[[], bool]

    def check(self, root: Path) -> Verdict:
        results = check_all(
            self.task.gates,
            root,
            timeout_s=self.settings.gate_timeout_s,
            cancelled=self.cancelled,
            rewrite=rewriting(self.settings, root),
        )
        return Verdict(gates=tuple(results))

    def refusal(self, root: Path, edits: Sequence[Edit]) -> str:  # noqa: ARG002  # what decides about work
        return "" if edits or self.task.gates else "no changes were made"

    def outcome(self, verdict: Verdict, outcome: Outcome, *, merged: bool) -> Outcome:
        if self.cancelled():
            return replace(outcome, status=Status.INTERRUPTED, summary="interrupted while its gates ran")
        failed = [one for one in verdict.gates if one.result is Result.FAILED]
        if not failed:
            passed = any(one.result is Result.PASSED for one in verdict.gates)
            is_told = passed or _UNVERIFIED in outcome.notes
            notes = outcome.notes if is_told else (*outcome.notes, _UNVERIFIED)
            return replace(outcome, status=Status.PASSED, summary="", trouble=None, notes=notes)
        when = " together with what changed meanwhile" if merged else ""
        first = failed[0]
        summary = f"gate {first.gate.number} ({first.gate.title}) failed{when}: {first.reason}"
        notes = tuple(
            f"Gate {one.gate.number} printed:\n{one.output.strip()}" for one in failed if one.output
        )
        return replace(
            outcome, status=Status.NEEDS_WORK, summary=summary, notes=notes, trouble=Trouble.QUALITY
        )
