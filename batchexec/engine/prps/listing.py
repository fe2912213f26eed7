"""The plan of a PRP batch: stages, waves, what is in conflict, and the gates that will judge."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from batchexec.engine.plan import Status
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.engine.plan import Step
    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.model import Gate

_WORDS = {
    Status.RUN: "to run",
    Status.MAY_RUN: "may run",
    Status.UP_TO_DATE: "completed",
    Status.BLOCKED: "blocked",
}


def as_text(steps: Sequence[Step], prps: PrpBatch) -> str:
    lines = [f"📋 Execution Plan (DRY RUN): batch {prps.number}"]
    for stage, members in groupby(steps, key=lambda step: step.task.stage):
        of_stage = list(members)
        lines += ["", f"Stage {stage}:"]
        several = len({step.task.wave for step in of_stage}) > 1
        for wave, waved in groupby(of_stage, key=lambda step: step.task.wave):
            if several:
                lines.append(f"  Wave {wave}:")
            for step in waved:
                lines += (f"{'    ' if several else '  '}{line}" for line in _step(step, prps))
        lines += _conflicts({step.task.id for step in of_stage}, prps)
    return printable("\n".join([*lines, "", *_totals(steps)]) + "\n")


def _step(step: Step, prps: PrpBatch) -> Iterator[str]:
    task = step.task
    yield f"{task.id}: {task.title}"
    why = "; ".join(reason.detail for reason in step.reasons)
    entry = prps.entry(task.id)
    if step.status is Status.UP_TO_DATE:
        why = prps.completion.commit(task.id)[:12]
    elif entry.get("status") == "success" and entry.get("branch"):
        why = f"its branch {entry['branch']} is not merged"
    yield f"   {_WORDS[step.status]}{f': {why}' if why else ''}"
    needs = prps.needs(task)
    if needs:
        yield f"   after {', '.join(needs)}"
    soft = prps.staging.soft.get(task.id)
    if soft:
        yield f"   after {', '.join(soft)}, whatever comes of it"
    yield from (f"   gate {_gate(gate)}" for gate in task.gates)
    if not task.gates:
        yield "   no gates: nothing can verify it"


def _gate(gate: Gate) -> str:
    manual = f" (manual: {gate.manual})" if gate.manual else ""
    return f"{gate.number}, level {gate.level}: {gate.title}{manual}"


def _conflicts(ids: set[str], prps: PrpBatch) -> Iterator[str]:
    apart = prps.settings.conflicts == "serialise"
    for conflict in prps.staging.conflicts:
        if {conflict.first, conflict.second} <= ids:
            then = "one after the other" if apart else "together, and merged"
            yield f"  ⚠️ {conflict.first} and {conflict.second} share {conflict.path}: {then}"


def _totals(steps: Sequence[Step]) -> Iterator[str]:
    stages = {step.task.stage for step in steps}
    gates = [gate for step in steps for gate in step.task.gates]
    manual = sum(bool(gate.manual) for gate in gates)
    yield f"Total: {plural(len(steps), 'PRP')} in {plural(len(stages), 'stage')}"
    yield f"Gates: {plural(len(gates), 'gate')}, {manual:,} of them manual"
    counts = {status: sum(step.status is status for step in steps) for status in Status}
    yield "Of these: " + ", ".join(
        f"{counts[status]:,} {_WORDS[status]}" for status in Status if counts[status]
    )


def more(step: Step, prps: PrpBatch) -> dict[str, Any]:
    """Give what the JSON of a plan says of a PRP beside what it says of any task."""
    task = step.task
    shared = [
        {"with": one.first if one.second == task.id else one.second, "path": one.path}
        for one in prps.staging.conflicts
        if task.id in (one.first, one.second)
    ]
    return {
        "wave": task.wave,
        "external": [edge.id for edge in prps.staging.external.get(task.id, ())],
        "conflicts": shared,
        "completed_by": prps.completion.commit(task.id) or None,
        "gates": [
            {
                "n": gate.number,
                "title": gate.title,
                "level": gate.level,
                "runnable": not gate.manual,
                "reason": gate.manual or None,
            }
            for gate in task.gates
        ],
    }
