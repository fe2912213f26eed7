"""Answers that were paid for: found by what they answer, and by the run they were given in."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from base64 import b64decode, b64encode
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from batchexec.errors import WorkspaceError
from batchexec.model import Edit, Usage
from batchexec.workspace import digest_of
from batchexec.workspace.durable import DIRECTORY, FILE, sync
from batchexec.workspace.tree import parent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_VERSION = 1
_DROPPED = "dropped"
_APPENDING = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_HEAD = re.compile(
    rb'\{"digest": "(?P<digest>[0-9a-f]{64})", "key": "(?P<key>[!#-\[\]-~]{0,200})", "answer": '
)
_TAIL = b"}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an executor made of a task in one attempt; `said` is kept as it is given, so without secrets."""

    key: str
    task: str
    run: str
    number: int
    executor: str
    edits: tuple[Edit, ...]
    usage: Usage | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class _Spot:
    run: str
    offset: int
    size: int


def key(section: str, inputs: Mapping[str, str | None], executor: str, previous: str) -> str:
    """Name a question: a prompt, digests of its inputs, who is asked, and why the attempt before failed."""
    question = [_VERSION, section, sorted(inputs.items()), executor, previous]
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()


class Answers:
    """
    The answers below a directory: `runs/RUN.jsonl` holds those of a run, a line each, in the order they came.

    What `put` has returned from survives a power cut; threads that put at the
    same time share the wait for the disk. To a question the newest answer
    counts, unless it was dropped. A line that is damaged, cut short or from
    another version is none; only writing raises, OSError or WorkspaceError.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writing = threading.Lock()
        self._syncing = threading.Lock()
        self._spots: dict[str, _Spot] | None = None  # by key
        self._written: Counter[str] = Counter()  # lines by run
        self._synced: Counter[str] = Counter()

    def get(self, key: str) -> Answer | None:
        """Return the answer to a question, None where there is none that can be used."""
        with self._writing:
            spot = self._index().get(key)
        answer = None if spot is None else _decoded(self._read(spot))
        return answer if answer and answer.key == key else None

    def put(self, answer: Answer) -> None:
        self._put(answer, answer.run)

    def use_again(self, answer: Answer, run: str) -> None:
        """Count an answer among those of another run, too."""
        self._put(answer, run)

    def drop(self, key: str) -> None:
        """Forget the answer to a question because it was judged bad; its run keeps it."""
        with self._writing:
            spot = self._index().pop(key, None)
            digest = _HEAD.match(self._read(spot)) if spot else None
            if digest:
                self._append(_DROPPED, digest["digest"] + b"\n")

    def of_run(self, run: str) -> list[Answer]:
        """Return what a run was given, in the order it came; what cannot be read is left out."""
        found = (_decoded(line) for _, line in self._lines(run))
        return [answer for answer in found if answer]

    def runs(self) -> list[str]:
        """Name the runs that were given answers, the newest last."""
        try:
            names = [path.stem for path in (self._directory / "runs").iterdir() if path.suffix == ".jsonl"]
        except OSError:
            return []
        return sorted(names, key=_age)

    def _put(self, answer: Answer, run: str) -> None:
        line = _encoded(answer)
        with self._writing:
            offset = self._append(_file(run), line)
            if self._spots is not None:
                self._spots[answer.key] = _Spot(run, offset, len(line))
            self._written[run] += 1
            mine = self._written[run]
        with self._syncing:
            # Another thread may have waited for the disk for this line, too.
            if self._synced[run] < mine:
                done = self._written[run]
                self._sync(_file(run))
                self._synced[run] = done

    def _append(self, path: str, line: bytes) -> int:
        """Add a line, and say where it begins: after a line that was cut short, in the next one."""
        with self._opened(path) as (directory, descriptor):
            size = os.fstat(descriptor).st_size
            torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
            rest = memoryview(b"\n" + line if torn else line)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if not size:
                os.fsync(directory)
                sync(self._directory, DIRECTORY)
                sync(self._directory.absolute().parent, DIRECTORY)
            return size + 1 if torn else size

    def _sync(self, path: str) -> None:
        with self._opened(path) as (_, descriptor):
            os.fsync(descriptor)

    @contextmanager
    def _opened(self, path: str) -> Iterator[tuple[int, int]]:
        with parent(self._directory, path, create=True) as (directory, name):
            assert directory is not None
            descriptor = os.open(name, _APPENDING, 0o600, dir_fd=directory)
            try:
                yield directory, descriptor
            finally:
                os.close(descriptor)

    def _index(self) -> dict[str, _Spot]:
        """Find all answers there are; what comes later is added as it comes."""
        if self._spots is None:
            with self._reading(_DROPPED) as file:
                dropped = set(file.read().split())
            self._spots = {}
            for run in self.runs():
                for offset, line in self._lines(run):
                    head = _HEAD.match(line)
                    if head and head["digest"] not in dropped:
                        self._spots[head["key"].decode()] = _Spot(run, offset, len(line))
        return self._spots

    def _lines(self, run: str) -> Iterator[tuple[int, bytes]]:
        with self._reading(_file(run)) as file:
            offset = 0
            for line in file:
                yield offset, line
                offset += len(line)

    def _read(self, spot: _Spot) -> bytes:
        with self._reading(_file(spot.run)) as file:
            file.seek(spot.offset)
            return file.read(spot.size)

    @contextmanager
    def _reading(self, path: str) -> Iterator[BinaryIO]:
        """Open a file, or an empty one where it cannot be opened."""
        try:
            with parent(self._directory, path) as (directory, name):
                file = _open(directory, name)
        except (OSError, WorkspaceError):
            file = BytesIO()
        with file:
            yield file


def _open(directory: int | None, name: str) -> BinaryIO:
    if directory is None:
        return BytesIO()
    return os.fdopen(os.open(name, FILE, dir_fd=directory), "rb")


def _file(run: str) -> str:
    return f"runs/{run}.jsonl"


def _age(run: str) -> list[tuple[int, str]]:
    """Sort runs of one second by their number: `20261121_101500_10` comes after `20261121_101500_2`."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in run.split("_")]


def _encoded(answer: Answer) -> bytes:
    edits = [
        asdict(edit) | {"before": _text(edit.before), "after": _text(edit.after)} for edit in answer.edits
    ]
    body = json.dumps(asdict(answer) | {"version": _VERSION, "edits": edits})
    digest = digest_of(body.encode())
    return f'{{"digest": "{digest}", "key": "{answer.key}", "answer": {body}'.encode() + _TAIL


def _decoded(line: bytes) -> Answer | None:
    head = _HEAD.match(line)
    if head is None or not line.endswith(_TAIL):
        return None
    body = line[head.end() : -len(_TAIL)]
    if digest_of(body).encode() != head["digest"]:
        return None
    try:
        content = json.loads(body)
        if content.pop("version") != _VERSION:
            return None
        edits, usage = tuple(_edit(edit) for edit in content.pop("edits")), content.pop("usage")
        return Answer(**content, edits=edits, usage=None if usage is None else Usage(**usage))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _edit(content: dict[str, Any]) -> Edit:
    return Edit(**content | {"before": _bytes(content["before"]), "after": _bytes(content["after"])})


def _text(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)
