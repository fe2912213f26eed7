"""What the system refuses ends the run at once, with everything on record that was done."""

from __future__ import annotations

import contextlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from bench import Batch, section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def mounted(directory: Path, options: str) -> Iterator[Path]:
    directory.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a file system")
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small", "size=2m") as directory:
        yield directory


@pytest.fixture
def read_only(batch: Batch) -> Iterator[str]:
    with mounted(batch.root / "locked", "ro,size=64k") as directory:
        yield directory.name


def test_a_full_disk_ends_the_run_with_74_and_the_next_one_goes_on(small_disk: Path) -> None:
    batch = Batch(small_disk)
    batch.prompts(*(section(f"TASK-{n}", files={f"out/{n}.txt": "x" * 150_000}) for n in range(1, 5)))
    (small_disk / "ballast").write_bytes(b"x" * 850_000)

    done = batch.doit()

    assert done.code == 74, done.out + done.err
    assert "disk is full" in done.out + done.err
    assert "Traceback" not in done.err
    written = {path.stem for path in small_disk.glob("out/*.txt")}
    assert all((small_disk / f"out/{n}.txt").stat().st_size == 150_001 for n in written)
    (small_disk / "ballast").unlink()
    (small_disk / "prompts/not_implemented.md").write_text(
        section("TASK-1", files={"out/1.txt": "y"}), encoding="utf-8"
    )
    assert batch.doit("--if-exists", "overwrite").code == 0


def test_a_place_that_may_not_be_written_ends_the_run_with_1(batch: Batch, read_only: str) -> None:
    batch.prompts(
        section("TASK-001", files={f"{read_only}/a.txt": "a"}), section("TASK-002", files={"b.txt": "b"})
    )

    done = batch.doit("--checkpoint")

    assert done.code == 1, done.out + done.err
    (checkpoint,) = (batch.root / ".spec/checkpoints").iterdir()
    assert json.loads(checkpoint.read_text())["failed_tasks"] == ["TASK-001"]
    where = f"{read_only}/a.txt: Read-only file system"
    assert f"🛑 Batch execution stopped: permission denied: {where}" in done.out
    assert "1 task not run" in done.out
    assert [result["state"] for result in batch.report()["results"]] == ["failed", "not_run"]


def test_a_state_directory_that_may_not_be_written_is_named(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.txt": "a"}))
    with mounted(batch.root / ".batchexec", "ro,size=64k"):
        done = batch.doit()
        plan = batch.doit("list")

    assert done.code == 3
    assert ".batchexec cannot be used (Read-only file system); a run keeps its books there" in done.err
    assert plan.code == 0
