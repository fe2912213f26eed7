"""What a run wrote, as a JSON file that grows by a line before each write and survives being cut short."""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from batchexec.errors import Problem, StateError, WorkspaceError
from batchexec.workspace.durable import DIRECTORY, sync
from batchexec.workspace.tree import parent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

VERSION = 1
GONE = ""
"""Stands in place of a digest for a file that is deleted."""
_NAME = re.compile(r"(\d{8}_\d{6})(?:_(\d{1,9}))?", re.ASCII)
_TAIL = b"\n]}\n"
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One write, noted before it is done.

    `before` and `after` are digests, `before` is None for a file that is new, `after` GONE for one
    that is deleted;
    `backup` names the copy of what was there, `directories` are those that were missing.
    """

    path: str
    before: str | None
    after: str
    backup: str = ""
    directories: tuple[str, ...] = ()

    def as_line(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Write:
    """All a run did to one file: what it was before the first write, and what the run may have left there."""

    path: str
    before: str | None
    afters: frozenset[str]
    backup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    What is known of a run.

    `root` is the tree it wrote into, seen from the batch's home. `ended` is
    `done`, `failed` or `killed`, and empty while it runs or where nobody noticed its end.
    `dropped` are the numbers of entries nothing came of, `undone` the paths that
    were taken back, `processes` those that may have left something beside the
    files; `cleared` tells that nothing is left to do, and `undone_utc` when it was undone last, 0.0 if never.
    """

    run_id: str
    command: tuple[str, ...]
    started_utc: float
    root: str
    head: str | None
    processes: tuple[int, ...]
    entries: tuple[Entry, ...] = ()
    dropped: frozenset[int] = frozenset()
    undone: frozenset[str] = frozenset()
    ended: str = ""
    cleared: bool = False
    undone_utc: float = 0.0

    @property
    def wrote(self) -> bool:
        return len(self.dropped) < len(self.entries)

    @property
    def writes(self) -> tuple[Write, ...]:
        """The files this run wrote and nobody took back, in the order they came."""
        by_path: dict[str, list[Entry]] = {}
        for number, entry in enumerate(self.entries):
            if number not in self.dropped and entry.path not in self.undone:
                by_path.setdefault(entry.path, []).append(entry)
        return tuple(
            Write(path, all_[0].before, frozenset(entry.after for entry in all_), all_[0].backup)
            for path, all_ in by_path.items()
        )


class RecordFile:
    """The record of one run while somebody may add to it: this process alone, as long as it is open."""

    def __init__(self, descriptor: int, run_id: str) -> None:
        self._descriptor = descriptor
        self._run_id = run_id
        self._end = 0
        self._is_empty = True

    @classmethod
    def create(cls, directory: Path, run_id: str, facts: Mapping[str, Any]) -> RecordFile:
        """Raises FileExistsError for a run that is there already."""
        with parent(directory, f"{run_id}.json", create=True) as (above, name):
            assert above is not None
            made = cls(os.open(name, _NEW, 0o644, dir_fd=above), run_id)
            try:
                made.lock(wait=True)  # somebody may be looking whether it is of a killed run
                made._write(json.dumps(facts).encode().removesuffix(b"}") + b', "entries": [')
                os.fsync(above)
            except BaseException:
                made.close()
                raise
        sync(directory.absolute().parent, DIRECTORY)
        return made

    @classmethod
    def open(cls, directory: Path, run_id: str) -> RecordFile | None:
        """Return None for a run without a readable record; raises BlockingIOError while another holds it."""
        with parent(directory, f"{run_id}.json") as (above, name):
            try:
                file = None if above is None else cls(os.open(name, _OLD, dir_fd=above), run_id)
            except FileNotFoundError:
                return None
        if file is None:
            return None
        try:
            file.lock()
            found = file.read()
        except BaseException:
            file.close()
            raise
        if found is None:
            file.close()
            return None
        return file

    def read(self) -> Record | None:
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            data = file.read()
        record, self._end = parse_record(data, self._run_id)
        self._is_empty = b"\n" not in data[: self._end]
        return record

    def add(self, line: Mapping[str, Any]) -> None:
        """Add a line and wait for the disk; what is torn by a full disk or a kill counts as never added."""
        self._write((b"\n" if self._is_empty else b"\n,") + json.dumps(line).encode())
        self._is_empty = False

    def close(self) -> None:
        os.close(self._descriptor)

    def lock(self, *, wait: bool = False) -> None:
        """Raises BlockingIOError while another holds it; the system takes it from a process that ends."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

    def _write(self, text: bytes) -> None:
        """Write over the end of the document, and the end again behind it: it is JSON all the time."""
        rest, place = memoryview(text + _TAIL), self._end
        while rest:
            written = os.pwrite(self._descriptor, rest, place)
            rest, place = rest[written:], place + written
        os.ftruncate(self._descriptor, place)
        os.fsync(self._descriptor)
        self._end = place - len(_TAIL)


def parse_record(data: bytes, run_id: str) -> tuple[Record | None, int]:
    """Read a record as far as it is whole, and say where its last whole line ends; None without a head."""
    first, *others = data.split(b"\n")
    head = _object(first + b"]}")
    if head is None:
        return None, 0
    end, lines = len(first), []
    for line in others:
        found = _object(line.removeprefix(b","))
        if found is None:
            break
        lines.append(found)
        end += 1 + len(line)
    try:
        return _record(head, lines, run_id), end
    except (KeyError, TypeError, ValueError):
        return None, 0


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _record(head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], run_id: str) -> Record:
    if head["schema_version"] != VERSION:
        raise ValueError(head["schema_version"])
    told = {kind: [line[kind] for line in lines if kind in line] for kind in ("undoing", "dropped", "undone")}
    ended = [str(line["ended"]) for line in lines if "ended" in line]
    return Record(
        run_id=run_id,
        command=tuple(map(str, head["command"])),
        started_utc=float(head["started_utc"]),
        root=str(head["root"]),
        head=head["head"],
        processes=(int(head["process"]), *map(int, told["undoing"])),
        entries=tuple(_entry(line) for line in lines if "path" in line),
        dropped=frozenset(map(int, told["dropped"])),
        undone=frozenset(map(str, told["undone"])),
        ended=ended[-1] if ended else "",
        cleared=any("cleared" in line for line in lines),
        undone_utc=max((float(line["utc"]) for line in lines if "utc" in line), default=0.0),
    )


def _entry(line: Mapping[str, Any]) -> Entry:
    before = line["before"]
    return Entry(
        path=str(line["path"]),
        before=None if before is None else str(before),
        after=str(line["after"]),
        backup=str(line["backup"]),
        directories=tuple(map(str, line["directories"])),
    )


def is_run_id(text: str) -> bool:
    return bool(_NAME.fullmatch(text))


def age(run_id: str) -> tuple[str, int]:
    """Sort runs of one second by their number: `20261121_101500_10` comes after `20261121_101500_2`."""
    stamp, _, number = run_id[:15], run_id[15:16], run_id[16:]
    return stamp, int(number or 1)


@contextmanager
def noting(directory: Path) -> Iterator[None]:
    """Let whatever keeps the journal from being written be a StateError."""
    try:
        yield
    except (OSError, WorkspaceError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        message = f"{directory}: {what}"
        raise StateError(Problem(None, message, "nothing is written that cannot be noted there")) from error
