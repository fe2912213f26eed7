from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchexec.executors.api.answer import parse_answer
from batchexec.executors.api.landing import land
from batchexec.workspace import Stage, Workspace, publish

if TYPE_CHECKING:
    from pathlib import Path

NO_FIT = "the edit does not fit f.txt: its lines are not in the file"
TWICE = "the edit does not fit f.txt: its lines stand in the file more than once (lines 1 and 3)"
INSTEAD = "send an edit instead, or write another file"
COPY = "copy the lines as they stand in the file, blanks included, with enough around them"
CODE = "def total(items):\n    return sum(items)\n"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "tree").mkdir()
    return Stage(Workspace(tmp_path / "tree"), tmp_path / "stage")


def put(stage: Stage, path: str, data: str | bytes) -> None:
    target = stage.workspace.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data if isinstance(data, bytes) else data.encode())


def answered(stage: Stage, text: str, *shown: str) -> list[str]:
    """Put an answer into the stage; what cannot be used is returned."""
    answer = parse_answer(text, shown)
    assert answer.problems == ()
    problems = land(answer.parts, stage, shown)
    return [f"{one.location}: {one.message}" + (f"; {one.hint}" if one.hint else "") for one in problems]


def edit(path: str, old: str, new: str) -> str:
    return f"```txt:{path}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


def test_files_are_made_replaced_edited_and_deleted(stage: Stage) -> None:
    for path, text in (("a.py", "A = 1\n"), ("b.txt", "1\n2\n3\n"), ("c.txt", "gone\n"), ("d.bin", b"\xff")):
        put(stage, path, text)
    changed = "--- a/e.txt\n+++ b/e.txt\n@@\n-x\n+y\n"
    gone = f"```diff\n--- a/c.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n{changed}```\n"
    put(stage, "e.txt", "x\n")
    two = edit("b.txt", "2\n", "two\n")
    text = f"```python:a.py\nA = 2\n```\n{two}{gone}```python:new/f.py\nF = 1\n```"
    assert answered(stage, text, "a.py") == []
    publish(stage.workspace, stage.directory, stage.seal())
    root = stage.workspace.root
    found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert found == {
        "a.py": b"A = 2\n",
        "b.txt": b"1\ntwo\n3\n",
        "d.bin": b"\xff",
        "e.txt": b"y\n",
        "new/f.py": b"F = 1\n",
    }


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (b"a\r\nb\r\n", edit("f.txt", "b\n", "c\nd\n"), b"a\r\nc\r\nd\r\n"),
        (b"a\r\nb", edit("f.txt", "b\n", "c\nd\n"), b"a\r\nc\r\nd"),
        (b"a\r\nb", edit("f.txt", "b\n", "b\nc\n"), b"a\r\nb\r\nc"),
        (b"a\nb", edit("f.txt", "a\n", "c\n"), b"c\nb"),
        (b"a\r\nb\nc\r\n", edit("f.txt", "c\n", "d\n"), b"a\r\nb\nd\r\n"),
        (b"\xef\xbb\xbfa\nb\n", edit("f.txt", "a\n", "c\n"), b"\xef\xbb\xbfc\nb\n"),
        (b"a\n", edit("f.txt", "a\n", ""), b""),
        (b"", edit("f.txt", "", "a\n"), b"a\n"),
        (b"a\r\nb\r\n", "```:f.txt\nx\ny\n```", b"x\r\ny\r\n"),
        (b"\xef\xbb\xbfa\n", "```:f.txt\nx\n```", b"\xef\xbb\xbfx\n"),
        (b"a\r\nb", "```:f.txt\nx\n```", b"x\r\n"),
        (b"a\nb", "```diff\n--- a/f.txt\n+++ b/f.txt\n@@\n-b\n+c\n\\ No newline\n```", b"a\nc"),
        (b"a\nb", "```diff\n--- a/f.txt\n+++ b/f.txt\n@@\n-b\n\\ No newline\n+c\n```", b"a\nc\n"),
        (b"a\nb\n", "```diff\n--- a/f.txt\n+++ b/f.txt\n@@\n-b\n+c\n\\ No newline\n```", b"a\nc"),
    ],
)
def test_a_file_keeps_its_line_ends(stage: Stage, before: bytes, text: str, after: bytes) -> None:
    put(stage, "f.txt", before)
    assert answered(stage, text, "f.txt") == []
    assert stage.read("f.txt") == after


