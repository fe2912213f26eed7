from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import SelectionError, StateError, WorkspaceError
from batchexec.journal import Journal, Kept, Undone
from batchexec.journal.record import RecordFile
from batchexec.workspace import digest_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.fixture
def journal(root: Path) -> Journal:
    return Journal(root, root)


def tree(root: Path) -> dict[str, bytes | None]:
    found = (path for path in sorted(root.rglob("*")) if ".batchexec" not in path.parts)
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None for path in found
    }


def create(journal: Journal, **files: str) -> str:
    with journal.run(["make"]) as writing:
        for path, text in files.items():
            assert writing.create(path.replace("__", "/"), text.encode())
    return writing.run_id


def replace(journal: Journal, path: str, old: str, new: str) -> str:
    with journal.run(["fill"]) as writing:
        assert writing.replace(path, new.encode(), digest_of(old.encode()))
    return writing.run_id


def test_undo_removes_what_a_run_created_with_the_directories_it_made_for_it(
    journal: Journal, root: Path
) -> None:
    (root / "a").mkdir()
    run = create(journal, a__b__c="1", a__b__d="2", e="3")

    undone = journal.undo(run)

    assert undone == Undone(run, removed=("e", "a/b/d", "a/b/c"))
    assert undone.whole
    assert tree(root) == {"a": None}


def test_undo_restores_what_a_run_wrote_over(journal: Journal, root: Path) -> None:
    (root / "a").write_text("old")
    (root / "a").chmod(0o640)
    run = replace(journal, "a", "old", "new")
    assert (root / "a").read_text() == "new"

    assert journal.undo() == Undone(run, restored=("a",))
    assert (root / "a").read_text() == "old"
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o640


def test_a_second_undo_does_nothing(journal: Journal, root: Path) -> None:
    (root / "a").write_text("old")
    replace(journal, "a", "old", "new")
    run = create(journal, d__b="1")
    journal.undo()
    (root / "d").mkdir()
    (root / "d" / "b").write_text("1")
    before = tree(root)

    assert journal.undo() == Undone(run, earlier=journal.runs()[0].run_id)
    assert tree(root) == before


def test_a_file_that_was_changed_stays_and_its_backup_is_named(journal: Journal, root: Path) -> None:
    (root / "a").write_text("old")
    run = replace(journal, "a", "old", "new")
    (root / "a").write_text("mine")

    undone = journal.undo()

    backup = root / ".batchexec" / "journal" / run / "1"
    assert undone == Undone(run, kept=(Kept("a", backup, "it was changed since"),))
    assert not undone.whole
    assert backup.read_text() == "old"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert (root / "a").read_text() == "mine"
    assert journal.undo() == undone


def test_a_created_file_that_was_changed_stays_and_so_do_its_directories(
    journal: Journal, root: Path
) -> None:
    run = create(journal, a__b="1", a__c="2")
    (root / "a" / "b").write_text("mine")

    assert journal.undo() == Undone(run, removed=("a/c",), kept=(Kept("a/b", None, "it was changed since"),))
    assert tree(root) == {"a": None, "a/b": b"mine"}


def test_what_a_person_put_into_a_directory_of_a_run_keeps_it(journal: Journal, root: Path) -> None:
    create(journal, a__b="1")
    (root / "a" / "own").mkdir()

    assert journal.undo().whole
    assert tree(root) == {"a": None, "a/own": None}


def test_a_file_that_was_deleted_is_nothing_to_remove_and_is_not_restored(
    journal: Journal, root: Path
) -> None:
    (root / "a").write_text("old")
    with journal.run(["x"]) as writing:
        writing.replace("a", b"new", digest_of(b"old"))
        writing.create("b", b"1")
    (root / "a").unlink()
    (root / "b").unlink()

    undone = journal.undo()

    assert undone.removed == undone.restored == ()
    assert [(kept.path, kept.why) for kept in undone.kept] == [("a", "it was deleted since")]
    assert tree(root) == {}


