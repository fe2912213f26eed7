"""Whether anything below a directory has changed is found without reading files, and fast."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from batchexec.process.changes import state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAST = 1_000_000_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "src/deep").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".batchexec").mkdir()
    (root / "src/deep/old").write_text("old")
    (root / "src/.git").write_text("gitdir: elsewhere")
    (root / "src/broken").symlink_to("nowhere")
    (root / "src/loop").symlink_to("..")
    time.sleep(0.02)  # a file system counts in steps of its own
    return root


@pytest.mark.parametrize(
    "act",
    [
        lambda root: (root / "new").touch(),
        lambda root: (root / "src/deep/old").write_text("new"),
        lambda root: (root / "src/deep/old").chmod(0o600),
        lambda root: (root / "src/deep/old").unlink(),
        lambda root: (root / "src/deep/old").rename(root / "src/old"),
        lambda root: os.utime(root / "src/deep/old", (PAST, PAST)),
        lambda root: (root / "src/empty").mkdir(),
        lambda root: shutil.rmtree(root / "src"),
        shutil.rmtree,
    ],
)
def test_every_change_makes_another_state(place: Path, act: Callable[[Path], object]) -> None:
    before = state_of(place)
    assert state_of(place) == before
    act(place)

    assert state_of(place) != before


@pytest.mark.parametrize("name", [".git/index", ".batchexec/alive", "src/.git"])
def test_what_git_and_we_keep_there_is_left_out(place: Path, name: str) -> None:
    before = state_of(place)
    (place / name).write_text("new")

    assert state_of(place) == before


def test_a_directory_that_is_not_there_has_a_state(tmp_path: Path) -> None:
    assert state_of(tmp_path / "no") == state_of(tmp_path / "no")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_directory_that_cannot_be_read_hides_no_other(place: Path) -> None:
    (place / "src/deep").chmod(0)
    before = state_of(place)
    (place / "src/new").touch()
    try:
        assert state_of(place) != before
    finally:
        (place / "src/deep").chmod(0o700)


@pytest.mark.slow
def test_twenty_thousand_files_take_a_fraction_of_a_second(tmp_path: Path) -> None:
    for number in range(200):
        directory = tmp_path / str(number)
        directory.mkdir()
        for name in range(100):
            (directory / str(name)).touch()

    def seconds() -> float:
        begun = time.perf_counter()
        state_of(tmp_path)
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(3)) < 0.3
