"""The example of a plan as its page tells it: half done, complete by four commands, and taken back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from clone import REPOSITORY, Clone
from terminal import Command, Terminal, sections, shows

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

EXAMPLE = "examples/plan"
README = (REPOSITORY / EXAMPLE / "README.md").read_text(encoding="utf-8")
PAGE = sections(README)
PLAN = ("--plan", "@SUMMER-TIMETABLE")
FOUR = ["plan_subplans", "plan_fill", "plan_executions", "plan_run"]
STATED = dict(re.findall(r"^\| (\d\.\d) \|[^|]*\| `(\w+)` \|", README, re.MULTILINE))
STATE = (".batchexec", ".spec")


class Ferry(Clone):
    """A fresh clone; everything is typed in the directory of the example."""

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.root = top / EXAMPLE

    def standing(self) -> dict[str, str]:
        said = self.batchexec("plan_status", *PLAN, "--json")
        assert said.code == 0, said.err
        found: dict[str, str] = json.loads(said.out)
        return found

    def picture(self) -> dict[str, tuple[int, bytes | None]]:
        """Take a picture of all there is, directories too, but of what batchexec keeps for itself."""
        paths = (path for path in self.root.rglob("*") if path.relative_to(self.root).parts[0] not in STATE)
        return {
            str(path.relative_to(self.root)): (
                path.stat().st_mode,
                path.read_bytes() if path.is_file() else None,
            )
            for path in paths
        }

    def calls(self) -> list[str]:
        return self.read(".batchexec/calls.log").splitlines()


@dataclass
class Told:
    """What each command of the page printed, and how the plan stood and the tree was before each section."""

    ferry: Ferry
    said: list[tuple[Command, int, str]]
    statuses: dict[str, dict[str, str]]
    trees: dict[str, dict[str, tuple[int, bytes | None]]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Type what the page says, line by line, up to its end."""
    scratch = tmp_path_factory.mktemp("ferry")
    ferry = Ferry(scratch / "clone")
    (scratch / "bin").mkdir()
    home, ferry.root = ferry.root, scratch / "clone"
    terminal = Terminal(ferry, scratch / "bin")
    ferry.root = home
    told = Told(ferry, [], {}, {})
    for title, steps in PAGE.items():
        told.statuses[title], told.trees[title] = ferry.standing(), ferry.picture()
        for step in steps:
            assert isinstance(step, Command)
            told.said.append((step, *terminal.type(step.typed)))
    told.statuses["the end"], told.trees["the end"] = ferry.standing(), ferry.picture()
    return told


@pytest.fixture
def ferry(tmp_path: Path) -> Ferry:
    return Ferry(tmp_path / "clone")


def test_the_page_shows_what_happens(told: Told) -> None:
    for step, code, printed in told.said:
        assert code == step.status, f"README.md:{step.line} ends with {code}\n{printed}"
        assert not step.shown or shows(step.shown, printed), f"README.md:{step.line} prints\n{printed}"


def test_a_fresh_clone_stands_as_the_page_says(told: Told) -> None:
    assert told.statuses["How it stands"] == STATED
    assert len(STATED) == 8
    assert list(STATED.values()).count("complete") == 4
    assert set(STATED.values()) >= {"failed", "execution_created", "subplan_created", "not_started"}


def test_four_commands_bring_it_to_complete(told: Told) -> None:
    typed = [step.typed.split()[1] for step in PAGE["Four commands"] if isinstance(step, Command)]
    assert typed == [*FOUR, "plan_status"]
    assert set(told.statuses["All of it back"].values()) == {"complete"}


def test_undo_brings_the_tree_back_byte_for_byte(told: Told) -> None:
    assert told.trees["All of it back"] != told.trees["Four commands"]
    assert told.trees["the end"] == told.trees["Four commands"]
    assert told.statuses["the end"] == STATED


def test_looking_leaves_the_tree_as_it_is(told: Told) -> None:
    assert told.trees["How it stands"] == told.trees["Four commands"]


def test_each_answer_is_asked_for_once_and_parts_in_their_order(told: Told) -> None:
    plan = PLAN[1].removeprefix("@")
    ids = ["1.3", "2.1", "2.2", "2.3:01", "2.3:02"]
    assert told.ferry.calls() == [f"plan_fill:{plan} 1", *(f"{plan}:{id_} 1" for id_ in ids)]


def test_the_clone_around_is_clean_in_the_end(told: Told) -> None:
    assert told.ferry.git("status", "--porcelain") == ""


@pytest.mark.parametrize("left_out", FOUR)
def test_it_takes_all_four(ferry: Ferry, left_out: str) -> None:
    words = {"plan_subplans": ["--yes"], "plan_fill": ["--run"], "plan_executions": ["--yes"]}
    for word in FOUR:
        if word != left_out:
            ferry.batchexec(word, *PLAN, *words.get(word, []))
    assert "complete" in ferry.standing().values()
    assert set(ferry.standing().values()) != {"complete"}


def test_what_somebody_changed_since_is_not_taken_back(ferry: Ferry) -> None:
    ferry.batchexec("plan_subplans", *PLAN, "--yes")
    path = "work-space/plans/SUMMER-TIMETABLE/subplans/SUBPLAN_SUMMER-TIMETABLE_23.md"
    mine = ferry.read(path) + "\nA thought of mine.\n"
    ferry.write(path, mine)

    assert ferry.batchexec("undo").code == 1
    assert ferry.read(path) == mine
