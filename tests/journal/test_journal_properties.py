"""Whatever runs, people and undo do in whatever order: no byte a person wrote is ever lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.journal import Journal
from batchexec.workspace import digest_of

PATHS = ("a", "d/a", "d/e/b")
TEXTS = (b"", b"1", b"2", b"3")
MINE = (b"mine", b"mine too")
STEPS = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(PATHS), st.sampled_from(TEXTS)),
    st.tuples(st.just("replace"), st.sampled_from(PATHS), st.sampled_from(TEXTS)),
    st.tuples(st.just("edit"), st.sampled_from(PATHS), st.sampled_from(MINE)),
    st.tuples(st.just("delete"), st.sampled_from(PATHS), st.just(b"")),
    st.tuples(st.just("new run"), st.just(""), st.just(b"")),
    st.tuples(st.just("undo"), st.sampled_from(["", "0", "1", "2"]), st.just(b"")),
    st.tuples(st.just("clean"), st.sampled_from(PATHS), st.just(b"")),
)


@pytest.fixture(autouse=True)
def without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of syncs take minutes, and no power is cut here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def tree(root: Path) -> dict[str, bytes | None]:
    found = (path for path in sorted(root.rglob("*")) if ".batchexec" not in path.parts)
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None for path in found
    }


class Story:
    """A tree and its journal; `persons` holds what a person wrote and did not delete."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal = Journal(root, root)
        self.persons: dict[str, bytes] = {}

    def write_run(self, steps: list[tuple[str, str, bytes]]) -> None:
        with self.journal.run(["x"]) as writing:
            for what, path, text in steps:
                there = self.now(path)
                if what == "create":
                    assert writing.create(path, text) == (there is None)
                elif what == "replace" and there is not None:
                    assert writing.replace(path, text, digest_of(there))
                elif what in {"edit", "delete"}:
                    self.act(what, path, text)

    def act(self, what: str, path: str, text: bytes) -> None:
        file = self.root / path
        if what == "edit":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
            self.persons[path] = text
        elif what == "delete":
            file.unlink(missing_ok=True)
            self.persons.pop(path, None)
        elif what == "clean":
            self.journal.clean(path)
        elif what == "undo":
            runs = [record.run_id for record in self.journal.runs()]
            number = int(path) if path else -1
            if runs and number < len(runs):
                self.journal.undo(runs[number])

    def now(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.exists() else None

    def kept_somewhere(self) -> set[bytes]:
        backups = (path for path in self.journal.directory.glob("*/*") if path.is_file())
        return {path.read_bytes() for path in backups}

    def check(self) -> None:
        for path, text in self.persons.items():
            assert self.now(path) == text or text in self.kept_somewhere(), path


@given(st.lists(STEPS, max_size=25))
@settings(deadline=None, max_examples=200)
def test_no_sequence_of_writes_edits_and_undo_loses_a_byte_a_person_wrote(
    steps: list[tuple[str, str, bytes]],
) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        pending: list[tuple[str, str, bytes]] = []
        for what, path, text in steps:
            if what in {"create", "replace", "edit", "delete"}:
                pending.append((what, path, text))
                continue
            story.write_run(pending)
            pending = []
            story.check()
            story.act(what, path, text)
            story.check()


WRITES = st.tuples(
    st.sampled_from(["create", "replace"]), st.sampled_from((*PATHS, "f/g/h")), st.sampled_from(TEXTS)
)


@given(
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS)),
    st.booleans(),
    st.lists(st.lists(WRITES, max_size=8), max_size=4),
)
@settings(deadline=None, max_examples=60)
def test_undoing_all_runs_from_the_newest_leaves_the_tree_as_before(
    before: dict[str, bytes], has_empty: bool, runs: list[list[tuple[str, str, bytes]]]
) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for path, text in before.items():
            story.act("edit", path, text)
        if has_empty:
            (story.root / "f").mkdir()
        was = tree(story.root)
        for run in runs:
            story.write_run(run)

        undone = story.journal.undo()
        while undone.earlier:
            assert undone.whole
            undone = story.journal.undo(undone.earlier)

        assert tree(story.root) == was


@given(st.lists(WRITES, min_size=1, max_size=8), st.dictionaries(st.sampled_from(PATHS), st.just(b"mine")))
@settings(deadline=None, max_examples=60)
def test_undo_leaves_edited_files_alone_and_nothing_else_of_the_run(
    writes: list[tuple[str, str, bytes]], edits: dict[str, bytes]
) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        story.write_run(writes)
        wrote = {path for path, text in tree(story.root).items() if text is not None}
        for path, text in edits.items():
            story.act("edit", path, text)

        undone = story.journal.undo()

        assert {kept.path for kept in undone.kept} == wrote & edits.keys()
        assert {path: text for path, text in tree(story.root).items() if text is not None} == edits


KILLED = """
import os, signal, sys
from pathlib import Path
from batchexec.journal import Journal
from batchexec.workspace import digest_of

root, calls = Path(sys.argv[1]), int(sys.argv[2])
done = 0

def watch(event, arguments):
    global done
    if event in WATCHED and (event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        done += 1
        if done == calls:
            os.kill(os.getpid(), signal.SIGKILL)

WATCHED = {"open", "os.mkdir", "os.link", "os.remove", "os.rename", "os.truncate", "os.rmdir"}

def work():
    journal = Journal(root, root)
    if sys.argv[3] == "undo":
        sys.addaudithook(watch)
        journal.undo()
        return
    sys.addaudithook(watch)
    with journal.run(["x"]) as writing:
        writing.create("d/e/new", b"1" * 5000)
        writing.replace("old", b"2" * 5000, digest_of(b"old"))
        writing.create("d/other", b"3")
        writing.replace("d/e/new", b"4", digest_of(b"1" * 5000))
        if sys.argv[3] == "atomic":
            writing.take_back()

work()
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["write", "atomic", "undo"])
def test_a_run_killed_at_any_step_is_taken_back_whole(tmp_path: Path, what: str) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    for calls in range(1, 200):
        root = tmp_path / f"{what}-{calls}"
        (root / "d").mkdir(parents=True)
        (root / "old").write_bytes(b"old")
        was = tree(root)
        if what == "undo":
            subprocess.run([sys.executable, script, root, "0", "write"], check=True)
        ended = subprocess.run([sys.executable, script, root, str(calls), what], check=False).returncode

        Journal(root, root).undo()

        assert tree(root) == was, f"killed at {calls}"
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert calls > 10
    assert ended == 0
