"""Keeps the result file of a batch true while it runs: merged, whole, and at most once a second."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import foreign
from batchexec.batch_results.layout import OURS, as_json, lay_out
from batchexec.batch_results.reading import examine_result
from batchexec.batch_results.records import KEYS, order
from batchexec.batch_results.results import BatchResult
from batchexec.batch_results.state import State, result_name
from batchexec.errors import Severity, StateError
from batchexec.workspace import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from batchexec.batch_results.reading import Entry
    from batchexec.batch_results.records import Record

_EVERY_S = 1.0
_Stamp = tuple[int, int, int]


class ResultFile:
    """
    The result file of one batch, for the run that holds its lock; any thread may speak to it.

    Entries of PRPs this run has no record of stay as they are on disk, and so
    does every key that is not ours: a hook may have put it there meanwhile.
    """

    def __init__(
        self,
        root: Path,
        state_dir: Path | str,
        batch: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._state = State.of(root, state_dir)
        self._name = result_name(batch)
        self._clock, self._now = clock, now
        self._turn = threading.RLock()
        self._batch = batch
        self._about = _about("", None, "", "")
        self._started = self._clock()
        self._warnings: list[str] = []
        self._records: dict[str, Record] = {}
        self._entries: dict[str, Entry] = {}
        self._more: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._stamp: _Stamp | None = None
        self._written: float | None = None
        self._has_news = False

    @property
    def path(self) -> Path:
        return self._state.path / self._name

    @property
    def shown(self) -> str:
        """The file as people would open it from the repository's root."""
        return self._state.shown(self._name)

    def begin(
        self, selection: str, stage_filter: int | None, base_commit: str, records: Iterable[Record]
    ) -> None:
        """
        Start with the records of the selected PRPs; nothing is written yet.

        They go before what the file says of these PRPs: to leave that as it is, give what `known` gives.
        """
        with self._turn:
            self._started = self._clock()
            self._about = _about(selection, stage_filter, base_commit, foreign.iso(self._now()))
            self._look()
            for record in records:
                self.update(record)
            self._has_news = True

    @property
    def has_news(self) -> bool:
        """Whether the file does not say yet all that is known."""
        return self._has_news or self._written is None

    def known(self, prp_id: str) -> Record | None:
        """Tell how a PRP stands: by this run, else by the file."""
        with self._turn:
            self._look()
            if prp_id in self._records:
                return self._records[prp_id]
            return self._entries[prp_id].record if prp_id in self._entries else None

    def update(self, record: Record) -> None:
        with self._turn:
            if self._records.get(record.prp_id) != record:
                self._records[record.prp_id] = record
                self._texts.pop(record.prp_id, None)
                self._has_news = True

    def warn(self, text: str) -> None:
        with self._turn:
            if text not in self._warnings:
                self._warnings.append(text)
                self._has_news = True

    def kept(self, key: str) -> object:
        """Give what stands in the file under a key that is not about PRPs."""
        with self._turn:
            self._look()
            return self._more.get(key)

    def keep(self, key: str, value: object) -> None:
        """Let something stand in the file under a key that is not about PRPs; None takes it away."""
        with self._turn:
            self._look()
            self._more = {name: said for name, said in self._more.items() if name != key}
            if value is not None:
                self._more[key] = value
            self._has_news = True

    def result(self) -> BatchResult:
        """Give all that the file will say; `BatchResult.only` leaves out what a run did not select."""
        with self._turn:
            return BatchResult(
                batch=self._batch,
                **self._about,
                timestamp=foreign.iso(self._now()),
                elapsed_seconds=self._clock() - self._started,
                warnings=tuple(self._warnings),
                records=tuple(self._all()),
                path=self.shown,
            )

    def write(self, *, force: bool = False) -> bool:
        """Replace the file if there is news and the last time was a second ago; says whether it did."""
        with self._turn:
            time_is_up = self._written is None or self._clock() - self._written >= _EVERY_S
            if not force and not (self._has_news and time_is_up):
                return False
            self._look()
            # Before the writing: what a full disk refuses is not tried again at every turn.
            self._written = self._clock()
            self._state.write(self._name, self._document().encode())
            self._stamp = self._stamp_now()
            self._has_news = False
            return True

    def _all(self) -> list[Record]:
        others = (entry.record for id_, entry in self._entries.items() if id_ not in self._records)
        return sorted((*self._records.values(), *others), key=order)

    def _look(self) -> None:
        """Take over what others wrote since the last look."""
        stamp = self._stamp_now()
        if stamp is None or stamp == self._stamp:
            return
        read = examine_result(self.path, self._batch)
        self._stamp = stamp
        if read.problems:
            if read.data is None:
                raise StateError(*(replace(problem, severity=Severity.ERROR) for problem in read.problems))
            self._keep_copy(read.data)
            for problem in read.problems:
                self.warn(str(problem))
        if read.document is not None:
            self._entries = dict(read.entries)
            self._more = {key: value for key, value in read.document.items() if key not in OURS}
            self._texts.clear()

    def _keep_copy(self, data: bytes) -> None:
        if data.strip():
            stem = self._name.removesuffix(".result.json")
            self._state.write(f"{stem}.{digest_of(data)[:8]}.json", data)

    def _stamp_now(self) -> _Stamp | None:
        try:
            found = self.path.lstat()
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _document(self) -> str:
        records = self._all()
        about = {
            **self._about,
            "timestamp": foreign.iso(self._now()),
            "elapsed_seconds": round(self._clock() - self._started),
            "warnings": self._warnings,
        }
        return lay_out(self._batch, about, records, self._entry, self._more)

    def _entry(self, record: Record) -> str:
        """Write what the file says of a PRP; one that did not change is not made anew."""
        text = self._texts.get(record.prp_id)
        if text is None:
            text = self._texts[record.prp_id] = as_json(self._said(record))
        return text

    def _said(self, record: Record) -> dict[str, Any]:
        entry = self._entries.get(record.prp_id)
        if record.prp_id not in self._records:
            assert entry
            return {"prp_id": record.prp_id, **entry.raw}
        more = {key: value for key, value in entry.raw.items() if key not in KEYS} if entry else {}
        return record.document() | more


def _about(selection: str, stage_filter: int | None, base_commit: str, started_at: str) -> dict[str, Any]:
    return {
        "selection": selection,
        "stage_filter": stage_filter,
        "base_commit": base_commit,
        "started_at": started_at,
    }
