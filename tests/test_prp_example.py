"""The example of a PRP batch as its page tells it, killed in the middle, and read by jq."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from clone import REPOSITORY
from example_clone import ExampleClone, at_home
from terminal import Command, sections, shows

from batchexec.batch_results import BeatStatus, Heartbeat
from batchexec.batch_results.statuses import PrpStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

EXAMPLE = "examples/prp-batch"
README = (REPOSITORY / EXAMPLE / "README.md").read_text(encoding="utf-8")
PAGE = (REPOSITORY / "docs/prp-batches.md").read_text(encoding="utf-8")
IDS = ["12.1.1", "12.2.1", "12.2.2", "12.2.3", "12.3.1", "12.3.2", "12.4.1"]
ROWS = {
    id_: dict(zip(("waits", "shows", "first", "second"), cells, strict=True))
    for id_, *cells in (
        [cell.strip(" `") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in re.findall(r"^\| PRP-.*", README, re.MULTILINE)
    )
}
VARIABLE = {r"by [0-9a-f]{12}$": "by <commit>", r"\b\d+s$": "<seconds>"}
RESULT = ".ce/orchestration/batches/batch-12.result.json"


class Greenhouse(ExampleClone):
    """The example in a fresh clone; everything is asked in its `work`, a repository of its own."""

    def __init__(self, top: Path) -> None:
        super().__init__(top, EXAMPLE)

    def begin(self) -> None:
        subprocess.run([str(self.root.parent / "begin")], check=True)

    def result(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.read(RESULT))
        return document

    def calls(self) -> list[str]:
        return sorted(self.read("calls.log").splitlines())

    def commits(self) -> list[str]:
        return sorted(re.findall(r"^PRP-([\d.]+): ", self.git("log", "--format=%s"), re.MULTILINE))


@dataclass
class Told:
    """Each command of a section with its exit status and what it printed, and what came of each run."""

    greenhouse: Greenhouse
    said: list[tuple[Command, int, str]]
    results: list[dict[str, Any]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Give places for clones; worktrees stand beside them, and git knows somebody."""
    with pytest.MonkeyPatch.context() as patch:

        def new() -> Path:
            return at_home(tmp_path_factory.mktemp("greenhouse"), patch)

        yield new


@pytest.fixture(scope="module")
def told(place: Callable[[], Path]) -> Told:
    """Type what the page says, line by line, up to its end."""
    scratch = place()
    greenhouse = Greenhouse(scratch / "clone")
    terminal = greenhouse.terminal(scratch / "bin")
    told = Told(greenhouse, [], [])
    for step in (step for steps in sections(README).values() for step in steps):
        assert isinstance(step, Command)
        if step.typed.startswith("jq ") and shutil.which("jq") is None:
            continue
        told.said.append((step, *terminal.type(step.typed)))
        if re.match(r"doit( --quiet| #|$)", step.typed):
            told.results.append(greenhouse.result())
    return told


def statuses(result: dict[str, Any]) -> dict[str, str]:
    return {entry["prp_id"]: entry["status"] for entry in result["results"]}


def test_the_page_has_a_row_for_every_prp() -> None:
    assert list(ROWS) == [f"PRP-{id_}" for id_ in IDS]


def test_the_page_shows_what_happens(told: Told) -> None:
    for step, code, printed in told.said:
        assert code == step.status, f"README.md:{step.line} ends with {code}\n{printed}"
        shown, seen = step.shown, printed
        for pattern, name in VARIABLE.items():
            shown, seen = (re.sub(pattern, name, text, flags=re.MULTILINE) for text in (shown, seen))
        assert not step.shown or shows(shown, seen), f"README.md:{step.line} prints\n{printed}"


def test_every_prp_ends_as_the_page_says(told: Told) -> None:
    first, second, quiet, after_a_kill = map(statuses, told.results)
    assert first == {id_: row["first"] for id_, row in ROWS.items()}
    assert second == {id_: row["second"] or row["first"] for id_, row in ROWS.items()}
    assert quiet == after_a_kill == first


