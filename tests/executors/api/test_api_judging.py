from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apply_bench import task

from batchexec.executors.api.judging import judge
from batchexec.executors.api.prompt import make_prompt
from batchexec.executors.api.question import Heard
from batchexec.workspace import Stage, Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.model import Outcome


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "tree").mkdir()
    return Stage(Workspace(tmp_path / "tree"), tmp_path / "stage")


def judged(stage: Stage, text: str, *outputs: str, stop: str | None = "end") -> Outcome:
    one = task(outputs=outputs)
    return judge(one, stage, Heard(pieces=[text], stop=stop), make_prompt(one, stage, ""), 8192)


def test_a_single_block_without_a_name_is_the_one_new_file(stage: Stage) -> None:
    assert judged(stage, "Here:\n```python\nA = 1\n```", "src/a.py").passed
    assert stage.read("src/a.py") == b"A = 1\n"


def test_a_block_without_a_name_never_replaces_a_file(stage: Stage) -> None:
    (stage.workspace.root / "a.py").write_text("A = 1\n", encoding="utf-8")
    outcome = judged(stage, "```python\nA = 2\n```", "a.py")
    assert (outcome.status, outcome.trouble) == ("needs_work", "quality")
    assert outcome.summary == "answer:1: the block does not say which file it is"
    assert outcome.hint == "put `File: PATH` on the line above it, or leave it out"
    assert stage.seal() == ()


def test_a_file_that_was_shown_is_replaced(stage: Stage) -> None:
    (stage.workspace.root / "a.py").write_text("A = 1\n", encoding="utf-8")
    assert judged(stage, "File: a.py\n```python\nA = 2\n```", "a.py").passed
    assert stage.read("a.py") == b"A = 2\n"


def test_a_file_beside_those_declared_may_be_written(stage: Stage) -> None:
    assert judged(stage, "File: b.py\n```python\nB = 1\n```", "a.py").passed
    assert stage.read("b.py") == b"B = 1\n"


def test_only_so_many_problems_are_told_and_each_hint_once(stage: Stage) -> None:
    outcome = judged(stage, "```python\n1\n```\n" * 12, "a.py")
    told = [f"answer:{1 + 3 * n}: the block does not say which file it is" for n in range(10)]
    assert outcome.summary == "; ".join([*told, "2 problems more"])
    assert outcome.hint == "put `File: PATH` on the line above it, or leave it out"


def test_a_stream_that_ended_before_the_answer_did_is_not_read(stage: Stage) -> None:
    outcome = judged(stage, "File: a.py\n```python\nA = 1\n```", "a.py", stop=None)
    assert (outcome.status, outcome.trouble) == ("error", "transient")
    assert outcome.summary == "the answer broke off: its stream ended before it did"
    assert stage.seal() == ()


def test_only_the_start_of_what_was_said_instead_is_shown(stage: Stage) -> None:
    outcome = judged(stage, "I  cannot\n\x1b[31m" + "x" * 500, "a.py")
    assert outcome.summary == f"the answer holds no file: 'I cannot \\x1b[31m{'x' * 186}…'"
