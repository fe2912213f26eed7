"""Heartbeats: what stands in them, and when one is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from batchexec.batch_results import (
    Heartbeat,
    clear_heartbeats,
    heartbeat_path,
    read_heartbeats,
    write_heartbeat,
)

if TYPE_CHECKING:
    from pathlib import Path

STATE = ".ce/orchestration"
START = 1_795_255_200.0  # 2026-11-21 10:00:00 UTC
BEAT = Heartbeat(
    task_id="PRP-12.2.1",
    status="RUNNING",
    progress=33,
    steps_completed=1,
    total_steps=3,
    tokens_used=500,
    elapsed_seconds=60,
    last_activity_utc=START - 5,
    pid=4242,
    attempt=2,
)


def alive(beat: Heartbeat) -> bool:
    return beat.pid == 4242


def written(root: Path, *beats: Heartbeat) -> Path:
    for beat in beats:
        write_heartbeat(root, STATE, 12, beat, now=START)
    return root / STATE / "tasks/batch-12"


def test_a_heartbeat_is_a_file_with_these_keys(tmp_path: Path) -> None:
    place = written(tmp_path, BEAT)
    assert json.loads((place / "task-PRP-12.2.1.hb").read_text()) == {
        "task_id": "PRP-12.2.1",
        "status": "RUNNING",
        "progress": 33,
        "steps_completed": 1,
        "total_steps": 3,
        "tokens_used": 500,
        "elapsed_seconds": 60,
        "last_update": "2026-11-21T10:00:00Z",
        "last_activity": "2026-11-21T09:59:55Z",
        "pid": 4242,
        "attempt": 2,
    }
    assert heartbeat_path(12, "PRP-12.2.1") == "tasks/batch-12/task-PRP-12.2.1.hb"


def test_a_heartbeat_is_read_as_it_was_written(tmp_path: Path) -> None:
    written(tmp_path, BEAT)
    assert read_heartbeats(tmp_path, STATE, 12, alive) == [replace(BEAT, last_update_utc=START)]


def test_heartbeats_come_by_the_numbers_of_their_ids(tmp_path: Path) -> None:
    written(tmp_path, *(replace(BEAT, task_id=id_) for id_ in ("PRP-12.10.1", "PRP-12.2.10", "PRP-12.2.9")))
    found = read_heartbeats(tmp_path, STATE, 12, alive)
    assert [beat.task_id for beat in found] == ["PRP-12.2.9", "PRP-12.2.10", "PRP-12.10.1"]


@pytest.mark.parametrize(
    ("status", "pid", "lost"),
    [
        ("STARTING", 1, True),
        ("RUNNING", 1, True),
        ("RUNNING", 4242, False),
        ("MERGING", 1, True),
        ("COMPLETE", 1, False),
        ("FAILED", 1, False),
        ("BLOCKED", 1, False),
    ],
)
def test_a_heartbeat_of_a_dead_process_is_lost_unless_the_work_is_over(
    tmp_path: Path, status: str, pid: int, lost: bool
) -> None:
    written(tmp_path, replace(BEAT, status=status, pid=pid))
    (beat,) = read_heartbeats(tmp_path, STATE, 12, alive)
    assert beat.lost is lost


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff"])
def test_a_file_that_is_no_heartbeat_is_passed_over(tmp_path: Path, text: str) -> None:
    place = written(tmp_path, BEAT)
    (place / "task-PRP-12.2.2.hb").write_bytes(text.encode(errors="surrogateescape"))
    (place / "task-nobody.hb").write_text("{}")
    (place / "task-PRP-12.2.3.hb").symlink_to(place / "task-PRP-12.2.1.hb")
    assert len(read_heartbeats(tmp_path, STATE, 12, alive)) == 1


def test_moments_that_cannot_be_read_are_not_known(tmp_path: Path) -> None:
    place = written(tmp_path, BEAT)
    (place / "task-PRP-12.2.1.hb").write_text(
        '{"last_update": "noon", "last_activity": "2026-11-21T10:00:00"}'
    )
    (beat,) = read_heartbeats(tmp_path, STATE, 12, alive)
    assert (beat.last_update_utc, beat.last_activity_utc) == (None, START)


def test_where_nothing_ran_there_are_no_heartbeats(tmp_path: Path) -> None:
    assert read_heartbeats(tmp_path, STATE, 12, alive) == []
    clear_heartbeats(tmp_path, STATE, 12)
    assert list(tmp_path.iterdir()) == []


def test_a_run_takes_away_the_heartbeats_of_its_batch_alone(tmp_path: Path) -> None:
    place = written(tmp_path, BEAT, replace(BEAT, task_id="PRP-12.2.2"))
    (place / "notes.txt").write_text("mine")
    write_heartbeat(tmp_path, STATE, 13, replace(BEAT, task_id="PRP-13.1.1"))
    clear_heartbeats(tmp_path, STATE, 12)
    assert [path.name for path in place.iterdir()] == ["notes.txt"]
    assert len(read_heartbeats(tmp_path, STATE, 13, alive)) == 1
    written(tmp_path, BEAT)
    assert len(read_heartbeats(tmp_path, STATE, 12, alive)) == 1
