"""The result file of a batch, its heartbeats, and the report people see."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from prp_bench import RESULT, Prps, gate, until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Prps:
    """Run a batch in which one succeeds, one fails and one is blocked; nobody changes anything in it."""
    here = tmp_path_factory.mktemp("results")
    prps = Prps(here / "repository", here / "here")
    prps.write("shop.txt", "as it was\n")
    prps.write("old.txt", "old\n")
    prps.prp("12.1.1", gates=["true", gate(2, "")], header="estimated_hours: 1")
    prps.prp("12.1.2", gates=["true", gate(2, "echo 2", "1")])
    prps.prp("12.2.1", after=["PRP-12.1.2"])
    prps.answers(
        {
            "12.1.1": {
                "files": {"new.txt": "x", "shop.txt": "changed\n"},
                "delete": ["old.txt"],
                "log": "I begin\n",
                "input_tokens": 30,
                "output_tokens": 12,
                "cost_usd": 0.25,
            }
        }
    )
    prps.commit()
    answer = prps.doit()
    (prps.here / "out").write_text(answer.out)
    assert answer.code == 1
    return prps


def test_totals_count_how_prps_came_out(done: Prps) -> None:
    result = done.result
    assert [result[key] for key in ("total", "success", "failed", "blocked", "pending", "success_rate")] == [
        3,
        1,
        1,
        1,
        0,
        33,
    ]


def test_the_file_says_what_the_run_was_about(done: Prps) -> None:
    result = done.result
    base = done.git("rev-list", "--max-parents=0", "HEAD").strip()
    assert (result["schema_version"], result["batch_id"], result["selection"], result["stage_filter"]) == (
        1,
        12,
        "--batch 12",
        None,
    )
    assert result["base_commit"] == base


def test_files_come_from_what_changed(done: Prps) -> None:
    record = done.record("12.1.1")
    assert (record["files_created"], record["files_modified"], record["files_deleted"]) == (
        ["new.txt"],
        ["shop.txt"],
        ["old.txt"],
    )


def test_commits_are_full_hashes(done: Prps) -> None:
    [sha] = done.record("12.1.1")["commits"]
    assert sha == done.git("rev-parse", "HEAD^2").strip()


def test_tokens_and_cost_are_what_was_reported(done: Prps) -> None:
    record = done.record("12.1.1")
    assert (record["tokens_used"], record["cost"]) == (42, 0.25)


def test_tokens_and_cost_are_empty_where_nothing_was_reported(done: Prps) -> None:
    record = done.record("12.1.2")
    assert (record["tokens_used"], record["cost"]) == (None, None)


def test_gates_are_told_one_by_one(done: Prps) -> None:
    first, second = done.record("12.1.2")["gates"]
    assert (first["n"], first["result"], first["exit"], first["command"]) == (1, "passed", 0, "true")
    assert (second["n"], second["result"], second["output_tail"]) == (2, "failed", "2\n")


def test_the_log_that_is_named_holds_what_was_said(done: Prps) -> None:
    assert done.read(done.record("12.1.1")["log"]) == "I begin\n"


def test_stages_hold_the_same_records(done: Prps) -> None:
    result = done.result
    by_stage = {
        (stage, id_): record for stage, prps in result["stages"].items() for id_, record in prps.items()
    }
    assert by_stage == {(str(one["stage"]), one["prp_id"]): one for one in result["results"]}


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_the_queries_people_know_run(done: Prps) -> None:
    def jq(query: str) -> str:
        return subprocess.run(
            ["jq", "-r", query, RESULT], cwd=done.root, capture_output=True, check=True, encoding="utf-8"
        ).stdout

    assert jq('.results[] | select(.status!="success") | .prp_id') == "PRP-12.1.2\nPRP-12.2.1\n"
    assert json.loads(jq('.stages["2"]')).keys() == {"PRP-12.2.1"}


_REPORT = """\
======================================================================
BATCH 12 EXECUTION REPORT
======================================================================

Stage 1:
  ✓ PRP-12.1.1
      Status: success
      Time: Ns
      Gates: 1/1 (1 manual)
  ✗ PRP-12.1.2
      Status: failed_gates
      Time: Ns
      Gates: 1/2
      ERROR: Gate 2 failed: expected 1, got 2

Stage 2:
  ⊘ PRP-12.2.1
      Status: blocked
      Time: Ns
      Gates: 0/0
      ERROR: Dependency PRP-12.1.2 not completed yet; run `doit --batch 12 --prp PRP-12.1.2`, then \
`doit --batch 12 --retry PRP-12.2.1`

======================================================================
SUMMARY
======================================================================
Total PRPs: 3
Successful: 1 ✓
Failed: 1 ✗
Blocked: 1
Total Time: Ns (N min)
Success Rate: 33%