def test_a_line_number_decides_where_lines_stand_twice(stage: Stage) -> None:
    put(stage, "f.txt", "a\nx\na\nx\na\nx\n")
    assert answered(stage, "```diff\n--- a/f.txt\n+++ b/f.txt\n@@ -3,2 +3,2 @@\n a\n-x\n+y\n```") == []
    assert stage.read("f.txt") == b"a\nx\na\ny\na\nx\n"


def test_later_hunks_move_with_what_earlier_ones_put_in(stage: Stage) -> None:
    put(stage, "f.txt", "a\nx\na\nx\n")
    diff = "@@ -1,2 +1,4 @@\n a\n+n\n+n\n x\n@@ -3,2 +5,2 @@\n a\n-x\n+y"
    assert answered(stage, f"```diff\n--- a/f.txt\n+++ b/f.txt\n{diff}\n```") == []
    assert stage.read("f.txt") == b"a\nn\nn\nx\na\ny\n"


def test_the_same_edit_in_two_blocks_finds_what_the_first_has_left(stage: Stage) -> None:
    put(stage, "f.txt", "a\nb\n")
    assert answered(stage, edit("f.txt", "a\n", "c\n") + edit("f.txt", "c\n", "d\n")) == []
    assert stage.read("f.txt") == b"d\nb\n"


def test_a_deletion_may_leave_out_the_lines(stage: Stage) -> None:
    put(stage, "f.txt", "a\n")
    assert answered(stage, "```diff\n--- a/f.txt\n+++ /dev/null\n```") == []
    assert stage.read("f.txt") is None