@pytest.mark.parametrize(
    ("what", "why"),
    [("link", "a: is a symbolic link"), ("directory", "a: is a directory")],
)
def test_what_took_the_place_of_a_file_stays(journal: Journal, root: Path, what: str, why: str) -> None:
    create(journal, a="1")
    (root / "a").unlink()
    (root / "a").symlink_to("elsewhere") if what == "link" else (root / "a").mkdir()

    assert [kept.why for kept in journal.undo().kept] == [why]


def test_a_lost_backup_leaves_the_file_as_it_is(journal: Journal, root: Path) -> None:
    (root / "a").write_text("old")
    run = replace(journal, "a", "old", "new")
    (journal.directory / run / "1").unlink()

    assert [kept.why for kept in journal.undo().kept] == ["the copy of what it was before is lost"]
    assert (root / "a").read_text() == "new"


def test_several_writes_to_a_file_are_taken_back_as_one(journal: Journal, root: Path) -> None:
    (root / "a").write_text("0")
    with journal.run(["x"]) as writing:
        writing.create("b", b"0")
        for old, new in (("0", "1"), ("1", "2")):
            assert writing.replace("a", new.encode(), digest_of(old.encode()))
            assert writing.replace("b", new.encode(), digest_of(old.encode()))

    undone = journal.undo()

    assert (undone.removed, undone.restored) == (("b",), ("a",))
    assert tree(root) == {"a": b"0"}


def test_a_file_a_later_run_wrote_belongs_to_that_run(journal: Journal, root: Path) -> None:
    first = create(journal, a="1")
    (root / "a").unlink()
    second = create(journal, a="1")

    assert journal.undo(first).kept == (Kept("a", None, f"run {second} wrote it later"),)
    assert journal.undo(second) == Undone(second, removed=("a",), earlier=first)
    assert journal.undo(first) == Undone(first)


def test_a_file_of_the_same_name_in_another_tree_is_another_file(
    journal: Journal, root: Path, tmp_path: Path
) -> None:
    first = create(journal, a="1")
    (tmp_path / "other").mkdir()
    create(Journal(root, tmp_path / "other"), a="1")

    assert journal.undo(first) == Undone(first, removed=("a",))
    assert not journal.removable("a")
    assert tree(tmp_path / "other") == {"a": b"1"}


def test_undo_without_a_name_takes_the_newest_run_that_wrote_and_names_the_one_before(
    journal: Journal, root: Path
) -> None:
    first = create(journal, a="1")
    second = create(journal, b="2")
    with journal.run(["nothing"]) as idle:
        assert not idle.create("a", b"1")

    assert idle.run_id == ""
    assert journal.undo() == Undone(second, removed=("b",), earlier=first)
    assert journal.undo(first) == Undone(first, removed=("a",))


def test_without_any_run_there_is_nothing_to_undo(journal: Journal, root: Path) -> None:
    assert journal.undo() == Undone("")
    assert journal.runs() == ()
    assert not (root / ".batchexec").exists()


def test_an_unknown_run_is_named_with_those_there_are(journal: Journal) -> None:
    run = create(journal, a="1")

    with pytest.raises(SelectionError) as caught:
        journal.undo("20200101_000000")

    assert str(caught.value) == f"error: no run 20200101_000000 in the journal; there are: {run}"


def test_a_file_that_is_there_is_not_created_and_not_the_runs(journal: Journal, root: Path) -> None:
    (root / "a").write_text("same")
    with journal.run(["x"]) as writing:
        assert not writing.create("a", b"same")
        assert writing.create("b", b"1")

    journal.undo()

    assert tree(root) == {"a": b"same"}


@pytest.mark.parametrize("there", [None, b"other"])
def test_a_file_with_other_content_is_not_replaced(journal: Journal, root: Path, there: bytes | None) -> None:
    if there is not None:
        (root / "a").write_bytes(there)

    with journal.run(["x"]) as writing:
        assert not writing.replace("a", b"new", digest_of(b"old"))

    assert tree(root) == ({} if there is None else {"a": there})


@pytest.mark.parametrize("path", ["../a", "/a", "b/../../a", ""])
def test_nothing_is_written_outside_the_tree(journal: Journal, root: Path, path: str) -> None:
    with pytest.raises(WorkspaceError), journal.run(["x"]) as writing:
        writing.create(path, b"1")

    assert tree(root.parent) == {"tree": None}


