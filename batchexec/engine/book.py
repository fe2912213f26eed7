"""Keeps the books of one run: what is selected, claimed, prepared and finished."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from batchexec import build
from batchexec.engine.budget import Budget
from batchexec.engine.checker import section_digest
from batchexec.engine.checkpoint import Checkpoint
from batchexec.engine.commits import message, recommit
from batchexec.engine.half_done import forget_before, take_out
from batchexec.engine.logs import Log, log_path
from batchexec.engine.plan import Unmet, unmet
from batchexec.engine.questions import is_asked_anew, question
from batchexec.engine.tries import said
from batchexec.engine.verifications import Verifications
from batchexec.errors import Problem, StateError, WorkspaceError
from batchexec.evidence import Verdict
from batchexec.executors import Attempt
from batchexec.model import Reason, Result, Status, Trouble
from batchexec.rundb import TELLING, UNDONE, UP_TO_DATE

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.build import Built
    from batchexec.engine.backend import Backend
    from batchexec.engine.budget import Refusal
    from batchexec.engine.checker import Checker
    from batchexec.engine.prps.recording import PrpRun
    from batchexec.engine.selection import Selection
    from batchexec.engine.site import Site
    from batchexec.model import Change, Outcome, Task
    from batchexec.rundb import OpenAttempt


@dataclass(slots=True)
class Recovered:
    """What the start of a run found of one that had died."""

    adopted: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def add(self, attempt: OpenAttempt, built: Built) -> None:
        whole = built.outcome.status in (Status.PASSED, Status.NEEDS_WORK)
        (self.adopted if whole else self.lost).append(attempt.task)


_UNANSWERED = frozenset({Trouble.TRANSIENT, Trouble.DETERMINISTIC, Trouble.USAGE_LIMIT})


class Started(NamedTuple):
    """What a worker gets to know: also where it stages and logs, and what the task is made of."""

    attempt: Attempt
    directory: Path
    log: Log
    components: Mapping[str, Any]


class Book:
    """
    The run's side of the run database.

    A run that finds everything up to date never gets a row: `begin` of the
    first task opens the run, and with it lists what was selected.
    """

    def __init__(
        self,
        site: Site,
        backend: Backend,
        selection: Selection,
        version: str,
        prp_run: PrpRun | None = None,
    ) -> None:
        self.selection = selection
        self.run: int | None = None
        self.key = ""
        self.started_utc = time.time()
        self._prp_run = prp_run
        self._site = site
        self._backend = backend
        self._version = version
        self._open: dict[str, tuple[int, int]] = {}
        self._components: dict[str, dict[str, Any]] = {}
        self._previous: dict[str, str] = {}
        self._executors: dict[str, str] = {}
        self._logs: dict[str, Log] = {}
        self._settled: dict[str, str] = {}
        self._passed: set[str] = set()
        self._writes: ExitStack | None = None
        self._checkpoint: Checkpoint | None = None
        self.checkpoint_failed = False
        tasks = [site.graph.tasks[name] for name in selection.tasks]
        kinds = site.settings.executors
        free = {name for name, kind in kinds.items() if kind["kind"] == "apply"}
        self.budget = Budget(site.settings.budget, backend.database, {"apply", *free})
        self.verifications = Verifications(site, backend.database, tasks)

    @property
    def done(self) -> list[str]:
        """The tasks of the run that are done, by this run or before it."""
        settled = {name for name, status in self._settled.items() if status == UP_TO_DATE}
        return [name for name in self.selection.tasks if name in settled or name in self._passed]

    @property
    def checker(self) -> Checker:
        return self._site.checker(self._backend.database)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One transaction, if anything is written at all."""
        with ExitStack() as self._writes:
            yield
        self._writes = None
        self._write_checkpoint()
        if self._prp_run:
            self._prp_run.write()

    def _write_checkpoint(self) -> None:
        """Keep the checkpoint up to date; no run ends because of a file that only others read."""
        if self._checkpoint is None or self.checkpoint_failed:
            return
        try:
            self._checkpoint.write()
        except (WorkspaceError, OSError) as error:
            self.checkpoint_failed = True
            sys.stderr.write(f"ERROR: the checkpoint cannot be written: {error}\n")

    def write(self) -> None:
        """Be in this turn's transaction from here on."""
        assert self._writes is not None
        database = self._backend.database
        database.begin_writing()
        self._writes.enter_context(database.transaction())

    def begin(self, task: Task) -> list[Reason]:
        """Claim a task, with the components it is made of at this moment; returns why it runs."""
        self.write()
        if self.run is None:
            self._begin_run()
        assert self.run is not None
        reasons = list(self.checker.reasons(task, self._backend.values(task.name)))
        self._claim(task, reasons, 0)
        if self._checkpoint:
            self._checkpoint.begin(task)
        return reasons

    def _claim(self, task: Task, reasons: Sequence[Reason], rung: int) -> None:
        assert self.run is not None
        components = self._components[task.name] = self.checker.components(task)
        executor = self._executors[task.name] = self._site.rungs(task)[rung]
        self._open[task.name] = self._backend.database.begin(
            self.run,
            task.name,
            executor,
            time.time(),
            [asdict(reason) for reason in reasons],
            components,
            self.budget.reserve(task.name, executor),
        )
        if self._prp_run:
            number, count = self._open[task.name]
            log = self._site.shown(self._site.state / log_path(self.key, task.name, number))
            self._prp_run.started(task, count, log)

    def end_attempt(self, task: Task, built: Built) -> None:
        """Note how an attempt came out that another one is to follow."""
        self.write()
        self._close(task, built)
        if self._prp_run:
            self._prp_run.tried(task, built)
        if built.outcome.status in TELLING:
            self._previous[task.name] = said(built.outcome)

    def begin_again(self, task: Task, why: str, before: int, rung: int) -> Reason:
        """Claim a task for its next attempt, with the executor of a rung; returns why there is one."""
        self.write()
        reason = Reason("attempt" if rung == before else "executor", why)
        self._claim(task, [reason], rung)
        return reason

    def refusal(self, task: Task, rung: int) -> Refusal | None:
        """Say why a task's next attempt cannot be afforded; one that was answered before costs nothing."""
        refusal = self.budget.refusal(task.name, self._site.rungs(task)[rung])
        return None if refusal and self._is_answered(task, rung) else refusal

    def _is_answered(self, task: Task, rung: int) -> bool:
        site, name = self._site, self._site.rungs(task)[rung]
        if is_asked_anew(site, task) or not site.executor(name).isolated:
            return False
        asked = question(site, name, self.checker.components(task), self._feedback(task))
        return site.answers.get(asked) is not None

    def _feedback(self, task: Task) -> str:
        return self._previous.get(task.name) or self.checker.feedback(task)

    def _begin_run(self) -> None:
        database = self._backend.database
        self.key = _run_key(self.started_utc, database.run_keys(_stamp(self.started_utc)))
        self.run = database.begin_run(self.key, self.started_utc, sys.argv, self._version, self._site.facts())
        tasks = [self._site.graph.tasks[name] for name in self.selection.tasks]
        database.plan_run(self.run, ((task, section_digest(task)) for task in tasks))
        self.verifications.begin(self.run)
        if self._site.settings.checkpoint:
            self._checkpoint = Checkpoint(self._site.workspace.root, self.key, self._site.facts(), tasks)
            for name, status in self._settled.items():
                self._checkpoint.finish(self._site.graph.tasks[name], status)

    def attempt(self, task: Task, cancelled: threading.Event) -> Started:
        """Give a worker what it needs to know of the attempt that was claimed."""
        number, count = self._open[task.name]
        written = self.checker.written
        ours = {output.path: written[output.path] for output in task.outputs if output.path in written}
        path = self._site.state / log_path(self.key, task.name, number)
        log = self._logs[task.name] = Log(path, self._site.redactor)
        attempt = Attempt(
            run=self.key,
            number=count,
            previous=self._feedback(task),
            written=ours,
            reworded=self.checker.reworded(task),
            cancelled=cancelled.is_set,
            wait=cancelled.wait,
            log=log.write,
            redact=self._site.redact,
            budget_usd=self.budget.left(task.name),
        )
        return Started(attempt, self._stage(number), log, self._components[task.name])

    def _stage(self, attempt: int) -> Path:
        return self._site.state / "stage" / str(attempt)

    def prepared(self, name: str, outcome: Outcome, changes: Sequence[Change], commit: str) -> None:
        self.write()
        self._backend.database.prepared(self._open[name][0], outcome, changes, commit)

    def finish(self, task: Task, built: Built) -> dict[str, Any]:
        """Note how a task came out; returns what doit is to remember of it if it passed."""
        self.write()
        if task.name in self._open:
            self._close(task, built)
        else:
            self._settled[task.name] = built.outcome.status
        if self._checkpoint:
            self._checkpoint.finish(task, built.outcome.status)
        if built.outcome.passed:
            self._passed.add(task.name)
        self.verifications.finished(task, ran=True)
        if self._prp_run:
            self._prp_run.finished(task, built)
        return self._record(self._components.pop(task.name), built)

    def _close(self, task: Task, built: Built) -> None:
        number, _ = self._open.pop(task.name)
        database = self._backend.database
        database.finish(number, built.outcome, built.changes, time.time())
        verified = bool(built.verdict and built.verdict.holds)
        if built.verdict and built.verdict.gates:
            passed = [gate for gate in built.verdict.gates if gate.result is Result.PASSED]
            database.save_evidence(number, verified=bool(passed), hooks=_gate_rows(built.verdict))
        elif built.verdict and built.verdict.hooks:
            database.save_evidence(number, verified=verified, hooks=_rows(built.verdict))
        log = self._logs.pop(task.name, None)
        if log and log.written:
            database.note_log(number, str(log.path.relative_to(self._site.state)))
        self.budget.settle(task.name, self._executors.pop(task.name), self._cost(number, built.outcome))
        self.checker.note(task, built.changes)
        if built.outcome.passed:
            database.own_as_whole(task.name, self.checker.found_as_wanted(task, built.changes))

    def _cost(self, number: int, outcome: Outcome) -> float | None:
        """Say what an attempt cost; one that got no answer cost nothing, and needs nothing set aside."""
        if outcome.usage is None and outcome.trouble in _UNANSWERED:
            self._backend.database.release(number)
            return 0.0
        return outcome.usage.cost_usd if outcome.usage else None

    def _record(self, components: Mapping[str, Any], built: Built) -> dict[str, Any]:
        """Make what is remembered of a task that passed; `proven` are the files its evidence rests on."""
        return {"components": components, "proven": self.checker.proofs.of(built.verdict)}

    def settle(self, task: Task, status: str, why: str = "", causes: Sequence[str] = ()) -> None:
        """Note how a task came out that needed no attempt, why, and which tasks are the cause of that."""
        if self._prp_run:
            self._prp_run.settled(task, status, why, causes)
        if status == UP_TO_DATE and task.evidence and not self._backend.values(task.name):
            self._adopt(task)
        self._settled[task.name] = status
        self.verifications.finished(task, ran=False)
        if self._checkpoint:
            self._checkpoint.finish(task, status)

    def _adopt(self, task: Task) -> None:
        """
        Take over a task that rests on its evidence alone: from here on a change of it counts.

        If it had not succeeded before, that is news, and the run is reported.
        """
        self.write()
        if self.run is None and self.checker.last_failure(task):
            self._begin_run()
        proven = self.checker.proofs.of(self.checker.proofs.verdict(task))
        record = {"components": self.checker.components(task), "proven": proven}
        self._backend.set(task.name, "_values_:", record)
        self._backend.set(task.name, "deps:", ())

    def undo(self, tasks: Sequence[Task]) -> None:
        """Note that what tasks brought about is not there any more: they run again."""
        assert self.run is not None
        database = self._backend.database
        with database.transaction():
            for task in tasks:
                self._settled.pop(task.name, None)
                self._backend.remove(task.name)
            database.settle(self.run, [task.name for task in tasks], UNDONE)

    def depends(self, task: Task, name: str) -> bool:
        """Tell whether a task needs the other one's success, and not only its turn."""
        graph = self._site.graph
        return name not in graph.tasks or name in graph.deps.get(task.name, ())

    def unmet(self, task: Task, *, always: bool) -> Unmet | None:
        """Say what a task depends on that is not done, and will not be in this run."""
        prps = self._site.prps
        if prps:
            if prps.completion.holds(task.id) and not always:
                return None
            missing = prps.missing(task)
            return Unmet(prps.blocked(task, missing), tuple(missing)) if missing else None
        return unmet(task, self._site.graph, self.checker, self._backend, self.selection)

    def recover(self) -> Recovered:
        """Finish what a dead process left prepared, write off the rest; needs the lock."""
        database = self._backend.database
        recovered = Recovered()
        attempts = database.open_attempts()
        if not attempts and not database.has_open_runs():
            return recovered
        database.begin_writing()
        for attempt in attempts:
            built = self._recover(attempt)
            if built.outcome.passed:
                built = self._recommit(attempt, built)
            with database.transaction():
                database.finish(attempt.id, built.outcome, built.changes, time.time())
                if attempt.newest:
                    self._remember(attempt.task, built, attempt.components)
            recovered.add(attempt, built)
            if built.outcome.status is Status.INTERRUPTED:
                recovered.notices += filter(None, [take_out(self._site, attempt.run, attempt.task)])
            else:
                forget_before(self._site, attempt.run)
        with database.transaction():
            database.interrupt_runs(time.time())
        shutil.rmtree(self._site.state / "stage", ignore_errors=True)
        self._site.forget_checker()
        return recovered

    def _recover(self, attempt: OpenAttempt) -> Built:
        site, stage = self._site, self._stage(attempt.id)

        def recover() -> Built:
            return build.recover(attempt, site.workspace, stage, lambda: self._verdict(attempt.task))

        try:
            return self._noted(attempt, recover) if attempt.changes else recover()
        except OSError as error:
            # The work stays prepared: thrown away is what it must not be.
            what = (
                f"{attempt.task} was finished but cannot be put in place ({error.strerror}: {error.filename})"
            )
            raise StateError(Problem(None, what, "make that place writable, then run it again")) from error

    def _noted(self, attempt: OpenAttempt, recover: Callable[[], Built]) -> Built:
        # Lazy for speed: it is seldom that a run was killed.
        from batchexec.engine.plans import leftovers

        if not leftovers.is_of_plan(attempt):
            return recover()
        return leftovers.noted(attempt, self._site.workspace, recover)

    def _recommit(self, attempt: OpenAttempt, built: Built) -> Built:
        """Finish the commit of work that was adopted."""
        task = self._site.task(attempt.task)
        if task is None or not (built.changes or self._site.prps):
            return built
        if self._site.settings.commit != "task" and not self._site.prps:
            return built
        text = message(task, attempt.run, attempt.number)
        refusal = recommit(self._site.settings.repo_root, attempt.commit, built.changes, text)
        if not refusal:
            return built
        outcome = replace(built.outcome, status=Status.FAILED, summary=f"it was not committed: {refusal}")
        return replace(built, outcome=outcome)

    def _verdict(self, name: str) -> Verdict:
        task = self._site.task(name)
        return self._site.evidence.verdict(task) if task else Verdict()

    def _remember(self, name: str, built: Built, components: Mapping[str, Any]) -> None:
        if not built.outcome.passed:
            self._backend.remove(name)
            return
        self._backend.set(name, "_values_:", self._record(components, built))
        self._backend.set(name, "deps:", ())

    def refuse(self, task: Task, status: Status) -> None:
        """Note that a task is not attempted, and why in one word."""
        self.write()
        if self.run is None:
            self._begin_run()
        self.settle(task, status)

    def close(self, status: str, stopped: str) -> None:
        """Close the run's row; tasks that were never reached stay `not_run`."""
        database = self._backend.database
        stamps = self.checker.files.fresh
        if self.run is None and not (stamps and database.exists):
            return
        with database.transaction():
            database.save_digests(stamps)
            if self.run is not None:
                for outcome in set(self._settled.values()):
                    names = [name for name, came_out in self._settled.items() if came_out == outcome]
                    database.settle(self.run, names, outcome)
                database.finish_run(self.run, status, time.time(), stopped)
        self._write_checkpoint()
        with suppress(OSError):
            # An attempt that a bug cut off left its stage behind, for the next run to judge.
            (self._site.state / "stage").rmdir()


def _rows(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"raw": hook.raw, "line": hook.location.line, "ok": hook.ok, "weak": hook.weak, "reason": hook.reason}
        for hook in verdict.hooks
    ]


def _gate_rows(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "raw": one.gate.title,
            "line": one.gate.location.line,
            "ok": one.result is Result.PASSED,
            "weak": one.result is not Result.PASSED and one.result is not Result.FAILED,
            "reason": one.reason,
        }
        for one in verdict.gates
    ]


def _stamp(utc: float) -> str:
    return time.strftime("%Y%m%d_%H%M%S", time.localtime(utc))


def _run_key(started_utc: float, taken: set[str]) -> str:
    """Name a run by its local start time, with `_2`, `_3` … where that is taken."""
    stamp = _stamp(started_utc)
    keys = (stamp, *(f"{stamp}_{number}" for number in range(2, len(taken) + 2)))
    return next(key for key in keys if key not in taken)
