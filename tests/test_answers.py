"""The answer store: what it gives back, what it survives, and what it forgets."""

from __future__ import annotations

import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.answers import Answer, Answers, key
from batchexec.errors import WorkspaceError
from batchexec.model import Edit, Usage

RUN = "20261121_101500"
ANSWER = Answer(
    key=key("Do it.", {"a.py": "12ab", "b.py": None}, "agent claude", ""),
    task="smartspec:TASK-1",
    run=RUN,
    number=1,
    executor="claude",
    edits=(
        Edit(path="src/a.py", before=None, after=b"a = 1\n", mode=0o755),
        Edit(path="b.bin", before=b"\x00\xff", after=None),
    ),
    usage=Usage(1200, 80, 300, 0.0125),
    said="Done: \ud800 “a.py”\n",
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / ".batchexec" / "answers"


def the_file(directory: Path) -> Path:
    return directory / "runs" / f"{RUN}.jsonl"


def test_an_answer_comes_back_as_it_was_given(directory: Path) -> None:
    store = Answers(directory)
    assert store.get(ANSWER.key) is None
    store.put(ANSWER)
    assert store.get(ANSWER.key) == ANSWER
    assert Answers(directory).get(ANSWER.key) == ANSWER


EDITS = st.builds(
    Edit,
    path=st.text(min_size=1),
    before=st.none() | st.binary(),
    after=st.none() | st.binary(),
    mode=st.none() | st.integers(0, 0o777),
)


@settings(max_examples=50)
@given(
    st.lists(EDITS, max_size=3).map(tuple),
    st.text(st.characters()),
    st.none() | st.builds(Usage, st.integers(0), st.integers(0), st.integers(0), st.none() | st.floats(0, 9)),
)
def test_any_answer_comes_back(edits: tuple[Edit, ...], said: str, usage: Usage | None) -> None:
    answer = replace(ANSWER, edits=edits, said=said, task=said, usage=usage)
    with tempfile.TemporaryDirectory() as directory:
        Answers(Path(directory)).put(answer)
        assert Answers(Path(directory)).get(ANSWER.key) == answer


def test_the_newest_answer_counts(directory: Path) -> None:
    store, newer = Answers(directory), replace(ANSWER, run=f"{RUN}_2", said="better")
    store.put(ANSWER)
    store.put(newer)
    assert store.get(ANSWER.key) == newer
    assert Answers(directory).get(ANSWER.key) == newer


def test_what_was_judged_bad_is_not_given_again_but_stays_with_its_run(directory: Path) -> None:
    store = Answers(directory)
    store.put(ANSWER)
    store.drop(ANSWER.key)
    store.drop("unknown")
    assert store.get(ANSWER.key) is None
    assert Answers(directory).get(ANSWER.key) is None
    assert Answers(directory).of_run(RUN) == [ANSWER]


def test_after_a_bad_answer_a_better_one_counts(directory: Path) -> None:
    store, better = Answers(directory), replace(ANSWER, number=2)
    store.put(ANSWER)
    store.drop(ANSWER.key)
    store.put(better)
    assert store.get(ANSWER.key) == better
    assert Answers(directory).get(ANSWER.key) == better


def test_an_answer_of_the_run_before_can_be_dropped(directory: Path) -> None:
    Answers(directory).put(ANSWER)
    Answers(directory).drop(ANSWER.key)
    assert Answers(directory).get(ANSWER.key) is None


def test_a_run_has_its_answers_in_the_order_they_came(directory: Path) -> None:
    store = Answers(directory)
    given = [replace(ANSWER, key=f"k{n % 7}", number=n) for n in (3, 1, 2, 9, 10)]
    for answer in given:
        store.put(answer)
    assert store.of_run(RUN) == given
    assert store.of_run("20200101_000000") == []


def test_an_answer_used_again_belongs_to_both_runs(directory: Path) -> None:
    store = Answers(directory)
    store.put(ANSWER)
    store.use_again(ANSWER, f"{RUN}_2")
    assert store.of_run(f"{RUN}_2") == [ANSWER]
    assert store.get(ANSWER.key) == ANSWER


def test_runs_are_named_in_the_order_they_began(directory: Path) -> None:
    store = Answers(directory)
    assert store.runs() == []
    for run in (f"{RUN}_10", f"{RUN}_2", "20270101_000000", RUN):
        store.put(replace(ANSWER, run=run))
    (directory / "runs" / "notes.txt").touch()
    assert store.runs() == [RUN, f"{RUN}_2", f"{RUN}_10", "20270101_000000"]


@pytest.mark.parametrize("run", ["../../x", "/etc/passwd", "", "."])
def test_a_run_that_is_none_has_no_answers(directory: Path, run: str) -> None:
    Answers(directory).put(ANSWER)
    assert Answers(directory).of_run(run) == []


def test_a_file_cut_short_at_any_length_holds_what_is_whole(directory: Path) -> None:
    small = replace(ANSWER, edits=(), usage=None)
    Answers(directory).put(small)
    first = the_file(directory).stat().st_size
    Answers(directory).put(replace(small, key="second"))
    data = the_file(directory).read_bytes()
    for size in range(len(data)):
        the_file(directory).write_bytes(data[:size])
        cut = Answers(directory)
        assert cut.get(small.key) == (small if size >= first else None)
        assert cut.get("second") is None


def test_an_answer_after_one_that_was_cut_short_is_whole(directory: Path) -> None:
    Answers(directory).put(ANSWER)
    data = the_file(directory).read_bytes()
    for size in (1, 70, len(data) - 5):
        the_file(directory).write_bytes(data[:size])
        store, later = Answers(directory), replace(ANSWER, key="later")
        assert store.get(ANSWER.key) is None
        store.put(later)
        assert store.get("later") == later
        assert Answers(directory).of_run(RUN) == [later]


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_answer_is_none(at: int, flip: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        Answers(directory).put(ANSWER)
        data = bytearray(the_file(directory).read_bytes())
        data[at % len(data)] ^= flip
        the_file(directory).write_bytes(data)
        assert Answers(directory).get(ANSWER.key) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]\n",
        b"\xff\xfe\n",
        b"{" * 100_000,
        b'{"digest": "' + b"0" * 64 + b'", "key": "k", "answer": {}}\n',
        b'{"digest": "' + b"0" * 64 + b'", "key": "\xff", "answer": {}}\n',
    ],
)
def test_lines_that_are_no_answers_are_left_out(directory: Path, line: bytes) -> None:
    (directory / "runs").mkdir(parents=True)
    the_file(directory).write_bytes(line)
    assert Answers(directory).get("k") is None
    assert Answers(directory).of_run(RUN) == []


