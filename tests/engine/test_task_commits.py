"""One commit for each task that is done, of its files and of nothing else."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from bench import section
from isolated_bench import task

if TYPE_CHECKING:
    from isolated_bench import Isolated

SLOTS = pytest.mark.parametrize("slots", ["1", "2"])


def files_of(isolated: Isolated, commit: str = "HEAD") -> list[str]:
    return isolated.git("show", "--format=", "--name-only", commit).split()


@SLOTS
def test_a_commit_says_whose_work_it_is_and_by_which_attempt(isolated: Isolated, slots: str) -> None:
    isolated.prompts(task("TASK-001", "a.txt", title="Add  a file: now"))
    isolated.agents({"TASK-001": "[ $CALL = 1 ] && exit 1; echo A > a.txt"}, commit="task", attempts=2)

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    run = isolated.report()["run"]
    assert isolated.git("log", "-1", "--format=%an <%ae>%n%B").rstrip() == (
        "Ann <ann@example.org>\n"
        "TASK-001: Add a file: now\n\n"
        f"Batchexec-Run: {run}\nBatchexec-Task: smartspec:TASK-001\nBatchexec-Attempt: 2"
    )
    assert isolated.git("log", "-1", "--format=%(trailers:key=Batchexec-Attempt,valueonly)").strip() == "2"
    assert isolated.status == ""


@SLOTS
def test_a_commit_holds_the_task_s_files_and_what_else_is_there_stays_as_it_is(
    isolated: Isolated, slots: str
) -> None:
    isolated.prompts(task("TASK-001", "a.txt"), task("TASK-002", "b.txt"))
    isolated.write("staged.txt", "old\n")
    isolated.write("changed.txt", "old\n")
    isolated.agents({"TASK-001": "echo A > a.txt", "TASK-002": "echo B > b.txt"}, commit="task")
    isolated.write("staged.txt", "staged\n")
    isolated.git("add", "staged.txt")
    isolated.write("changed.txt", "changed\n")
    isolated.write("new.txt", "new\n")
    before = isolated.status

    done = isolated.doit("-n", slots, "--allow-dirty")

    assert done.code == 0, done.out + done.err
    assert sorted([files_of(isolated), files_of(isolated, "HEAD~1")]) == [["a.txt"], ["b.txt"]]
    assert isolated.status == before


@SLOTS
def test_a_file_that_held_other_changes_is_not_committed_with_them(isolated: Isolated, slots: str) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.write("a.txt", "1\n2\n3\n")
    isolated.agents({"TASK-001": "echo 4 >> a.txt"}, commit="task", attempts=3)
    isolated.write("a.txt", "mine\n2\n3\n")

    done = isolated.doit("-n", slots, "--allow-dirty")

    assert done.code == 1, done.out + done.err
    assert isolated.attempts == [("TASK-001", "failed")]
    assert isolated.told[0].startswith("it was not committed: a.txt held changes that are not committed")
    assert isolated.subjects == ["All there is"]
    assert isolated.read("a.txt") == "mine\n2\n3\n"
    assert isolated.file_of(isolated.kept[0], "a.txt") == "mine\n2\n3\n4\n"


@SLOTS
@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg"])
def test_a_hook_that_fails_fails_the_task_and_the_work_is_kept(
    isolated: Isolated, hook: str, slots: str
) -> None:
    isolated.prompts(task("TASK-001", "a.txt"), task("TASK-002", "b.txt"))
    isolated.agents(
        {"TASK-001": "echo bad > a.txt", "TASK-002": "echo good > b.txt"}, commit="task", max_failures=0
    )
    isolated.hook(hook, 'git diff --cached | grep -q "^+bad" && { echo "bad is bad"; exit 1; }; exit 0')

    done = isolated.doit("-n", slots)

    assert done.code == 1, done.out
    assert sorted(isolated.attempts) == [("TASK-001", "failed"), ("TASK-002", "passed")]
    assert "it was not committed: bad is bad" in done.out
    assert isolated.subjects == ["TASK-002: A title", "All there is"]
    assert isolated.status == ""
    assert isolated.file_of(isolated.kept[0], "a.txt") == "bad\n"


@SLOTS
def test_what_a_hook_complains_of_can_be_mended_by_the_next_attempt(isolated: Isolated, slots: str) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents(
        {"TASK-001": "[ $CALL = 1 ] && echo bad > a.txt || echo good > a.txt"}, commit="task", attempts=2
    )
    isolated.hook("pre-commit", "! grep -q bad a.txt")

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.file_of("HEAD", "a.txt") == "good\n"
    assert isolated.status == ""


def test_what_a_hook_makes_of_files_is_in_the_commit_and_in_the_tree(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents({"TASK-001": "echo plain > a.txt"}, commit="task")
    isolated.hook("pre-commit", "echo formatted > a.txt; echo listed > list.txt; git add a.txt list.txt")

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert (isolated.read("a.txt"), isolated.read("list.txt")) == ("formatted\n", "listed\n")
    assert isolated.file_of("HEAD", "a.txt") == "formatted\n"
    assert isolated.status == ""


@SLOTS
def test_an_ignored_file_a_task_declares_is_brought_home_and_not_committed(
    isolated: Isolated, slots: str
) -> None:
    isolated.prompts(task("TASK-001", "dist/out.txt", "a.txt"), task("TASK-002", "dist/only.txt"))
    isolated.write(".gitignore", ".batchexec/\n.spec/\n__pycache__/\ndist/\n")
    isolated.agents(
        {
            "TASK-001": "mkdir -p dist; echo x > dist/out.txt; echo A > a.txt",
            "TASK-002": "mkdir -p dist; echo y > dist/only.txt",
        },
        commit="task",
    )

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.read("dist/out.txt") + isolated.read("dist/only.txt") == "x\ny\n"
    assert isolated.subjects == ["TASK-001: A title", "All there is"]
    assert files_of(isolated) == ["a.txt"]
    assert isolated.status == ""


GIT = f"HOME=$HERE/home {shutil.which('git')}"
"""The user's own git, that an agent finds where it goes round the one it is given."""


