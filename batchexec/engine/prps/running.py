"""Keeps the PRPs of a run in step: one stage after the other, merges in order, commands between them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from batchexec import process
from batchexec.engine.barrier import Barrier
from batchexec.engine.prps.merging import MergeOrder, merge_key
from batchexec.engine.runner import Stages
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchexec.engine.prps.recording import PrpRun

_PENDING = "after_stage"
_TIMEOUT_S = 24 * 3600.0
_TAIL = 4000


def merge_order(run: PrpRun) -> MergeOrder:
    return MergeOrder(
        {task.name: ((task.stage or 0, task.wave), merge_key(run.prps, task)) for task in run.tasks}
    )


def stages(run: PrpRun, cancelled: Callable[[], bool]) -> Stages:
    """Let stages run one after the other, with the command the user wants after each."""
    command = run.prps.settings.after_stage
    pending = _pending(run) if command else set()

    def close(stage: int) -> str:
        assert command
        # On record before it starts: a run that dies meanwhile has it to do.
        run.keep(_PENDING, {"pending": sorted(pending | {stage})})
        wrong = _hook(run, command, cancelled, STAGE=str(stage))
        pending.add(stage)
        if not wrong:
            pending.discard(stage)
            run.keep(_PENDING, {"pending": sorted(pending)} if pending else None)
        return f"after_stage of stage {stage}: {wrong}; the next run repeats it" if wrong else ""

    return Stages(Barrier(run.tasks, announced=pending if command else None), close)


def overdue(run: PrpRun) -> list[int]:
    """List the stages that this run does not come by, and after which the command is still to be repeated."""
    if not run.prps.settings.after_stage:
        return []
    return sorted(_pending(run) - {task.stage for task in run.tasks})


def _pending(run: PrpRun) -> set[int]:
    """Read for which stages the command is still to be run, or to be repeated."""
    kept = run.kept(_PENDING)
    known = kept.get("pending") if isinstance(kept, dict) else None
    return {stage for stage in known if isinstance(stage, int)} if isinstance(known, list) else set()


def after_batch(run: PrpRun, cancelled: Callable[[], bool]) -> str:
    command = run.prps.settings.after_batch
    return _hook(run, command, cancelled) if command else ""


def _hook(run: PrpRun, command: str, cancelled: Callable[[], bool], **told: str) -> str:
    """Run a command in the repository, with the result file as it is now; says how it failed, if it did."""
    run.flush()
    done = process.run(
        command,
        run.prps.settings.repo_root,
        timeout_s=_TIMEOUT_S,
        environ=process.inherited() | {"BATCH_ID": str(run.prps.number), "RESULT_FILE": run.path} | told,
        cancelled=cancelled,
    )
    if done.output.strip():
        sys.stderr.write(f"{printable(done.output.strip()[-_TAIL:])}\n")
    return f"`{command}` ended with exit status {done.code}" if done.code else ""