def test_an_answer_of_another_version_is_none(directory: Path) -> None:
    from batchexec.workspace import digest_of

    Answers(directory).put(ANSWER)
    head, body = the_file(directory).read_text().split('"answer": ')
    newer = body.removesuffix("}\n").replace('"version": 1', '"version": 2')
    head = head.replace(head[12:76], digest_of(newer.encode()))
    the_file(directory).write_text(f'{head}"answer": {newer}}}\n')
    assert Answers(directory).get(ANSWER.key) is None


def test_what_stands_in_the_way_is_no_answer_and_an_error_for_one_who_writes(directory: Path) -> None:
    directory.mkdir(parents=True)
    (directory / "runs").symlink_to(directory)
    store = Answers(directory)
    assert store.get(ANSWER.key) is None
    with pytest.raises(WorkspaceError, match="runs is a symbolic link"):
        store.put(ANSWER)


def test_a_file_that_is_a_pipe_does_not_stop_us(directory: Path) -> None:
    (directory / "runs").mkdir(parents=True)
    os.mkfifo(the_file(directory))
    assert Answers(directory).get(ANSWER.key) is None


def test_nobody_else_may_read_the_answers(directory: Path) -> None:
    before = os.umask(0)
    try:
        store = Answers(directory)
        store.put(ANSWER)
        store.drop(ANSWER.key)
    finally:
        os.umask(before)
    for file in (the_file(directory), directory / "dropped"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_answer_is_on_the_disk_before_anything_else_can_happen(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", watched)
    store = Answers(directory)
    for number in range(3):
        store.put(replace(ANSWER, number=number))
        assert synced[-1] == the_file(directory).stat().st_size


def test_many_threads_lose_no_answer_and_leave_nothing_open(directory: Path) -> None:
    store = Answers(directory)
    given = [replace(ANSWER, key=f"k{n}", run=f"{RUN}_{2 + n % 2}") for n in range(200)]
    opened = len([*Path("/proc/self/fd").iterdir()])
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(store.put, given))
        assert list(pool.map(store.get, [answer.key for answer in given])) == given
    assert len([*Path("/proc/self/fd").iterdir()]) == opened
    assert {answer.key for answer in Answers(directory).of_run(f"{RUN}_2")} == {
        answer.key for answer in given if answer.run == f"{RUN}_2"
    }


QUESTION = ("Do it.", {"a.py": "12ab"}, "claude", "")


@pytest.mark.parametrize(
    "other",
    [
        ("Do it!", {"a.py": "12ab"}, "claude", ""),
        ("Do it.", {"a.py": "12ac"}, "claude", ""),
        ("Do it.", {"a.py": None}, "claude", ""),
        ("Do it.", {}, "claude", ""),
        ("Do it.", {"a.py": "12ab", "b.py": "1"}, "claude", ""),
        ("Do it.", {"a.py": "12ab"}, "codex", ""),
        ("Do it.", {"a.py": "12ab"}, "claude", "a test failed"),
        ("Do it.", {"a.py": "12ab"}, "", "claude"),
    ],
)
def test_another_question_has_another_key(other: tuple[str, dict[str, str | None], str, str]) -> None:
    assert key(*QUESTION) != key(*other)


def test_the_same_question_has_the_same_key_in_any_order() -> None:
    assert key("x", {"a": "1", "b": None}, "e", "") == key("x", {"b": None, "a": "1"}, "e", "")
    assert len(key("\ud800", {}, "", "")) == 64