def test_what_an_agent_commits_by_itself_in_the_user_s_tree_becomes_the_task_s_commit(
    isolated: Isolated,
) -> None:
    isolated.prompts(task("TASK-001", "a.txt", "b.txt"))
    mine = f"echo bad > a.txt; {GIT} add a.txt; {GIT} commit --quiet --no-verify -m Mine"
    isolated.agents(
        {"TASK-001": f"{mine}; echo b > b.txt; {GIT} add b.txt; {GIT} commit -qnm More; echo A > a.txt"},
        commit="task",
    )
    isolated.hook("pre-commit", "! grep -q bad a.txt")

    done = isolated.doit("-n", "1")

    assert done.code == 0, done.out
    assert isolated.subjects == ["TASK-001: A title", "All there is"]
    assert files_of(isolated) == ["a.txt", "b.txt"]
    assert isolated.file_of("HEAD", "a.txt") == "A\n"
    assert isolated.status == ""


def test_a_commit_that_holds_the_work_and_more_is_left_and_told_about(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents(
        {"TASK-001": f"echo A > a.txt; {GIT} add --all; {GIT} commit --quiet -m Mine"}, commit="task"
    )
    isolated.write("person.txt", "mine\n")

    done = isolated.doit("-n", "1")

    assert done.code == 1, done.out
    assert isolated.subjects == ["Mine", "All there is"]
    sha = isolated.git("rev-parse", "HEAD")[:12]
    assert isolated.told[0].startswith(
        f"it was not committed: {sha} was committed meanwhile, which holds its files together with person.txt"
    )
    assert isolated.read("person.txt") == "mine\n"


def test_a_commit_of_other_files_meanwhile_stays_below_the_task_s(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents(
        {"TASK-001": f"echo A > a.txt; {GIT} add p.txt; {GIT} commit --quiet -m Person"}, commit="task"
    )
    isolated.write("p.txt", "mine\n")

    done = isolated.doit("-n", "1")

    assert done.code == 0, done.out
    assert isolated.subjects == ["TASK-001: A title", "Person", "All there is"]


@SLOTS
def test_a_task_that_fails_or_changes_nothing_leaves_no_commit(isolated: Isolated, slots: str) -> None:
    isolated.prompts(task("TASK-001"), task("TASK-002"))
    isolated.agents({"TASK-001": "echo A > a.txt; exit 3", "TASK-002": "true"}, commit="task", max_failures=0)

    isolated.doit("-n", slots)

    assert isolated.subjects == ["All there is"]


def test_code_that_stands_in_the_prompt_is_committed_too(isolated: Isolated) -> None:
    isolated.prompts(section("TASK-001", files={"a.py": "A = 1"}), task("TASK-002", "b.txt"))
    isolated.agents({"TASK-002": "echo B > b.txt"}, commit="task", executor=["apply", "agent"])

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert {subject[:8] for subject in isolated.subjects} == {"TASK-001", "TASK-002", "All ther"}
    assert isolated.status == ""


@pytest.mark.parametrize("slots", ["1", "2"])
def test_commits_need_a_branch(isolated: Isolated, slots: str) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents({"TASK-001": "echo A > a.txt"}, commit="task")
    isolated.git("checkout", "--quiet", "--detach")

    done = isolated.doit("-n", slots)

    assert done.code == 3
    assert (
        done.err == f"ERROR: {isolated.root}: HEAD is on no branch; `git switch` to the branch work is for\n"
    )
    assert isolated.calls == []


def test_the_first_commit_of_a_repository_may_be_a_task_s(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents({"TASK-001": "echo A > a.txt"}, commit="task")
    isolated.git("update-ref", "-d", "HEAD")
    isolated.git("rm", "--quiet", "--cached", "-r", ".")

    done = isolated.doit("-n", "1")

    assert done.code == 0, done.out + done.err
    assert isolated.subjects == ["TASK-001: A title"]
    assert files_of(isolated) == ["a.txt"]
