"""The run database: what was attempted and how it came out; the only module that speaks SQL."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from batchexec.errors import StateError, StateLost
from batchexec.model import Change, Location, Operation, Outcome, Status, Task, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

APPLICATION_ID = 0x42584543
"""Marks a file as ours: the letters BXEC."""

MIGRATIONS = (
    """
    create table record (task text primary key, data text not null) without rowid;
    create table run (
        id integer primary key, key text not null unique, status text not null,
        started_utc real not null, finished_utc real, pid int not null,
        argv text not null, version text not null, settings text not null, stopped text not null default '');
    create table run_task (
        run int not null references run, position int not null, task text not null, id text not null,
        title text not null, category text not null, priority int not null,
        file text not null, line int not null,
        section text not null, status text not null, attempt int references attempt,
        primary key (run, position)) without rowid;
    create unique index run_task_name on run_task (run, task);
    create table attempt (
        id integer primary key, run int not null references run, task text not null, number int not null,
        status text not null, began_utc real not null, finished_utc real,
        reasons text not null, components text not null, changes text,
        verdict text, summary text not null default '', file text, line int, hint text not null default '',
        notes text not null default '[]',
        input_tokens int, output_tokens int, cached_tokens int, cost_usd real);
    create index attempt_task on attempt (task);
    create index attempt_open on attempt (status) where status in ('running', 'prepared');
    create table written (
        path text primary key, content text not null, whole text, task text not null) without rowid;
    create table edit (
        path text not null, before text not null, after text not null, task text not null,
        primary key (path, before, after)) without rowid;
    create table digest (
        path text primary key, size int not null,
        mtime_ns int not null, ctime_ns int not null, inode int not null,
        digest text not null, taken_ns int not null) without rowid;
    """,
)
"""Each entry brings the schema from the version before it to its own, counted from 1."""

RUNNING = "running"
PREPARED = "prepared"
UP_TO_DATE = "up_to_date"


@dataclass(frozen=True, slots=True)
class LastAttempt:
    """How a task's most recent attempt ended; `status` is also `running` or `prepared` while it has not."""

    number: int
    status: str
    summary: str
    began_utc: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """
    An attempt that a dead process left behind.

    `outcome` and `changes` are None unless its work was ready to publish.
    """

    id: int
    task: str
    components: Mapping[str, Any]
    outcome: Outcome | None = None
    changes: tuple[Change, ...] | None = None


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What the file system said of a file when its digest was taken (all times in nanoseconds)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digest: str
    taken_ns: int


