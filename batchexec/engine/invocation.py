"""One invocation of `run`, from selection to exit status."""

from __future__ import annotations

import codecs
import errno
import sys
from contextlib import contextmanager, nullcontext
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import batchexec
from batchexec.build import Halt
from batchexec.engine.alive import signs_of_life
from batchexec.engine.asked import asked
from batchexec.engine.book import Book
from batchexec.engine.dispatcher import PlanDispatcher
from batchexec.engine.display import make_reporter
from batchexec.engine.filters import Filters
from batchexec.engine.isolation import Isolation
from batchexec.engine.lock import Lock
from batchexec.engine.outlook import outlook
from batchexec.engine.plan import Planner, as_text, reworded
from batchexec.engine.plan_document import document
from batchexec.engine.reporter import Deferred
from batchexec.engine.runner import BatchRunner, Limits
from batchexec.engine.selection import Selection, select
from batchexec.engine.site import explain
from batchexec.engine.tasks import TARGETS
from batchexec.engine.walks import Walks
from batchexec.errors import ExecutorError, Problem, SelectionError, SourceError, StateLost, WorkspaceError
from batchexec.model import Status
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from doit.control import TaskControl
    from doit.task import Stream

    from batchexec.engine.asked import Asked
    from batchexec.engine.book import Recovered
    from batchexec.engine.prps.recording import PrpRun
    from batchexec.engine.site import Site
    from batchexec.executors import Executor

_FILTERS = ("category", "priority", "from_report")
EXIT_OK, EXIT_FAILED, EXIT_ERROR, EXIT_PAUSED, EXIT_IO = 0, 1, 2, 4, 74

_PAUSED = frozenset({Status.BUDGET, Status.LIMITED})


