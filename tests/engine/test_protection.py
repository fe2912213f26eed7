"""What is protected stays as it is, whoever tries, and a task is judged by it as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from isolated_bench import task

if TYPE_CHECKING:
    from isolated_bench import Isolated

pytestmark = pytest.mark.parametrize("slots", ["1", "2"])
WEAKENED = "echo A > a.txt; echo 'exit 0' > tests/check.sh"


def protected(
    isolated: Isolated, script: str, *outputs: str, protect: str = "tests/**", **settings: object
) -> None:
    isolated.prompts(task("TASK-001", *outputs))
    isolated.write("tests/check.sh", "exit 1\n")
    isolated.write("tests/deep/data.txt", "data\n")
    isolated.write(
        "tasks.md", '# Tasks\n\n- [ ] TASK-001 A\n  evidence: test path=a.txt command="sh tests/check.sh"\n'
    )
    isolated.agents({"TASK-001": script}, protect=[protect], run_commands=True, **settings)


def log(isolated: Isolated) -> str:
    return "".join(path.read_text() for path in isolated.root.glob(".batchexec/runs/*/*.log"))


def test_a_task_that_weakens_its_test_is_denied(isolated: Isolated, slots: str) -> None:
    protected(isolated, WEAKENED)

    done = isolated.doit("-n", slots)

    assert done.code == 1, done.out
    assert isolated.attempts == [("TASK-001", "denied")]
    assert isolated.told[0].startswith("it changed tests/check.sh, which is protected; that was taken back")
    assert "-exit 1\n+exit 0\n" in log(isolated)
    assert isolated.status == ""
    assert isolated.read("tests/check.sh") == "exit 1\n"


@pytest.mark.parametrize(
    "script",
    ["rm -r tests/deep", "echo x > tests/new.sh", "mv tests/check.sh check.sh", "chmod +x tests/check.sh"],
    ids=["deleted", "new", "moved", "executable"],
)
def test_whatever_becomes_of_a_protected_file_is_denied(isolated: Isolated, script: str, slots: str) -> None:
    protected(isolated, f"echo A > a.txt; {script}")

    isolated.doit("-n", slots)

    assert isolated.attempts == [("TASK-001", "denied")]
    assert isolated.status == ""


def test_the_next_attempt_is_judged_by_what_is_protected_as_it_was(isolated: Isolated, slots: str) -> None:
    protected(isolated, f'[ $CALL = 2 ] || {{ {WEAKENED}; }}; cp tests/check.sh "$HERE/seen"', attempts=2)

    isolated.doit("-n", slots)

    assert [status for _, status in isolated.attempts] == ["denied", "needs_work"]
    assert (isolated.here / "seen").read_text() == "exit 1\n"
    assert isolated.status == ""


def test_what_a_task_declares_to_write_is_exempt(isolated: Isolated, slots: str) -> None:
    protected(isolated, WEAKENED, "tests/check.sh")

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.read("tests/check.sh") == "exit 0\n"


@pytest.mark.parametrize(
    ("pattern", "denied"),
    [("tests", True), ("**/*.sh", True), ("tests/*", True), ("*.sh", False), ("tests/deep/**", False)],
)
def test_patterns_are_those_of_paths(isolated: Isolated, pattern: str, denied: bool, slots: str) -> None:
    protected(isolated, WEAKENED, protect=pattern)

    isolated.doit("-n", slots)

    assert isolated.attempts == [("TASK-001", "denied" if denied else "passed")]


def test_the_list_a_task_is_judged_by_is_protected_by_itself(isolated: Isolated, slots: str) -> None:
    protected(isolated, "echo A > a.txt; echo > tasks.md", protect="nothing")

    isolated.doit("-n", slots)

    assert isolated.attempts == [("TASK-001", "denied")]
    assert isolated.status == ""


def test_a_gate_that_changes_what_is_protected_does_not_bring_it_into_the_tree(
    isolated: Isolated, slots: str
) -> None:
    script = "echo A > a.txt; echo 'echo evil > tests/deep/data.txt' > run.sh"
    protected(isolated, script, verify_at_end=False)
    isolated.write("tests/check.sh", "sh run.sh\n")
    isolated.commit()

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.read("tests/deep/data.txt") == "data\n"


@pytest.mark.parametrize(
    "script",
    [
        "echo conftest.py >> .gitignore; echo weak > tests/conftest.py",
        "echo B=2 > tests/.env",
        "rm tests/.env",
    ],
    ids=["overlooked-now", "changed", "deleted"],
)
def test_what_git_overlooks_is_protected_all_the_same(isolated: Isolated, slots: str, script: str) -> None:
    isolated.write("tests/test_a.py", "assert True\n")
    isolated.agents({"TASK-001": f"mkdir -p tests; {script}; echo 1 > a.txt"}, protect=["tests/**"])
    isolated.write(".worktreeinclude", "tests/.env\n")
    isolated.write(".gitignore", isolated.read(".gitignore") + "tests/.env\n")
    isolated.write("tests/.env", "A=1\n")
    isolated.git("add", "--all")
    isolated.git("commit", "--quiet", "--message", "ignored")
    isolated.prompts(task("TASK-001", "a.txt"))

    done = isolated.doit("-n", slots)

    assert done.code == 1, done.out
    assert "which is protected; that was taken back" in done.out
    assert isolated.read("tests/.env") == "A=1\n"
    assert not (isolated.root / "tests/conftest.py").exists()


def test_an_attempt_that_failed_leaves_no_protected_file_changed_to_the_next(
    isolated: Isolated, slots: str
) -> None:
    isolated.write("tests/test_a.py", "strong\n")
    isolated.write(".gitignore", isolated.read(".gitignore") + "tests/.env\n")
    isolated.write(".worktreeinclude", "tests/.env\n")
    isolated.write("tests/.env", "A=1\n")
    weaken = "echo weak > tests/test_a.py; echo A=2 > tests/.env; exit 1"
    script = f'[ "$CALL" = 2 ] || {{ {weaken}; }}; cat tests/test_a.py tests/.env > a.txt'
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents({"TASK-001": script}, protect=["tests/**"], attempts=2)

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.read("a.txt") == "strong\nA=1\n"
    assert isolated.read("tests/.env") == "A=1\n"
