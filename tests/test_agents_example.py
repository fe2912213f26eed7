"""The example with agents as its page tells it, with the real Claude Code, and killed in the middle."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from agent_bench import WHERE, program
from clone import REPOSITORY
from example_clone import ExampleClone, at_home
from model_server import ModelServer
from terminal import Command, sections, shows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.agents, pytest.mark.slow]

EXAMPLE = "examples/agents"
README = (REPOSITORY / EXAMPLE / "README.md").read_text(encoding="utf-8")
TASKS = [f"T{number:03d}" for number in range(1, 13)]
STATED = dict(re.findall(r"^\| (T\d{3}) \|.*\| `(\w+)` \|$", README, re.MULTILINE))
TRIED = {
    task: {int(number) for number in re.findall(r"\d", told)}
    for task, told in re.findall(r"^\| (T\d{3}) \|.*\| ([12 or]+) \| `\w+` \|$", README, re.MULTILINE)
}
PLACE = re.compile(r"^\[\d+/12\]", re.MULTILINE)
GOOD = [task for task, status in STATED.items() if status == "passed"]
OURS = ("ANTHROPIC_", "CLAUDE", "XDG_")


class Kitchen(ExampleClone):
    """The example in a fresh clone; everything is typed in its `work`, a repository of its own."""

    def __init__(self, top: Path) -> None:
        super().__init__(top, EXAMPLE)

    def begin(self) -> None:
        """Do what the page says comes before the model."""
        shutil.copytree(self.root.parent / "start", self.root)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=A kitchen")

    def committed(self) -> list[str]:
        """List the tasks that have a commit, once for each."""
        return sorted(re.findall(r"^(T\d{3}): ", self.git("log", "--format=%s"), re.MULTILINE))

    def attempts(self) -> dict[str, list[str]]:
        """Say how the attempts at each task ended, the newest first."""
        told = [json.loads(self.batchexec("explain", task, "--json").out)["tasks"][0] for task in TASKS]
        return {task["id"]: [one["status"] for one in task["attempts"]] for task in told}

    def lines(self) -> dict[str, list[str]]:
        """Take the lines of all sources; of two that meet, either may have come first."""
        files = sorted(self.root.glob("kitchen/*.py"))
        return {path.name: sorted(path.read_text(encoding="utf-8").splitlines()) for path in files}

    def paid(self) -> Counter[str]:
        calls = self.read("model.calls").splitlines()
        return Counter(json.loads(line)["task"] for line in calls)


@dataclass
class Told:
    """The example once through: each command with its exit status and what it printed, and what ran on."""

    kitchen: Kitchen
    scratch: Path
    said: list[tuple[Command, int, str]]
    left: list[str]
    attempts: dict[str, list[str]]


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Give places for clones where only Claude Code is what it is on this machine."""
    found = program("claude")
    if found is None:
        pytest.skip(f"claude is not installed: neither {WHERE} nor PATH leads to it")
    with pytest.MonkeyPatch.context() as patch:
        for variable in [variable for variable in os.environ if variable.startswith(OURS)]:
            patch.delenv(variable)
        patch.setenv("PATH", f"{Path(found).parent}:{os.environ['PATH']}")

        def place() -> Path:
            return at_home(tmp_path_factory.mktemp("agents"), patch)

        yield place


@pytest.fixture(scope="module")
def told(away: Callable[[], Path]) -> Told:
    """Type what the page says, line by line."""
    scratch = away()
    kitchen = Kitchen(scratch / "clone")
    terminal = kitchen.terminal(scratch / "bin")
    said: list[tuple[Command, int, str]] = []
    left: list[str] = []
    for step in (step for steps in sections(README).values() for step in steps):
        assert isinstance(step, Command)
        said.append((step, *terminal.type(step.typed)))
        if "--announce" in step.typed:
            wait_for(kitchen.root / "model.address")
        elif "doit -n 4" in step.typed:
            left += [line for line in running(str(scratch)) if "model_server" not in line]
    return Told(kitchen, scratch, said, [*left, *remaining(str(scratch))], kitchen.attempts())


def ends(attempts: dict[str, list[str]]) -> dict[str, str]:
    return {task: statuses[0] for task, statuses in attempts.items()}


def wait_for(file: Path) -> None:
    end = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < end, f"nothing wrote {file}"
        time.sleep(0.02)


