"""The run database: what was attempted and how it came out; the only package that speaks SQL."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from batchexec.model import Outcome, Status, Written
from batchexec.rundb.file import DatabaseFile
from batchexec.rundb.rows import (
    PREPARED,
    RUNNING,
    TELLING,
    UNDONE,
    UP_TO_DATE,
    FileStamp,
    LastAttempt,
    OpenAttempt,
    parse_attempt,
    parse_changes,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from batchexec.model import Change, Task

__all__ = [
    "PREPARED",
    "RUNNING",
    "TELLING",
    "UNDONE",
    "UP_TO_DATE",
    "FileStamp",
    "LastAttempt",
    "OpenAttempt",
    "RunDatabase",
    "parse_changes",
]


class RunDatabase(DatabaseFile):
    """What was attempted, run by run, and doit's record of what passed."""

    def records(self) -> dict[str, str]:
        return dict(self._rows("select task, data from record"))

    def save_record(self, task: str, data: str) -> None:
        self._writer().execute("insert or replace into record values (?, ?)", (task, data))

    def remove_record(self, task: str) -> None:
        self._writer().execute("delete from record where task = ?", (task,))

    def remove_records(self) -> None:
        self._writer().execute("delete from record")

    def begin_run(
        self, key: str, started_utc: float, argv: Sequence[str], version: str, settings: Mapping[str, Any]
    ) -> int:
        cursor = self._writer().execute(
            "insert into run (key, status, started_utc, pid, argv, version, settings)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (key, RUNNING, started_utc, os.getpid(), json.dumps(argv), version, json.dumps(settings)),
        )
        assert cursor.lastrowid
        return cursor.lastrowid

    def run_keys(self, prefix: str) -> set[str]:
        return {key for (key,) in self._rows("select key from run where key glob ?", prefix + "*")}

    def plan_run(self, run: int, tasks: Iterable[tuple[Task, str]]) -> None:
        """Note every selected task of a run, in run order and with the digest of its section."""
        self._writer().executemany(
            "insert into run_task values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
            (
                (
                    run, position, task.name, task.id, task.title, task.category, task.priority,
                    task.location.file, task.location.line, section, Status.NOT_RUN,
                )
                for position, (task, section) in enumerate(tasks, start=1)
            ),
        )  # fmt: skip

    def last_plan(self) -> list[str]:
        """Name every task that was selected in the newest run."""
        rows = self._rows("select task from run_task where run = (select max(id) from run) order by position")
        return [task for (task,) in rows]

    def settle(self, run: int, tasks: Iterable[str], status: str) -> None:
        """Say how selected tasks came out that needed no attempt."""
        self._writer().executemany(
            "update run_task set status = ? where run = ? and task = ?",
            ((status, run, task) for task in tasks),
        )

    def finish_run(self, run: int, status: str, finished_utc: float, stopped: str = "") -> None:
        self._writer().execute(
            "update run set status = ?, finished_utc = ?, stopped = ? where id = ?",
            (status, finished_utc, stopped, run),
        )

    def begin(
        self,
        run: int,
        task: str,
        executor: str,
        began_utc: float,
        reasons: Sequence[Mapping[str, Any]],
        components: Mapping[str, Any],
        reserved_usd: float | None = None,
    ) -> tuple[int, int]:
        """
        Claim a task and return the attempt's id and its number among those of this executor at the task.

        The row says `running`; left so it is the record of a crash. What is
        reserved counts as spent until the attempt is finished, or for good if it never tells what it cost.
        """
        con = self._writer()
        counted = "select count(*) + 1 from attempt where task = ? and executor = ?"
        (number,) = con.execute(counted, (task, executor)).fetchone()
        cursor = con.execute(
            "insert into attempt"
            " (run, task, number, executor, status, began_utc, reasons, components, reserved_usd)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run, task, number, executor, RUNNING, began_utc, json.dumps(reasons), json.dumps(components),
                reserved_usd,
            ),
        )  # fmt: skip
        assert cursor.lastrowid
        con.execute(
            "update run_task set status = ?, attempt = ? where run = ? and task = ?",
            (RUNNING, cursor.lastrowid, run, task),
        )
        return cursor.lastrowid, number

    def prepared(self, attempt: int, outcome: Outcome, changes: Sequence[Change], commit: str = "") -> None:
        """Note what is staged and ready: from here on the executor is never asked again."""
        self._set_outcome(attempt, PREPARED, outcome, changes, commit_sha=commit)

    def finish(
        self, attempt: int, outcome: Outcome, changes: Sequence[Change] | None, finished_utc: float
    ) -> None:
        """Note how an attempt came out, and what the batch now knows to be its own work."""
        self._set_outcome(attempt, outcome.status, outcome, changes, finished_utc=finished_utc)
        con = self._writer()
        run, task = con.execute("select run, task from attempt where id = ?", (attempt,)).fetchone()
        con.execute(
            "update run_task set status = ? where run = ? and task = ? and attempt = ?",
            (outcome.status, run, task, attempt),
        )
        for change in changes or ():
            self._own(task, change)

    def _set_outcome(
        self,
        attempt: int,
        status: str,
        outcome: Outcome,
        changes: Sequence[Change] | None,
        *,
        commit_sha: str | None = None,
        finished_utc: float | None = None,
    ) -> None:
        usage, place = outcome.usage, outcome.location
        self._writer().execute(
            "update attempt set status = ?, verdict = ?, summary = ?, file = ?, line = ?, hint = ?,"
            " notes = ?, changes = ?, input_tokens = ?, output_tokens = ?, cached_tokens = ?, cost_usd = ?,"
            " trouble = ?, commit_sha = coalesce(?, commit_sha), finished_utc = ? where id = ?",
            (
                status, outcome.status, outcome.summary, place and place.file, place and place.line,
                outcome.hint,
                json.dumps(outcome.notes), json.dumps([*map(plain, changes or ())]),
                usage and usage.input_tokens, usage and usage.output_tokens, usage and usage.cached_tokens,
                usage and usage.cost_usd, outcome.trouble, commit_sha, finished_utc, attempt,
            ),
        )  # fmt: skip

    def _own(self, task: str, change: Change) -> None:
        if change.backup:
            return
        con = self._writer()
        if change.after is None:
            con.execute("delete from written where path = ?", (change.path,))
            con.execute("delete from edit where path = ?", (change.path,))
            return
        if change.part and change.before:
            con.execute(
                "insert or ignore into edit values (?, ?, ?, ?)",
                (change.path, change.before, change.after, task),
            )
        whole = (None, None) if change.part else (change.after, task)
        con.execute(
            "insert into written values (?1, ?2, ?3, ?4) on conflict (path) do update"
            " set content = ?2, whole = coalesce(?3, whole), writer = coalesce(?4, writer)",
            (change.path, change.after, *whole),
        )
        if not change.part:
            # Nothing that was recorded before the file was written whole leads to what it is now.
            con.execute("delete from edit where path = ?", (change.path,))
        if change.source:
            con.execute("delete from written where path = ?", (change.source,))

    def own_as_whole(self, task: str, paths: Iterable[str]) -> None:
        """Note whose the files are that a task found to be just what it would have written."""
        self._writer().executemany(
            "update written set writer = ? where path = ?", ((task, path) for path in paths)
        )

    def note_log(self, attempt: int, path: str) -> None:
        """Note where the log of an attempt stands."""
        self._writer().execute("update attempt set log = ? where id = ?", (path, attempt))

    def release(self, attempt: int) -> None:
        """Count nothing for an attempt that was never answered."""
        self._writer().execute("update attempt set reserved_usd = null where id = ?", (attempt,))

    def spent(self, *, run: int | None = None, since_utc: float = 0.0) -> float:
        """
        Add up what attempts cost, in USD; where that is not known yet, or never will be, what was reserved.

        Of one run, or of all that began at a time or later.
        """
        rows = self._rows(
            "select sum(coalesce(cost_usd, reserved_usd, 0)) from attempt"
            " where began_utc >= ?1 and (?2 is null or run = ?2)",
            since_utc,
            run,
            since=3,
        )
        return float(rows[0][0] or 0.0) if rows else 0.0

    def costs(self, executor: str, most: int = 200) -> list[float]:
        """List what the latest attempts of an executor cost that cost something, in USD, newest first."""
        rows = self._rows(
            "select cost_usd from attempt where executor = ? and cost_usd > 0 order by id desc limit ?",
            executor,
            most,
            since=2,
        )
        return [cost for (cost,) in rows]

    def save_evidence(self, attempt: int, *, verified: bool, hooks: Sequence[Mapping[str, Any]]) -> None:
        """Note how the evidence of an attempt's task stood when it was finished."""
        self._writer().execute(
            "insert or replace into evidence values (?, ?, ?)", (attempt, verified, json.dumps(hooks))
        )

    def save_verification(
        self,
        run: int,
        moment: str,
        category: str,
        checked_utc: float,
        findings: Mapping[str, str],
        report: str,
    ) -> None:
        """Note what a verification found of each task; `moment` is before, category or after."""
        self._writer().execute(
            "insert into verification values ("
            "?1, (select count(*) + 1 from verification where run = ?1), ?2, ?3, ?4, ?5, ?6)",
            (run, moment, category, checked_utc, json.dumps(findings), report),
        )

    def verifications(self, run: int) -> list[dict[str, Any]]:
        """List a run's verifications in the order they were made, as plain rows."""
        return self._dicts(
            "select moment, category, checked_utc, findings, report from verification"
            " where run = ? order by position",
            run,
            since=2,
        )

    def verified(self, run: int) -> set[str]:
        """Name the tasks of a run whose evidence held when they were finished."""
        return {
            task
            for (task,) in self._rows(
                "select attempt.task from evidence join attempt on attempt.id = evidence.attempt"
                " where attempt.run = ? and evidence.verified",
                run,
                since=2,
            )
        }

    def open_attempts(self) -> list[OpenAttempt]:
        """List what was under way when its process died, oldest first; only true while holding the batch."""
        rows = self._dicts(
            "select attempt.*, run.key as run_key,"
            " attempt.id = (select max(id) from attempt as other where other.task = attempt.task) as newest"
            " from attempt join run on run.id = attempt.run"
            " where attempt.status in (?, ?) order by attempt.id",
            RUNNING,
            PREPARED,
        )
        return [parse_attempt(row) for row in rows]

    def has_open_runs(self) -> bool:
        return bool(self._rows("select 1 from run where status = ? limit 1", RUNNING))

    def interrupt_runs(self, now_utc: float) -> None:
        """Close the books of runs whose process died."""
        self._writer().execute(
            "update run set status = ?, finished_utc = ?, stopped = 'its process died' where status = ?",
            (Status.INTERRUPTED, now_utc, RUNNING),
        )

    def last_attempts(self) -> dict[str, LastAttempt]:
        rows = self._rows(
            "select task, number, status, summary, began_utc, finished_utc - began_utc"
            " from attempt where id in (select max(id) from attempt group by task)"
        )
        return {task: LastAttempt(*rest) for task, *rest in rows}

    def last_words(self) -> dict[str, Outcome]:
        """Tell by task how its latest attempt came out that has something to say to the next one."""
        telling = json.dumps([Status.PASSED, *TELLING])
        rows = self._rows(
            "select task, status, summary, notes from attempt where id in (select max(id) from attempt"
            " where status in (select value from json_each(?)) group by task)",
            telling,
        )
        return {
            task: Outcome(status=Status(status), summary=summary, notes=tuple(json.loads(notes)))
            for task, status, summary, notes in rows
            if status != Status.PASSED
        }

    def passed_components(self, task: str) -> dict[str, Any]:
        """Return what a task was made of when it passed last, forgotten or not; empty if it never did."""
        rows = self._rows(
            "select components from attempt where task = ? and status = ? order by id desc limit 1",
            task,
            Status.PASSED,
        )
        components: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
        return components

    def attempts(self, task: str) -> list[dict[str, Any]]:
        """List a task's attempts, newest first, as plain rows."""
        return self._dicts(
            "select attempt.*, run.key as run from attempt join run on run.id = attempt.run"
            " where task = ? order by attempt.id desc",
            task,
        )

    def runs(self, most: int = 1) -> list[dict[str, Any]]:
        """List runs, newest first, as plain rows."""
        return self._dicts("select * from run order by id desc limit ?", most)

    def run_tasks(self, run: int) -> list[dict[str, Any]]:
        """List a run's selected tasks in run order, each with its attempt if it had one, as plain rows."""
        return self._dicts(
            "select run_task.task, run_task.id, title, category, priority, run_task.file as source_file,"
            " run_task.line as source_line, section, run_task.status, began_utc, attempt.finished_utc,"
            " summary, attempt.file, attempt.line, hint, notes, reasons, changes"
            " from run_task left join attempt on attempt.id = run_task.attempt"
            " where run_task.run = ? order by position",
            run,
        )

    def earlier_attempts(self, run: int) -> dict[str, list[dict[str, Any]]]:
        """List by task the attempts of a run that another one followed, oldest first, as plain rows."""
        found: dict[str, list[dict[str, Any]]] = {}
        rows = self._dicts(
            "select attempt.task, executor, attempt.status, summary, notes, changes, began_utc"
            " from attempt join run_task on run_task.run = attempt.run and run_task.task = attempt.task"
            " where attempt.run = ? and attempt.id <> run_task.attempt order by attempt.id",
            run,
            since=2,
        )
        for row in rows:
            found.setdefault(row["task"], []).append(row)
        return found

    def attempts_of(self, run: int) -> list[dict[str, Any]]:
        """List a run's attempts in the order they began, each with what it consumed, as plain rows."""
        return self._dicts(
            "select task, number, executor, status, summary, began_utc, finished_utc,"
            " input_tokens, output_tokens, cached_tokens, cost_usd, commit_sha, log"
            " from attempt where run = ? order by id",
            run,
            since=3,
        )

    def written(self) -> dict[str, Written]:
        rows = self._rows("select path, content, whole, writer from written")
        return {path: Written(*rest) for path, *rest in rows}

    def edits(self) -> dict[str, dict[str, list[str]]]:
        """Map each path and digest to the digests our own tasks' edits made of it."""
        edits: dict[str, dict[str, list[str]]] = {}
        for path, before, after in self._rows("select path, before, after from edit"):
            edits.setdefault(path, {}).setdefault(before, []).append(after)
        return edits

    def digests(self) -> dict[str, FileStamp]:
        return {path: FileStamp(*rest) for path, *rest in self._rows("select * from digest")}

    def save_digests(self, stamps: Mapping[str, FileStamp]) -> None:
        self._writer().executemany(
            "insert or replace into digest values (?, ?, ?, ?, ?, ?, ?)",
            (
                (path, s.size, s.mtime_ns, s.ctime_ns, s.inode, s.digest, s.taken_ns)
                for path, s in stamps.items()
            ),
        )