@pytest.mark.parametrize(
    ("files", "text", "message"),
    [
        (
            {"f.txt": "a\nb\n"},
            edit("f.txt", "c\n", "d\n"),
            f"answer:2: {NO_FIT}: it has no line 'c'; {COPY}",
        ),
        (
            {"f.txt": "a\nb\na\nc\n"},
            edit("f.txt", "a\nc\nd\n", "x\n"),
            f"answer:2: {NO_FIT}: at line 5 it has its end, not 'd'; {COPY}",
        ),
        (
            {"f.txt": f"a\n{'b' * 70}\n"},
            edit("f.txt", "a\nc\n", "x\n"),
            f"answer:2: {NO_FIT}: at line 2 it has '{'b' * 60}…', not 'c'; {COPY}",
        ),
        (
            {"f.txt": "a\nb\na\n"},
            edit("f.txt", "a\n", "c\n"),
            f"answer:2: {TWICE}; {COPY}",
        ),
        (
            {"f.txt": "a\nb\na\n"},
            "```diff\n--- a/f.txt\n+++ b/f.txt\n@@ -2 +2 @@\n-a\n+c\n```",
            f"answer:4: {TWICE}; {COPY}",
        ),
        (
            {"f.txt": "a\n"},
            edit("f.txt", "", "c\n"),
            f"answer:2: the edit does not fit f.txt: it has no line of the file to go by; {COPY}",
        ),
        ({}, edit("f.txt", "a\n", "c\n"), "answer:1: there is no f.txt to edit; send the whole file"),
        (
            {"f.txt": b"\xff"},
            edit("f.txt", "a\n", ""),
            "answer:1: f.txt is not UTF-8 text, so it stays as it is",
        ),
        ({"f.txt": b"\xff"}, "```:f.txt\n```", "answer:2: f.txt is not UTF-8 text, so it stays as it is"),
        ({}, "```diff\n--- a/f.txt\n+++ /dev/null\n```", "answer:2: there is no f.txt to delete"),
        (
            {"f.txt": "a\nb\n"},
            "```diff\n--- a/f.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n```",
            "answer:2: lines of f.txt would be left; delete all of them, or none",
        ),
        (
            {"f.txt": "a\n"},
            "```diff\n--- a/f.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n```",
            f"answer:4: {NO_FIT}: it has no line 'b'; {COPY}",
        ),
        (
            {"unseen.txt": "theirs\n"},
            "```:unseen.txt\nours\n```",
            f"answer:2: unseen.txt is there and was not shown, so it is not replaced; {INSTEAD}",
        ),
        ({}, "```python:a.py\nx = 1\ndef f(:\n```", "answer:3: a.py would not parse: invalid syntax"),
        (
            {"a.py": "x = 1\ny = 2\n"},
            edit("a.py", "y = 2\n", "y = (\n"),
            "answer:1: a.py would not parse after the edits: line 2: '(' was never closed",
        ),
        ({}, edit("a.py", "", "y = (\n"), "answer:4: a.py would not parse: '(' was never closed"),
        (
            {},
            "```python:a.py\ndef f():\n    pass  # TODO\n```",
            "answer:2: the block for a.py is a template, not an implementation; send the code",
        ),
        (
            {"f.py": CODE},
            f"```python:f.py\n{CODE}# ... rest of the file\n```",
            "answer:2: the block for f.py leaves parts of the file out; send all of it, or edits",
        ),
        ({}, f"```:f.txt\n{'x' * 5_242_880}\n```", "answer:2: f.txt would be larger than 5,242,880 bytes"),
        ({"a": "x"}, "```:a/b.txt\n1\n```", "answer:2: a/b.txt: a is not a directory"),
        (
            {"A.txt": "x"},
            "```:a.txt\n1\n```",
            "answer:2: a.txt: differs from A.txt only in case; write A.txt",
        ),
    ],
)
def test_what_does_not_fit_the_tree_is_said(
    stage: Stage, files: dict[str, str | bytes], text: str, message: str
) -> None:
    for path, content in files.items():
        put(stage, path, content)
    assert answered(stage, text, "f.txt", "f.py") == [message]
    assert stage.seal() == ()


def test_an_answer_with_one_bad_part_writes_nothing(stage: Stage) -> None:
    put(stage, "f.txt", "a\n")
    bad = edit("f.txt", "z\n", "c\n") + edit("g.txt", "z\n", "c\n")
    problems = answered(stage, f"```python:a.py\nA = 1\n```\n{bad}")
    assert [problem.split(":")[1] for problem in problems] == ["5", "11"]
    assert stage.seal() == ()


def test_a_path_the_workspace_refuses_takes_all_others_back(stage: Stage) -> None:
    for path in ("old.txt", "gone.txt", "Other.txt"):
        put(stage, path, "a\n")
    gone = "```diff\n--- a/gone.txt\n+++ /dev/null\n```\n"
    old = edit("old.txt", "a\n", "b\n")
    text = f"```:new.txt\nx\n```\n{old}{gone}```:other.txt\n1\n```"
    assert answered(stage, text) == [
        "answer:16: other.txt: differs from Other.txt only in case; write Other.txt"
    ]
    assert stage.seal() == ()


def test_nothing_is_written_through_a_link(stage: Stage) -> None:
    (stage.workspace.root / "etc").symlink_to("/etc")
    assert answered(stage, "```:etc/x.txt\n1\n```") == ["answer:2: etc/x.txt: etc is a symbolic link"]


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (f"{CODE}# ... rest of the file\n", f"```python:f.py\n{CODE}# ... rest of the file\nx = 1\n```"),
        ("broken (\nx\n", edit("f.py", "x\n", "y\n")),
        ("x = 1\n", "```python:f.py\nx = 1\n```"),
    ],
)
def test_what_was_so_before_is_not_held_against_an_answer(stage: Stage, before: str, text: str) -> None:
    put(stage, "f.py", before)
    assert answered(stage, text, "f.py") == []
