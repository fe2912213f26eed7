"""The run database keeps what it was told, and refuses what is not its own."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import StateError, StateLost
from batchexec.model import Change, Location, Operation, Outcome, Status, Task, Written
from batchexec.rundb import FileStamp, RunDatabase
from batchexec.rundb.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".batchexec" / "run.db"


@pytest.fixture
def database(path: Path) -> Iterator[RunDatabase]:
    database = RunDatabase(path)
    database.begin_writing()
    yield database
    database.close()


def change(path: str, before: str | None, after: str, *, part: bool = False) -> Change:
    operation = Operation.MODIFY if before else Operation.CREATE
    return Change(operation=operation, path=path, before=before, after=after, staged="0001", part=part)


def task(name: str) -> Task:
    return Task(
        name=f"smartspec:{name}",
        family="smartspec",
        id=name,
        title=f"Title of {name}",
        category="missing_tests",
        priority=2,
        prompt="",
        location=Location("p.md", 7),
    )


def begin_run(database: RunDatabase, key: str = "20261121_101500") -> int:
    with database.transaction():
        run = database.begin_run(key, 100.0, ["doit"], "0.1.0", {"prompts_dir": "p"})
        database.plan_run(run, [(task("T1"), "aa"), (task("T2"), "bb")])
    return run


def begin(database: RunDatabase, run: int, name: str = "smartspec:T1") -> int:
    with database.transaction():
        number, _ = database.begin(run, name, "apply", 101.0, [{"component": "record"}], {"section": "aa"})
    return number


def test_a_missing_file_reads_as_empty_and_stays_missing(path: Path) -> None:
    database = RunDatabase(path)

    assert database.records() == {}
    assert database.runs() == []
    assert database.open_attempts() == []
    assert not path.parent.exists()


def test_what_was_committed_is_seen_by_another_reader_at_once(database: RunDatabase, path: Path) -> None:
    with database.transaction():
        database.save_record("smartspec:T1", "{}")

    assert RunDatabase(path).records() == {"smartspec:T1": "{}"}


def test_commits_are_made_to_survive_a_power_cut(database: RunDatabase) -> None:
    con = database._con  # noqa: SLF001  # the promise is about this connection
    assert con
    assert con.execute("pragma journal_mode").fetchone() == ("wal",)
    assert con.execute("pragma synchronous").fetchone() == (2,)


def test_a_transaction_that_fails_leaves_nothing(database: RunDatabase) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        database.save_record("smartspec:T1", "{}")
        raise ZeroDivisionError

    assert database.records() == {}


def test_a_transaction_within_another_is_part_of_it(database: RunDatabase) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        with database.transaction():
            database.save_record("smartspec:T1", "{}")
        raise ZeroDivisionError

    assert database.records() == {}


def test_a_closed_database_is_one_plain_file(database: RunDatabase, path: Path) -> None:
    with database.transaction():
        database.save_record("smartspec:T1", "{}")

    database.close()

    assert [file.name for file in path.parent.iterdir()] == ["run.db"]
    assert RunDatabase(path).records() == {"smartspec:T1": "{}"}


def test_an_attempt_that_only_began_is_open_and_holds_no_work(database: RunDatabase) -> None:
    number = begin(database, begin_run(database))

    (found,) = database.open_attempts()

    assert (found.id, found.task, found.components) == (number, "smartspec:T1", {"section": "aa"})
    assert found.outcome is None
    assert found.changes is None


def test_a_prepared_attempt_can_be_finished_from_its_row(database: RunDatabase) -> None:
    number = begin(database, begin_run(database))
    outcome = Outcome(
        status=Status.NEEDS_WORK, summary="half", location=Location("a.py", 3), hint="do more", notes=("n",)
    )
    changes = (change("a.py", None, "d1"), change("b.py", "d0", "d2", part=True))

    with database.transaction():
        database.prepared(number, outcome, changes)

    (found,) = database.open_attempts()
    assert found.outcome == outcome
    assert found.changes == changes


def test_a_finished_attempt_is_open_no_more_and_shows_in_its_run(database: RunDatabase) -> None:
    run = begin_run(database)
    number = begin(database, run)

    with database.transaction():
        database.finish(number, Outcome(status=Status.FAILED, summary="no"), (), 103.5)

    assert database.open_attempts() == []
    assert [row["status"] for row in database.run_tasks(run)] == ["failed", "not_run"]
    last = database.last_attempts()["smartspec:T1"]
    assert (last.status, last.summary, last.number, last.seconds) == ("failed", "no", 1, 2.5)


def test_attempts_of_a_task_are_numbered_over_all_runs(database: RunDatabase) -> None:
    begin(database, begin_run(database))
    begin(database, begin_run(database, "20261121_101501"))

    assert [row["number"] for row in database.attempts("smartspec:T1")] == [2, 1]


def test_the_whole_file_a_task_wrote_is_known_beside_what_fragments_made_of_it(database: RunDatabase) -> None:
    run = begin_run(database)
    with database.transaction():
        database.finish(begin(database, run), Outcome(status=Status.PASSED), [change("a.py", None, "d1")], 1)
        part = change("a.py", "d1", "d2", part=True)
        database.finish(begin(database, run), Outcome(status=Status.PASSED), [part], 2)

    assert database.written() == {"a.py": Written(content="d2", whole="d1", writer="smartspec:T1")}
    assert database.edits() == {"a.py": {"d1": ["d2"]}}


def test_writing_a_file_whole_ends_the_lineage_of_its_edits(database: RunDatabase) -> None:
    run = begin_run(database)
    with database.transaction():
        part = change("a.py", "d1", "d2", part=True)
        database.finish(begin(database, run), Outcome(status=Status.PASSED), [part], 1)
        database.finish(begin(database, run), Outcome(status=Status.PASSED), [change("a.py", "d2", "d3")], 2)

    assert database.edits() == {}


def test_a_backup_is_nobodys_output(database: RunDatabase) -> None:
    backup = Change(operation=Operation.CREATE, path="b", before=None, after="d1", staged="1", backup=True)
    with database.transaction():
        database.finish(begin(database, begin_run(database)), Outcome(status=Status.PASSED), [backup], 1)

    assert database.written() == {}


def test_a_moved_file_is_ours_under_its_new_name_only(database: RunDatabase) -> None:
    run = begin_run(database)
    with database.transaction():
        database.finish(begin(database, run), Outcome(status=Status.PASSED), [change("a.py", None, "d1")], 1)
        moved = Change(operation=Operation.RENAME, path="b.py", before=None, after="d1", source="a.py")
        database.finish(begin(database, run), Outcome(status=Status.PASSED), [moved], 2)

    assert set(database.written()) == {"b.py"}


def test_runs_of_a_dead_process_are_closed_as_interrupted(database: RunDatabase) -> None:
    begin_run(database)
    assert database.has_open_runs()

    with database.transaction():
        database.interrupt_runs(200.0)

    assert not database.has_open_runs()
    assert [(row["status"], row["stopped"]) for row in database.runs()] == [
        ("interrupted", "its process died")
    ]


def test_file_stamps_come_back_as_they_were(database: RunDatabase) -> None:
    stamps = {"a.py": FileStamp(1, 2, 3, 4, "d", 5)}

    with database.transaction():
        database.save_digests(stamps)

    assert database.digests() == stamps


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("certainly not a database, and long enough to be looked at as one" * 20)

    with pytest.raises(StateError) as caught:
        RunDatabase(path)

    assert str(caught.value) == (
        f"error: {path} is no usable run database (file is not a database); move it away to start afresh:"
        " every task is then looked at again"
    )
    assert path.read_text().startswith("certainly")


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as con:
        con.execute("create table x (y)")
    con.close()

    with pytest.raises(StateError, match="another program made it"):
        RunDatabase(path)


def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    path.parent.mkdir()
    newer = len(MIGRATIONS) + 1
    with sqlite3.connect(path) as con:
        con.executescript(f"pragma application_id={APPLICATION_ID}; pragma user_version={newer}")
    con.close()

    with pytest.raises(
        StateError, match=rf"made by a newer batchexec \(schema {newer}, this one knows {newer - 1}\)"
    ):
        RunDatabase(path)


def test_an_empty_file_left_by_a_kill_is_taken_as_new(path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    assert RunDatabase(path).records() == {}
    database = RunDatabase(path)
    with database.transaction():
        database.save_record("t", "{}")
    database.close()
    assert RunDatabase(path).records() == {"t": "{}"}


def test_a_log_whose_database_is_gone_is_not_taken_for_a_fresh_start(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("run.db-wal").write_bytes(b"x" * 40)

    with pytest.raises(StateError, match=r"is gone or empty but run\.db-wal beside it holds finished work"):
        RunDatabase(path)


def test_a_database_removed_during_the_run_is_noticed_and_saved(database: RunDatabase, path: Path) -> None:
    with database.transaction():
        database.save_record("smartspec:T1", "{}")
    path.unlink()

    with pytest.raises(StateLost) as caught, database.transaction():
        database.save_record("smartspec:T2", "{}")

    rescued = path.parent.parent / "run.rescued.db"
    assert f"what it held is saved as {rescued}" in str(caught.value)
    assert set(RunDatabase(rescued).records()) == {"smartspec:T1", "smartspec:T2"}


def test_random_damage_is_refused_or_harmless(database: RunDatabase, path: Path) -> None:
    with database.transaction():
        for number in range(400):
            database.save_record(f"smartspec:T{number}", "{}" * 50)
    database.close()
    data = bytearray(path.read_bytes())
    data[5000:9000] = b"\xff" * 4000
    path.write_bytes(data)

    with pytest.raises(StateError, match="no usable run database"):
        RunDatabase(path).begin_writing()
