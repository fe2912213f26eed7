"""The file below the run database: opening, durability, and what is done about damage."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from batchexec.errors import StateError, StateLost
from batchexec.rundb.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DatabaseFile:
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
        except sqlite3.OperationalError as error:
            if mode != "ro" and _is_disk_trouble(error):
                raise
            raise self._unusable(str(error)) from error
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
        # For its owner alone; the write-ahead log takes over the mode.
        self.path.touch(mode=0o600)
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
                con.rollback()
                raise
        self._check_identity()

    @contextmanager
    def _trouble_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if not _is_disk_trouble(error):
                raise
            raise StateLost(
                f"{self.path}: {error}; free some space or mend the disk, then run it again"
            ) from error

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

    def _rows(self, sql: str, *values: object, since: int = 1) -> list[Any]:
        """Read rows; none from a file whose schema is older than the one that brought them."""
        return self._con.execute(sql, values).fetchall() if self._con and self._has(since) else []

    def _has(self, version: int) -> bool:
        # A process killed between creating the file and its schema leaves it empty.
        assert self._con
        return self.writing or bool(self._con.execute("pragma user_version").fetchone()[0] >= version)

    def _dicts(self, sql: str, *values: object, since: int = 1) -> list[dict[str, Any]]:
        if self._con is None or not self._has(since):
            return []
        cursor = self._con.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _is_disk_trouble(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