def test_a_linked_directory_is_not_written_into(journal: Journal, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "in").symlink_to(tmp_path / "outside")

    with pytest.raises(WorkspaceError), journal.run(["x"]) as writing:
        writing.create("in/a", b"1")

    assert not any((tmp_path / "outside").iterdir())


def test_a_run_takes_back_itself(journal: Journal, root: Path) -> None:
    (root / "a").write_text("old")
    with journal.run(["x"]) as writing:
        assert writing.take_back() == Undone("")
        writing.create("d/b", b"1")
        writing.replace("a", b"new", digest_of(b"old"))
        undone = writing.take_back()

    assert undone == Undone(writing.run_id, removed=("d/b",), restored=("a",))
    assert tree(root) == {"a": b"old"}
    assert journal.undo() == Undone(writing.run_id)


def test_the_record_is_json_after_every_write_and_says_what_was_asked(journal: Journal, root: Path) -> None:
    (root / "a").write_text("old")
    with journal.run(["plan_fill", "--plan", "@X"]) as writing:
        writing.create("d/b", b"1")
        file = journal.directory / f"{writing.run_id}.json"
        assert len(json.loads(file.read_bytes())["entries"]) == 1
        writing.replace("a", b"new", digest_of(b"old"))
        record = json.loads(file.read_bytes())

    assert record["command"] == ["plan_fill", "--plan", "@X"]
    assert record["root"] == "."
    assert record["head"] is None
    assert record["entries"] == [
        {"path": "d/b", "before": None, "after": digest_of(b"1"), "backup": "", "directories": ["d"]},
        {
            "path": "a",
            "before": digest_of(b"old"),
            "after": digest_of(b"new"),
            "backup": "2",
            "directories": [],
        },
    ]
    assert [run.ended for run in journal.runs()] == ["done"]


def test_a_run_that_raises_is_noted_as_failed(journal: Journal) -> None:
    with pytest.raises(KeyError), journal.run(["x"]) as writing:
        writing.create("a", b"1")
        raise KeyError

    assert [run.ended for run in journal.runs()] == ["failed"]


def test_the_commit_that_was_checked_out_is_noted_and_git_sees_no_journal(
    journal: Journal, root: Path
) -> None:
    def git(*words: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        return subprocess.check_output(["git", *who, *words], cwd=root, text=True).strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "x")
    create(journal, a="1")

    assert journal.runs()[0].head == git("rev-parse", "HEAD")
    assert git("status", "--short") == "?? a"


def test_the_journal_of_another_directory_finds_its_tree_after_both_moved(tmp_path: Path) -> None:
    for name in ("home", "tree"):
        (tmp_path / "old" / name).mkdir(parents=True)
    create(Journal(tmp_path / "old" / "home", tmp_path / "old" / "tree"), a="1")
    (tmp_path / "old").rename(tmp_path / "new")

    home = tmp_path / "new" / "home"
    assert Journal(home, home).undo().removed == ("a",)
    assert tree(tmp_path / "new" / "tree") == {}


def test_a_run_that_is_still_writing_is_not_undone(journal: Journal, root: Path) -> None:
    with journal.run(["x"]) as writing:
        writing.create("a", b"1")
        assert journal.recover() == ()
        with pytest.raises(StateError) as caught:
            journal.undo()

    assert str(caught.value) == (
        f"error: run {writing.run_id} is still writing (process {os.getpid()}); wait until it ends, or end it"
    )
    assert tree(root) == {"a": b"1"}


def test_the_state_directory_is_for_its_owner_and_out_of_gits_sight(journal: Journal, root: Path) -> None:
    (root / ".batchexec").mkdir(mode=0o755)
    (root / ".batchexec" / ".gitignore").write_text("mine")
    journal.state()
    assert (root / ".batchexec" / ".gitignore").read_text() == "mine"

    made = Journal(root / ".batchexec", root).state()

    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert (made / ".gitignore").read_text() == "*\n"


