"""Drives doit's dispatcher: slots, limits, signals, and a durable record of every step."""

from __future__ import annotations

import queue
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from doit.exceptions import BaseFail, InvalidDodoFile, InvalidTask, TaskError, UnmetDependency
from doit.runner import Runner

from batchexec.build import Built, Halt
from batchexec.engine.barrier import Barrier
from batchexec.engine.tasks import OutcomeFailed, verdict
from batchexec.engine.tries import Breaker, Next, Tries, dated, said
from batchexec.engine.walks import Walk
from batchexec.errors import StateLost
from batchexec.model import Change, Outcome, Status
from batchexec.rundb import UP_TO_DATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import FrameType

    from doit.control import ExecNode

    from batchexec.engine.book import Book
    from batchexec.engine.budget import Refusal
    from batchexec.engine.dispatcher import PlanDispatcher
    from batchexec.engine.reporter import Deferred
    from batchexec.engine.walks import Prepared, Walks

_COUNTED_AS_FAILED = frozenset(Status) - {
    Status.PASSED,
    Status.NEEDS_WORK,
    Status.LIMITED,
    Status.BUDGET,
    Status.BLOCKED,
    Status.NOT_RUN,
    Status.INTERRUPTED,
}


_ALL_GIVEN_UP = frozenset({Status.LIMITED})
_COUNTDOWN_S = 60.0
_HEED_S = 1.0
_SPEND_MORE = "raise `budget:` in batchexec.yaml, then run it again"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A worker asks to put on record what it is about to publish, and waits for the answer."""

    name: str
    outcome: Outcome
    changes: Sequence[Change]
    commit: str
    recorded: Future[None]


@dataclass(frozen=True, slots=True)
class _Finished:
    node: ExecNode
    result: Built | BaseFail | BaseException | None


@dataclass(frozen=True, slots=True)
class _Later:
    """
    A task whose next attempt has to wait; `built` is how the one before came out.

    `unpaid` waits for what others cost, and not for a time.
    """

    node: ExecNode
    next: Next
    built: Built
    unpaid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    `slots` tasks run at once; `max_failures` failed ones stop the run, and so
    do `breaker` tasks in a row that could not be carried out for the same reason (0: never).
    """

    slots: int = 1
    max_failures: int = 0
    breaker: int = 0


class Stages(NamedTuple):
    """What holds tasks back until others have ended, and what closes a stage and says what went wrong."""

    barrier: Barrier
    close: Callable[[int], str]