Results saved to: .ce/orchestration/batches/batch-12.result.json
"""


def test_the_report_is_the_one_people_know(done: Prps) -> None:
    said = (done.here / "out").read_text()
    report = said[said.index("=" * 70) : said.index("Report: ")]
    assert re.sub(r"\([0-9.]+ min\)", "(N min)", re.sub(r"[0-9]+s\b", "Ns", report)) == _REPORT


def test_progress_and_failures_are_told_as_they_come(done: Prps) -> None:
    lines = (done.here / "out").read_text().splitlines()
    assert "[Stage 1] Executing PRP-12.1.2..." in lines
    at = lines.index("PRP-12.1.2 ✗ FAILED: Gate 2 failed: expected 1, got 2")
    told = lines[at : at + 12]
    assert "    git log --oneline --grep='^PRP-12.1.2:'" in told
    assert "    doit --batch 12 --retry PRP-12.1.2" in told


def test_the_state_directory_is_ignored_by_git(done: Prps) -> None:
    assert done.status == ""


def test_a_run_of_nothing_but_what_is_completed_divides_by_nothing(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()
    prps.doit()

    again = prps.doit()

    assert again.code == 0
    assert "Success Rate: 100%" in again.out


def test_a_later_run_keeps_the_entries_of_the_first(prps: Prps) -> None:
    prps.prps("12.1.1", "12.1.2")
    prps.commit()
    prps.doit("--prp", "12.1.1")
    before = prps.record("12.1.1")

    prps.doit("--prp", "12.1.2")

    assert (prps.record("12.1.1"), prps.came_out) == (before, {"12.1.1": "success", "12.1.2": "success"})


def test_results_may_stand_elsewhere(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.settings(results="state/of")
    prps.commit()

    prps.doit()

    assert json.loads(prps.read("state/of/batches/batch-12.result.json"))["success"] == 1
    assert prps.status == ""


def test_the_file_is_whole_whenever_it_is_read(prps: Prps) -> None:
    prps.prps(*(f"12.1.{number}" for number in range(1, 7)))
    prps.answers({f"12.1.{number}": {"delay_s": 0.2} for number in range(1, 7)})
    prps.commit()

    running = prps.start("-n", "2")
    read = 0
    while running.poll() is None:
        if prps.has_result:
            assert prps.result["batch_id"] == 12
            read += 1
    running.communicate()

    assert (running.returncode, read > 0) == (0, True)


def _beat(prps: Prps, number: str) -> Path:
    return prps.root / f".ce/orchestration/tasks/batch-12/task-PRP-{number}.hb"


def test_a_heartbeat_tells_what_is_being_done(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": 'echo x > $ID.txt; : > "$HERE/working"; await "$HERE/go"'})

    running = prps.start()
    until((prps.here / "working").exists)
    beat = json.loads(_beat(prps, "12.1.1").read_text())
    (prps.here / "go").touch()
    running.communicate(timeout=60)

    assert (beat["task_id"], beat["pid"], beat["attempt"]) == ("PRP-12.1.1", running.pid, 1)
    assert beat.keys() == {
        "task_id",
        "status",
        "progress",
        "steps_completed",
        "total_steps",
        "tokens_used",
        "elapsed_seconds",
        "last_update",
        "last_activity",
        "pid",
        "attempt",
    }


def test_the_last_heartbeat_of_a_success_says_complete(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.commit()

    prps.doit()

    assert json.loads(_beat(prps, "12.1.1").read_text())["status"] == "COMPLETE"


def test_the_last_heartbeat_of_a_failure_says_failed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.commit()

    prps.doit()

    assert json.loads(_beat(prps, "12.1.1").read_text())["status"] == "FAILED"


def test_what_an_agent_prints_of_its_progress_feeds_the_heartbeat(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.agents({"12.1.1": "echo STATUS:PHASE_COMPLETE:1/3:2020-01-01T00:00:00Z; echo x > $ID.txt"})

    prps.doit()

    beat = json.loads(_beat(prps, "12.1.1").read_text())
    assert (beat["progress"], beat["steps_completed"], beat["total_steps"]) == (33, 0, 1)
    assert not beat["last_activity"].startswith("2020")


def test_a_heartbeat_an_agent_writes_is_replaced(prps: Prps) -> None:
    prps.prps("12.1.1")
    forged = '{"task_id": "PRP-12.1.1", "status": "COMPLETE", "last_update": "2099-01-01T00:00:00Z"}'
    prps.agents(
        {
            "12.1.1": f"cd \"$ROOT/.ce/orchestration/tasks/batch-12\"; echo '{forged}' > task-$ID.hb;"
            " cd - > /dev/null; echo x > $ID.txt"
        }
    )

    prps.doit()

    assert not json.loads(_beat(prps, "12.1.1").read_text())["last_update"].startswith("2099")


def test_an_agent_without_any_sign_of_life_is_ended(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": 'sleep 60 & echo $! > "$HERE/child"; wait'}, stall_kill=1)

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["errors"]) == ("failed", ["stalled: no activity for 1 s"])


def test_what_a_stalled_agent_started_is_ended_with_it(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": 'sleep 60 & echo $! > "$HERE/child"; wait'}, stall_kill=1)

    prps.doit()

    child = int((prps.here / "child").read_text())
    assert not _runs(child)


def _runs(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False, text=True)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


_SIGNS = {
    "output": "for i in 1 2 3; do echo .; sleep 1; done",
    "a changed file": "for i in 1 2 3; do echo $i >> growing.txt; sleep 1; done",
    "processor time": "python3 -c 'import time\nwhile time.process_time() < 3: pass'",
}


@pytest.mark.slow
@pytest.mark.parametrize("sign", _SIGNS)
def test_a_sign_of_life_keeps_an_agent_alive(prps: Prps, sign: str) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": f"{_SIGNS[sign]}; echo x > $ID.txt"}, stall_kill=2)

    assert prps.doit().code == 0


def test_nobody_is_ended_for_silence_where_that_is_switched_off(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": "sleep 1.5; echo x > $ID.txt"}, stall_kill=0)

    assert prps.doit().code == 0


def test_seven_silent_minutes_are_survived_by_default(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.answers({"12.1.1": {"delay_s": 0.1}})
    prps.commit()
    prps.doit("--dry-run")
    from batchexec.settings import load

    assert load(prps.root, {}, {}).stall_kill == 600


def test_a_prp_that_takes_too_long_is_ended(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": "while :; do echo .; sleep 0.1; done"})

    done = prps.doit("--timeout", "0.02")

    assert (done.code, prps.came_out) == (1, {"12.1.1": "failed"})
    assert prps.asked == ["12.1.1"]
