"""How a PRP is judged: by the files it declares to create, by what it changed, and by its gates."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec import process
from batchexec.engine.rewriting import rewriting
from batchexec.evidence import Verdict
from batchexec.gates import check_all, decides
from batchexec.model import Outcome, Result, Status, Trouble
from batchexec.sources.prp import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from batchexec.model import Edit, GateResult
    from batchexec.settings import Settings
    from batchexec.sources.prp import Prp

_TOLD = 4000


@dataclass(frozen=True, slots=True)
class Judge:
    """
    Judges one attempt at a PRP.

    `confirmed` gives the numbers of gates that a person looked at, `before` is how
    often its gates were mended already in this run, `previous` what was wrong then.
    `tools` are programs that gates get before those on the PATH.
    """

    prp: Prp
    settings: Settings
    cancelled: Callable[[], bool]
    confirmed: Callable[[], Collection[int]] = tuple
    before: int = 0
    previous: str = ""
    tools: Path | None = None

    def check(self, root: Path) -> Verdict:
        """Run the gates in a directory, all of them, in the order they stand."""
        results = check_all(
            self.prp.gates,
            root,
            timeout_s=self.settings.gate_timeout_s,
            environ=self._environ(),
            cancelled=self.cancelled,
            rewrite=self.rewrite(root),
        )
        return Verdict(gates=tuple(results))

    def _environ(self) -> dict[str, str]:
        """Give gates the git that leaves the user's branches alone, as executors have it."""
        environ = dict(process.inherited())
        if self.tools:
            environ["PATH"] = os.pathsep.join((str(self.tools), environ.get("PATH", os.defpath)))
        return environ

    def rewrite(self, root: Path) -> Callable[[str], str]:
        return rewriting(self.settings, root)

    def refusal(self, root: Path, edits: Sequence[Edit]) -> str:
        missing = [
            f"Step {file.step}: {file.path} was not created" if file.step else f"{file.path} was not created"
            for file in self.prp.files
            if file.action is Action.CREATE and not os.path.lexists(root / file.path)
        ]
        if missing:
            return "; ".join(missing)
        return "" if edits or not self.prp.files else "no changes were made"

    def outcome(self, verdict: Verdict, outcome: Outcome, *, merged: bool) -> Outcome:
        why = decides(verdict.gates, manual=self.settings.manual_gates, confirmed=self.confirmed())
        if self.cancelled():
            return replace(outcome, status=Status.INTERRUPTED, summary="interrupted while its gates ran")
        if not outcome.passed:
            return outcome
        if not why:
            return replace(outcome, status=Status.PASSED, summary="", trouble=None)
        if merged:
            summary = f"its gates fail together with what was merged before: {why[0]}"
            return replace(outcome, status=Status.CONFLICT, summary=summary, notes=why[1:])
        failed = [one for one in verdict.gates if one.result is Result.FAILED]
        summary, notes = why[0], (*why[1:], *map(_told, failed))
        judged = replace(outcome, status=Status.NEEDS_WORK, summary=summary, notes=notes)
        return replace(judged, trouble=Trouble.QUALITY if self._may_mend(failed, summary) else None)

    def _may_mend(self, failed: Sequence[GateResult], summary: str) -> bool:
        """Tell whether the executor may try again: as often as the level says, and not at the same error."""
        if not failed or (self.before and summary in self.previous):
            return False
        return self.before < min(self.settings.fix_attempts.get(one.gate.level, 0) for one in failed)

    @staticmethod
    def lacks_only_people(verdict: Verdict) -> bool:
        """Tell whether nothing failed, and it is for a person to say that it is good."""
        return not any(one.result is Result.FAILED for one in verdict.gates)


def _told(result: GateResult) -> str:
    """Say to the next attempt what a gate printed, and what its PRP says to do then."""
    gate, output = result.gate, result.output[-_TOLD:].strip()
    mend = f"\nOn failure: {gate.on_failure}" if gate.on_failure else ""
    printed = f"\nIt printed:\n{output}" if output else ""
    return f"Gate {gate.number} ({gate.title}){printed}{mend}"


def first_errors(outcome: Outcome) -> tuple[str, ...]:
    """Give what went wrong, a line each, as the result file tells it."""
    if outcome.passed:
        return ()
    if outcome.status is Status.CONFLICT and outcome.paths:
        return (f"merge conflict: {', '.join(outcome.paths)}",)
    lines = [outcome.summary or str(outcome.status).replace("_", " ")]
    lines += [
        note.partition("\n")[0]
        for note in outcome.notes
        if note.startswith("Gate ") and " failed: " in note.partition("\n")[0]
    ]
    return tuple(lines)
