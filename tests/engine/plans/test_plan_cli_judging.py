"""What a person decides, what runs have to say, and the way back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from plan_bench import Workspace

from batchexec.engine.commands.plans.standing import attempts
from batchexec.journal import Journal
from batchexec.model import Location, Outcome, Status, Task
from batchexec.rundb import RunDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAN = ("--plan", "@MY-PLAN")


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    """2.1, 2.2 and 2.3 have an EXECUTION_TASK each."""
    workspace.with_subplans()
    for number in ("21", "22", "23"):
        workspace.execution(number)
    return workspace


def statuses(workspace: Workspace) -> dict[str, str]:
    found: dict[str, str] = json.loads(workspace.say("plan_status", *PLAN, "--json").out)
    return found


def test_what_is_approved_is_complete(ready: Workspace) -> None:
    done = ready.say("plan_approve", *PLAN, "--ids", "2.1,2.2", "-m", "Good.")

    assert done.code == 0
    assert done.out == (
        "✅ 2.1 is complete: work-space/plans/MY-PLAN/execution/feedbacks/APPROVED_21.md\n"
        "✅ 2.2 is complete: work-space/plans/MY-PLAN/execution/feedbacks/APPROVED_22.md\n"
        "Next: Run 2.3\n  batchexec plan_run --plan @MY-PLAN --ids 2.3\n"
    )
    assert (statuses(ready)["2.1"], statuses(ready)["2.2"]) == ("complete", "complete")
    assert "\nGood.\n" in (ready.directory / "execution/feedbacks/APPROVED_21.md").read_text()


def test_several_decisions_are_one_run_to_undo(ready: Workspace) -> None:
    before = ready.tree()
    ready.say("plan_approve", *PLAN, "--ids", "2.1", "--ids", "2.2")

    assert ready.say("undo").code == 0
    assert ready.tree() == before


def test_where_one_may_not_be_approved_none_is(ready: Workspace) -> None:
    before = ready.state()

    done = ready.say("plan_approve", *PLAN, "--ids", "2.1,3.1,1.1,9.9")

    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines() == [
        (
            "error: 3.1 has no EXECUTION_TASK, so there is nothing to judge;"
            " first batchexec plan_subplans --plan @MY-PLAN --ids 3.1"
        ),
        (
            "error: 1.1 is complete and cannot be approved;"
            " work-space/plans/MY-PLAN/execution/feedbacks/APPROVED_11.md says so"
        ),
        "error: MY-PLAN has no achievement 9.9; there are: 1.1, 1.2, 2.1, 2.2, 2.3, 3.1, 3.2",
    ]
    assert ready.state() == before


@pytest.mark.parametrize("how", [("-m", "Mend it."), ("--text", "Mend it."), ("fix.md",), ("-",)])
def test_what_has_to_be_changed_is_said_or_read(ready: Workspace, how: tuple[str, ...]) -> None:
    (ready.root / "fix.md").write_text("Mend it.\n")

    done = ready.say("plan_fix", *how, *PLAN, "--ids", "2.1", stdin="Mend it.\n")

    assert done.code == 0
    assert statuses(ready)["2.1"] == "failed"
    assert "## Summary\n\nMend it.\n" in (ready.directory / "execution/feedbacks/FIX_21.md").read_text()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ((), "error: one of the arguments -m/--text FILE is required\ntry: batchexec plan_fix --help\n"),
        (
            ("-m", " "),
            "error: nothing says what has to be changed; say it with -m TEXT, or name a FILE that does\n",
        ),
        (("x.md",), "error: the text x.md cannot be read; No such file or directory\n"),
    ],
)
def test_nothing_is_sent_back_without_a_word(ready: Workspace, how: tuple[str, ...], message: str) -> None:
    done = ready.say("plan_fix", *PLAN, "--ids", "2.1", *how)

    assert (done.code, done.out, done.err) == (3, "", message)


def test_what_is_skipped_is_done_with(ready: Workspace) -> None:
    done = ready.say("plan_skip", *PLAN, "--ids", "3.2", "--json")

    document = json.loads(done.out)
    assert document.pop("run_id")
    assert document == {
        "schema_version": 1,
        "marked": [
            {"id": "3.2", "status": "skipped", "path": "work-space/plans/MY-PLAN/execution/SKIPPED_32.md"}
        ],
    }
    assert statuses(ready)["3.2"] == "skipped"


def test_what_cannot_be_noted_is_not_written_and_an_error(ready: Workspace) -> None:
    (ready.root / ".batchexec").write_text("in the way")
    before = ready.state()

    done = ready.say("plan_fix", *PLAN, "--ids", "2.1", "-m", "x")
    answered = ready.say("plan_discover", *PLAN, "--parallel-level", "3", "--answer", "-", stdin="x")

    assert (done.code, done.out, answered.code, answered.out) == (1, "", 1, "")
    assert done.err.endswith(
        "/.batchexec/journal: File exists; nothing is written that cannot be noted there\n"
    )
    assert answered.err == f"error: {ready.root}/.batchexec: File exists\n"
    assert ready.state() == before


def test_undo_takes_back_what_was_created_and_nothing_else(workspace: Workspace) -> None:
    before = workspace.tree()
    workspace.say("plan_subplans", *PLAN, "--yes")
    mine = workspace.write("subplans/mine.md", "mine")

    done = workspace.say("plan_undo")

    assert done.code == 0
    assert "✅ Removed 3 files of run " in done.out
    mine.unlink()
    assert workspace.tree() == before


def test_a_second_undo_does_nothing(workspace: Workspace) -> None:
    workspace.say("plan_subplans", *PLAN, "--yes")
    workspace.say("plan_undo")
    before = workspace.tree()

    done = workspace.say("plan_undo")

    assert done.code == 0
    assert done.out.startswith("Nothing to undo: of run ")
    assert workspace.tree() == before


def test_what_was_changed_since_stays_and_is_told(workspace: Workspace) -> None:
    workspace.say("plan_subplans", *PLAN, "--yes")
    path = workspace.directory / "subplans/SUBPLAN_MY-PLAN_21.md"
    path.write_text("Mine.\n")

    done = workspace.say("plan_undo")

    assert done.code == 1
    assert (
        "⚠️  Kept 1 file:\n  - work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_21.md: it was changed since\n"
    ) in done.out
    assert path.read_text() == "Mine.\n"


def test_of_an_overwritten_file_that_was_changed_the_copy_is_named(ready: Workspace) -> None:
    graph = (ready.directory / "parallel.json").read_text()
    words = ("plan_discover", *PLAN, "--parallel-level", "3", "--overwrite", "--answer", "-")
    ready.say(*words, stdin=graph)
    (ready.directory / "parallel.json").write_text("{}")

    document = json.loads(ready.say("undo", "--json").out)

    (kept,) = document["kept"]
    assert kept["why"] == "it was changed since"
    assert Path(kept["backup"]).read_text() == graph


def test_a_run_is_undone_by_its_name(workspace: Workspace) -> None:
    first = json.loads(workspace.say("plan_subplans", *PLAN, "--ids", "2.1", "--yes", "--json").out)["run_id"]
    workspace.say("plan_subplans", *PLAN, "--ids", "2.2", "--yes")

    done = workspace.say("undo", "--run", first, "--json")

    assert (done.code, json.loads(done.out)["run_id"]) == (0, first)
    assert workspace.names("subplans") == ["11", "12", "22"]


def test_a_run_there_is_not_is_a_usage_error(workspace: Workspace) -> None:
    done = workspace.say("undo", "--run", "x")

    assert (done.code, done.err) == (3, "error: no run x in the journal; there are: none\n")


@pytest.mark.parametrize("word", ["undo", "plan_undo"])
def test_where_nothing_was_written_there_is_nothing_to_undo(workspace: Workspace, word: str) -> None:
    done = workspace.say(word)

    assert (done.code, done.out) == (0, "Nothing to undo: no run has written anything here.\n")
    assert not (workspace.root / ".batchexec").exists()


def test_undo_of_a_plan_leaves_other_plans_alone(workspace: Workspace) -> None:
    other = Workspace(workspace.root, "OTHER")
    other.half_done()
    workspace.say("plan_subplans", *PLAN, "--yes")
    other.say("plan_subplans", "--plan", "@OTHER", "--yes")

    done = workspace.say("plan_undo", *PLAN)

    assert done.code == 0
    assert workspace.names("subplans") == ["11", "12"]
    assert len(list((other.directory / "subplans").iterdir())) == 5
    assert workspace.say("plan_undo", "--plan", "@OTHER").code == 0
    assert len(list((other.directory / "subplans").iterdir())) == 2


def test_undo_of_a_plan_that_shares_its_directory_takes_its_files(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    plans = tmp_path / "work-space/plans"
    plans.mkdir(parents=True)
    for name in ("ONE", "TWO"):
        (plans / f"PLAN_{name}.md").write_text(f"# PLAN: {name}\n\n**Achievement 1.1**: A\n")
    graph = {
        "plan_name": "ONE",
        "parallelization_level": "level_3",
        "achievements": [{"achievement_id": "1.1", "dependencies": []}],
    }
    answer = json.dumps(graph)
    site.say("plan_discover", "--plan", "@ONE", "--parallel-level", "3", "--answer", "-", stdin=answer)
    assert site.say("plan_subplans", "--plan", "@ONE", "--yes").code == 0

    assert "Nothing to undo" not in site.say("plan_undo", "--plan", "@ONE").out
    assert not list(tmp_path.rglob("SUBPLAN_*"))


def test_undo_works_from_below_and_needs_no_workspace(tmp_path: Path) -> None:
    journal = Journal(tmp_path, tmp_path)
    with journal.run(["batchexec"]) as writing:
        writing.create("a.txt", b"a")
    below = tmp_path / "below"
    below.mkdir()

    done = Workspace(tmp_path).say("undo", cwd=below)

    assert (done.code, (tmp_path / "a.txt").exists()) == (0, False)
    assert Workspace(tmp_path).say("plan_undo").code == 3


@pytest.mark.parametrize("with_git", [True, False])
def test_a_failed_atomic_run_keeps_edits_that_nobody_committed(workspace: Workspace, with_git: bool) -> None:
    workspace.with_subplans()
    if with_git:
        for words in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a", "commit", "-qm", "a"],
        ):
            subprocess.run(["git", *words], cwd=workspace.root, check=True)
    plan = workspace.directory / "PLAN_MY-PLAN.md"
    plan.write_text(f"{plan.read_text()}\nMine.\n")
    bad = workspace.directory / "subplans/SUBPLAN_MY-PLAN_22.md"
    bad.write_bytes(b"\xff")
    before = {path: data for path, data in workspace.tree().items() if ".git" not in path.split("/")}

    done = workspace.say("plan_executions", *PLAN, "--yes", "--atomic", "--allow-unfilled")

    assert done.code == 1
    assert {path: data for path, data in workspace.tree().items() if ".git" not in path.split("/")} == before


class Books:
    """The run database of a project, as a run leaves it."""

    def __init__(self, root: Path) -> None:
        self._state = root / ".batchexec"
        self._database = RunDatabase(self._state / "run.db")
        self._database.begin_writing()
        self._runs = 0

    def attempt(self, name: str, status: str | None, began_utc: float | None = None) -> None:
        began = time.time() if began_utc is None else began_utc
        task = Task(
            name=name, family="plan_run", id=name, title="", category="", priority=1, prompt="",
            location=Location("x", 1),
        )  # fmt: skip
        self._runs += 1
        with self._database.transaction():
            run = self._database.begin_run(f"r{self._runs}", began, [], "1", {})
            self._database.plan_run(run, [(task, "")])
            attempt, _ = self._database.begin(run, name, "apply", began, [], {})
            if status is not None:
                self._database.finish(attempt, Outcome(status=Status(status)), (), began)

    def live(self) -> None:
        """Let this process be the run."""
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        note = {"pid": os.getpid(), "ticks": ticks, "host": os.uname().nodename}
        (self._state / "holder.json").write_text(json.dumps(note))

    def close(self) -> None:
        self._database.close()


@pytest.fixture
def books(ready: Workspace) -> Iterator[Books]:
    found = Books(ready.root)
    yield found
    found.close()


def test_what_a_live_run_is_at_is_in_progress(ready: Workspace, books: Books) -> None:
    books.attempt("plan_run:MY-PLAN:2.1", None)
    books.attempt("plan_run:OTHER:2.2", None)
    books.live()

    assert attempts(ready.root, "MY-PLAN") == (frozenset({"2.1"}), frozenset())
    assert (statuses(ready)["2.1"], statuses(ready)["2.2"]) == ("in_progress", "execution_created")
    (row,) = json.loads(ready.say("plan_list", "--json").out)["plans"]
    assert row["state"] == "in progress"


def test_what_a_dead_run_was_at_is_as_its_files_say(ready: Workspace, books: Books) -> None:
    books.attempt("plan_run:MY-PLAN:2.1", None)

    assert attempts(ready.root, "MY-PLAN") == (frozenset(), frozenset())
    assert statuses(ready)["2.1"] == "execution_created"


def test_what_passed_waits_for_its_approval(ready: Workspace, books: Books) -> None:
    books.attempt("plan_run:MY-PLAN:2.1", "passed")
    books.attempt("plan_run:MY-PLAN:2.2", "passed")
    books.attempt("plan_run:MY-PLAN:2.2", "failed")

    assert attempts(ready.root, "MY-PLAN") == (frozenset(), frozenset({"2.1"}))
    assert ready.say("plan_next", *PLAN).out == (
        "Approve what passed: 2.1\n  batchexec plan_approve --plan @MY-PLAN --ids 2.1\n"
    )
    (row,) = json.loads(ready.say("plan_list", "--json").out)["plans"]
    assert row["step"] == "approve"


def test_a_fix_that_an_attempt_answered_is_resolved_and_a_later_one_is_not(
    ready: Workspace, books: Books
) -> None:
    ready.say("plan_fix", *PLAN, "--ids", "2.1", "-m", "Mend it.")
    books.attempt("plan_run:MY-PLAN:2.1", "passed", time.time() + 1)
    books.attempt("plan_run:MY-PLAN:2.2", "passed", time.time() - 60)
    ready.say("plan_fix", *PLAN, "--ids", "2.2", "-m", "Mend it.")

    lines = ready.say("plan_status", *PLAN).out.splitlines()

    awaiting = [line.split()[1] for line in lines if line.endswith("passed, awaiting approval")]
    assert awaiting == ["2.1"]
    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["ids"] == ["2.2"]


def test_there_is_a_second_round_of_changes_after_an_attempt_that_passed(
    ready: Workspace, books: Books
) -> None:
    words = ("plan_fix", *PLAN, "--ids", "2.1", "-m")
    ready.say(*words, "Mend it.")
    refused = ready.say(*words, "Mend more.")
    books.attempt("plan_run:MY-PLAN:2.1", "passed", time.time() + 0.01)
    time.sleep(0.05)

    done = ready.say(*words, "Mend more.")

    assert refused.code == 3
    assert "nothing has passed since work-space/plans/MY-PLAN/execution/feedbacks/FIX_21.md" in refused.err
    assert (done.code, done.out.partition("\n")[0]) == (
        0,
        "❌ 2.1 is failed: work-space/plans/MY-PLAN/execution/feedbacks/FIX_21.md",
    )
    assert "Mend more." in ready.say("plan_next", *PLAN, "--ids", "2.1").out
    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "fix"
    assert ready.say(*words, "And more.").code == 3
    assert ready.say("undo").code == 0
    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "approve"


def test_markers_are_taken_back_where_somebody_interrupts(
    ready: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ready.tree()
    links = os.link

    def interrupted(*arguments: Any, **options: Any) -> None:
        links(*arguments, **options)
        if "APPROVED_22.md" in arguments:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(os, "link", interrupted)
    done = ready.say("plan_approve", *PLAN, "--ids", "2.1,2.2,2.3")

    assert (done.code, done.out) == (130, "")
    assert ready.tree() == before


def test_a_fix_that_was_written_by_hand_counts_from_when_it_was_written(
    ready: Workspace, books: Books
) -> None:
    books.attempt("plan_run:MY-PLAN:2.1", "passed", time.time() - 60)
    path = ready.mark("FIX", "21")

    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "fix"
    os.utime(path, (0, 0))
    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "approve"


def test_one_more_execution_has_to_pass_too(ready: Workspace, books: Books) -> None:
    books.attempt("plan_run:MY-PLAN:2.1", "passed", time.time() - 60)
    ready.say("plan_executions", *PLAN, "--ids", "2.1", "--again", "--yes")

    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "run"


def test_all_sub_executions_have_to_pass(ready: Workspace, books: Books) -> None:
    path = ready.directory / "parallel.json"
    document = json.loads(path.read_text())
    document["achievements"][2]["sub_executions"] = [
        {"execution_id": f"2.1.{number}", "dependencies": []} for number in (1, 2)
    ]
    path.write_text(json.dumps(document))
    ready.say("plan_executions", *PLAN, "--ids", "2.1", "--yes")
    later = time.time() + 1
    books.attempt("plan_run:MY-PLAN:2.1", "failed", later)
    books.attempt("plan_run:MY-PLAN:2.1:01", "passed", later)

    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "run"
    books.attempt("plan_run:MY-PLAN:2.1:02", "passed", later)
    assert json.loads(ready.say("plan_next", *PLAN, "--json").out)["step"] == "approve"


@pytest.mark.parametrize("data", [b"", b"no database", None])
def test_books_that_cannot_be_read_keep_nobody_from_reading_plans(
    ready: Workspace, data: bytes | None
) -> None:
    if data is not None:
        (ready.root / ".batchexec").mkdir()
        (ready.root / ".batchexec/run.db").write_bytes(data)

    assert attempts(ready.root, "MY-PLAN") == (frozenset(), frozenset())
    assert ready.say("plan_status", *PLAN).code == 0