def test_runs_of_one_second_are_told_apart_and_stay_in_order(journal: Journal) -> None:
    runs = [create(journal, **{f"a{number}": "1"}) for number in range(12)]

    assert [record.run_id for record in journal.runs()] == runs


def test_nothing_is_written_that_cannot_be_noted(journal: Journal, root: Path) -> None:
    (root / ".batchexec").mkdir()
    (root / ".batchexec" / "journal").write_text("in the way")

    with pytest.raises(StateError) as caught, journal.run(["x"]) as writing:
        writing.create("a", b"1")

    assert str(caught.value) == (
        f"error: {root}/.batchexec/journal: Not a directory; nothing is written that cannot be noted there"
    )
    assert tree(root) == {}
    assert writing.run_id == ""


def test_what_cannot_be_written_is_not_the_runs(
    journal: Journal, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with journal.run(["x"]) as writing:
        writing.create("b", b"1")
        with monkeypatch.context() as disk:
            disk.setattr(os, "link", full)
            with pytest.raises(OSError, match="No space left"):
                writing.create("d/c", b"1")
        (root / "d" / "c").write_text("1")

    assert journal.undo().removed == ("b",)
    assert tree(root) == {"d": None, "d/c": b"1"}


def test_what_failed_when_it_was_in_its_place_is_the_runs(
    journal: Journal, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with journal.run(["x"]) as writing, monkeypatch.context() as disk:
        writing.create("b", b"1")
        disk.setattr("batchexec.workspace.creating.sync_directory", full)
        with pytest.raises(OSError, match="No space left"):
            writing.create("c", b"1")

    assert journal.undo().removed == ("c", "b")


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_record_that_cannot_grow_stops_the_writing(
    journal: Journal, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StateError, match="No space left"), journal.run(["x"]) as writing:
        writing.create("a", b"1")
        monkeypatch.setattr(os, "pwrite", full)
        writing.create("b", b"1")

    monkeypatch.undo()
    assert tree(root) == {"a": b"1"}
    assert journal.undo().removed == ("a",)


@pytest.mark.parametrize(
    "rest",
    [b"", b"{", b'{"schema_version": 99, "entries": [\n]}\n', b'{"entries": [\n]}\n', b"[1]\n", b"\xff\n"],
)
def test_a_record_that_cannot_be_read_is_none(journal: Journal, root: Path, rest: bytes) -> None:
    run = create(journal, a="1")
    (journal.directory / "29991231_235959.json").write_bytes(rest)
    (journal.directory / "notes.json").write_text("{}")

    assert [record.run_id for record in journal.runs()] == [run]
    assert journal.undo() == Undone(run, removed=("a",))


@pytest.mark.parametrize("torn", [b'\n,{"path": "b", "bef', b"\n,", b"", b"\n,null\n]}\n"])
def test_a_line_that_was_cut_short_counts_as_never_written(journal: Journal, root: Path, torn: bytes) -> None:
    run = create(journal, a="1", b="2")
    file = journal.directory / f"{run}.json"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join(lines[:2]) + torn)

    assert journal.undo() == Undone(run, removed=("a",))
    added = json.loads(file.read_bytes())["entries"][1:]
    assert abs(added[1].pop("utc") - time.time()) < 60
    assert added == [
        {"ended": "killed"},
        {"undoing": os.getpid()},
        {"undone": "a"},
        {"cleared": True},
    ]


def test_only_a_file_as_it_was_created_is_removable(journal: Journal, root: Path) -> None:
    (root / "old").write_text("old")
    replace(journal, "old", "old", "new")
    create(journal, d__a="1", d__b="2", c="3")
    (root / "d" / "b").write_text("mine")
    (root / "own").write_text("mine")

    found = {name: journal.removable(name) for name in ("d/a", "d/b", "c", "old", "own", "none", "../x")}

    assert [name for name, is_removable in found.items() if is_removable] == ["d/a", "c"]
    assert journal.removable(root / "c")
    assert not journal.clean("d/b")
    assert journal.clean("d/a")
    assert journal.clean(root / "c")
    assert tree(root) == {"d": None, "d/b": b"mine", "old": b"new", "own": b"mine"}


def test_a_file_that_was_cleaned_away_and_came_again_is_a_persons(journal: Journal, root: Path) -> None:
    run = create(journal, d__a="1")
    assert journal.clean("d/a")
    assert tree(root) == {}
    (root / "a").write_text("1")

    assert not journal.removable("a")
    assert journal.undo(run) == Undone(run)
    assert tree(root) == {"a": b"1"}


def test_a_filled_file_is_not_removable_but_undone_step_by_step(journal: Journal, root: Path) -> None:
    create(journal, a="1")
    replace(journal, "a", "1", "2")

    assert not journal.removable("a")
    assert journal.undo().restored == ("a",)
    assert journal.removable("a")


def edit_record(journal: Journal, run: str, old: str, new: str) -> None:
    file = journal.directory / f"{run}.json"
    file.write_text(file.read_text().replace(old, new))


def unfinish(journal: Journal, run: str) -> None:
    """Make a record look like that of a run that was killed."""
    edit_record(journal, run, '\n,{"ended": "done"}', "")


def test_the_books_of_a_killed_run_are_closed_by_the_next_one(journal: Journal, root: Path) -> None:
    first = create(journal, a="1", d__b="2")
    unfinish(journal, first)
    (root / "d" / "b").unlink()

    create(journal, c="3")

    killed = journal.runs()[0]
    assert (killed.ended, [write.path for write in killed.writes]) == ("killed", ["a"])
    assert tree(root) == {"a": b"1", "c": b"3"}
    assert journal.recover() == ()
    (root / "b").write_text("2")
    assert journal.undo(first).removed == ("a",)


def test_what_a_person_put_in_the_place_of_a_killed_write_stays(journal: Journal, root: Path) -> None:
    (root / "old").write_text("old")
    run = replace(journal, "old", "old", "new")
    create(journal, a="1")
    unfinish(journal, run)
    (root / "old").unlink()
    (root / "old").symlink_to("elsewhere")

    assert journal.recover() == (run,)
    assert [kept.why for kept in journal.undo(run).kept] == ["old: is a symbolic link"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../x", "'../x': has the component .."),
        ("n" * 300, "File name too long"),
    ],
)
def test_a_record_that_names_a_path_no_run_could_write_moves_nothing(
    journal: Journal, root: Path, path: str, why: str
) -> None:
    run = create(journal, a="1")
    edit_record(journal, run, '"a"', json.dumps(path))

    assert [kept.why for kept in journal.undo(run).kept] == [why]
    assert tree(root) == {"a": b"1"}