def remaining(word: str, seconds: float = 5) -> list[str]:
    """List what still runs, with a word in its command line, environment or directory, after a while."""
    end = time.monotonic() + seconds
    while (found := running(word)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def running(word: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        try:
            line = (process / "cmdline").read_bytes()
            texts = (line, (process / "environ").read_bytes(), os.fsencode((process / "cwd").readlink()))
        except OSError:
            # It ended while we looked.
            continue
        if any(word.encode() in text for text in texts):
            found.append(line.replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_the_page_has_a_row_for_every_task() -> None:
    assert (list(STATED), list(TRIED)) == (TASKS, TASKS)
    assert set(STATED.values()) == {"passed", "needs_work", "denied", "timeout"}


def test_the_page_shows_what_happens(told: Told) -> None:
    for step, code, printed in told.said:
        assert code == step.status, f"README.md:{step.line} ends with {code}\n{printed}"
        shown, seen = (PLACE.sub("[n/12]", text) for text in (step.shown, printed))
        assert not shown or shows(shown, seen), f"README.md:{step.line} prints\n{printed}"


def test_every_task_ends_as_the_page_says(told: Told) -> None:
    assert ends(told.attempts) == STATED


def test_every_task_is_tried_as_often_as_the_page_says(told: Told) -> None:
    tried = {task: len(statuses) for task, statuses in told.attempts.items()}
    assert {task: number for task, number in tried.items() if number not in TRIED[task]} == {}
    assert sorted([tried["T003"], tried["T004"]]) == [1, 2]


def test_all_good_work_is_committed_and_nothing_else_is_in_the_tree(told: Told) -> None:
    kitchen = told.kitchen
    assert kitchen.committed() == GOOD
    assert kitchen.git("status", "--porcelain") == ""
    assert kitchen.git("diff", "--name-only", "HEAD~9").split() == [
        f"kitchen/{name}.py" for name in ("menu", "pantry", "recipes", "shopping", "units")
    ]


def test_a_commit_holds_the_one_file_of_its_task(told: Told) -> None:
    commits = told.kitchen.git("log", "--max-count=9", "--format=%x00%s", "--name-only").split("\0")[1:]
    named = dict(re.findall(r"^\| (T\d{3}) \| `(\w+\.py)`", README, re.MULTILINE))
    files = {commit[:4]: commit.split("\n", 1)[1].split() for commit in commits}
    assert files == {task: [f"kitchen/{named[task]}"] for task in GOOD}


def test_the_tests_of_good_tasks_are_green_and_the_others_red(told: Told) -> None:
    done = told.kitchen.run("unittest")
    assert done.code == 1
    red = re.findall(r"^ERROR: .*\.(\w+)\.test_", done.err, re.MULTILINE)
    assert sorted(red) == ["Cheapest", "FreeDays", "Spoilt"]
    assert "Ran 13 tests" in done.err


def test_neither_worktree_nor_process_is_left(told: Told) -> None:
    assert told.left == []
    assert told.kitchen.git("worktree", "list").count("\n") == 1
    assert [path for path in (told.scratch / "state").rglob("*") if path.is_file()] == []


def test_nothing_of_it_is_seen_from_the_repository_around(told: Told) -> None:
    status = ["git", "status", "--porcelain"]
    around = subprocess.run(status, cwd=told.scratch / "clone", capture_output=True, check=True)
    assert around.stdout == b""


def test_what_came_to_nothing_is_kept_where_there_was_something(told: Told) -> None:
    kept = told.kitchen.git("for-each-ref", "--format=%(refname)", "refs/batchexec").split()
    tasks = {ref.rpartition("smartspec-")[2][:4] for ref in kept}
    assert {"T005", "T009"} <= tasks <= {"T003", "T004", "T005", "T009"}
    (denied,) = [ref for ref in kept if "T009" in ref]
    assert told.kitchen.git("diff", "--name-only", f"{denied}^", denied).split() == ["kitchen/menu.py"]


def test_who_is_killed_in_the_middle_pays_for_nothing_twice(told: Told, away: Callable[[], Path]) -> None:
    scratch = away()
    kitchen = Kitchen(scratch / "clone")
    kitchen.begin()
    calls = kitchen.root / "model.calls"
    with ModelServer(kitchen.root.parent / "model.yaml", calls=calls) as server:
        here: dict[str, Any] = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "none"}
        kill_after(kitchen, 3, here)
        assert remaining(str(scratch)) == []
        finished, paid = kitchen.committed(), kitchen.paid()

        again = kitchen.start("-n", "4", **here)
        out, _ = again.communicate(timeout=120)

    assert again.returncode == 1, out
    assert 3 <= len(finished) < len(GOOD)
    now = kitchen.paid()
    assert {task: now[task] - paid[task] for task in finished if now[task] != paid[task]} == {}
    assert (ends(kitchen.attempts()), kitchen.committed()) == (STATED, GOOD), out
    assert kitchen.lines() == told.kitchen.lines()
    assert kitchen.git("status", "--porcelain") == ""
    assert kitchen.git("worktree", "list").count("\n") == 1
    assert remaining(str(scratch)) == []


def kill_after(kitchen: Kitchen, commits: int, environment: dict[str, Any]) -> None:
    """Start a run and kill doit, and nothing else, as soon as that many tasks are committed."""
    run = kitchen.start("-n", "4", **environment)
    try:
        end = time.monotonic() + 60
        while len(kitchen.committed()) < commits:
            assert run.poll() is None, run.stdout and run.stdout.read()
            assert time.monotonic() < end, "nothing is ever committed"
            time.sleep(0.02)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
        if run.stdout:
            run.stdout.close()
