"""A hundred attempts at once: none waits for another, and nothing of them is left over."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from bench import DODO, section
from isolated_bench import Isolated

from batchexec.workspace import Stage, Workspace, publish

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Batch

pytestmark = pytest.mark.slow

MOST_MB = 300
HELD = """
import atexit, json, os


def held():
    return [len(os.listdir(f"/proc/self/{kind}")) for kind in ("task", "fd")]


def save(before):
    # Not ru_maxrss: that counts what the process had been before it became this program.
    with open("/proc/self/status") as status:
        peak_mb = int(status.read().partition("VmHWM:")[2].split()[0]) / 1024
    text = json.dumps({"before": before, "after": held(), "peak_mb": peak_mb})
    with open("held.json", "w") as file:
        file.write(text)


atexit.register(save, held())
"""


AT_ONCE = """
select max((select count(*) from attempt where began_utc <= one.began_utc and finished_utc > one.began_utc))
from attempt as one
"""


def most_at_once(batch: Batch) -> int:
    """Count how many attempts were under way at any one time."""
    con = sqlite3.connect(f"file:{batch.root}/.batchexec/run.db?mode=ro", uri=True)
    (most,) = con.execute(AT_ONCE).fetchone()
    con.close()
    return int(most)


def sections(count: int) -> list[str]:
    return [
        section(f"TASK-{n:03}", body=f"#### File: out/TASK-{n:03}.txt\n\nWrite something.")
        for n in range(1, count + 1)
    ]


def test_a_hundred_attempts_at_once_leave_no_thread_and_no_open_file(batch: Batch) -> None:
    batch.write("dodo.py", HELD + DODO)
    batch.prompts(*sections(400))
    batch.replay("default: {delay_s: 0.5, files: {'out/{id}.txt': '{id}'}}")

    done = batch.doit("-n", "100")

    held = json.loads(batch.read("held.json"))
    assert done.code == 0, done.out
    assert most_at_once(batch) == 100
    assert len(list((batch.root / "out").iterdir())) == 400
    assert held["after"] == held["before"]
    assert held["peak_mb"] < MOST_MB


def test_attempts_in_worktrees_leave_no_thread_no_open_file_and_no_worktree(tmp_path: Path) -> None:
    batch = Isolated(tmp_path / "repository", tmp_path / "here")
    batch.write("dodo.py", HELD + DODO)
    batch.write("script.yaml", "default: {delay_s: 0.2, files: {'out/{id}.txt': '{id}'}}")
    batch.write(
        "batchexec.yaml",
        "prompts_dir: prompts\nexecutor: scripted\n"
        "executors: {scripted: {kind: replay, script: script.yaml, isolated: true}}\n",
    )
    batch.write(".gitignore", ".batchexec/\n.spec/\n__pycache__/\nheld.json\n")
    batch.prompts(*sections(24))
    batch.commit()

    done = batch.doit("-n", "8")

    held = json.loads(batch.read("held.json"))
    assert done.code == 0, done.out
    assert most_at_once(batch) == 8
    assert len(list((batch.root / "out").iterdir())) == 24
    assert held["after"] == held["before"]
    assert batch.worktrees == []
    assert subprocess.run(["git", "fsck", "--strict"], cwd=batch.root, check=False).returncode == 0


def test_tasks_that_bring_the_same_directories_at_once_are_not_in_each_others_way(tmp_path: Path) -> None:
    everybody = threading.Barrier(16)

    def bring(number: int) -> None:
        for turn in range(25):
            everybody.wait()
            stage = Stage(Workspace(tmp_path / "tree"), tmp_path / "stage" / f"{number}-{turn}")
            stage.write(f"new{turn}/below/{number}.txt", b"text")
            publish(stage.workspace, stage.directory, stage.seal())

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(bring, number) for number in range(16)]:
            done.result()

    assert len(list((tmp_path / "tree").rglob("*.txt"))) == 16 * 25
