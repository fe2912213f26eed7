"""doit's dependency record, kept in the run database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.exceptions import InvalidDodoFile

from batchexec.errors import StateError

if TYPE_CHECKING:
    from batchexec.rundb import RunDatabase


class Backend:
    """
    The backend doit calls: one JSON object a task, written once per finished task.

    Reading never creates anything. Whoever writes calls `claim` first: doit's
    own writing commands (`ignore`, `reset-dep`) take the batch for the moment
    they need it, a run has taken it and puts its own `claim` here.
    """

    desc = "the run database of batchexec: SQLite, one durable commit per finished task"

    def __init__(self, name: str, codec: Any, *, module_name: str | None = None) -> None:  # noqa: ARG002  # doit's signature
        self.name = name
        self._codec = codec
        self._database: RunDatabase | None = None
        self._raw: dict[str, str] | None = None
        self._entries: dict[str, dict[str, Any]] = {}
        self._lock: Any = None
        self.claim = self.hold
        self.keep_open = False

    @property
    def database(self) -> RunDatabase:
        if self._database is None:
            from batchexec.rundb import RunDatabase

            try:
                self._database = RunDatabase(Path(self.name))
            except StateError as error:
                raise InvalidDodoFile(str(error)) from error
        return self._database

    def _entry(self, task: str) -> dict[str, Any]:
        entry = self._entries.get(task)
        if entry is None:
            if self._raw is None:
                self._raw = self.database.records()
            data = self._raw.get(task)
            entry = self._entries[task] = self._codec.decode(data) if data else {}
        return entry

    def get(self, task: str, key: str) -> Any:
        return self._entry(task).get(key)

    def values(self, task: str) -> dict[str, Any] | None:
        """Return what was kept of a task when it last passed, or None."""
        values: dict[str, Any] | None = self._entry(task).get("_values_:")
        return values

    def in_(self, task: str) -> bool:
        return bool(self._entry(task))

    def set(self, task: str, key: str, value: Any) -> None:
        self._entry(task)[key] = value
        # doit ends what it has to say of a task with one of these two.
        if key in ("deps:", "ignore:"):
            self._write()
            self.database.save_record(task, self._codec.encode(self._entries[task]))

    def remove(self, task: str) -> None:
        if self._entry(task):
            self._write()
            self.database.remove_record(task)
        self._entries[task] = {}

    def remove_all(self) -> None:
        self._write()
        self.database.remove_records()
        self._raw, self._entries = {}, {}

    def _write(self) -> None:
        if not self.database.writing:
            self.claim()

    def hold(self) -> None:
        """Take the batch for this process and open the database for writing."""
        from batchexec.engine.lock import Lock

        self._lock = Lock(Path(self.name).parent)
        self._lock.acquire()
        self.database.begin_writing()

    def dump(self) -> None:
        """End of a command, says doit; a run of ours still has its report to render then."""
        if not self.keep_open:
            self.close()

    def close(self) -> None:
        if self._database:
            self._database.close()
            self._database = None
        if self._lock:
            self._lock.release()
            self._lock = None
