"""The loop as somebody goes around it in a fresh clone: verify, prompts, run, verify, and once more."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from clone import REPOSITORY, Clone
from terminal import Command, Terminal, sections, shows

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Done

LOOP = "examples/loop"
PAGE = sections((REPOSITORY / LOOP / "README.md").read_text(encoding="utf-8"))
PROMPTED = {
    "not_implemented": ["006", "007", "008"],
    "missing_tests": ["005", "009"],
    "missing_code": ["004"],
    "symbol_issue": ["002", "003"],
    "content_issue": ["010", "011", "012"],
    "naming_issue": ["013", "014"],
}
RUN_ORDER = ["003", "006", "007", "008", "005", "009", "004", "002", "010", "011", "012", "013", "014"]
SETTLED_BY_NAME = ["013", "014"]
CHANGED = {
    " M .env.example",
    " M docs/house-rules.md",
    " M shed/loans.py",
    " M shed/tools.py",
    " M tasks.md",
    " M web/index.html",
    "?? data/tools/garden.json",
    "?? data/tools/workshop.json",
    "?? shed/reservations.py",
    "?? shed/slips.py",
    "?? tests/test_fees.py",
    "?? tests/test_slips.py",
    "?? web/format.test.ts",
    "?? web/toolCard.ts",
}
ANSWERED = {line[3:] for line in CHANGED} - {"tasks.md"}
PYTEST = ("pytest", "--quiet", "-p", "no:cacheprovider", "-p", "no:randomly")


class Loop(Clone):
    """A fresh clone; everything is typed in the directory of the example."""

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.top = top
        self.root = top / LOOP
        # Who tried the example where it stands has its state there, and git ignores it.
        for state in (".spec", ".batchexec"):
            shutil.rmtree(self.root / state, ignore_errors=True)

    def copied(self, top: Path) -> Loop:
        shutil.copytree(self.top, top, symlinks=True)
        twin: Loop = object.__new__(Loop)
        twin.top, twin.root = top, top / LOOP
        return twin

    def json(self, path: str) -> Any:
        return json.loads(self.read(path))

    def verified(self) -> dict[str, list[str]]:
        """Return the last digits of the tasks' ids by what the newest verification found of them."""
        found: dict[str, list[str]] = {}
        for task in self.json(".spec/reports/latest/summary.json")["tasks"]:
            found.setdefault(task["category"], []).append(task["task_id"][-3:])
        return found

    def states(self) -> dict[str, str]:
        return {row["task_id"][-3:]: row["state"] for row in self.report()["results"]}

    def runs(self, what: str) -> list[str]:
        found = (self.root / ".spec" / what).iterdir()
        return sorted(path.name for path in found if path.is_dir() and not path.is_symlink())

    def changed(self) -> set[str]:
        return set(self.git("status", "--short", "--untracked-files=all").splitlines())


@dataclass
class Round:
    """A clone once around the loop: what each command printed, and what was found before."""

    loop: Loop
    said: dict[str, Done]
    found_first: dict[str, list[str]]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Round:
    loop = Loop(tmp_path_factory.mktemp("loop") / "clone")
    loop.write("answers.yaml", "calls: .batchexec/calls.log\n" + loop.read("answers.yaml"))
    loop.git("commit", "--quiet", "--all", "--message", "Keep a list of what is answered")
    said = {"verify": loop.doit("verify")}
    found_first = loop.verified()
    said |= {"prompts": loop.doit("prompts"), "run": loop.doit(), "verify again": loop.doit("verify")}
    return Round(loop, said, found_first)


@pytest.fixture
def done(once: Round, tmp_path: Path) -> Loop:
    return once.loop.copied(tmp_path / "clone")


def test_the_first_verification_finds_all_six_categories_and_one_critical_task(once: Round) -> None:
    said = once.said["verify"]
    assert (said.code, said.err) == (1, "")
    assert "critical (Priority 1), ticked all the same:\n  TSK-SHED-003: Work out" in said.out
    assert "\nVerified: 2 of 15 tasks (13%)\n" in said.out
    assert once.found_first == {"verified": ["001", "015"], **PROMPTED}


def test_prompts_are_one_file_for_each_category(once: Round) -> None:
    said = once.said["prompts"]
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("\nPrompts: 13; `doit list` shows the plan, `doit` carries them out\n")
    directory = once.loop.root / ".spec/prompts/latest"
    assert {path.name for path in directory.iterdir()} == {f"{name}.md" for name in PROMPTED} | {
        "README.md",
        "meta",
    }
    for category, ids in PROMPTED.items():
        text = (directory / f"{category}.md").read_text(encoding="utf-8")
        assert re.findall(r"^## Task \d+: TSK-SHED-(\d+) - ", text, re.MULTILINE) == ids


def test_a_run_does_every_task_in_order_and_verifies_it(once: Round) -> None:
    said = once.said["run"]
    assert (said.code, said.err) == (0, "")
    assert list(once.loop.states().items()) == [(id_, "done") for id_ in RUN_ORDER]
    assert "   🔎 Verified: 2 → 15 of 15 (100%)\n" in said.out


def test_all_is_verified_after_one_round(once: Round) -> None:
    said = once.said["verify again"]
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Verified: 15 of 15 tasks (100%)\nReport: ")
    assert list(once.loop.verified()) == ["verified"]
    assert once.loop.json(".spec/reports/latest/summary.json")["totals"]["weak"] == 0


