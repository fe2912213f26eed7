"""Walks PRPs on workers' threads: in worktrees that are kept, judged by gates, merged in their turn."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.batch_results import BeatStatus
from batchexec.build import Part, Rules, build_isolated
from batchexec.engine.prps.header import with_status
from batchexec.engine.prps.judging import Judge
from batchexec.engine.prps.wording import prompt_of, step, wording
from batchexec.model import Outcome, Status, Trouble
from batchexec.places import KeptWorktree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from batchexec.build import Built
    from batchexec.engine.prps.merging import MergeOrder
    from batchexec.engine.prps.recording import Beat, PrpRun
    from batchexec.engine.site import Site
    from batchexec.engine.walks import Walk
    from batchexec.errors import Problem
    from batchexec.evidence import Verdict
    from batchexec.executors import Attempt, Executor
    from batchexec.model import Task
    from batchexec.places import Place
    from batchexec.places.place import Wording
    from batchexec.sources.prp import Prp
    from batchexec.workspace import Stage

_QUIET_S = 300.0
_NOBODY = "nobody is named who could carry it out"
_NAME_ONE = "name an agent or a model with `executor:` in batchexec.yaml"
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class PrpWalks:
    """What the walks of one run share."""

    site: Site
    run: PrpRun
    order: MergeOrder

    def walk(
        self,
        walk: Walk,
        executor: Executor,
        place: Place,
        again: Callable[[Outcome], bool],
        tools: Path | None,
    ) -> Built:
        one = _Walk(self, walk, place, tools)
        attempt = replace(walk.attempt, worker=place.worker, tools=tools)
        carried_out = build_isolated(
            walk.task,
            _Heard(executor, one.beat, self.site),
            place,
            self.site.workspace,
            walk.started.directory,
            attempt,
            one.rules(lambda outcome: again(_final(outcome))),
        )
        carried_out = replace(carried_out, outcome=_final(carried_out.outcome))
        self._note(walk.task, place, carried_out)
        notes = _notes(place) if isinstance(place, KeptWorktree) else []
        outcome = carried_out.outcome
        return replace(carried_out, outcome=replace(outcome, notes=(*outcome.notes, *notes)))

    def _note(self, task: Task, place: Place, built: Built) -> None:
        """Say of work that is no good that it is not done, and let nobody wait for it."""
        outcome = built.outcome
        if outcome.status is Status.CONFLICT:
            self.order.passed_by(task.name)
        if (
            isinstance(place, KeptWorktree)
            and not outcome.passed
            and outcome.status is not Status.INTERRUPTED
        ):
            judged = built.verdict if outcome.status is Status.NEEDS_WORK else None
            if judged is None or not judged.gates or not Judge.lacks_only_people(judged):
                place.reopen()


def _notes(place: KeptWorktree) -> list[str]:
    """Say of a worktree what people would not expect; once."""
    told, place.notes = place.notes, []
    if place.lost:
        told.append(f"what was begun before does not go together with the base, and is kept: {place.lost}")
    return told


def _final(outcome: Outcome) -> Outcome:
    """Let nobody try again what is bad for another reason than its gates: these alone say how often."""
    if outcome.trouble is Trouble.QUALITY and outcome.status is not Status.NEEDS_WORK:
        return replace(outcome, trouble=None)
    return outcome


class _Walk:
    """One attempt at one PRP."""

    def __init__(self, walks: PrpWalks, walk: Walk, place: Place, tools: Path | None) -> None:
        self._walks = walks
        self._walk = walk
        self._place = place
        self._settings = walks.site.settings
        self._prp: Prp = walks.run.prps.prp(walk.task)
        self.beat: Beat = walks.run.beat(walk.task)
        self._judge = Judge(
            self._prp,
            self._settings,
            walk.attempt.cancelled,
            self._confirmed,
            walk.tries.counted,
            walk.attempt.previous,
            tools,
        )

    def _confirmed(self) -> tuple[int, ...]:
        """Give the gates that a person looked at, of the work as it is: new work has to be looked at anew."""
        if isinstance(self._place, KeptWorktree) and not self._place.is_as_it_was:
            return ()
        return self._walks.run.prps.confirmed(self._walk.task.id)

    def rules(self, again: Callable[[Outcome], bool]) -> Rules:
        site, task = self._walks.site, self._walk.task
        return Rules(
            check=self._check,
            held=self._judge,
            forbids=site.forbids(task),
            protects=bool(self._settings.protect),
            prepared=self._walk.prepared,
            again=again,
            order=site.order.get(task.name, 0),
            wording=self._wording,
            fresh=self._walk.fresh,
            parts=self._parts() if self._walk.fresh else (),
            whole=Part(self._asked()),
            turn=self._turn,
        )

    def _asked(self) -> Task:
        root = self._place.root
        return prompt_of(self._walk.task, self._prp, root, self._judge.rewrite(root), self._settings)

    def _parts(self) -> Sequence[Part]:
        if self._settings.commits == "prp":
            return (Part(self._asked()),)
        root, rewrite = self._place.root, self._judge.rewrite(self._place.root)
        return [
            Part(
                prompt_of(self._walk.task, self._prp, root, rewrite, self._settings, phase),
                step(self._prp, number, phase),
            )
            for number, phase in enumerate(self._prp.phases, 1)
        ] or (Part(self._asked()),)

    def _check(self, root: Path) -> Verdict:
        self.beat.enter(BeatStatus.GATES)
        return self._judge.check(root)

    def _wording(self, verdict: Verdict) -> Wording:
        self.beat.enter(BeatStatus.COMMITTING)
        said = wording(self._prp, self._settings, self._walk.attempt.number, verdict, self._confirmed())
        if not self._settings.update_status:
            return said
        return replace(said, also=with_status(self._walks.site.workspace, self._prp))

    def _turn(self) -> bool:
        self.beat.enter(BeatStatus.MERGING)
        return self._walks.order.wait(self._walk.task.name, self._walk.attempt.cancelled)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Carries a PRP out by its executor, and listens to what that prints."""

    executor: Executor
    beat: Beat
    site: Site

    @property
    def kind(self) -> str:
        return self.executor.kind

    @property
    def isolated(self) -> bool:
        return True

    @property
    def priced(self) -> bool:
        return self.executor.priced

    def problems(self) -> list[Problem]:
        return self.executor.problems()

    def fingerprint(self) -> str:
        return self.executor.fingerprint()

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        self.beat.enter(BeatStatus.RUNNING)
        settings = self.site.settings
        if self.executor.kind == "apply":
            return Outcome(status=Status.NEEDS_WORK, summary=_NOBODY, hint=_NAME_ONE)

        def log(data: bytes) -> None:
            self.beat.hear(data)
            attempt.log(data)

        def quiet(seconds: float) -> None:
            attempt.log(f"\nbatchexec: no sign of life for {seconds:.0f} s\n".encode())

        outcome = self.executor.execute(
            task,
            stage,
            replace(
                attempt,
                log=log,
                timeout_s=settings.timeout * _MINUTE_S,
                stall_s=settings.stall_kill or math.inf,
                quiet_s=_QUIET_S,
                quiet=quiet,
            ),
        )
        self.beat.hear(b"\n")
        failed = self.beat.progress.failed
        if failed and outcome.passed:
            return replace(outcome, status=Status.FAILED, summary=f"it gave up: {failed}", trouble=None)
        return outcome