def test_the_plan_has_the_stages_waves_and_gates_the_page_tells_of(place: Callable[[], Path]) -> None:
    greenhouse = Greenhouse(place() / "clone")
    greenhouse.begin()
    plan = greenhouse.plan()
    levels = {id_.removeprefix("PRP-"): (task["stage"], task["wave"]) for id_, task in plan.items()}
    assert levels == {
        "12.1.1": (1, 1),
        "12.2.1": (2, 1),
        "12.2.2": (2, 1),
        "12.2.3": (2, 2),
        "12.3.1": (3, 1),
        "12.3.2": (3, 1),
        "12.4.1": (4, 1),
    }
    waits = {id_: ", ".join(task["deps"]).replace("prp:PRP-", "") for id_, task in plan.items()}
    assert waits == {id_: row["waits"] for id_, row in ROWS.items()}
    manual = [(id_, gate["n"]) for id_, task in plan.items() for gate in task["gates"] if gate["reason"]]
    assert manual == [("PRP-12.2.3", 2)]
    assert greenhouse.git("status", "--porcelain", "--ignored") == ""


def test_the_gate_that_failed_had_the_exit_status_0(told: Told) -> None:
    (entry,) = (entry for entry in told.results[0]["results"] if entry["status"] == "failed_gates")
    assert [(gate["result"], gate["exit"]) for gate in entry["gates"]] == [("passed", 0), ("failed", 0)]


def test_who_is_killed_with_two_at_work_does_only_the_rest(place: Callable[[], Path]) -> None:
    greenhouse = Greenhouse(place() / "clone")
    greenhouse.begin()
    kill_at(greenhouse, {"PRP-12.2.1 1", "PRP-12.2.2 1"})
    assert greenhouse.commits() == ["12.1.1"]

    again = greenhouse.doit()
    assert again.code == 1, again.out + again.err
    assert greenhouse.calls() == [
        "PRP-12.1.1 1",
        "PRP-12.2.1 1",
        "PRP-12.2.1 2",
        "PRP-12.2.2 1",
        "PRP-12.2.2 2",
        "PRP-12.2.3 1",
        "PRP-12.3.1 1",
        "PRP-12.3.2 1",
    ]
    assert greenhouse.commits() == IDS[:5]
    assert statuses(greenhouse.result()) == {id_: row["first"] for id_, row in ROWS.items()}
    assert greenhouse.git("status", "--porcelain") == ""
    assert greenhouse.git("worktree", "list").count("\n") == 2


def kill_at(greenhouse: Greenhouse, calls: set[str]) -> None:
    """Start a run and kill doit as soon as these answers are being played."""
    run = greenhouse.start()
    try:
        end = time.monotonic() + 60
        log = greenhouse.root / "calls.log"
        while not (log.exists() and calls <= set(greenhouse.calls())):
            assert run.poll() is None, run.stdout and run.stdout.read()
            assert time.monotonic() < end, "they are never asked"
            time.sleep(0.02)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
        if run.stdout:
            run.stdout.close()


def test_the_page_on_batches_names_every_key_of_the_result_file(told: Told) -> None:
    document = told.results[0]
    records = document["results"]
    keys = [*document, *records[0], *(key for record in records for gate in record["gates"] for key in gate)]
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


@pytest.mark.parametrize("status", PrpStatus)
def test_the_page_on_batches_explains_every_status(status: str) -> None:
    assert f"\n| `{status}` | " in PAGE


def test_the_page_on_batches_names_every_key_and_status_of_a_heartbeat() -> None:
    keys = [key for key in Heartbeat(task_id="PRP-12.2.1").document() if f"`{key}`" not in PAGE]
    statuses = [status for status in BeatStatus if not re.search(rf"\b{status}\b", PAGE)]
    assert (keys, statuses) == ([], [])


def test_nothing_of_it_is_seen_from_the_repository_around(told: Told) -> None:
    top = told.greenhouse.root.parents[2]
    status = subprocess.run(["git", "status", "--porcelain"], cwd=top, capture_output=True, check=True)
    assert status.stdout == b""