class BatchRunner(Runner):
    """
    doit's runner with its loop replaced.

    One thread, this one, decides and writes to the database; workers carry
    tasks out and send messages. All messages that wait are dealt with in one
    transaction, together with the claims of the tasks started next; only when
    it is on disk is anything shown, started or published.

        run_all()                       doit's
          run_tasks()                   until nothing runs and nothing is left
            _turn()                     one transaction
              _take(message)            prepared | finished
              _fill()                   select_task() for each that is ready, claim it
            _launch()                   workers for prompt tasks; doit tasks of others here
    """

    def __init__(
        self,
        dep_manager: Any,
        reporter: Deferred,
        book: Book,
        walks: Walks,
        limits: Limits,
        **options: Any,
    ) -> None:
        super().__init__(dep_manager, reporter, continue_=True, **options)
        self.book = book
        self.stages = Stages(Barrier(), lambda _: "")
        self.paused = False
        self.walks = walks
        self.limits = limits
        self.statuses: dict[str, Status] = {}
        self.stopped = ""
        self.signal: signal.Signals | None = None
        self.halt: Halt | None = None
        self._reporter = reporter
        self._messages: queue.SimpleQueue[_Prepared | _Finished | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._running: dict[str, ExecNode] = {}
        self._unanswered: set[Future[None]] = set()
        self._closed: BaseException | None = None
        self._failures = 0
        self._tries: dict[str, Next] = {}
        self._later: list[_Later] = []
        self._held: list[ExecNode] = []
        self._paused_until = 0.0
        self._paused_for = ""
        self._told_utc = 0.0
        self._breaker = Breaker(limits.breaker)
        self._signals_seen = 0
        self._announced = 0
        self._error: BaseException | None = None
        book.verifications.cancelled = self.cancelled
        walks.wake = lambda: self._messages.put(None)

    def cancelled(self) -> bool:
        """Tell whether even what is running is to stop."""
        return self._cancelled.is_set()

    def run_tasks(self, task_dispatcher: PlanDispatcher) -> None:
        # Who waits for its turn to be merged gives up its slot, and not its thread.
        with ThreadPoolExecutor(self.limits.slots + self.walks.waiters, thread_name_prefix="slot") as pool:
            try:
                self._loop(task_dispatcher, pool)
            except BaseException as error:
                self._close(error)
                raise
        if self._error:
            raise self._error

    def _loop(self, dispatcher: PlanDispatcher, pool: ThreadPoolExecutor) -> None:
        messages: list[_Prepared | _Finished] = []
        while True:
            started = self._turn(dispatcher, messages)
            for node in started:
                self._launch(node, pool)
            if self.stages.barrier.ended is not None:
                self._end_stage(self.stages.barrier.ended)
                messages = []
                continue
            if not self._running:
                return
            messages = self._wait()
            self._announce_signal()

    def catch_up(self, stages: Iterable[int]) -> None:
        """Close stages that an earlier run could not, before anything is started."""
        for stage in stages:
            if not self._stop_running:
                self._end_stage(stage)

    def _end_stage(self, stage: int) -> None:
        """Do what is wanted between two stages; if that fails, nothing more is started."""
        wrong = "" if self._stop_running else self.stages.close(stage)
        self.stages.barrier.go_on()
        if wrong:
            self.paused = True
            self._stop(wrong)

    def _announce_signal(self) -> None:
        if self._signals_seen > self._announced:
            self._announced = self._signals_seen
            busy = len(self._running) - len(self._later)
            self._reporter.draining(busy, again=self._cancelled.is_set())

    def _turn(self, dispatcher: PlanDispatcher, messages: Sequence[_Prepared | _Finished]) -> list[ExecNode]:
        with self._reporter.deferred(), self.book.turn():
            again = [node for message in messages if (node := self._take(message, dispatcher))]
            again += self._due(dispatcher)
            started = [*again, *self._fill(dispatcher)]
        for message in messages:
            if isinstance(message, _Prepared):
                self._unanswered.discard(message.recorded)
                message.recorded.set_result(None)
        return started

    def _wait(self) -> list[_Prepared | _Finished]:
        """Wait for a message, or until the next attempt is due, then take all messages there are."""
        try:
            patience = self._patience()
            # A signal may be given to another thread, and is heeded by this one once it wakes.
            timeout = _HEED_S if patience is None else min(patience, _HEED_S)
            messages = [self._messages.get(timeout=timeout)]
        except queue.Empty:
            return []
        while not self._messages.empty():
            messages.append(self._messages.get())
        return [message for message in messages if message]

    def _patience(self) -> float | None:
        """Tell how many seconds may pass without a message; None where it may be any number."""
        moments = [self._starts_utc(one.next) for one in self._later if not one.unpaid]
        if not moments:
            return None
        self._count_down()
        return min(max(0.0, min(moments) - time.time()), _COUNTDOWN_S)

    def _starts_utc(self, following: Next) -> float:
        return max(following.at_utc, self._paused_until)

    def _pause(self, following: Next) -> None:
        if self._paused_until <= time.time():
            self._told_utc = 0.0
        if following.at_utc > self._paused_until:
            self._paused_until, self._paused_for = following.at_utc, following.why

    def _count_down(self) -> None:
        """Tell every minute how long nothing is started."""
        now = time.time()
        if self._paused_until > now >= self._told_utc + _COUNTDOWN_S:
            self._told_utc = now
            self._reporter.waiting(self._paused_until, self._paused_for)

    def _due(self, dispatcher: PlanDispatcher) -> list[ExecNode]:
        """Claim the tasks whose next attempt may start now; where the run stops, theirs was the last one."""
        later, self._later = self._later, []
        started = []
        for one in later:
            if self._stop_running:
                del self._running[one.node.task.name]
                self._finish(one.node, one.built)
                self._processed(dispatcher, one.node)
            elif self._starts_utc(one.next) > time.time():
                self._later.append(one)
            elif self._begin_again(one, dispatcher):
                started.append(one.node)
        return started

    def _fill(self, dispatcher: PlanDispatcher) -> Iterator[ExecNode]:
        while self._has_room():
            node = self._held.pop() if self._held else self._next(dispatcher)
            if node is None:
                return
            if self._affordable(node, dispatcher):
                self._running[node.task.name] = node
                self._claim(node)
                yield node
            elif self._held:
                return

    def _has_room(self) -> bool:
        """Tell whether another task may be started now."""
        free = len(self._running) - self.walks.waiting < self.limits.slots
        return free and not self._stop_running and self._paused_until <= time.time()

    def _next(self, dispatcher: PlanDispatcher) -> ExecNode | None:
        """Get the next task that has to run, of a stage or wave that has begun."""
        while True:
            node = self.stages.barrier.released() or self._handed_out(dispatcher)
            if node is None:
                # What was handed out last may have ended a stage without running.
                return self.stages.barrier.released()
            if not self.stages.barrier.holds(node):
                return node

    def _processed(self, dispatcher: PlanDispatcher, node: ExecNode) -> None:
        """Take note that nothing more will happen to a task."""
        dispatcher.processed(node)
        self.stages.barrier.passed(node.task.name)
        self.walks.over(node.task.name)

    def _handed_out(self, dispatcher: PlanDispatcher) -> ExecNode | None:
        """Get the next task that has to run; None where there is none, or not yet."""
        while not self._stop_running:
            try:
                node: Any = dispatcher.generator.send(None)
            except StopIteration:
                return None
            except InvalidDodoFile as error:
                self._end_with(error)
                return None
            if node == "hold on":
                self._refuse_deadlock(dispatcher)
                return None
            if self.select_task(node, dispatcher.tasks):
                return cast("ExecNode", node)
            self._processed(dispatcher, node)
        return None

    def _affordable(self, node: ExecNode, dispatcher: PlanDispatcher) -> bool:
        """Tell whether a task can be paid for; it is held while that may still turn out, else given up."""
        task = _prompt_task(node)
        refusal = self.book.refusal(task, 0) if task else None
        if refusal is None:
            return True
        if refusal.waits:
            self._held.append(node)
            return False
        self._refuse(node, refusal)
        self._processed(dispatcher, node)
        return False

    def _refuse(self, node: ExecNode, refusal: Refusal) -> None:
        task = _prompt_task(node)
        assert task
        node.run_status = "failure"
        self.book.refuse(task, Status.BUDGET)
        self.statuses[task.name] = Status.BUDGET
        outcome = Outcome(status=Status.BUDGET, summary=refusal.why, hint=_SPEND_MORE)
        self.reporter.add_failure(node.task, OutcomeFailed(outcome))
        if refusal.everything:
            self._stop(refusal.why)

    def _refuse_deadlock(self, dispatcher: PlanDispatcher) -> None:
        if not (self._running or self.stages.barrier.holds_any):
            names = sorted(node.task.name for node in dispatcher.waiting)
            self.statuses |= dict.fromkeys(names, Status.ERROR)
            self._end_with(InvalidTask(f"these tasks wait for each other: {', '.join(names)}"))

    def _end_with(self, error: BaseException) -> None:
        """Let the running tasks finish and their books be written, then end the run by an error."""
        self._error = error
        self._stop(str(error))

    def _claim(self, node: ExecNode) -> None:
        task = _prompt_task(node)
        if task:
            node.task.meta["reasons"] = self.book.begin(task)
            self.stages.barrier.started(task.name)
            self.walks.begun(task.name)
        if node.task.actions:
            self.reporter.execute_task(node.task)

    def _launch(self, node: ExecNode, pool: ThreadPoolExecutor) -> None:
        task = _prompt_task(node)
        if task is None:
            # Another author's actions may print or change directory: they get this thread, as in stock doit.
            if node.task.teardown:
                self.teardown_list.append(node.task)
            self._messages.put(_Finished(node, node.task.execute(self.stream)))
            return
        before = self._tries.get(task.name)
        walk = Walk(
            task=task,
            started=self.book.attempt(task, self._cancelled),
            tries=before.tries if before else Tries(),
            fresh=before is None or before.fresh,
            prepared=self._asks(task.name),
        )
        worker = pool.submit(self.walks.walk, walk)
        worker.add_done_callback(lambda done: self._messages.put(_Finished(node, _result(done))))

    def _asks(self, name: str) -> Prepared:
        def prepared(outcome: Outcome, changes: Sequence[Change], commit: str) -> None:
            recorded: Future[None] = Future()
            self._unanswered.add(recorded)
            if self._closed:
                raise self._closed
            self._messages.put(_Prepared(name, outcome, changes, commit, recorded))
            recorded.result()

        return prepared

    def _take(self, message: _Prepared | _Finished, dispatcher: PlanDispatcher) -> ExecNode | None:
        """Deal with a message; returns the task whose next attempt starts now, if it does."""
        if isinstance(message, _Prepared):
            self.book.prepared(message.name, message.outcome, message.changes, message.commit)
            return None
        node, result = message.node, message.result
        if isinstance(result, Built):
            following = self._following(node, result)
            result = replace(result, outcome=dated(result.outcome))
            if following:
                return self._go_on(_Later(node, following, result), dispatcher)
        del self._running[node.task.name]
        self._finish(node, result)
        self._processed(dispatcher, node)
        return None

    def _following(self, node: ExecNode, built: Built) -> Next | None:
        if self._stop_running or built.halt:
            return None
        before = self._tries.get(node.task.name)
        return self.walks.following(_prompt_task(node), built.outcome, before.tries if before else Tries())

    def _go_on(self, one: _Later, dispatcher: PlanDispatcher) -> ExecNode | None:
        self.book.end_attempt(_prompt_task(one.node), one.built)
        if one.next.pauses:
            self._pause(one.next)
        at = self._starts_utc(one.next)
        if at <= time.time():
            return one.node if self._begin_again(one, dispatcher) else None
        self._postpone(one)
        if not one.next.pauses:
            self._reporter.again(one.node.task, one.next.why, at)
        return None

    def _postpone(self, one: _Later) -> None:
        if not one.next.fresh:
            # People may work in the tree meanwhile: what is there then is theirs.
            self.walks.set_aside(_prompt_task(one.node))
            one = replace(one, next=replace(one.next, fresh=True))
        self._later.append(one)

    def _begin_again(self, one: _Later, dispatcher: PlanDispatcher) -> bool:
        """Claim a task for its next attempt, unless it cannot be paid for."""
        task, following = _prompt_task(one.node), one.next
        refusal = self.book.refusal(task, following.tries.rung)
        if refusal and refusal.waits:
            self._postpone(replace(one, unpaid=True))
            return False
        if refusal:
            self._refuse_again(one, refusal)
            self._processed(dispatcher, one.node)
            return False
        before = self._tries.get(task.name)
        rung = before.tries.rung if before else 0
        self._tries[task.name] = following
        reason = self.book.begin_again(task, following.why, rung, following.tries.rung)
        one.node.task.meta["reasons"].append(reason)
        return True

    def _refuse_again(self, one: _Later, refusal: Refusal) -> None:
        del self._running[one.node.task.name]
        why = f"{refusal.why}; the attempt before: {said(one.built.outcome)}"
        outcome = replace(
            one.built.outcome, status=Status.BUDGET, summary=why, hint=_SPEND_MORE, trouble=None
        )
        self._finish(one.node, replace(one.built, outcome=outcome))
        if refusal.everything:
            self._stop(refusal.why)

    def _finish(self, node: ExecNode, result: Built | BaseFail | BaseException | None) -> None:
        if isinstance(result, Built):
            self._finish_prompt_task(node, result)
        elif isinstance(result, BaseException):
            # A bug of ours: its row stays "running", the others finish, its traceback ends the run.
            node.run_status = "failure"
            self._end_with(result)
        else:
            self._finish_other(node, result)

    def _finish_prompt_task(self, node: ExecNode, built: Built) -> None:
        task = _prompt_task(node)
        assert task
        node.task.executed = True
        node.task.values = self.book.finish(task, built)
        node.task.meta["built"] = built
        self.process_task_result(node, verdict(built))
        self.walks.finished(task, built)
        self._note(task.name, built.outcome.status)
        self._break(built.outcome)
        if built.halt:
            self.halt = built.halt
            self._stop(f"{built.halt}: {built.outcome.summary}")

    def _finish_other(self, node: ExecNode, result: BaseFail | None) -> None:
        if not node.task.actions:
            node.run_status = "successful"
            return
        self.process_task_result(node, result)
        failed = Status.ERROR if isinstance(result, TaskError) else Status.FAILED
        self._note(node.task.name, failed if result else Status.PASSED)

    def _note(self, name: str, status: Status) -> None:
        self.statuses[name] = status
        self._failures += status in _COUNTED_AS_FAILED
        limit = self.limits.max_failures
        if limit and self._failures >= limit and not self._stop_running:
            self._stop(f"max failures ({limit}) reached")

    def _break(self, outcome: Outcome) -> None:
        """Stop where what keeps tasks from being carried out is the same again and again."""
        if outcome.status in _ALL_GIVEN_UP:
            self._stop(outcome.summary)
        elif self._breaker.trips(outcome) and not self._stop_running:
            self._stop(f"the same error {self.limits.breaker} times in a row: {outcome.summary}")

    def _stop(self, why: str) -> None:
        self._stop_running = True
        self.stopped = self.stopped or why
        self.walks.stop()

    def select_task(self, node: ExecNode, tasks_dict: Any) -> bool:
        task = _prompt_task(node)
        if task:
            # Failing to come before a task is no reason to keep it from running; failing it is.
            node.bad_deps = [bad for bad in node.bad_deps if self.book.depends(task, bad.task.name)]
            node.ignored_deps = [dep for dep in node.ignored_deps if self.book.depends(task, dep.task.name)]
            unmet = self.book.unmet(task, always=self.always_execute)
            if unmet:
                self._block(node, unmet.why, unmet.causes)
                return False
        try:
            selected: bool = super().select_task(node, tasks_dict)
        except Exception as error:  # noqa: BLE001  # an `uptodate` of somebody else's task may raise anything
            self._handle_task_error(node, TaskError(f"Task '{node.task.name}': up-to-date check", error))
            return False
        if task and node.run_status == "up-to-date":
            self.book.settle(task, UP_TO_DATE)
        elif node.run_status == "ignore":
            self.statuses[node.task.name] = Status.NOT_RUN
            if task:
                self.book.verifications.finished(task, ran=False)
        return selected

    def _handle_task_error(self, node: ExecNode, base_fail: BaseFail) -> None:
        if isinstance(base_fail, UnmetDependency):
            causes = ", ".join(self._cause(bad) for bad in node.bad_deps)
            self._block(node, f"{causes} did not succeed", [bad.task.name for bad in node.bad_deps])
            return
        super()._handle_task_error(node, base_fail)
        self.statuses[node.task.name] = Status.ERROR

    def _block(self, node: ExecNode, why: str, causes: Sequence[str]) -> None:
        # doit would forget the task's record; what it did before is as good as ever.
        node.run_status = "failure"
        task = _prompt_task(node)
        self.statuses[node.task.name] = Status.BLOCKED
        if task:
            self.book.settle(task, Status.BLOCKED, why, causes)
        if task or node.task.actions:
            self.reporter.add_failure(node.task, UnmetDependency(why))

    @staticmethod
    def _cause(node: ExecNode) -> str:
        task = _prompt_task(node)
        return task.id if task else str(node.task.name)

    @contextmanager
    def signals(self) -> Iterator[None]:
        caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        with ExitStack() as stack:
            for number in caught:
                stack.callback(signal.signal, number, signal.signal(number, self._on_signal))
            yield

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # the signal module's signature
        """On the first start nothing more, on the second stop what is running."""
        if self.signal or number == signal.SIGHUP:
            # With its terminal gone, nobody is left to send a second one.
            self._cancelled.set()
        self.signal = signal.Signals(number)
        self._signals_seen += 1
        self._stop(f"interrupted ({self.signal.name})")
        self._messages.put(None)

    def _close(self, error: BaseException) -> None:
        """Let no worker wait for an answer that will not come."""
        self._closed = StateLost(f"the run ended while a task was waiting: {error}")
        self._cancelled.set()
        for recorded in tuple(self._unanswered):
            recorded.set_exception(self._closed)


def _prompt_task(node: ExecNode) -> Any:
    return (node.task.meta or {}).get("batchexec")


def _result(done: Future[Built]) -> Built | BaseException:
    return done.exception() or done.result()
