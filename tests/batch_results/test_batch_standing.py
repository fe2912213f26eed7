"""How a batch stands, seen from a second terminal."""

from __future__ import annotations

import json
from dataclasses import replace

from batchexec.batch_results import BatchResult, Heartbeat, Record, standing, standing_lines

NOW = 1_795_255_200.0
RESULT = BatchResult(
    batch=12,
    selection="--batch 12",
    warnings=("something is odd",),
    records=(
        Record(prp_id="PRP-12.1.1", stage=1, status="success"),
        Record(prp_id="PRP-12.2.1", stage=2, status="running"),
        Record(prp_id="PRP-12.2.2", stage=2, status="failed_gates"),
        Record(prp_id="PRP-12.3.1", stage=3, status="blocked"),
    ),
)
BEAT = Heartbeat(
    task_id="PRP-12.2.1",
    status="GATES",
    progress=33,
    steps_completed=1,
    total_steps=3,
    elapsed_seconds=54,
    last_activity_utc=NOW - 10,
    attempt=2,
)
LOST = "  PRP-12.2.1: lost: the process that worked on it is gone; the next run takes care of it"
TOP = ["Batch 12: 1 of 4 PRPs successful, 1 failed, 1 blocked, 1 pending", "  something is odd"]


def test_people_see_the_sum_and_what_is_worked_on() -> None:
    assert standing_lines(RESULT, [BEAT], NOW) == [
        *TOP,
        "  PRP-12.2.1: gates, 33%, 1 of 3 steps, attempt 2, 54s",
    ]


def test_long_silence_is_told() -> None:
    quiet = replace(BEAT, last_activity_utc=NOW - 420, total_steps=0)
    assert standing_lines(None, [quiet], NOW) == ["  PRP-12.2.1: gates, attempt 2, 54s, silent for 7 minutes"]


def test_work_whose_process_is_dead_is_lost() -> None:
    assert standing_lines(RESULT, [replace(BEAT, lost=True)], NOW) == [*TOP, LOST]


def test_what_is_said_to_run_and_has_no_heartbeat_is_lost() -> None:
    assert standing_lines(RESULT, [], NOW) == [*TOP, LOST]
    assert standing(RESULT, [])["lost"] == ["PRP-12.2.1"]


def test_work_that_is_over_is_not_shown() -> None:
    done = replace(BEAT, task_id="PRP-12.1.1", status="COMPLETE")
    assert standing_lines(None, [done], NOW) == []


def test_programs_get_it_as_json() -> None:
    found = json.loads(json.dumps(standing(RESULT, [BEAT])))
    assert found["batch"]["statuses"]["PRP-12.3.1"] == "blocked"
    assert [found["batch"][key] for key in ("total", "success", "success_rate")] == [4, 1, 25]
    assert found["heartbeats"] == [{**BEAT.document(), "lost": False}]
    assert found["lost"] == []
    assert standing(None, []) == {"batch": None, "heartbeats": [], "lost": []}