def test_names_are_settled_by_apply_and_the_rest_by_the_script(once: Round) -> None:
    answered = [id_ for id_ in RUN_ORDER if id_ not in SETTLED_BY_NAME]
    calls = once.loop.read(".batchexec/calls.log").splitlines()
    assert calls == [f"TSK-SHED-{id_} 1" for id_ in answered]


def test_git_sees_what_the_answers_name_and_nothing_else(once: Round) -> None:
    assert once.loop.changed() == CHANGED
    scripted = re.findall(r"^      (\S+): \|$", once.loop.read("answers.yaml"), re.MULTILINE)
    assert set(scripted) == ANSWERED


def test_two_paths_are_all_that_changes_in_tasks_md(once: Round) -> None:
    before = once.loop.git("show", "HEAD:./tasks.md")
    renamed = before.replace("path=shed/dates.py", "path=shed/util/dates.py")
    renamed = renamed.replace("path=shed/reminder.py", "path=shed/reminders.py")
    assert once.loop.read("tasks.md") == renamed
    assert len(renamed) - len(before) == len("util/") + len("s")


@pytest.mark.parametrize("path", ["shed/loans.py", "shed/tools.py", "docs/house-rules.md", ".env.example"])
def test_files_that_were_there_keep_their_lines(once: Round, path: str) -> None:
    before, after = once.loop.git("show", f"HEAD:./{path}"), once.loop.read(path)
    replaced = {"    raise NotImplementedError", "from datetime import date"}
    assert set(before.splitlines()) - set(after.splitlines()) - replaced == set()


def test_the_tests_are_red_before_and_green_after(once: Round, tmp_path: Path) -> None:
    assert Loop(tmp_path / "fresh").run(*PYTEST).code != 0
    green = once.loop.run(*PYTEST)
    assert green.code == 0, green.out
    assert "17 passed" in green.out


def test_a_second_round_runs_nothing_and_writes_no_prompts(done: Loop) -> None:
    tree, calls, prompts = done.changed(), done.read(".batchexec/calls.log"), done.runs("prompts")
    assert done.doit("verify").code == 0
    asked = done.doit("prompts")
    assert (asked.code, asked.out) == (0, "All 15 tasks are verified: no prompt is needed.\n")
    assert done.doit().code == 0
    assert set(done.statuses().values()) == {"up_to_date"}
    assert done.doit("verify").code == 0
    assert (done.changed(), done.read(".batchexec/calls.log"), done.runs("prompts")) == (tree, calls, prompts)


def test_who_starts_over_without_forgetting_gets_everything_back(done: Loop) -> None:
    tree = done.changed()
    done.git("checkout", ".")
    done.git("clean", "-fd")
    assert done.changed() == set()
    assert set(done.statuses().values()) == {"run"}
    assert done.doit().code == 0
    assert done.changed() == tree
    assert done.doit("verify").code == 0


def test_a_tick_is_never_made(once: Round) -> None:
    ticks = re.compile(r"^- \[.\] \S+", re.MULTILINE)
    before = once.loop.git("show", "HEAD:./tasks.md")
    assert ticks.findall(once.loop.read("tasks.md")) == ticks.findall(before)


def test_from_the_root_of_the_repository_verify_prints_one_json_document(tmp_path: Path) -> None:
    loop = Loop(tmp_path / "clone")
    loop.root = loop.top
    said = loop.batchexec("verify", f"{LOOP}/tasks.md", "--json")
    document = json.loads(said.out)
    assert (said.code, said.err) == (1, "")
    assert document["inputs"] == {"tasks_path": "tasks.md"}
    assert document["totals"] == {
        "total_tasks": 15,
        "tasks": 15,
        "verified": 2,
        "not_verified": 13,
        "marked_done_but_failed": 1,
        "weak": 0,
    }
    assert (loop.top / LOOP / ".spec/reports/latest/summary.json").read_text(encoding="utf-8") == said.out
    assert not (loop.top / ".spec").exists()


def test_the_readme_shows_what_happens(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    loop = Loop(tmp_path / "clone")
    loop.root = loop.top
    terminal = Terminal(loop, tmp_path / "bin")
    codes = []
    for step in (step for steps in PAGE.values() for step in steps):
        assert isinstance(step, Command)
        code, printed = terminal.type(step.typed)
        codes.append((step.typed, code))
        assert not step.shown or shows(step.shown, printed), f"README.md:{step.line} prints\n{printed}"
    assert codes == [
        ("cd examples/loop", 0),
        ("doit verify", 1),
        ("doit prompts", 0),
        ("doit", 0),
        ("doit verify", 0),
        ("python3 -m pytest", 0),
        ("doit prompts", 0),
        ("doit", 0),
        ("git checkout . && git clean -fd", 0),
        ("doit verify", 1),
    ]


def test_the_readme_names_every_task_with_what_is_found_of_it(once: Round) -> None:
    text = (REPOSITORY / LOOP / "README.md").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for ids, category in re.findall(r"^\| (TSK-\S+(?:, TSK-\S+)*) \| (\w+) \|", text, re.MULTILINE):
        found.setdefault(category, []).extend(id_[-3:] for id_ in ids.split(", "))
    assert {category: sorted(ids) for category, ids in found.items()} == once.found_first
