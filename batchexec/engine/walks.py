"""Walks tasks on workers' threads: each with its executor, its place and what it is held to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.build import Built, Rules, build, build_isolated
from batchexec.build.recorded import Recorded
from batchexec.engine.commits import message
from batchexec.engine.questions import is_asked_anew, question
from batchexec.engine.tries import following
from batchexec.model import Change, Outcome
from batchexec.places.place import Wording

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.engine.book import Started
    from batchexec.engine.isolation import Isolation
    from batchexec.engine.plans.judging import PlanJudge
    from batchexec.engine.prps.walking import PrpWalks
    from batchexec.engine.site import Site
    from batchexec.engine.tries import Next, Tries
    from batchexec.evidence import Verdict
    from batchexec.executors import Attempt
    from batchexec.model import Task

_ALL = 1_000_000
"""As many attempts as whoever judges the task allows."""

Prepared = Callable[[Outcome, Sequence[Change], str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """
    One attempt as it is handed to a worker.

    `tries` is how often the task was tried before, `fresh` whether the attempt
    starts from the tree as it is.
    """

    task: Task
    started: Started
    tries: Tries
    fresh: bool
    prepared: Prepared

    @property
    def attempt(self) -> Attempt:
        return self.started.attempt

    @property
    def message(self) -> str:
        return message(self.task, self.attempt.run, self.attempt.number)


class Walks:
    """
    The ways of one run to carry tasks out.

        walk()                  on a worker's thread
          _in_tree()            executors that stage what they write
          _isolated()           all others, in a place of the task's own
        following(), finished() on the runner's
    """

    def __init__(self, site: Site, isolation: Isolation, prps: PrpWalks | None = None) -> None:
        self._site = site
        self._isolation = isolation
        self._prps = prps
        # Taken here and not by the workers: two that ask at once would get one each.
        self._answers = site.answers

    @property
    def waiters(self) -> int:
        """How many may wait to be brought home beside those that hold a slot."""
        return len(self._site.graph.tasks) if self._prps else 0

    @property
    def waiting(self) -> int:
        return self._prps.order.waiting if self._prps else 0

    @property
    def wake(self) -> Callable[[], None]:
        return self._prps.order.wake if self._prps else lambda: None

    @wake.setter
    def wake(self, call: Callable[[], None]) -> None:
        if self._prps:
            self._prps.order.wake = call

    def begun(self, name: str) -> None:
        if self._prps:
            self._prps.order.started(name)

    def over(self, name: str) -> None:
        """Let nobody wait for a task any more."""
        if self._prps:
            self._prps.order.passed_by(name)

    def stop(self) -> None:
        """Let nobody wait for what is not started any more."""
        if self._prps:
            self._prps.order.close()

    def walk(self, walk: Walk) -> Built:
        """Carry an attempt out, wherever its executor works."""
        name = self._site.rungs(walk.task)[walk.tries.rung]
        executor = self._site.executor(name)
        try:
            if self._prps:
                return self._prp(self._prps, walk, name)
            if not (executor.isolated or self._site.plans):
                return self._in_tree(walk, name)
            return self._isolated(walk, name)
        finally:
            walk.started.log.close()

    def following(self, task: Task, outcome: Outcome, tries: Tries) -> Next | None:
        """Say what comes after an attempt; None where it was the last one."""
        rungs = self._site.rungs(task)
        name = rungs[tries.rung]
        site = self._site
        isolated = bool(self._prps or site.plans) or site.executor(name).isolated
        attempts = _ALL if self._prps else self._site.settings.attempts
        after = following(
            outcome, tries, self._site.settings, len(rungs), isolated=isolated, attempts=attempts
        )
        if after is None or after.tries.rung == tries.rung:
            return after
        return replace(after, why=f"{name} left it open: {after.why}")

    def finished(self, task: Task, built: Built) -> None:
        """Give back what a task worked in, and leave nothing there that is not good."""
        self._isolation.release(task, passed=built.outcome.passed)
        if self._site.plans:
            self._site.plans.finished(task, built)

    def _prp(self, prps: PrpWalks, walk: Walk, name: str) -> Built:
        place = self._isolation.place(walk.task, walk.attempt.run)
        again = self._again(walk)
        return prps.walk(walk, self._site.executor(name), place, again, self._isolation.tools)

    def _again(self, walk: Walk) -> Callable[[Outcome], bool]:
        def again(outcome: Outcome) -> bool:
            after = self.following(walk.task, outcome, walk.tries)
            return after is not None and after.tries.rung == walk.tries.rung

        return again

    def set_aside(self, task: Task) -> None:
        """Leave nothing of a task in the user's tree while it waits for its next attempt."""
        self._isolation.set_aside(task)

    def _in_tree(self, walk: Walk, name: str) -> Built:
        site, task = self._site, walk.task

        def check() -> Verdict:
            return site.evidence.verdict(task, walk.attempt.cancelled)

        def prepared(outcome: Outcome, changes: Sequence[Change]) -> None:
            walk.prepared(outcome, changes, "")

        tree = self._isolation.tree(task, walk.message)
        executor = site.executor(name)
        return build(
            task, executor, site.workspace, walk.started.directory, walk.attempt, prepared, check, tree
        )

    def _isolated(self, walk: Walk, name: str) -> Built:
        site, task = self._site, walk.task
        executor = site.executor(name)

        judge = self._judge(walk)

        def check(root: Path) -> Verdict:
            if judge:
                return judge.check(root)
            return site.evidence.verdict(task, walk.attempt.cancelled, root)

        def worded(verdict: Verdict) -> Wording | None:  # noqa: ARG001  # the same whatever spoke for it
            return Wording(message=walk.message) if site.settings.commit == "task" else None

        rules = Rules(
            check=check,
            held=judge,
            forbids=self._forbids(task),
            protects=bool(site.settings.protect or site.plans),
            prepared=walk.prepared,
            again=self._again(walk),
            order=site.order.get(task.name, 0),
            wording=worded,
            fresh=walk.fresh,
            recorded=self._recorded(walk, name),
            noted=site.plans.noted if site.plans else lambda _: None,
        )
        place = self._isolation.place(task, walk.attempt.run)
        attempt = replace(walk.attempt, worker=place.worker, tools=self._isolation.tools)
        return build_isolated(task, executor, place, site.workspace, walk.started.directory, attempt, rules)

    def _forbids(self, task: Task) -> Callable[[str], bool]:
        always = self._site.forbids(task)
        if self._site.plans is None:
            return always
        verdicts = self._site.plans.forbids(in_place=self._isolation.in_place)
        return lambda path: verdicts(path) or always(path)

    def _judge(self, walk: Walk) -> PlanJudge | None:
        if self._site.plans is None:
            return None
        from batchexec.engine.plans.judging import PlanJudge

        return PlanJudge(walk.task, self._site.settings, walk.attempt.cancelled)

    def _recorded(self, walk: Walk, name: str) -> Recorded:
        site, task = self._site, walk.task
        return Recorded(
            answers=self._answers,
            key=question(site, name, walk.started.components, walk.attempt.previous),
            task=task.name,
            run=walk.attempt.run,
            number=walk.attempt.number,
            executor=name,
            ask=is_asked_anew(site, task),
        )
