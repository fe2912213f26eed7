"""Tells others how a run of PRPs goes: its result file and the heartbeats of those at work."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchexec import git
from batchexec.batch_results import (
    BeatStatus,
    Heartbeat,
    Progress,
    PrpStatus,
    Record,
    ResultFile,
    clear_heartbeats,
    read_result,
    report_text,
    status_of,
    write_heartbeat,
)
from batchexec.engine.prps.judging import first_errors
from batchexec.errors import BatchError
from batchexec.model import Status, added
from batchexec.rundb import UP_TO_DATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.batch_results import BatchResult
    from batchexec.build import Built
    from batchexec.engine.asked import Asked
    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.model import Task, Usage

BEAT_S = 30.0
_LOOK_S = 1.0
"""How soon others read what the limit on writing held back."""


class Beat:
    """What is known of an attempt while it goes on; workers speak to it."""

    def __init__(self, prp_id: str, attempt: int, steps: int) -> None:
        self.started_utc = time.time()
        self.progress = Progress(total_steps=steps)
        self.status = BeatStatus.STARTING
        self.tokens: int | None = None
        self.changed = threading.Event()
        self.last_activity_utc = self.started_utc
        self._prp_id = prp_id
        self._attempt = attempt
        self._steps = steps

    def hear(self, data: bytes) -> None:
        """Take in what the executor prints."""
        self.last_activity_utc = time.time()
        self.progress.hear(data.decode(errors="replace"))

    def enter(self, status: BeatStatus) -> None:
        self.status = status
        self.last_activity_utc = time.time()
        self.changed.set()

    def heartbeat(self) -> Heartbeat:
        return Heartbeat(
            task_id=self._prp_id,
            status=self.status,
            progress=100 if self.status is BeatStatus.COMPLETE else self.progress.percent,
            steps_completed=self._steps if self.status is BeatStatus.COMPLETE else 0,
            tokens_used=self.tokens,
            total_steps=self._steps,
            elapsed_seconds=time.time() - self.started_utc,
            last_activity_utc=self.last_activity_utc,
            pid=os.getpid(),
            attempt=self._attempt,
        )


class PrpRun:
    """
    The records of one run; nothing of it decides anything, and no run ends because of it.

    begin()                        when the lock is ours
      started(), finished(), settled(), write()     the runner's thread
      beat()                       workers
    close()
    """

    def __init__(self, prps: PrpBatch, tasks: Sequence[Task], asked: Asked) -> None:
        self.prps = prps
        self._tasks = {task.name: task for task in tasks}
        self._asked = asked
        self._root = prps.settings.repo_root
        self._directory = prps.settings.results
        self._file = ResultFile(self._root, self._directory, prps.number)
        self._beats: dict[str, Beat] = {}
        self._begun: dict[str, float] = {}
        self._causes: dict[str, tuple[str, ...]] = {}
        self._usage: dict[str, Usage] = {}
        self._stop = threading.Event()
        self._beating: threading.Thread | None = None
        self.failed = False

    @property
    def shown(self) -> str:
        return self._file.shown

    @property
    def path(self) -> str:
        return str(self._file.path)

    def begin(self, base_commit: str) -> None:
        """Take up what the file knows. Raises StateError where it cannot be kept."""
        clear_heartbeats(self._root, self._directory, self.prps.number)
        records = [self._first(task) for task in self._tasks.values()]
        self._file.begin(self._asked.said, self.prps.settings.stage, base_commit, records)
        for pattern in self.prps.settings.assume_done:
            self._file.warn(f"{pattern} is assumed to be completed (--assume-done)")
        self._write(force=True)
        self._beating = threading.Thread(target=self._beat, name="heartbeats", daemon=True)
        self._beating.start()

    def _first(self, task: Task) -> Record:
        known = self._file.known(task.id) or Record(prp_id=task.id)
        confirmed = self.prps.confirmed(task.id)
        record = replace(known, title=task.title, stage=task.stage or 0, wave=task.wave, confirmed=confirmed)
        commit = self.prps.completion.commit(task.id)
        if commit:
            record = record if record.commits else self._from_git(record, commit)
            return replace(record, status=PrpStatus.SUCCESS, errors=(), blocked_by=())
        return replace(record, status=PrpStatus.PENDING)

    def _from_git(self, record: Record, commit: str) -> Record:
        """Tell of a PRP what its commit says: whoever made that could not write it down here."""
        repository = git.repository(self._root)
        if repository is None:
            return record
        parent = repository.resolve(f"{commit}^")
        found = repository.differences(parent, commit) if parent else ()
        return replace(
            record,
            commits=(commit,),
            files_created=tuple(one.path for one in found if one.before is None),
            files_modified=tuple(one.path for one in found if one.before and one.after),
            files_deleted=tuple(one.path for one in found if one.after is None),
            gates_passed=self.prps.completion.gates_passed(record.prp_id),
        )

    def started(self, task: Task, attempt: int, log: str) -> None:
        steps = len(
            self.prps.prp(task).phases
            if self.prps.settings.commits == "phases"
            else self.prps.prp(task).steps
        )
        self._begun.setdefault(task.name, time.time())
        self._beats[task.name] = Beat(task.id, attempt, steps)
        for id_ in self.prps.soft_missing(task):
            self.warn(f"{task.id} goes ahead, although {id_}, which had better come first, is not completed")
        record = self._record(task)
        self._file.update(
            replace(record, status=PrpStatus.RUNNING, attempt=attempt, errors=(), blocked_by=(), log=log)
        )
        self._write_beat(task.name)

    def beat(self, task: Task) -> Beat:
        return self._beats[task.name]

    def tried(self, task: Task, built: Built) -> None:
        """Note what an attempt consumed."""
        usage = added(self._usage.get(task.name), built.outcome.usage)
        if usage:
            self._usage[task.name] = usage

    def finished(self, task: Task, built: Built) -> None:
        """Note how a task came out, for good."""
        self.tried(task, built)
        outcome, usage = built.outcome, self._usage.get(task.name)
        if outcome.passed and built.commit and built.commit.sha and not built.commit.stays:
            self.prps.completion.note(task.id, built.commit.sha)
        record = self._record(task)
        if record.log and not (self._root / record.log).is_file():
            record = replace(record, log="")
        if built.verdict:
            record = record.judged(built.verdict.gates)
        if usage:
            record = replace(
                record, tokens_used=usage.input_tokens + usage.output_tokens, cost=usage.cost_usd
            )
        record = _with_changes(record, built)
        if outcome.passed and not record.commits:
            # In the user's own tree git makes the commit, and does not say which.
            self.prps.look_again()
            record = replace(record, commits=tuple(filter(None, [self.prps.completion.commit(task.id)])))
        status = status_of(outcome.status, record.gates)
        if outcome.status is Status.LIMITED:
            status = PrpStatus.PENDING
        errors = first_errors(outcome)
        elapsed = time.time() - self._begun.get(task.name, time.time())
        self._file.update(replace(record, status=status, errors=errors, elapsed_seconds=elapsed))
        beat = self._beats.get(task.name)
        if beat:
            beat.tokens = usage.input_tokens + usage.output_tokens if usage else None
            beat.enter(BeatStatus.COMPLETE if outcome.passed else BeatStatus.FAILED)
            self._write_beat(task.name)
            del self._beats[task.name]
        if not outcome.passed:
            self._causes[task.id] = (task.id,)

    def settled(self, task: Task, status: str, why: str = "", causes: Sequence[str] = ()) -> None:
        """Note how a task came out that was not attempted, and by name or id what kept it from it."""
        if status == UP_TO_DATE:
            self._file.update(self._first(task))
            return
        record = self._record(task)
        ids = (cause.removeprefix("prp:") for cause in causes)
        roots = [root for id_ in ids for root in self._causes.get(id_, (id_,))]
        blocked_by = tuple(dict.fromkeys(roots))
        self._causes[task.id] = blocked_by or (task.id,)
        self._file.update(
            replace(record, status=status_of(status), errors=(why,) if why else (), blocked_by=blocked_by)
        )

    def record(self, task: Task) -> Record:
        return self._record(task)

    def _record(self, task: Task) -> Record:
        found = self._file.known(task.id)
        assert found
        return found

    def warn(self, text: str) -> None:
        self._file.warn(text)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._file.result().warnings

    def keep(self, key: str, value: object) -> None:
        """Put something into the file that is no record, and have it written at once."""
        self._file.keep(key, value)
        self._write(force=True)

    def kept(self, key: str) -> object:
        return self._file.kept(key)

    @property
    def tasks(self) -> Sequence[Task]:
        return tuple(self._tasks.values())

    def result(self) -> BatchResult:
        return self._file.result().only({task.id for task in self._tasks.values()})

    def document(self) -> dict[str, Any]:
        """Give the result file as it is on disk."""
        return read_result(self._file.path) or {}

    def report(self) -> str:
        return report_text(self.result(), self.prps.settings.templates)

    def flush(self) -> None:
        self._write(force=True)

    def write(self) -> None:
        self._write(force=False)

    def _write(self, *, force: bool) -> None:
        if self.failed:
            return
        try:
            self._file.write(force=force)
        except (BatchError, OSError) as error:
            self.failed = True
            sys.stderr.write(f"ERROR: {self._file.shown} cannot be written: {error}\n")

    def close(self) -> None:
        """Write what is known, whatever became of the run."""
        if self._beating is None:
            # It was not even begun.
            return
        self._stop.set()
        self._beating.join()
        for task in self._tasks.values():
            record = self._record(task)
            if record.status == PrpStatus.RUNNING:
                self._file.update(replace(record, status=PrpStatus.INTERRUPTED))
        if self._file.has_news:
            self._write(force=True)

    def _beat(self) -> None:
        due = time.monotonic() + BEAT_S
        while not self._stop.wait(_LOOK_S):
            self._write(force=False)
            is_due = time.monotonic() >= due
            for name, beat in list(self._beats.items()):
                if is_due or beat.changed.is_set():
                    beat.changed.clear()
                    self._write_beat(name)
            due = time.monotonic() + BEAT_S if is_due else due

    def _write_beat(self, name: str) -> None:
        beat = self._beats.get(name)
        if beat:
            # A heartbeat that cannot be written is missed by those who look, and by nobody else.
            with suppress(BatchError, OSError):
                write_heartbeat(self._root, self._directory, self.prps.number, beat.heartbeat())


def _with_changes(record: Record, built: Built) -> Record:
    """Tell with a record what was committed, and which files that changed."""
    commit = built.commit
    if commit is None:
        return record
    edits = commit.edits
    return replace(
        record,
        files_created=tuple(edit.path for edit in edits if edit.before is None),
        files_modified=tuple(
            edit.path for edit in edits if edit.before is not None and edit.after is not None
        ),
        files_deleted=tuple(edit.path for edit in edits if edit.after is None),
        commits=(*commit.chain, *filter(None, [commit.sha])),
        branch=commit.branch,
        merge_commit=commit.tip if commit.tip != commit.sha and not commit.stays else "",
    )