def test_a_file_that_appears_while_it_is_created_is_not_the_runs(
    journal: Journal, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(*arguments: object, **options: object) -> None:
        (root / "a").write_text("1")
        link(*arguments, **options)  # type: ignore[arg-type]  # as they came

    with journal.run(["x"]) as writing:
        monkeypatch.setattr(os, "link", late)
        assert not writing.create("a", b"1")

    assert journal.undo() == Undone("")
    assert tree(root) == {"a": b"1"}


def test_a_run_whose_first_note_fails_writes_nothing(
    journal: Journal, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", full)

    with pytest.raises(StateError, match="No space left"), journal.run(["x"]) as writing:
        writing.create("a", b"1")

    assert (tree(root), writing.run_id, journal.runs()) == ({}, "", ())


def test_a_record_that_is_not_there_cannot_be_opened(journal: Journal, root: Path) -> None:
    run = "20261121_101500"
    assert RecordFile.open(journal.directory, run) is None
    create(journal, a="1")
    assert RecordFile.open(journal.directory, run) is None
    (journal.directory / f"{run}.json").write_text("torn")
    assert RecordFile.open(journal.directory, run) is None


def test_threads_of_one_run_write_one_after_the_other(journal: Journal, root: Path) -> None:
    with journal.run(["x"]) as writing, ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: writing.create(f"d/{number % 20}", b"1"), range(40)))

    assert done.count(True) == 20
    assert len(journal.undo().removed) == 20
    assert tree(root) == {}
