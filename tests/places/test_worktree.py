from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import GitError
from batchexec.places import Pool, Trunk, Worktree

if TYPE_CHECKING:
    from checkout import Checkout


@pytest.fixture
def worktree(trunk: Trunk, tmp_path: Path) -> Worktree:
    made = Worktree(trunk, tmp_path / "places" / "1", tmp_path / "worker", ())
    made.begin()
    return made


def test_nothing_is_kept_where_nothing_was_done(worktree: Worktree) -> None:
    assert worktree.keep("run", "task") == ""


def test_work_is_kept_once(checkout: Checkout, worktree: Worktree) -> None:
    checkout.write("x.txt", "x\n", at=worktree.root)

    assert [worktree.keep("run", "task"), worktree.keep("run", "task")] == ["refs/batchexec/run/task", ""]
    assert checkout.git("rev-list", "--count", "refs/batchexec/run/task", "^HEAD").strip() == "1"


def test_work_that_is_kept_later_does_not_hide_what_was_kept_before(
    checkout: Checkout, worktree: Worktree
) -> None:
    for text in ("first\n", "second\n"):
        worktree.begin()
        checkout.write("x.txt", text, at=worktree.root)
        worktree.keep("run", "task")

    ref = "refs/batchexec/run/task"
    assert checkout.files_of(ref)["x.txt"] == "second\n"
    assert checkout.files_of(f"{ref}^2")["x.txt"] == "first\n"


def test_work_is_kept_as_it_is_where_git_cannot_be_trusted(checkout: Checkout, worktree: Worktree) -> None:
    checkout.write("x.txt", "x\n", at=worktree.root)
    checkout.git("config", "core.fsmonitor", "evil")

    with pytest.raises(GitError):
        worktree.edits()
    kept = worktree.keep("run", "task")

    assert (Path(kept) / "x.txt").read_text() == "x\n"
    assert not worktree.root.exists()
    assert worktree.keep("run", "task") == ""
    assert (Path(kept) / "x.txt").exists()


def test_what_came_after_the_work_was_looked_at_does_not_land(checkout: Checkout, worktree: Worktree) -> None:
    checkout.write("x.txt", "x\n", at=worktree.root)
    worktree.edits()
    checkout.write("cache.txt", "left by a check\n", at=worktree.root)

    with worktree.landing(1) as landing:
        assert [edit.path for edit in landing.edits] == ["x.txt"]


def test_an_ignored_file_the_attempt_before_made_is_not_there_any_more(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.commit_all({".gitignore": "dist/\n"})
    trunk = Trunk(checkout.repository, checkout.root, {"dist/out.txt"})
    trunk.begin()
    worktree = Worktree(trunk, tmp_path / "places" / "1", tmp_path / "worker", ())
    worktree.begin()
    checkout.write("dist/out.txt", "out\n", at=worktree.root)
    checkout.write("dist/installed.txt", "installed\n", at=worktree.root)
    assert [edit.path for edit in worktree.edits()] == ["dist/out.txt"]

    worktree.begin()

    assert worktree.edits() == ()
    assert (worktree.root / "dist" / "installed.txt").exists()


def test_a_pool_gives_a_worktree_again_and_takes_all_away_at_the_end(trunk: Trunk, tmp_path: Path) -> None:
    pool = Pool(trunk, tmp_path / "places", tmp_path / "workers")
    pool.begin()
    first, second = pool.take(), pool.take()
    first.begin()
    pool.give_back(first)

    assert pool.take() is first
    assert first.root != second.root
    pool.close()
    assert not (tmp_path / "places").exists()
    assert trunk.repository.tell("worktree", "list").count(b"\n") == 1


def test_a_pool_begins_without_what_a_killed_run_left(trunk: Trunk, tmp_path: Path) -> None:
    left = Pool(trunk, tmp_path / "places", tmp_path / "workers")
    left.begin()
    left.take().begin()

    Pool(trunk, tmp_path / "places", tmp_path / "workers").begin()

    assert list((tmp_path / "places").iterdir()) == []
    assert trunk.repository.tell("worktree", "list").count(b"\n") == 1
