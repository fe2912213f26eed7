"""All runs that wrote into a tree, and the way back from each of them."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError, StateError
from batchexec.journal.backups import kept
from batchexec.journal.record import Record, RecordFile, age, is_run_id, noting, parse_record
from batchexec.journal.undoing import Undone, digest_now, take_back, tidy
from batchexec.journal.writing import Writing
from batchexec.wording import several
from batchexec.workspace.creating import create_new, remove, remove_empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STATE = ".batchexec"


class Journal:
    """
    The journal of a batch: `home` holds `.batchexec`, `root` is the tree that is written into.

    What was written can be taken back as long as nobody changed it; what
    somebody changed stays. git is not needed for that.
    """

    def __init__(self, home: Path, root: Path) -> None:
        self._home = home.resolve()
        self._root = root.resolve()
        self.directory = self._home / STATE / "journal"
        self._records: dict[str, tuple[tuple[int, int, int], Record | None]] = {}

    @property
    def home(self) -> Path:
        return self._home

    @property
    def root(self) -> Path:
        return self._root

    def state(self) -> Path:
        """Give the state directory, made if it was missing: for its owner alone, and out of git's sight."""
        made = self._home / STATE
        made.mkdir(mode=0o700, exist_ok=True)
        create_new(made, ".gitignore", b"*\n")
        return made

    @contextmanager
    def run(self, command: Sequence[str]) -> Iterator[Writing]:
        """Write as one run, which can be undone as one; one that writes nothing leaves no trace."""
        writing = Writing(self.directory, self._home, self._root, command, self._prepare)
        try:
            yield writing
        except BaseException:
            writing.end("failed")
            raise
        writing.end("done")

    def runs(self) -> tuple[Record, ...]:
        """The runs that can be read, the oldest first."""
        found = (self._read(run_id) for run_id in self._ids())
        return tuple(record for record in found if record)

    def undo(self, run_id: str | None = None) -> Undone:
        """
        Take back what a run wrote, without a name the newest that wrote anything.

        What is not as the run left it stays. Raises SelectionError for a run
        there is not, StateError for one that is still writing.
        """
        self.recover()
        known = self.runs()
        chosen = self._chosen(known, run_id)
        if chosen is None:
            return Undone("")
        place, tree = known.index(chosen), self._tree(chosen)
        after = (record for record in known[place + 1 :] if self._tree(record) == tree)
        later = {write.path: record.run_id for record in after for write in record.writes}
        with self._held(chosen) as file:
            undone = take_back(file, tree, self.directory / chosen.run_id, later)
        earlier = next((one.run_id for one in reversed(known[:place]) if one.writes), "")
        return replace(undone, earlier=earlier)

    def recover(self) -> tuple[str, ...]:
        """
        Close the books of runs that were killed, and name these; undo takes them like any other.

        Of the writes noted last nothing may have come; such a file is none of the run's any more.
        """
        return tuple(record.run_id for record in self.runs() if not record.ended and self._closed(record))

    def standing(self) -> dict[str, str]:
        """Give the files that are as the run left them that wrote them last, by digest."""
        found: dict[str, str] = {}
        for record in self.runs():
            for write in record.writes if self._tree(record) == self._root else ():
                now = digest_now(self._root, write.path)
                found.pop(write.path, None)
                if now is not None and now in write.afters:
                    found[write.path] = now
        return found

    def removable(self, path: str | Path) -> bool:
        """Tell whether a file is as it was created by the run that wrote it last."""
        return self._creation(self._relative(path)) is not None

    def clean(self, path: str | Path) -> bool:
        """Take away a file that is removable, and the directories made for it if they are empty by then."""
        name = self._relative(path)
        found = self._creation(name)
        if found is None:
            return False
        record, digest = found
        with self._held(record) as file:
            if not remove(self._root, name, digest):
                return False
            file.add({"undone": name})
        made = {above for entry in record.entries for above in entry.directories}
        remove_empty(self._root, {above for above in made if name.startswith(f"{above}/")})
        return True

    def _prepare(self) -> None:
        self.state()
        self.recover()

    def _ids(self) -> list[str]:
        try:
            names = [path.stem for path in self.directory.iterdir() if path.suffix == ".json"]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(filter(is_run_id, names), key=age)

    def _read(self, run_id: str) -> Record | None:
        """Read a record unless it is as it was the last time."""
        path = self.directory / f"{run_id}.json"
        try:
            state = path.lstat()
        except FileNotFoundError:
            return None
        seen = (state.st_mtime_ns, state.st_size, state.st_ino)
        if self._records.get(run_id, (None, None))[0] != seen:
            data = kept(path)
            self._records[run_id] = (seen, None if data is None else parse_record(data, run_id)[0])
        return self._records[run_id][1]

    def _tree(self, record: Record) -> Path:
        return (self._home / record.root).resolve()

    @staticmethod
    def _chosen(known: Sequence[Record], run_id: str | None) -> Record | None:
        if run_id is None:
            return next((record for record in reversed(known) if record.wrote), None)
        chosen = next((record for record in known if record.run_id == run_id), None)
        if chosen is None:
            there = several([record.run_id for record in reversed(known)]) or "none"
            raise SelectionError(Problem(None, f"no run {run_id} in the journal", f"there are: {there}"))
        return chosen

    @contextmanager
    def _held(self, record: Record) -> Iterator[RecordFile]:
        try:
            file = RecordFile.open(self.directory, record.run_id)
        except BlockingIOError:
            message = f"run {record.run_id} is still writing (process {record.processes[-1]})"
            raise StateError(Problem(None, message, "wait until it ends, or end it")) from None
        if file is None:
            raise StateError(f"{self.directory}/{record.run_id}.json vanished or cannot be read any more")
        with closing(file), noting(self.directory):
            yield file

    def _closed(self, record: Record) -> bool:
        try:
            file = RecordFile.open(self.directory, record.run_id)
        except BlockingIOError:
            return False
        if file is None:
            return False
        with closing(file):
            known = file.read()
            if known is None or known.ended:
                return False
            tree = self._tree(known)
            tidy(known, tree)
            idle = {write.path for write in known.writes if digest_now(tree, write.path) == write.before}
            for number, entry in enumerate(known.entries):
                if entry.path in idle:
                    file.add({"dropped": number})
                    remove_empty(tree, entry.directories)
            file.add({"ended": "killed"})
        return True

    def _creation(self, path: str) -> tuple[Record, str] | None:
        for record in reversed(self.runs()):
            write = next((one for one in record.writes if one.path == path), None)
            if write is not None and self._tree(record) == self._root:
                now = digest_now(self._root, path)
                unchanged = write.before is None and now in write.afters
                return (record, now) if unchanged and now is not None else None
        return None

    def _relative(self, path: str | Path) -> str:
        """Say where in the tree a path is; what lies outside is nothing of ours."""
        place = Path(os.path.normpath(self._root / path))
        return place.relative_to(self._root).as_posix() if place.is_relative_to(self._root) else ""
