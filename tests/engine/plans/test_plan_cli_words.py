"""What all words about plans have in common: options, exit statuses, and commands that run as printed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from bench import uncovered
from plan_bench import Workspace, item, printed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = ("--plan", "@MY-PLAN")
NEEDED = {
    "plan_lint": PLAN,
    "plan_status": PLAN,
    "plan_list": (),
    "plan_graph": PLAN,
    "plan_next": PLAN,
    "plan_subplans": PLAN,
    "plan_executions": PLAN,
    "plan_fill": PLAN,
    "plan_discover": (*PLAN, "--parallel-level", "3"),
    "plan_approve": (*PLAN, "--ids", "2.1"),
    "plan_fix": (*PLAN, "--ids", "2.1", "-m", "x"),
    "plan_skip": (*PLAN, "--ids", "2.1"),
    "plan_undo": (),
    "undo": (),
    "plan_run": PLAN,
    "plan_menu": PLAN,
}


@pytest.mark.parametrize("word", NEEDED)
@pytest.mark.parametrize("option", ["--dryrun", "--pla", "-x", "--workspaces"])
def test_an_unknown_option_is_a_usage_error_and_changes_nothing(
    workspace: Workspace, word: str, option: str
) -> None:
    before = workspace.state()

    done = workspace.say(word, *NEEDED[word], option)

    assert (done.code, done.out, done.err.splitlines()[0]) == (
        3,
        "",
        f"error: unrecognized arguments: {option}",
    )
    assert workspace.state() == before


@pytest.mark.parametrize("word", [word for word, needed in NEEDED.items() if needed])
def test_a_plan_has_to_be_named(workspace: Workspace, word: str) -> None:
    done = workspace.say(word)

    assert (done.code, done.out) == (3, "")
    assert "--plan" in done.err


@pytest.mark.parametrize("word", NEEDED)
def test_every_word_has_its_help(workspace: Workspace, word: str) -> None:
    done = workspace.say(word, "--help")

    assert (done.code, done.err) == (0, "")
    assert "--workspace DIR" in done.out


@pytest.mark.parametrize(
    "options",
    list(permutations((("--plan", "@MY-PLAN"), ("--ids", "2.1"), ("--yes",), ("--json",), ("--quiet",)), 5))[
        ::13
    ],
)
def test_options_stand_in_any_order(workspace: Workspace, options: tuple[tuple[str, ...], ...]) -> None:
    done = workspace.say("plan_subplans", *(word for option in options for word in option))

    assert done.code == 0
    assert [path[-5:] for path in json.loads(done.out)["created"]] == ["21.md"]


def test_a_text_may_stand_before_the_options(workspace: Workspace) -> None:
    workspace.execution("21")
    (workspace.root / "why.md").write_text("So.")

    assert workspace.say("plan_fix", "why.md", *PLAN, "--ids", "2.1").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plan_status", *PLAN, "--workers", "0"), "argument --workers: '0' is no number of 1 or more"),
        (("plan_run", *PLAN, "-n", "x"), "argument -n: 'x' is no number of 1 or more"),
        (("plan_subplans", *PLAN, "--ids", ", "), "argument --ids: name one or more, as in 1.1,1.2"),
        (
            ("plan_subplans", *PLAN, "--ids", "2.1", "--level", "all"),
            "argument --level: not allowed with argument --ids",
        ),
        (
            ("plan_fill", *PLAN, "--run", "--answer", "x"),
            "argument --answer: not allowed with argument --run",
        ),
        (("plan_fill", *PLAN, "--run=x"), "argument --run: ignored explicit argument 'x'"),
        (("plan_lint",), "one of the arguments PATH --plan --file is required"),
        (("plan_lint", *PLAN, "--file", "x"), "argument --file: not allowed with argument --plan"),
    ],
)
def test_a_wrong_value_is_a_usage_error(workspace: Workspace, words: tuple[str, ...], message: str) -> None:
    done = workspace.say(*words)

    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines()[0].replace("'", "") == f"error: {message}".replace("'", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plan_subplans", *PLAN, "--yes"), 0),
        (("plan_lint", "--file", "nowhere.json"), 1),
        (("plan_executions", *PLAN, "--yes"), 3),
        (("plan_subplans", *PLAN, "--nonsense"), 3),
        (("plan_subplans", *PLAN), 4),
    ],
)
def test_exit_statuses_say_how_it_went(workspace: Workspace, words: tuple[str, ...], code: int) -> None:
    assert workspace.say(*words).code == code


@pytest.mark.parametrize("words", [("plan_status", "--help"), ("plan_run", "--nonsense"), ("--help",)])
def test_help_and_mistakes_import_nothing_that_takes_long(words: tuple[str, ...]) -> None:
    script = (
        "import sys\nfrom batchexec import cli\n"
        f"try: cli.main({words!r})\nexcept SystemExit: pass\n"
        "slow = ('doit', 'jinja2', 'jsonschema', 'yaml', 'sqlite3', 'batchexec.plans', 'batchexec.engine')\n"
        "print('imported:', [name for name in slow if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=uncovered(), capture_output=True, encoding="utf-8", check=True
    )

    assert done.stdout.splitlines()[-1] == "imported: []"


def test_reading_does_without_doit(workspace: Workspace) -> None:
    words = ["plan_status", *PLAN]
    script = (
        f"import sys\nfrom batchexec import cli\ncli.main({words!r})\n"
        "print([name for name in ('doit', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=workspace.root, env=uncovered(), capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_who_has_enough_is_no_error(workspace: Workspace) -> None:
    graph = f"{sys.executable} -m batchexec plan_graph --plan @MY-PLAN --json"
    command = f"{graph} | head -c 1; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(
        ["bash", "-c", command], cwd=workspace.root, env=uncovered(), capture_output=True, check=False
    )

    assert done.stderr == b""
    assert done.returncode in (0, 141)


def test_a_run_can_be_quiet(workspace: Workspace) -> None:
    workspace.execution("21")
    workspace.replayed()

    done = workspace.say("plan_run", *PLAN, "--ids", "2.1", "--quiet")

    assert done.code == 0
    assert "[1/1]" not in done.out + done.err


def fresh(_: Workspace) -> None:
    """Leave it half done."""


def without_graph(site: Workspace) -> None:
    (site.directory / "parallel.json").unlink()


def broken(site: Workspace) -> None:
    site.parallel(item("2.1", "2.1"))


def designed(site: Workspace) -> None:
    site.with_subplans()


def vague(site: Workspace) -> None:
    for number in ("21", "22", "23"):
        site.subplan(number, "[TO BE FILLED]")


def prepared(site: Workspace) -> None:
    site.with_subplans()
    for number in ("21", "22", "23"):
        site.execution(number)


def sent_back(site: Workspace) -> None:
    prepared(site)
    site.mark("FIX", "22")


def stuck(site: Workspace) -> None:
    for number in ("21", "22", "23"):
        site.mark("SKIPPED", number)


def written(site: Workspace) -> None:
    for id_ in ("2.1", "2.2"):
        site.say("plan_subplans", *PLAN, "--ids", id_, "--yes")


def failing(site: Workspace) -> None:
    site.with_subplans()
    (site.directory / "subplans/SUBPLAN_MY-PLAN_22.md").write_bytes(b"\xff")


def two_of_a_name(site: Workspace) -> None:
    other = Workspace(site.root, "later/MY-PLAN")
    other.write("PLAN_MY-PLAN.md", "# PLAN: Other\n\n**Achievement 7.1**: X\n")


def empty(site: Workspace) -> None:
    site.write("PLAN_MY-PLAN.md", "# PLAN: Nothing yet\n")
    site.write("parallel.json", "{}").unlink()


STATES = (
    fresh, without_graph, broken, designed, vague, prepared, sent_back, stuck, written, failing,
    two_of_a_name, empty,
)  # fmt: skip
SAID = (
    ("plan_lint",), ("plan_status",), ("plan_next",), ("plan_next", "--ids", "2.1"),
    ("plan_next", "--ids", "3.1"), ("plan_subplans", "--yes"), ("plan_subplans",),
    ("plan_executions", "--yes"),
    ("plan_executions", "--yes", "--atomic"), ("plan_executions", "--again", "--yes"),
    ("plan_executions", "--ids", "3.1", "--yes", "--allow-unfilled"), ("plan_fill",),
    ("plan_fill", "--answer", "/dev/null"), ("plan_approve", "--ids", "2.1"), ("plan_skip", "--ids", "3.1"),
    ("plan_run", "--prompts-only"), ("plan_run", "--ids", "2.3"), ("plan_undo",),
)  # fmt: skip


CASES = [
    *((state, "inside") for state in STATES),
    (prepared, "outside"),
    (vague, "outside"),
    (written, "outside"),
]


@pytest.mark.parametrize(("state", "where"), CASES)
def test_every_command_that_is_printed_runs_as_printed(
    tmp_path: Path, state: Callable[[Workspace], None], where: str
) -> None:
    root, kept = tmp_path / "a place", tmp_path / "kept"
    start = Workspace(root)
    start.half_done()
    state(start)
    start.replayed()
    shutil.copytree(root, kept)
    cwd = root if where == "inside" else tmp_path
    named = ("--plan", str(start.directory)) if where == "outside" or state is two_of_a_name else PLAN
    count = 0
    for word, *more in SAID:
        done = start.say(word, *named, *more, cwd=cwd)
        for command in printed(done.out + done.err):
            again = start.say(*command, cwd=cwd)
            # What cannot be read or written fails again; nothing that is recommended is refused.
            assert again.code in (0, 1, 4), (word, more, command, again)
            count += 1
        shutil.rmtree(root)
        shutil.copytree(kept, root)
    assert count


def test_a_half_done_plan_is_brought_to_its_end(workspace: Workspace) -> None:
    for number in ("31", "32"):
        workspace.execution(number)
    workspace.replayed()
    steps = []
    for _ in range(30):
        advice = json.loads(workspace.say("plan_next", *PLAN, "--json").out)
        if advice["step"] == "complete":
            break
        steps.append(advice["step"])
        (command,) = printed(advice["command"])
        assert advance(workspace, command) == 0, command
    found = json.loads(workspace.say("plan_status", *PLAN, "--json").out)

    assert set(found.values()) == {"complete"}
    assert list(dict.fromkeys(steps)) == ["create_subplans", "fill", "create_executions", "run", "approve"]


def advance(workspace: Workspace, command: list[str]) -> int:
    """Do what is recommended: say yes, and fill places with something."""
    if command[0] == "plan_fill":
        for path in workspace.directory.rglob("SUBPLAN_*.md"):
            path.write_text(path.read_text().replace("[TO BE FILLED", "[Known"))
        return workspace.say(*command).code
    more = ["--yes"] if command[0] in ("plan_subplans", "plan_executions") else []
    return workspace.say(*command, *more).code
