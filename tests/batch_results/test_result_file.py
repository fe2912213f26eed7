"""The result file of a batch: what it says, what it leaves alone, and how often it is written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchexec.batch_results import GateRecord, Record, ResultFile
from batchexec.errors import StateError, WorkspaceError
from batchexec.model import Gate, GateResult, Location, Result

if TYPE_CHECKING:
    from batch_results.result_run import Run

ROOT = Path(__file__).parents[2]
needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")


def gate(number: int, result: Result, **more: Any) -> GateResult:
    declared = Gate(
        number=number, title=f"Gate {number}", location=Location("x.md", 1), scripts=("make a", "b")
    )
    return GateResult(gate=declared, result=result, **more)


def records(*stages: int, status: str = "success") -> list[Record]:
    """Make a record for each of these stages."""
    made = (
        Record(prp_id=f"PRP-12.{stage}.{n}", stage=stage, status=status) for n, stage in enumerate(stages, 1)
    )
    return list(made)


def jq(query: str, path: Path) -> list[str]:
    return subprocess.run(
        ["jq", "-r", query, path], check=True, capture_output=True, text=True
    ).stdout.split()


def test_the_file_has_these_keys_in_this_order(run: Run) -> None:
    found = run.written(*records(1))
    assert list(found) == [
        *(
            "schema_version",
            "batch_id",
            "selection",
            "stage_filter",
            "base_commit",
            "started_at",
            "timestamp",
        ),
        *("total", "success", "failed", "blocked", "pending", "success_rate", "elapsed_seconds", "warnings"),
        *("stages", "results"),
    ]
    assert list(found["results"][0]) == [
        *("prp_id", "title", "status", "stage", "wave", "attempt"),
        *("files_created", "files_modified", "files_deleted", "commits", "branch", "merge_commit"),
        *("gates_passed", "gates_failed", "gates_unverified", "gates", "errors", "blocked_by"),
        *("elapsed_seconds", "tokens_used", "cost", "log", "confirmed"),
    ]


def test_what_is_known_of_a_run_stands_at_the_top(run: Run) -> None:
    run.begin(*records(1))
    run.file.warn("stage 2 was skipped")
    run.clock.seconds = 95.4
    run.file.write(force=True)
    found = run.read()
    assert {key: found[key] for key in list(found)[:7]} == {
        "schema_version": 1,
        "batch_id": 12,
        "selection": "--batch 12",
        "stage_filter": None,
        "base_commit": "b" * 40,
        "started_at": "2026-11-21T10:00:00Z",
        "timestamp": "2026-11-21T10:01:35Z",
    }
    assert (found["elapsed_seconds"], found["warnings"]) == (95, ["stage 2 was skipped"])


def test_a_record_says_how_each_gate_came_out(run: Run) -> None:
    record = Record(prp_id="PRP-12.1.1", stage=1, elapsed_seconds=41.4, cost=0.1 + 0.2).judged(
        [
            gate(1, Result.PASSED, code=0, seconds=1.23456, output="x" * 3000),
            gate(2, Result.FAILED, code=1, reason="expected 1, got 2", output="y" * 3000),
            gate(3, Result.MANUAL, reason="prose"),
            gate(4, Result.UNVERIFIED, code=0, reason="it proves nothing"),
        ]
    )
    (found,) = run.written(record)["results"]
    assert (found["gates_passed"], found["gates_failed"], found["gates_unverified"]) == (1, 1, 2)
    assert (found["elapsed_seconds"], found["cost"], found["tokens_used"]) == (41, 0.3, None)
    assert [len(one["output_tail"]) for one in found["gates"]] == [200, 2000, 0, 0]
    assert found["gates"][0] | {"output_tail": ""} == {
        "n": 1,
        "title": "Gate 1",
        "level": 2,
        "result": "passed",
        "reason": None,
        "command": "make a\nb",
        "exit": 0,
        "seconds": 1.235,
        "output_tail": "",
    }
    assert [one["reason"] for one in found["gates"][1:]] == [
        "expected 1, got 2",
        "prose",
        "it proves nothing",
    ]


def test_stages_hold_the_same_records_as_the_results(run: Run) -> None:
    found = run.written(*records(2, 10, 1, 1))
    assert list(found["stages"]) == ["1", "2", "10"]
    assert [one for stage in found["stages"].values() for one in stage.values()] == found["results"]
    assert list(found["stages"]["1"]) == ["PRP-12.1.3", "PRP-12.1.4"]


def test_in_a_stage_records_come_by_the_numbers_of_their_ids(run: Run) -> None:
    found = run.written(*(Record(prp_id=f"PRP-12.{id_}", stage=1) for id_ in ("10.1", "2.10", "2.9")))
    assert list(found["stages"]["1"]) == ["PRP-12.2.9", "PRP-12.2.10", "PRP-12.10.1"]


@pytest.mark.parametrize(
    ("statuses", "sums"),
    [
        ("", (0, 0, 0, 0, 0, 0)),
        ("success", (1, 1, 0, 0, 0, 100)),
        ("success failed blocked", (3, 1, 1, 1, 0, 33)),
        ("success success failed_gates", (3, 2, 1, 0, 0, 66)),
        ("failed_gates interrupted failed", (3, 0, 3, 0, 0, 0)),
        ("pending running", (2, 0, 0, 0, 2, 0)),
        ("completed passed SUCCESS", (3, 0, 3, 0, 0, 0)),
    ],
)
def test_only_success_counts_as_successful_and_the_rate_is_rounded_down(
    run: Run, statuses: str, sums: tuple[int, ...]
) -> None:
    made = (Record(prp_id=f"PRP-12.1.{n}", status=word) for n, word in enumerate(statuses.split(), 1))
    found = run.written(*made)
    keys = ("total", "success", "failed", "blocked", "pending", "success_rate")
    assert tuple(found[key] for key in keys) == sums


@needs_jq
def test_what_is_not_successful_is_found_by_jq(run: Run) -> None:
    run.written(
        Record(prp_id="PRP-12.1.1", stage=1, status="success"),
        Record(prp_id="PRP-12.2.1", stage=2, status="failed_gates"),
        Record(prp_id="PRP-12.2.2", stage=2, status="blocked", title="\ud800 ตะกร้า \x1b[31m"),
    )
    assert jq('.results[] | select(.status!="success") | .prp_id', run.path) == ["PRP-12.2.1", "PRP-12.2.2"]
    assert jq('.stages["2"] | keys[]', run.path) == ["PRP-12.2.1", "PRP-12.2.2"]


def test_a_run_leaves_entries_and_keys_it_does_not_know_as_they_are(run: Run) -> None:
    other = {"prp_id": "PRP-12.1.1", "status": "pending", "stage": 1, "reviewer": {"name": "Ann"}}
    mine = {"prp_id": "PRP-12.2.1", "status": "failed", "attempt": 1, "ticket": 7, "errors": ["x"]}
    run.put({"schema_version": 1, "batch_id": 12, "results": [mine, other], "metrics": [1.5, None]})
    known = run.file.known("PRP-12.2.1")
    assert known is not None
    assert (known.attempt, known.errors) == (1, ("x",))

    found = run.written(Record(prp_id="PRP-12.2.1", stage=2, status="success", attempt=2))

    assert found["results"][0] == other
    assert found["stages"]["1"] == {"PRP-12.1.1": other}
    again = found["results"][1]
    assert (again["attempt"], again["status"], again["errors"], again["ticket"]) == (2, "success", [], 7)
    assert found["metrics"] == [1.5, None]
    assert (found["total"], found["success"], found["pending"], found["success_rate"]) == (2, 1, 1, 50)


def test_what_a_hook_adds_during_a_run_stays(run: Run) -> None:
    found = run.written(*records(1, status="running"))
    found["results"][0]["reviewed"] = True
    found["cost_centre"] = "shop"
    run.put(found)
    run.file.update(Record(prp_id="PRP-12.1.1", stage=1, status="success"))
    run.file.write(force=True)
    after = run.read()
    assert (after["results"][0]["status"], after["results"][0]["reviewed"]) == ("success", True)
    assert after["cost_centre"] == "shop"


def test_what_a_hook_changes_beside_this_run_stays(run: Run) -> None:
    run.put({"results": [{"prp_id": "PRP-12.9.1", "status": "failed"}]})
    found = run.written(*records(1))
    for one in found["results"]:
        one["reviewed"] = True
    run.put(found)
    run.file.write(force=True)
    assert [one["reviewed"] for one in run.read()["results"]] == [True, True]


def test_the_next_write_has_what_changed_since(run: Run) -> None:
    run.written(*records(1, 1, status="running"))
    run.file.update(Record(prp_id="PRP-12.1.2", stage=1, status="success"))
    run.file.write(force=True)
    assert [one["status"] for one in run.read()["results"]] == ["running", "success"]


def test_a_second_run_takes_over_what_the_first_one_wrote(run: Run) -> None:
    run.written(*records(1, 1, 2, status="failed"))
    run.file = run.another()
    run.begin(
        Record(prp_id="PRP-12.1.2", stage=1, status="success", attempt=2), selection="--batch 12 --retry"
    )
    run.file.write(force=True)
    found = run.read()
    assert [one["status"] for one in found["results"]] == ["failed", "success", "failed"]
    assert found["selection"] == "--batch 12 --retry"
    whole = run.file.result()
    assert [one.attempt for one in whole.records] == [0, 2, 0]
    assert whole.only({"PRP-12.1.2"}).totals.success_rate == 100


def test_an_entry_that_only_stands_under_a_stage_is_an_entry(run: Run) -> None:
    run.put({"batch_id": 12, "stages": {"3": {"PRP-12.9.1": {"status": "success"}}}})
    found = run.written()
    assert found["results"] == [{"prp_id": "PRP-12.9.1", "status": "success"}]
    assert list(found["stages"]) == ["3"]


def test_nothing_is_written_before_it_is_asked_for(run: Run) -> None:
    run.begin(*records(1))
    assert run.file.known("PRP-12.1.1") is not None
    assert run.file.known("PRP-12.9.9") is None
    assert list(run.root.iterdir()) == []


def test_the_file_is_written_once_a_second_and_only_with_news(run: Run) -> None:
    run.begin(*records(1))
    assert run.file.write()
    run.file.update(Record(prp_id="PRP-12.1.1", stage=1, status="failed"))
    run.clock.seconds = 0.9
    assert not run.file.write()
    run.clock.seconds = 1.0
    assert run.file.write()
    run.clock.seconds = 9.0
    assert not run.file.write()
    run.file.update(Record(prp_id="PRP-12.1.1", stage=1, status="failed"))
    assert not run.file.write()
    run.file.warn("news")
    assert run.file.write()


def test_a_forced_write_is_always_done(run: Run) -> None:
    run.begin()
    assert [run.file.write(force=True) for _ in range(3)] == [True] * 3


def test_a_thousand_prps_are_written_in_time_that_does_not_grow_with_their_updates(run: Run) -> None:
    made = [
        Record(
            prp_id=f"PRP-12.{n // 100}.{n % 100}",
            stage=n // 100,
            gates=tuple(GateRecord(n=g, output_tail="o" * 200) for g in range(5)),
        )
        for n in range(1000)
    ]
    run.begin(*made)
    began = time.perf_counter()
    writes = 0
    for number, record in enumerate(made):
        for status in ("running", "success"):
            run.file.update(
                Record(prp_id=record.prp_id, stage=record.stage, status=status, gates=record.gates)
            )
            run.clock.seconds = number / 100
            writes += run.file.write()
    assert writes == 10
    assert time.perf_counter() - began < 5
    assert run.file.result().totals.success == 1000


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("{\n\n]", "3: warning: it is no JSON: Expecting property name enclosed in double quotes; "),
        ("[]", "1: warning: it cannot be used: it is no object; "),
        ('{"batch_id": 13}', "1: warning: it is about batch 13, not 12; "),
        ('{"schema_version": 2}', "1: warning: its schema_version is 2, not 1; "),
        ('{"results": ["PRP-12.1.1"]}', "1: warning: results[0] is no object; "),
    ],
)
def test_what_cannot_be_used_is_kept_as_a_copy_and_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, text: str, warning: str
) -> None:
    monkeypatch.chdir(run.root)
    run.put(text)
    found = run.written(*records(1))
    hint = "a run of the batch writes it anew, and keeps a copy of what is there"
    assert found["warnings"] == [f".ce/orchestration/batches/batch-12.result.json:{warning}{hint}"]
    assert [one["prp_id"] for one in found["results"]] == ["PRP-12.1.1"]
    (copy,) = (path for path in run.path.parent.iterdir() if path != run.path)
    assert copy.read_text() == text


def test_an_empty_file_leaves_no_copy(run: Run) -> None:
    run.put("")
    run.written()
    assert list(run.path.parent.iterdir()) == [run.path]


def test_a_file_that_cannot_be_opened_stops_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run.root)
    run.path.parent.mkdir(parents=True)
    os.mkfifo(run.path)
    with pytest.raises(StateError) as caught:
        run.begin()
    place = ".ce/orchestration/batches/batch-12.result.json:1"
    assert str(caught.value) == f"{place}: error: this result file is not a regular file; move it away"


def test_the_state_directory_ignores_itself_in_git(run: Run) -> None:
    subprocess.run(["git", "init", "-q", run.root], check=True)
    run.written(*records(1))
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=run.root, check=True, capture_output=True, text=True
    )
    assert (run.root / ".ce/orchestration/.gitignore").read_text() == "*\n"
    assert status.stdout == ""


def test_a_gitignore_of_the_users_own_stays(run: Run) -> None:
    ignore = run.root / ".ce/orchestration/.gitignore"
    ignore.parent.mkdir(parents=True)
    ignore.write_text("*.hb\n")
    run.written()
    assert ignore.read_text() == "*.hb\n"


@pytest.mark.parametrize("directory", [".", "..", "a/..", "/"])
def test_a_state_directory_that_holds_the_repository_is_refused(tmp_path: Path, directory: str) -> None:
    with pytest.raises(StateError) as caught:
        ResultFile(tmp_path, directory, 12)
    assert str(caught.value) == (
        f"error: the state of batches cannot be kept in {directory}, which holds the repository;"
        " name a directory of its own, like .ce/orchestration"
    )


def test_a_state_directory_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    file = ResultFile(tmp_path / "repository", tmp_path / "state/ours", 12)
    file.write(force=True)
    assert file.path == tmp_path / "state/ours/batches/batch-12.result.json"
    assert file.shown == str(file.path)
    assert file.path.exists()


def test_no_link_in_the_repository_leads_the_file_elsewhere(run: Run, tmp_path_factory: Any) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (run.root / ".ce").symlink_to(elsewhere)
    with pytest.raises(WorkspaceError):
        run.written()
    assert list(elsewhere.iterdir()) == []


WRITER = """
import sys
from pathlib import Path
from batchexec.batch_results import Record, ResultFile
file = ResultFile(Path(sys.argv[1]), ".ce/orchestration", 12)
ids = [f"PRP-12.1.{n}" for n in range(200)]
file.begin("--batch 12", None, "", [Record(prp_id=id_, stage=1) for id_ in ids])
for turn in range(1_000_000):
    file.update(Record(prp_id=ids[turn % 200], stage=1, attempt=turn, errors=("x" * (turn % 999),)))
    file.write(force=True)
    if turn == 5:
        print("writing", flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_leaves_a_whole_file_that_the_next_one_goes_on_with(run: Run) -> None:
    for number in range(6):
        command = [sys.executable, "-c", WRITER, str(run.root)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == "writing\n"
            time.sleep(0.013 * number)
            writer.send_signal(signal.SIGKILL)
        found = run.read()
        assert (found["total"], len(found["results"]), len(found["stages"]["1"])) == (200, 200, 200)
        if shutil.which("jq"):
            assert jq(".results | length", run.path) == ["200"]
    assert run.another().known("PRP-12.1.199") is not None
    after = run.written(Record(prp_id="PRP-12.2.1", stage=2))
    assert (after["total"], after["warnings"]) == (201, [])
    assert not [path for path in run.path.parent.iterdir() if path.suffix == ".bxtmp"]
    json.dumps(after, allow_nan=False)