class RunDatabase:
    """
    The run database at a path, for one process and one thread.

    Opening never creates it: a missing file reads as empty. `begin_writing`
    opens it for the one process that holds the batch; each `transaction` is
    durable (WAL, `synchronous=full`) when it ends. Raises StateError for a
    file that is not ours, StateLost when it went away or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writing = False
        self._identity: tuple[int, int] | None = None
        self._con: sqlite3.Connection | None = None
        self._refuse_lost_file()
        if path.exists():
            self._con = self._connect("ro")
            self._con.execute("pragma query_only=1")
            self._check_version(self._con)

    @property
    def exists(self) -> bool:
        return self._con is not None

    def _refuse_lost_file(self) -> None:
        wal = self.path.with_name(self.path.name + "-wal")
        empty = not self.path.exists() or not self.path.stat().st_size
        if empty and wal.exists() and wal.stat().st_size:
            raise StateError(
                f"{self.path} is gone or empty but {wal.name} beside it holds finished work;"
                " bring the file back, or move both away to start afresh"
            )

    def _connect(self, mode: str) -> sqlite3.Connection:
        try:
            con = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=10
            )
            con.execute("pragma trusted_schema=off")
            con.execute("select count(*) from sqlite_schema")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._unusable(str(error)) from error
        return con

    def _unusable(self, why: str) -> StateError:
        return StateError(
            f"{self.path} is no usable run database ({why}); move it away to start afresh:"
            " every task is then looked at again"
        )

    def _check_version(self, con: sqlite3.Connection) -> int:
        (application,) = con.execute("pragma application_id").fetchone()
        (version,) = con.execute("pragma user_version").fetchone()
        if application != APPLICATION_ID and (application or version or self._has_tables(con)):
            raise self._unusable("another program made it")
        if version > len(MIGRATIONS):
            raise StateError(
                f"{self.path} was made by a newer batchexec (schema {version}, this one knows"
                f" {len(MIGRATIONS)}); upgrade batchexec"
            )
        return int(version)

    @staticmethod
    def _has_tables(con: sqlite3.Connection) -> bool:
        return bool(con.execute("select count(*) from sqlite_schema").fetchone()[0])

    def begin_writing(self) -> None:
        """Open for writing, create and migrate; only for the process that holds the batch."""
        if self.writing:
            return
        if self._con:
            self._con.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._trouble_named():
            self._open_for_writing()

    def _open_for_writing(self) -> None:
        self._con = con = self._connect("rwc")
        for pragma in ("journal_mode=wal", "synchronous=full", "fullfsync=1", "foreign_keys=on"):
            con.execute(f"pragma {pragma}")
        self._migrate(con)
        (damage,) = con.execute("pragma quick_check(1)").fetchone()
        if damage != "ok":
            raise self._unusable(damage)
        stat = self.path.stat()
        self._identity = (stat.st_dev, stat.st_ino)
        self.writing = True

    def _migrate(self, con: sqlite3.Connection) -> None:
        version = self._check_version(con)
        if version == len(MIGRATIONS):
            return
        if version:
            backup = self.path.with_name(f"{self.path.name}.v{version}.bak")
            backup.unlink(missing_ok=True)
            con.execute("vacuum into ?", (str(backup),))
        con.execute(f"pragma application_id={APPLICATION_ID}")
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            con.executescript(f"begin immediate; {script}; pragma user_version={number}; commit;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable together, or nothing of it; nested ones join the outer."""
        con = self._writer()
        if con.in_transaction:
            yield
            return
        with self._trouble_named():
            con.execute("begin immediate")
            try:
                yield
                con.execute("commit")
            except BaseException:
                # SQLite has rolled back by itself where the disk was full.
                if con.in_transaction:
                    con.execute("rollback")
                raise
        self._check_identity()

    @contextmanager
    def _trouble_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise
            raise StateLost(f"{self.path}: {error}; free some space or mend the disk, then run it again") from error

    def _writer(self) -> sqlite3.Connection:
        self.begin_writing()
        assert self._con
        return self._con

    def _check_identity(self) -> None:
        # SQLite goes on committing into a deleted file without a word.
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            stat = None
        if stat is None or (stat.st_dev, stat.st_ino) != self._identity:
            raise StateLost(f"{self.path} was removed or replaced during the run; {self._rescue()}")

    def _rescue(self) -> str:
        copy = self.path.parent.parent / f"{self.path.stem}.rescued.db"
        with sqlite3.connect(copy) as target:
            self._writer().backup(target)
        target.close()
        return f"what it held is saved as {copy}"

    def close(self) -> None:
        """Close; after writing, leave one plain file that any reader can open."""
        if self._con is None:
            return
        if self.writing:
            self._fold_wal()
        self._con.close()
        self._con = None
        self.writing = False

    def _fold_wal(self) -> None:
        assert self._con
        try:
            self._con.execute("pragma wal_checkpoint(truncate)")
            self._con.execute("pragma busy_timeout=100")
            self._con.execute("pragma journal_mode=delete")
        except sqlite3.OperationalError:
            # A reader is looking: the write-ahead log stays, which is as safe.
            return

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._con.execute(sql, values).fetchall() if self._con and self._ready() else []

    def _ready(self) -> bool:
        # A process killed between creating the file and its schema leaves it empty.
        assert self._con
        return self.writing or bool(self._con.execute("pragma user_version").fetchone()[0])

    # what doit remembers of tasks that passed

    def records(self) -> dict[str, str]:
        return dict(self._rows("select task, data from record"))

    def save_record(self, task: str, data: str) -> None:
        self._writer().execute("insert or replace into record values (?, ?)", (task, data))

    def remove_record(self, task: str) -> None:
        self._writer().execute("delete from record where task = ?", (task,))

    def remove_records(self) -> None:
        self._writer().execute("delete from record")

    # runs

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

    # attempts

    def begin(
        self,
        run: int,
        task: str,
        began_utc: float,
        reasons: Sequence[Mapping[str, Any]],
        components: Mapping[str, Any],
    ) -> tuple[int, int]:
        """
        Claim a task and return the attempt's id and its number among the task's attempts.

        The row says `running`; left so it is the record of a crash.
        """
        con = self._writer()
        (number,) = con.execute("select count(*) + 1 from attempt where task = ?", (task,)).fetchone()
        cursor = con.execute(
            "insert into attempt (run, task, number, status, began_utc, reasons, components)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (run, task, number, RUNNING, began_utc, json.dumps(reasons), json.dumps(components)),
        )
        assert cursor.lastrowid
        con.execute(
            "update run_task set status = ?, attempt = ? where run = ? and task = ?",
            (RUNNING, cursor.lastrowid, run, task),
        )
        return cursor.lastrowid, number

    def prepared(self, attempt: int, outcome: Outcome, changes: Sequence[Change]) -> None:
        """Note what is staged and ready: from here on the executor is never asked again."""
        self._set_outcome(attempt, PREPARED, outcome, changes)

    def finish(
        self, attempt: int, outcome: Outcome, changes: Sequence[Change] | None, finished_utc: float
    ) -> None:
        """Note how an attempt came out, and what the batch now knows to be its own work."""
        self._set_outcome(attempt, outcome.status, outcome, changes)
        con = self._writer()
        con.execute("update attempt set finished_utc = ? where id = ?", (finished_utc, attempt))
        con.execute("update run_task set status = ? where attempt = ?", (outcome.status, attempt))
        (task,) = con.execute("select task from attempt where id = ?", (attempt,)).fetchone()
        for change in changes or ():
            self._own(task, change)

    def _set_outcome(
        self, attempt: int, status: str, outcome: Outcome, changes: Sequence[Change] | None
    ) -> None:
        usage, place = outcome.usage, outcome.location
        self._writer().execute(
            "update attempt set status = ?, verdict = ?, summary = ?, file = ?, line = ?, hint = ?,"
            " notes = ?, changes = ?, input_tokens = ?, output_tokens = ?, cached_tokens = ?, cost_usd = ?"
            " where id = ?",
            (
                status, outcome.status, outcome.summary, place and place.file, place and place.line,
                outcome.hint,
                json.dumps(outcome.notes), json.dumps([asdict(change) for change in changes or ()]),
                usage and usage.input_tokens, usage and usage.output_tokens, usage and usage.cached_tokens,
                usage and usage.cost_usd, attempt,
            ),
        )  # fmt: skip

    def _own(self, task: str, change: Change) -> None:
        if change.backup:
            return
        con = self._writer()
        if change.part and change.before:
            con.execute(
                "insert or ignore into edit values (?, ?, ?, ?)",
                (change.path, change.before, change.after, task),
            )
        con.execute(
            "insert into written values (?1, ?2, ?3, ?4) on conflict (path) do update"
            " set content = ?2, task = ?4, whole = coalesce(?3, whole)",
            (change.path, change.after, None if change.part else change.after, task),
        )
        if not change.part:
            # Nothing that was recorded before the file was written whole leads to what it is now.
            con.execute("delete from edit where path = ?", (change.path,))
        if change.source:
            con.execute("delete from written where path = ?", (change.source,))

    def open_attempts(self) -> list[OpenAttempt]:
        """List what was under way when its process died, oldest first; only true while holding the batch."""
        rows = self._dicts("select * from attempt where status in (?, ?) order by id", RUNNING, PREPARED)
        return [_open_attempt(row) for row in rows]

    def has_open_runs(self) -> bool:
        return bool(self._rows("select 1 from run where status = ? limit 1", RUNNING))

    def interrupt_runs(self, now_utc: float) -> None:
        """Close the books of runs whose process died."""
        self._writer().execute(
            "update run set status = ?, finished_utc = ?, stopped = 'its process died' where status = ?",
            (Status.INTERRUPTED, now_utc, RUNNING),
        )

    # reading

    def last_attempts(self) -> dict[str, LastAttempt]:
        rows = self._rows(
            "select task, number, status, summary, began_utc, finished_utc - began_utc"
            " from attempt where id in (select max(id) from attempt group by task)"
        )
        return {task: LastAttempt(*rest) for task, *rest in rows}

    def attempts(self, task: str) -> list[dict[str, Any]]:
        """List a task's attempts, newest first, as plain rows."""
        return self._dicts(
            "select run.key as run, number, attempt.status, began_utc, attempt.finished_utc, summary, file,"
            " line, hint, notes, reasons, changes from attempt join run on run.id = attempt.run"
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

    def _dicts(self, sql: str, *values: object) -> list[dict[str, Any]]:
        if self._con is None or not self._ready():
            return []
        cursor = self._con.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def written(self) -> dict[str, Written]:
        rows = self._rows("select path, content, whole from written")
        return {path: Written(*rest) for path, *rest in rows}

    def edits(self) -> dict[tuple[str, str], list[str]]:
        """Map (path, digest before) to the digests our own tasks made of it."""
        edits: dict[tuple[str, str], list[str]] = {}
        for path, before, after in self._rows("select path, before, after from edit"):
            edits.setdefault((path, before), []).append(after)
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


def _open_attempt(row: Mapping[str, Any]) -> OpenAttempt:
    known = (row["id"], row["task"], json.loads(row["components"]))
    if row["status"] != PREPARED:
        return OpenAttempt(*known)
    outcome = Outcome(
        status=Status(row["verdict"]),
        summary=row["summary"],
        location=parse_location(row["file"], row["line"]),
        hint=row["hint"],
        notes=tuple(json.loads(row["notes"])),
    )
    return OpenAttempt(*known, outcome, parse_changes(row["changes"]))


def parse_changes(text: str | None) -> tuple[Change, ...]:
    """Read back the changes an attempt's row holds."""
    rows = json.loads(text) if text else []
    return tuple(Change(**{**row, "operation": Operation(row["operation"])}) for row in rows)


def parse_location(file: str | None, line: int | None) -> Location | None:
    return Location(file, line or 0) if file else None
