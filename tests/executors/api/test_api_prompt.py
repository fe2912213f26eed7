from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from apply_bench import block, task

from batchexec.executors.api.prompt import make_prompt
from batchexec.workspace import Stage, Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "tree").mkdir()
    return Stage(Workspace(tmp_path / "tree"), tmp_path / "stage")


def put(stage: Stage, path: str, data: bytes) -> None:
    stage.workspace.root.joinpath(path).write_bytes(data)


def test_a_prompt_holds_the_task_its_files_and_how_to_answer(stage: Stage) -> None:
    put(stage, "a.py", b"A = 1\r\nB = 2")
    put(stage, "in.md", b"\xef\xbb\xbf````py\nx\n````\n")
    one = replace(task(outputs=("a.py", "new.py")), prompt="Add *B* to {{ A }}.\n", inputs=("in.md",))
    prompt = make_prompt(one, stage, "")
    body, _, how = prompt.text.partition("# How to answer")
    assert body.partition("# Task ")[2] == (
        "TASK-1: Add totals\n\n"
        "Add *B* to {{ A }}.\n\n"
        "# Files the task is to write\n\n"
        "- `a.py`\n- `new.py`\n\n"
        "# Files as they are now\n\n"
        "File: a.py\n```\nA = 1\nB = 2\n```\n\n"
        "File: in.md\n`````\n````py\nx\n````\n`````\n\n\n"
    )
    assert "<<<<<<< SEARCH" in how
    assert "+++ /dev/null" in how
    assert prompt.shown == {"a.py", "in.md"}
    assert prompt.left_out == []


def test_files_are_shown_as_the_attempt_finds_them(stage: Stage) -> None:
    put(stage, "a.py", b"A = 1\n")
    stage.write("a.py", b"A = 2\n")
    assert "A = 2" in make_prompt(task(outputs=("a.py",)), stage, "").text


def test_the_files_of_blocks_are_shown(stage: Stage) -> None:
    put(stage, "b.py", b"B = 1\n")
    assert make_prompt(task(block("b.py", "B = 2\n")), stage, "").shown == {"b.py"}


def test_a_second_attempt_is_told_why_the_first_failed(stage: Stage) -> None:
    text = make_prompt(task(), stage, "answer:3: no name\n").text
    assert "# The attempt before failed\n\n```text\nanswer:3: no name\n```\n" in text
    assert "The attempt before failed" not in make_prompt(task(), stage, " ").text


def test_a_task_without_files_may_ask_for_a_text(stage: Stage) -> None:
    may = "# How to answer\n\nIf the task asks for a text, answer with that text."
    assert may in make_prompt(task(), stage, "").text
    assert may not in make_prompt(task(outputs=("a.py",)), stage, "").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"a\0b", "is not text"),
        (b"x" * 200_001, "is too long to be shown (200,001 bytes)"),
    ],
)
def test_a_file_that_is_not_shown_is_named_with_the_reason(stage: Stage, data: bytes, said: str) -> None:
    put(stage, "f.bin", data)
    prompt = make_prompt(task(outputs=("f.bin",)), stage, "")
    assert f"`f.bin` {said}.\n" in prompt.text
    assert (prompt.shown, prompt.left_out) == (frozenset(), [f"f.bin {said}"])


def test_a_link_is_not_followed(stage: Stage) -> None:
    (stage.workspace.root / "f").symlink_to("/etc/passwd")
    prompt = make_prompt(task(outputs=("f",)), stage, "")
    assert prompt.left_out == ["f cannot be read: f: is a symbolic link"]
    assert "root:" not in prompt.text


def test_what_is_to_be_written_goes_before_what_is_read_when_room_is_short(stage: Stage) -> None:
    for path in ("a", "b", "c"):
        put(stage, path, b"x\n" * 99_000)
    one = replace(task(outputs=("c",)), inputs=("a", "b"))
    prompt = make_prompt(one, stage, "")
    assert prompt.shown == {"c", "a"}
    assert prompt.left_out == ["b is too long to be shown (198,000 bytes)"]
    assert len(prompt.text) < 410_000
