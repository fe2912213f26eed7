"""Tells how a run goes on in plain lines, task by task, in doit's own terms for reporters."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from batchexec.model import Status
from batchexec.wording import duration, moment, percent, plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from doit.exceptions import BaseFail
    from doit.task import Task as DoitTask

    from batchexec.model import Task


class Deferred:
    """
    Stands between the runner and a reporter.

    What is reported inside `deferred()` is shown when that block has ended
    well: nothing is called done before it is on disk. A reporter that breaks
    (a closed pipe, a full terminal) neither stops the run nor fails a task.
    """

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter
        self._waiting: list[Callable[[], None]] | None = None
        self._broken = False

    @contextmanager
    def deferred(self) -> Iterator[None]:
        waiting: list[Callable[[], None]] = []
        self._waiting = waiting
        try:
            yield
        finally:
            self._waiting = None
        for call in waiting:
            call()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._reporter, name, None)
        if method is None and name in ("notice", "draining", "waiting", "again", "undone", "summary"):
            method = getattr(_Stderr, name)
        if method is None:
            raise AttributeError(name)

        def call(*args: Any, **options: Any) -> None:
            if self._waiting is None:
                self._guarded(method, *args, **options)
            else:
                self._waiting.append(lambda: self._guarded(method, *args, **options))

        # Asked for twice a task: found at once the next time.
        setattr(self, name, call)
        return call

    def _guarded(self, method: Callable[..., None], *args: Any, **options: Any) -> None:
        if self._broken:
            return
        try:
            method(*args, **options)
        except OSError:
            # Nobody reads any more, or there is no room; the run and its report go on.
            self._broken = True
            _silence(sys.stdout)


def _silence(stream: TextIO) -> None:
    """Send what is left in a broken stream nowhere: Python would complain of it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class _Stderr:
    """What doit's own reporters have no method for."""

    @staticmethod
    def notice(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    @staticmethod
    def draining(running: int, *, again: bool) -> None:
        sys.stderr.write(f"{draining_text(running, again=again)}\n")

    @staticmethod
    def waiting(until_utc: float, why: str) -> None:
        sys.stderr.write(f"{waiting_text(until_utc, why)}\n")

    @staticmethod
    def again(task: DoitTask, why: str, at_utc: float) -> None:
        sys.stderr.write(f"{task.name}: {again_text(why, at_utc)}\n")

    @staticmethod
    def undone(tasks: Sequence[DoitTask]) -> None:
        for task in tasks:
            sys.stderr.write(f"{task.name}: {_UNDONE}\n")

    @staticmethod
    def summary(stopped: str, reports: Sequence[str], code: int) -> None:  # noqa: ARG004  # the reporters' signature
        if stopped:
            sys.stderr.write(f"Stopped: {stopped}\n")
        for path in reports:
            sys.stderr.write(f"Report: {path}\n")


def draining_text(running: int, *, again: bool) -> str:
    if again:
        return "Stopping what is running."
    if not running:
        return "Nothing more is started."
    return f"Finishing {plural(running, 'running task')}; press Ctrl-C again to stop them."


def waiting_text(until_utc: float, why: str) -> str:
    now = time.time()
    at = moment(until_utc, now)
    return f"⏳ Waiting until {at}, {duration(max(0.0, until_utc - now))} from now: {why}"


def again_text(why: str, at_utc: float) -> str:
    return f"tried again in {duration(max(0.0, at_utc - time.time()))}: {why}"


_UNDONE = "its evidence held when it was done, and does not any more"
_FAILED_WORDS: Mapping[Status, str] = {
    Status.NEEDS_WORK: "⚠️ Needs work",
    Status.BLOCKED: "⚠️ Blocked",
    Status.INTERRUPTED: "⚠️ Interrupted",
    Status.LIMITED: "⚠️ Limited",
    Status.BUDGET: "⚠️ Budget",
}


class PlainReporter:
    """Two lines for each task, in the order they come out; the interface is doit's for reporters."""

    def __init__(self, out: Any, slots: int = 1) -> None:
        self.out = out
        self.total = 0
        self.counts: dict[str, int] = {}
        self._came_out: dict[str, str] = {}
        self._one_by_one = slots == 1
        self._shown = 0
        self._started = time.monotonic()
        self._titled: set[str] = set()

    def initialize(self, tasks: Mapping[str, DoitTask], selected: Sequence[str]) -> None:
        ours = [task for name in selected if (task := prompt_task(tasks[name]))]
        self.total = len(ours)
        self._started = time.monotonic()
        if not self.total:
            return
        what = "plans" if ours[0].family == "plan_run" else "prompts directory"
        self.say(
            f"📖 Parsing {what}...\n"
            f"   Found {plural(self.total, 'task')} to execute\n\n"
            f"🚀 Starting batch execution: {plural(self.total, 'task')}\n"
        )

    def get_status(self, task: DoitTask) -> None:
        pass

    def execute_task(self, task: DoitTask) -> None:
        if self._one_by_one:
            self.title(task)
            self.flush()

    def skip_uptodate(self, task: DoitTask) -> None:
        self.came_out(task, "up_to_date", "⏭️ Up to date")

    def skip_ignore(self, task: DoitTask) -> None:
        self.came_out(task, Status.NOT_RUN, "⏭️ Ignored, as `doit ignore` said")

    def add_success(self, task: DoitTask) -> None:
        self.came_out(task, Status.PASSED, "✅ Success", *changes(task), *notes(task))

    def add_failure(self, task: DoitTask, fail: BaseFail) -> None:
        outcome = getattr(fail, "outcome", None)
        status = outcome.status if outcome else failure_status(fail)
        word = _FAILED_WORDS.get(status, "❌ Failed")
        reason, *more = why(fail).splitlines()
        self.came_out(task, status, f"{word}: {reason}", *more, *changes(task), *notes(task))

    def cleanup_error(self, exception: BaseFail) -> None:
        sys.stderr.write(exception.get_msg())

    def runtime_error(self, msg: str) -> None:
        sys.stderr.write(f"ERROR: {msg}\n")

    def teardown_task(self, task: DoitTask) -> None:
        pass

    def complete_run(self) -> None:
        """Doit's last word; ours comes with the report, in `summary`."""

    def notice(self, text: str) -> None:
        self.say(f"{text}\n")

    def draining(self, running: int, *, again: bool) -> None:
        self.say(f"\n{draining_text(running, again=again)}\n")
        self.flush()

    def waiting(self, until_utc: float, why: str) -> None:
        self.say(f"\n{waiting_text(until_utc, why)}\n")
        self.flush()

    def again(self, task: DoitTask, why: str, at_utc: float) -> None:
        ours = prompt_task(task)
        self.say(f"   {ours.id if ours else task.name}: {again_text(why, at_utc)}\n")
        self.flush()

    def undone(self, tasks: Sequence[DoitTask]) -> None:
        """Take back what was said of tasks whose work another one undid."""
        for task in tasks:
            before = self._came_out.get(task.name, "")
            self.counts[before] = self.counts.get(before, 1) - 1
            self.counts[Status.NEEDS_WORK] = self.counts.get(Status.NEEDS_WORK, 0) + 1
            ours = prompt_task(task)
            name = f"{ours.id}: {ours.title}" if ours else task.name
            self.tell(f"\n{name}\n   ⚠️ Needs work: {_UNDONE}\n")

    def tell(self, text: str) -> None:
        """Say what also those have to know who want to hear of trouble only."""
        self.say(text)

    def summary(self, stopped: str, reports: Sequence[str], code: int) -> None:
        if not (self.total or stopped):
            return
        done = self.counts.get(Status.PASSED, 0) + self.counts.get("up_to_date", 0)
        lines = [self._ending(stopped)]
        if self.total:
            lines.append(f"   Successful: {done}/{self.total} ({percent(done, self.total)})")
        if not code and self.total and self.counts.get("up_to_date") == self.total:
            lines.append("   Everything is up to date: nothing had to run")
        lines.append(f"   Duration: {time.monotonic() - self._started:.1f}s")
        lines += [f"   Report: {path}" for path in reports]
        self.say("\n" + "\n".join(lines) + "\n")
        self.flush()

    def _ending(self, stopped: str) -> str:
        attempted = sum(count for status, count in self.counts.items() if status not in _NOT_ATTEMPTED)
        left = self.total - attempted
        if stopped:
            return f"🛑 Batch execution stopped: {stopped}; {plural(left, 'task')} not run"
        if left:
            return f"⚠️ Batch execution ended: {plural(left, 'task')} not run"
        return "✅ Batch execution complete!"

    def came_out(self, task: DoitTask, status: str, *lines: str) -> None:
        if prompt_task(task):
            self._count(task, status)
        elif status == "up_to_date" or (task.name.startswith("_") and status == Status.PASSED):
            return
        self.title(task)
        self._titled.discard(task.name)
        self.say("".join(f"   {line}\n" for line in lines))
        self.flush()

    def _count(self, task: DoitTask, status: str) -> None:
        self.counts[status] = self.counts.get(status, 0) + 1
        self._came_out[task.name] = status

    def title(self, task: DoitTask) -> None:
        """Open a task's entry, once."""
        if task.name in self._titled:
            return
        self._titled.add(task.name)
        # A task whose name begins so is hidden from people, as doit has it: what went wrong is all they see.
        if not task.name.startswith("_"):
            self.say(self.heading(task) + "\n")

    def heading(self, task: DoitTask) -> str:
        ours = prompt_task(task)
        if ours is None:
            return f"\n{task.name}"
        self._shown += 1
        return f"\n[{self._shown}/{self.total}] {ours.id}: {ours.title}"

    def say(self, text: str) -> None:
        self.out.write(printable(text))

    def flush(self) -> None:
        # Thousands of tasks with nothing to do are one piece of output, not thousands.
        came_out = sum(self.counts.values())
        if not came_out or self.counts.get("up_to_date", 0) != came_out:
            self.out.flush()


class QuietReporter(PlainReporter):
    """Only what went wrong."""

    def say(self, text: str) -> None:
        pass

    def tell(self, text: str) -> None:
        self.out.write(printable(text.lstrip()))

    def came_out(self, task: DoitTask, status: str, *lines: str) -> None:
        if status not in (Status.PASSED, "up_to_date"):
            ours = prompt_task(task)
            name = f"{ours.id}: {ours.title}" if ours else task.name
            self.out.write(printable("\n".join((name, *(f"   {line}" for line in lines)))) + "\n")
        super().came_out(task, status, *lines)

    def summary(self, stopped: str, reports: Sequence[str], code: int) -> None:
        if code:
            self.out.write("".join(f"{line}\n" for line in (self._ending(stopped), *reports)))
            self.out.flush()


_NOT_ATTEMPTED = frozenset(
    {Status.BLOCKED, Status.INTERRUPTED, Status.NOT_RUN, Status.LIMITED, Status.BUDGET}
)


def prompt_task(task: DoitTask) -> Task | None:
    ours: Task | None = (task.meta or {}).get("batchexec")
    return ours


def changes(task: DoitTask) -> Iterator[str]:
    """Say what brought a task back that had been done before."""
    for reason in (task.meta or {}).get("reasons", ()):
        if reason.component == "attempt":
            yield f"tried again, for {reason.detail}"
        elif reason.component != "record":
            yield f"because {reason.detail}"


def notes(task: DoitTask) -> tuple[str, ...]:
    built = (task.meta or {}).get("built")
    return built.outcome.notes if built else ()


def why(fail: BaseFail) -> str:
    """Say what went wrong: of our tasks in one line with what would be right, of others all doit knows."""
    outcome = getattr(fail, "outcome", None)
    if outcome is None:
        return str(fail.get_msg()).strip() or fail.get_name()
    place = f"{outcome.location}: " if outcome.location else ""
    hint = f"; {outcome.hint}" if outcome.hint else ""
    return f"{place}{outcome.summary or outcome.status}{hint}"


def failure_status(fail: BaseFail) -> Status:
    return Status.BLOCKED if fail.get_name() == "UnmetDependency" else Status.FAILED