class Invocation:
    """One `doit run` in a batch."""

    def __init__(self, site: Site, dep_manager: Any, control: TaskControl, params: Any) -> None:
        self._site = site
        self._manager = dep_manager
        self._control = control
        self._params = params
        self._report_failed = False
        self._prp_run: PrpRun | None = None

    def run(
        self, words: Sequence[str] | None, reporter: Any, outfile: Any, stream: Stream, **flags: bool
    ) -> int:
        """Carry a selection out, or show the plan of it; returns the exit status."""
        settings = self._site.settings
        if self._params["json"] and self._site.prps is None:
            message = "--json: a run has a document for a batch of PRPs only"
            raise SelectionError(Problem(None, message, "--batch names one"))
        about = asked(self._site, words, self._last_tasks)
        flags["always"] = flags["always"] or about.always
        selection = select(
            self._site.graph,
            self._control.tasks,
            about.words,
            only=settings.only_category,
            skip=settings.skip_category,
            single=flags["single"] or about.single,
        )
        self._check_filters(selection)
        self._check_refresh()
        show_remarks(self._site)
        if settings.dry_run:
            with _opened(outfile) as out:
                if self._params["json"] and self._site.prps:
                    out.write(self._plan_json(selection, always=flags["always"]))
                    return EXIT_OK
                if selection.tasks or not selection.targets:
                    out.write(self._plan(selection, always=flags["always"]))
                out.writelines(self._would_make(name) for name in selection.targets)
            return EXIT_OK
        if not (selection.tasks or selection.others):
            with _opened(outfile) as out:
                return self._make_alone(selection, out)
        self._prp_run = self._prps_of(selection, about)
        return self._carry_out(selection, reporter, outfile, stream, always=flags["always"])

    def _would_make(self, name: str) -> str:
        if name != "prps_from_plan":
            return f"{name}: {TARGETS[name]}\n"
        from batchexec.engine.targets import make

        return make(name, self._site, self._manager.backend.database).text

    def _warn_reworded(self, run: PrpRun, reporter: Deferred) -> None:
        for text in reworded(run.prps, run.tasks, self._manager.backend, self._site):
            run.warn(text)
            reporter.notice(f"⚠️ {text}")

    def _last_tasks(self) -> list[str]:
        names: list[str] = self._manager.backend.database.last_plan()
        return names

    def _prps_of(self, selection: Selection, about: Asked) -> PrpRun | None:
        """Be ready to tell of a run of PRPs."""
        prps = self._site.prps
        if prps is None:
            return None
        from batchexec.engine.prps.recording import PrpRun

        return PrpRun(prps, [self._site.graph.tasks[name] for name in selection.tasks], about)

    def _plan(self, selection: Selection, *, always: bool) -> str:
        database = self._manager.backend.database
        checker = self._site.checker(database)
        planner = Planner(self._site.graph, checker, self._manager.backend, self._site.prps)
        steps = planner.steps(selection, always=always)
        return as_text(steps, self._site.prps) + outlook(steps, self._site, database)

    def _plan_json(self, selection: Selection, *, always: bool) -> str:
        backend, prps = self._manager.backend, self._site.prps
        checker = self._site.checker(backend.database)
        steps = Planner(self._site.graph, checker, backend, prps).steps(selection, always=always)
        return document(steps, self._site, backend.database)

    def _carry_out(
        self, selection: Selection, reporter: Any, outfile: Any, stream: Stream, *, always: bool
    ) -> int:
        self._site.begin()
        lock = Lock(self._site.state, self._site.settings.repo_root)
        try:
            lock.acquire()
            book = Book(self._site, self._manager.backend, selection, batchexec.__version__, self._prp_run)
            self._manager.backend.claim = book.write
            self._manager.backend.keep_open = True
            # Not before the lock is ours: the run that holds it may be writing into this file.
            with _opened(outfile) as out:
                shown = Deferred(self._make_reporter(reporter, out))
                if not self._site.without_prompts:
                    self._say_recovered(book.recover(), shown)
                isolation = self._isolation(selection, book, always=always)
                for notice in isolation.notices:
                    shown.notice(notice)
                try:
                    isolation.begin()
                    if self._prp_run:
                        self._prp_run.begin(isolation.head)
                        for warning in self._prp_run.warnings:
                            shown.notice(f"⚠️ {warning}")
                        self._warn_reworded(self._prp_run, shown)
                    runner = self._runner(book, shown, stream, isolation, always=always)
                    with signs_of_life(self._site.state) if isolation.in_place else nullcontext():
                        code = self._finish(runner, book, shown, selection)
                finally:
                    isolation.close()
                    if self._prp_run:
                        self._prp_run.close()
                    if self._site.plans:
                        self._site.plans.close()
                return self._make(selection, out, code)
        except StateLost as lost:
            sys.stderr.write(f"ERROR: {explain(lost)}\n")
            return EXIT_IO
        except OSError as error:
            if not _is_full(error):
                raise
            sys.stderr.write(f"ERROR: the disk is full: {error}; free some space, then run it again\n")
            return EXIT_IO
        finally:
            self._manager.backend.close()
            lock.release()

    def _make_reporter(self, chosen: Any, out: Any) -> Any:
        if chosen is None and self._prp_run:
            from batchexec.engine.prps.telling import PrpReporter

            return PrpReporter(
                out, self._prp_run, quiet=bool(self._params["quiet"]), as_json=bool(self._params["json"])
            )
        if chosen is None:
            return make_reporter(out, quiet=bool(self._params["quiet"]), slots=self._slots())
        if isinstance(chosen, type):
            return chosen(out, {"failure_verbosity": self._params["failure_verbosity"]})
        return chosen

    def _slots(self) -> int:
        given: int = self._params["num_process"]
        chosen = self._site.settings
        if "num_process" in self._params._non_default_keys:
            return max(1, given)
        is_said = chosen.origins["slots"] != "default" and chosen.origins["max_parallel"] == "default"
        return chosen.max_parallel if self._site.prps and not is_said else chosen.slots

    def _isolation(self, selection: Selection, book: Book, *, always: bool) -> Isolation:
        """
        Find places for the attempts there will be.

        Raises BatchError with all that would keep them from succeeding, before anything is spent.
        """
        names = self._executors_of(selection, always=always)
        executors = {name: self._site.executor(name) for name in names}
        families = self._site.prps is not None or self._site.plans is not None
        needed = families or any(executor.isolated for executor in executors.values())
        isolation = Isolation(self._site, self._slots(), needed=needed)
        problems = [
            *(problem for name in sorted(executors) for problem in self._site.unfit(name)),
            *isolation.problems(self._ours(book)),
        ]
        if problems:
            raise ExecutorError(*problems)
        isolation.notices += self._unbounded(executors, book)
        return isolation

    def _ours(self, book: Book) -> dict[str, str]:
        """Give what the batch itself left in the tree: it may be uncommitted."""
        ours = {path: written.content for path, written in book.checker.written.items()}
        return ours | (self._site.plans.written() if self._site.plans else {})

    def _unbounded(self, executors: Mapping[str, Executor], book: Book) -> list[str]:
        """Say of whom nothing can be set aside before an attempt: nobody knows yet what one costs."""
        names = [name for name, one in sorted(executors.items()) if one.isolated]
        unknown = [name for name in names if self._site.settings.budget and not book.budget.estimate(name)]
        if not unknown:
            return []
        whose = f"Nobody knows yet what an attempt of {', '.join(unknown)} costs"
        return [
            f"{whose}: until one has told, nothing is set aside for it but what `budget: {{task: …}}` says."
        ]

    def _executors_of(self, selection: Selection, *, always: bool) -> set[str]:
        """Name the executors of all that will run, or may once something before it has."""
        site, backend = self._site, self._manager.backend
        checker = site.checker(backend.database)
        tasks = [site.graph.tasks[name] for name in selection.tasks]
        everyone = {rung for task in tasks for rung in site.rungs(task)}
        runs: set[str] = set()
        names: set[str] = set()
        for task in tasks:
            if names == everyone:
                break
            ahead = not runs.isdisjoint(site.graph.before(task.name))
            if always or ahead or checker.stale(task, backend.values(task.name)):
                runs.add(task.name)
                names.update(site.rungs(task))
        return names

    def _runner(
        self, book: Book, reporter: Deferred, stream: Stream, isolation: Isolation, *, always: bool
    ) -> BatchRunner:
        limits = Limits(
            slots=isolation.slots,
            max_failures=self._max_failures(),
            breaker=self._site.settings.breaker,
        )
        run = self._prp_run
        if run is None:
            walks = Walks(self._site, isolation)
            return BatchRunner(
                self._manager, reporter, book, walks, limits, always_execute=always, stream=stream
            )
        from batchexec.engine.prps.running import merge_order, overdue, stages
        from batchexec.engine.prps.walking import PrpWalks

        walks = Walks(self._site, isolation, PrpWalks(self._site, run, merge_order(run)))
        runner = BatchRunner(
            self._manager, reporter, book, walks, limits, always_execute=always, stream=stream
        )
        runner.stages = stages(run, runner.cancelled)
        runner.catch_up(overdue(run))
        return runner

    def _max_failures(self) -> int:
        """Take doit's own --continue and --no-continue as the two ends of the limit."""
        settings = self._site.settings
        if settings.stop_on_error:
            return 1
        named = settings.origins.get("max_failures") == "--max-failures"
        if named or "continue" not in self._params._non_default_keys:
            by_default = self._site.prps and settings.origins["max_failures"] == "default"
            return 0 if by_default else settings.max_failures
        return 0 if self._params["continue"] else 1

    def _finish(self, runner: BatchRunner, book: Book, reporter: Deferred, selection: Selection) -> int:
        order = [*selection.others, *selection.tasks]
        self._prune(selection)
        # If this raises, the run's row stays "running" and the next start takes care of what was open.
        with runner.signals():
            runner.run_all(PlanDispatcher(self._control, order))
            return self._wind_up(runner, book, reporter)

    def _wind_up(self, runner: BatchRunner, book: Book, reporter: Deferred) -> int:
        """Verify, close the books and tell, whatever signal comes meanwhile."""
        self._verify(runner, book, reporter)
        self._after_batch(runner, reporter)
        code = self._code(runner) or (EXIT_FAILED if book.verifications.regressed else EXIT_OK)
        book.close(_status(runner, code), runner.stopped)
        reported = self._report(book)
        if self._report_failed or book.checkpoint_failed or book.verifications.failed:
            code = code if code > EXIT_FAILED else EXIT_ERROR
        reporter.summary(runner.stopped, reported, code)
        for line in book.verifications.lines():
            reporter.notice(f"   {line}")
        return code

    def _after_batch(self, runner: BatchRunner, reporter: Deferred) -> None:
        run = self._prp_run
        if run and self._site.settings.after_batch and not runner.stopped and runner.book.run is not None:
            from batchexec.engine.prps.running import after_batch

            wrong = after_batch(run, runner.cancelled)
            if wrong:
                reporter.notice(f"✗ after_batch: {wrong}")
                self._report_failed = True

    def _verify(self, runner: BatchRunner, book: Book, reporter: Deferred) -> None:
        if book.run is None or runner.halt is Halt.DISK:
            return
        if self._site.settings.verify_at_end:
            book.verifications.end()
        done = (self._site.graph.tasks[name] for name in book.done)
        undone = [task for task in done if book.verifications.fails(task)]
        if undone:
            book.undo(undone)
            runner.statuses |= {task.name: Status.NEEDS_WORK for task in undone}
            reporter.undone([self._control.tasks[task.name] for task in undone])

    def _make_alone(self, selection: Selection, out: Any) -> int:
        try:
            return self._make(selection, out, EXIT_OK)
        except OSError as error:
            if not _is_full(error):
                raise
            sys.stderr.write(f"ERROR: the disk is full: {error}; free some space, then run it again\n")
            return EXIT_IO

    def _make(self, selection: Selection, out: Any, code: int) -> int:
        """Make what was asked for by name, when everything else is done."""
        if code > EXIT_FAILED:
            return code
        from batchexec.engine.targets import make

        for name in selection.targets:
            made = make(name, self._site, self._manager.backend.database, self._filters())
            out.write(made.text)
            code = code if made.good else EXIT_FAILED
        return code

    def _prune(self, selection: Selection) -> None:
        """Let no task wait for one of the batch that is not part of this run."""
        chosen = set(selection.tasks)
        graph = self._site.graph.tasks
        for name in (*selection.tasks, *selection.others):
            task = self._control.tasks[name]
            if any(dep in graph and dep not in chosen for dep in task.task_dep):
                task.task_dep = [dep for dep in task.task_dep if dep not in graph or dep in chosen]

    def _report(self, book: Book) -> list[str]:
        if book.run is None:
            return []
        from batchexec.engine.reports import write_report

        database = self._manager.backend.database
        # Where a template of the project is wrong, the run is reported all the same.
        for overrides in (self._site.settings.templates, None):
            try:
                return write_report(self._site, database, overrides)
            except SourceError as error:
                self._say_unreported(explain(error))
            except (WorkspaceError, OSError) as error:
                if isinstance(error, OSError) and _is_full(error):
                    raise
                self._say_unreported(f"the report cannot be written: {error}")
                break
        return []

    def _check_filters(self, selection: Selection) -> None:
        """Refuse before anything starts what would not be heeded, or cannot be."""
        named = [f"--{name.replace('_', '-')}" for name in _FILTERS if self._params[name] is not None]
        if named and "prompts" not in selection.targets:
            message = f"{', '.join(named)}: this is for `doit prompts`"
            raise SelectionError(Problem(None, message, "a run takes --only-category"))
        self._filters()

    def _check_refresh(self) -> None:
        tasks = self._site.graph.tasks
        known = {*tasks, *(task.id for task in tasks.values())}
        wrong = [name for name in self._site.settings.refresh if name not in known]
        if wrong:
            near = get_close_matches(wrong[0], known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`doit list` shows what there is"
            raise SelectionError(Problem(None, f"--refresh {wrong[0]}: there is no such task", hint))

    def _filters(self) -> Filters:
        category, priority, report = (self._params[name] for name in _FILTERS)
        return Filters.parse(category, priority, report, self._site.started_from)

    def _say_unreported(self, why: str) -> None:
        sys.stderr.write(f"ERROR: {why}\n")
        self._report_failed = True

    def _code(self, runner: BatchRunner) -> int:
        if runner.signal:
            return 128 + runner.signal
        if runner.halt is Halt.DISK:
            return EXIT_IO
        statuses = set(runner.statuses.values())
        refused = self._site.question is not None and self._site.question.refused
        if statuses & _PAUSED or runner.paused or refused:
            return EXIT_PAUSED
        if Status.ERROR in statuses and not self._prp_run:
            return EXIT_ERROR
        if statuses - {Status.PASSED} or runner.stopped:
            return EXIT_FAILED
        return EXIT_OK

    def _say_recovered(self, recovered: Recovered, reporter: Deferred) -> None:
        parts = []
        if recovered.adopted:
            parts.append(f"{plural(len(recovered.adopted), 'task')} had finished and is kept as it is")
        if recovered.lost:
            were = "was" if len(recovered.lost) == 1 else "were"
            runs = "runs" if len(recovered.lost) == 1 else "run"
            parts.append(f"{plural(len(recovered.lost), 'task')} {were} not finished and {runs} again")
        if parts:
            reporter.notice(f"The last run was cut off: {', '.join(parts)}.")
        for notice in recovered.notices:
            reporter.notice(notice)


def _status(runner: BatchRunner, code: int) -> str:
    if runner.signal:
        return Status.INTERRUPTED
    if code == EXIT_PAUSED:
        return Status.LIMITED if Status.LIMITED in runner.statuses.values() else Status.BUDGET
    return Status.FAILED if code else Status.PASSED


def show_remarks(site: Site) -> None:
    """Say on stderr what the reader of the documents noticed."""
    for remark in site.remarks:
        sys.stderr.write(f"{printable(str(remark))}\n")


def _is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def _opened(outfile: Any) -> Iterator[Any]:
    if not isinstance(outfile, str):
        yield outfile
        return
    with codecs.open(outfile, "w", encoding="utf-8") as out:
        yield out
