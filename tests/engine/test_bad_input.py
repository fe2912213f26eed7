"""Bad input is told in full, with its place, before anything is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import DODO, section

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench import Batch

GOOD = section("TASK-001", files={"src/a.py": "A = 1"})


def no_directory(batch: Batch) -> None:
    batch.write("batchexec.yaml", "prompts_dir: nowhere\n")


def no_directory_at_all(batch: Batch) -> None:
    batch.write("batchexec.yaml", "slots: 1\n")


def file_as_directory(batch: Batch) -> None:
    batch.write("batchexec.yaml", "prompts_dir: dodo.py\n")


def no_tasks_md(batch: Batch) -> None:
    batch.write("batchexec.yaml", "prompts_dir: prompts\ntasks: tasks.md\n")


def zero_tasks(batch: Batch) -> None:
    batch.prompts("# Only words\n")


def open_fence(batch: Batch) -> None:
    batch.prompts("## Task: TASK-001: x\n\n#### File: a.py\n```python\nA = 1\n")


def not_utf8(batch: Batch) -> None:
    (batch.root / "prompts/missing_tests.md").write_bytes(b"## Task: TASK-002: x\n\xff\n")


def duplicate_id(batch: Batch) -> None:
    batch.prompts(GOOD, GOOD.replace("src/a.py", "src/b.py"))


def two_writers(batch: Batch) -> None:
    batch.prompts(GOOD, GOOD.replace("TASK-001", "TASK-002"))


def parent_path(batch: Batch) -> None:
    batch.prompts(GOOD.replace("src/a.py", "../a.py"))


def absolute_path(batch: Batch) -> None:
    batch.prompts(GOOD.replace("src/a.py", "/etc/a.py"))


def unknown_dependency(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}, after=["TASK-007"]))


def cycle(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"a.py": "A = 1"}, after=["TASK-002"]),
        section("TASK-002", files={"b.py": "B = 1"}, after=["TASK-001"]),
    )


def unknown_setting(batch: Batch) -> None:
    batch.write("batchexec.yaml", "prompts_dir: prompts\nmax_failure: 3\n")


def broken_yaml(batch: Batch) -> None:
    batch.write("batchexec.yaml", "prompts_dir: [prompts\n")


def unknown_executor(batch: Batch) -> None:
    batch.write("batchexec.yaml", "prompts_dir: prompts\nexecutor: aply\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_directory, "nowhere"),
        (no_directory_at_all, "name one with `prompts_dir:` in batchexec.yaml, or with --prompts-dir"),
        (file_as_directory, "dodo.py"),
        (no_tasks_md, "tasks.md"),
        (zero_tasks, "prompts/not_implemented.md"),
        (open_fence, "prompts/not_implemented.md:4: error: "),
        (not_utf8, "prompts/missing_tests.md:2: error: "),
        (duplicate_id, "prompts/not_implemented.md:9: error: "),
        (two_writers, "prompts/not_implemented.md:14: error: "),
        (parent_path, "prompts/not_implemented.md:3: error: "),
        (absolute_path, "prompts/not_implemented.md:3: error: "),
        (unknown_dependency, "prompts/not_implemented.md:3: error: TASK-001 depends on TASK-007"),
        (cycle, "circular dependency: TASK-001 -> TASK-002 -> TASK-001"),
        (unknown_setting, "batchexec.yaml:2: error: "),
        (broken_yaml, "batchexec.yaml:2: error: "),
        (unknown_executor, "batchexec.yaml:2: error: "),
    ],
)
def test_bad_input_ends_with_exit_3_and_leaves_everything_as_it_was(
    batch: Batch, spoil: Callable[[Batch], None], message: str
) -> None:
    batch.prompts(GOOD)
    spoil(batch)
    before = batch.tree()

    for words in ([], ["list"], ["info", "smartspec:TASK-001"], ["clean"]):
        done = batch.doit(*words)

        assert done.code == 3, done.out
        assert done.err.startswith("ERROR: ")
        assert message in done.err
        assert "Traceback" not in done.err
        assert done.out == ""
    assert batch.tree() == before
    assert not (batch.root / ".batchexec").exists()


def test_all_problems_of_all_files_and_of_the_graph_are_told_at_once(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"../a.py": "A = 1"}),
        section("TASK-002", files={"b.py": "B = 1"}, after=["TASK-009"]),
    )
    batch.prompts("## Task: TASK-003: x\n\n#### File: c.py\n```python\nC = 1\n", category="missing_code")

    done = batch.doit()

    lines = done.err.splitlines()
    assert lines[0] == "ERROR: 3 problems found, nothing was started"
    assert [line.split(": error: ")[0] for line in lines[1:]] == [
        "prompts/missing_code.md:4",
        "prompts/not_implemented.md:3",
        "prompts/not_implemented.md:11",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["TASK-9"], "'TASK-9' is no task, group, category or file of this batch; near it: TASK-001"),
        (["zzz*"], "no task matches 'zzz*'; see `doit list`"),
        (
            ["--only-category", "missing_test"],
            "nothing is selected (only missing_tests); categories of this batch:",
        ),
        (["--only-category", "speling_issue"], "speling_issue"),
        (["--max-failures", "many"], "--max-failures"),
        (["--if-exists", "maybe"], "--if-exists"),
        (["--no-such-option"], "no-such-option"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_there_is(
    batch: Batch, words: list[str], message: str
) -> None:
    batch.prompts(GOOD)
    before = batch.tree()

    for command in ("run", "list"):
        done = batch.doit(command, *words)

        assert done.code == 3
        assert message in done.err
    assert batch.tree() == before


def test_environment_variables_are_settings_too(batch: Batch) -> None:
    batch.prompts(GOOD)

    assert "DRY RUN" in batch.doit(BATCHEXEC_DRY_RUN="true").out
    done = batch.doit(BATCHEXEC_MAX_FAILURE="1")
    assert done.code == 3
    assert "BATCHEXEC_MAX_FAILURES" in done.err


def test_a_symlinked_target_is_refused_and_the_outside_is_untouched(batch: Batch) -> None:
    outside = batch.root.parent / f"{batch.root.name}-outside"
    outside.mkdir()
    (batch.root / "src").symlink_to(outside)
    batch.prompts(GOOD, section("TASK-002", files={"b.py": "B = 1"}))

    done = batch.doit()

    assert done.code == 1
    assert "src is a symbolic link" in done.out
    assert list(outside.iterdir()) == []
    assert (batch.root / "b.py").exists()


def test_a_broken_run_database_is_named_and_left_alone(batch: Batch) -> None:
    batch.prompts(GOOD)
    batch.write(".batchexec/run.db", "this is no database at all " * 99)

    done = batch.doit()

    assert done.code == 3
    assert "run.db is no usable run database" in done.err
    assert batch.read(".batchexec/run.db").startswith("this is no database")


def test_warnings_are_said_and_stop_nothing(batch: Batch) -> None:
    batch.prompts(GOOD)
    batch.write("prompts/notes.md", "# Notes\n")

    done = batch.doit()

    assert done.code == 0
    assert "prompts/notes.md" in done.err
    assert ": warning: " in done.err


def test_a_dodo_py_with_a_mistake_keeps_its_traceback(batch: Batch) -> None:
    batch.prompts(GOOD)
    batch.write("dodo.py", DODO + "1 / 0\n")

    done = batch.doit()

    assert done.code == 3
    assert "ZeroDivisionError" in done.err
