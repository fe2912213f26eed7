from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from checkout import Checkout

from batchexec.git import refusal, repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def told(checkout: Checkout, *, isolated: bool = True, detached_ok: bool = False) -> list[str]:
    return [str(p) for p in checkout.repository.obstacles(isolated=isolated, detached_ok=detached_ok)]


def test_a_plain_repository_has_no_obstacles(checkout: Checkout) -> None:
    checkout.commit(a="1")
    checkout.write("a", "2")
    checkout.git("pack-refs", "--all")

    assert told(checkout) == []


def test_worktrees_need_a_first_commit(checkout: Checkout) -> None:
    assert told(checkout) == [f"error: {checkout.root}: there is no commit yet; commit once, and run again"]
    assert told(checkout, isolated=False) == []


def test_a_detached_head_is_in_the_way_unless_it_may_be(checkout: Checkout) -> None:
    checkout.commit(a="1")
    checkout.git("checkout", "--quiet", "--detach")

    assert told(checkout) == [
        f"error: {checkout.root}: HEAD is on no branch; `git switch` to the branch work is for"
    ]
    assert told(checkout, detached_ok=True) == []


def stop(checkout: Checkout, *words: str) -> None:
    """Begin what two sides that changed the same line cannot end."""
    base = checkout.commit(a="1")
    checkout.git("checkout", "--quiet", "-b", "side")
    checkout.commit(a="2")
    checkout.git("checkout", "--quiet", "main")
    assert base
    checkout.commit(a="3")
    with pytest.raises(subprocess.CalledProcessError):
        checkout.git(*words)


@pytest.mark.parametrize(
    ("words", "what", "name"),
    [
        (("merge", "side"), "a merge", "merge"),
        (("cherry-pick", "side"), "a cherry-pick", "cherry-pick"),
        (("revert", "--no-edit", "HEAD^"), "a revert", "revert"),
    ],
)
def test_what_was_not_ended_is_in_the_way(
    checkout: Checkout, words: tuple[str, ...], what: str, name: str
) -> None:
    stop(checkout, *words)

    assert told(checkout, isolated=False) == [
        (
            f"error: {checkout.root}: {what} is in progress; "
            f"end it by `git {name} --continue` or `git {name} --abort`"
        )
    ]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_rebase_is_in_the_way(checkout: Checkout, backend: str) -> None:
    stop(checkout, "rebase", backend, "side")

    assert told(checkout, isolated=False, detached_ok=True) == [
        (
            f"error: {checkout.root}: a rebase is in progress; "
            "end it by `git rebase --continue` or `git rebase --abort`"
        )
    ]


def test_a_bisect_is_in_the_way(checkout: Checkout) -> None:
    checkout.commit(a="1")
    checkout.git("bisect", "start")

    assert told(checkout, isolated=False) == [
        (
            f"error: {checkout.root}: a bisect is in progress; "
            "end it by `git bisect good or bad` or `git bisect reset`"
        )
    ]


@pytest.mark.parametrize(
    "lock", ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "refs/heads/main.lock"]
)
@pytest.mark.parametrize(
    ("age_s", "spoken"), [(0.5, "0 seconds"), (90, "1 minute"), (7300, "2 hours"), (2e5, "2 days")]
)
def test_a_lock_is_named_with_its_age(checkout: Checkout, lock: str, age_s: float, spoken: str) -> None:
    from time import time

    checkout.commit(a="1")
    file = checkout.write(f".git/{lock}", "")
    os.utime(file, (time() - age_s, time() - age_s))

    assert told(checkout, isolated=False) == [
        (
            f"error: {file}: a lock, {spoken} old; "
            "wait for the git that holds it, or delete the file if there is none"
        )
    ]
    assert file.exists()


def test_submodules_are_in_the_way_of_worktrees(checkout: Checkout, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    other.commit(a="1")
    checkout.commit(a="1")
    checkout.git("submodule", "--quiet", "add", str(other.root), "mod")

    assert told(checkout) == [
        (
            f"error: {checkout.root}: has submodules, such as mod; "
            "worktrees do not get them: run one task at a time, or PRPs with `worktrees: false`"
        )
    ]
    assert told(checkout, isolated=False) == []


def test_a_sparse_checkout_is_in_the_way_of_worktrees(checkout: Checkout) -> None:
    checkout.commit_all({"d/a": "1", "e/b": "1"})
    checkout.git("sparse-checkout", "set", "d")

    assert told(checkout) == [
        (
            f"error: {checkout.root}: only a part of the files is checked out; "
            "`git sparse-checkout disable`, or run one task at a time, or PRPs with `worktrees: false`"
        )
    ]
    assert told(checkout, isolated=False) == []


def test_an_old_git_is_told_about(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = 'case "$*" in *--version) echo "git version 2.37.1 (Apple Git-1)";; *) exec {} "$@";; esac'
    git = checkout.write("bin/git", f"#!/bin/sh\n{old.format(shutil.which('git'))}\n", at=tmp_path)
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}:{os.environ['PATH']}")

    message = f"error: {git} is version 2.37; install git 2.38 or newer"
    assert told(checkout) == [message]
    (tmp_path / "plain").mkdir()
    assert str(refusal(tmp_path / "plain")) == message


def plain(root: Path) -> None:
    root.mkdir()


def bare(root: Path) -> None:
    Checkout(root.with_name("source")).git("init", "--quiet", "--bare", str(root))


def inside(root: Path) -> None:
    Checkout(root.with_name("source"))
    root.symlink_to("source/.git")


def missing(root: Path) -> None:
    pass


def broken(root: Path) -> None:
    root.mkdir()
    (root / ".git").write_text("text")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (plain, "is in no git repository; `git init` and commit, or run one task at a time"),
        (missing, "is in no git repository; `git init` and commit, or run one task at a time"),
        (broken, "is in no git repository; `git init` and commit, or run one task at a time"),
        (bare, "a repository without a work tree; clone it, and run there"),
        (inside, "a repository without a work tree; clone it, and run there"),
    ],
)
def test_where_there_is_no_work_tree_the_reason_is_told(
    tmp_path: Path, made: Callable[[Path], None], said: str
) -> None:
    root = tmp_path / "root"
    made(root)

    assert repository(root) is None
    assert str(refusal(root)) == f"error: {root}: {said}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_is_refused_by_git(checkout: Checkout) -> None:
    for path in (checkout.root, checkout.root / ".git"):
        os.chown(path, 12345, 12345)

    assert repository(checkout.root) is None
    assert str(refusal(checkout.root)) == (
        f"error: {checkout.root}: belongs to somebody else, and git refuses it; "
        f"if you trust it: git config --global --add safe.directory {checkout.root}"
    )


def test_without_git_there_is_no_repository(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    assert repository(checkout.root) is None
    assert str(refusal(checkout.root)) == "error: git is not installed; install it, or add it to PATH"


def test_a_git_that_lies_in_the_repository_is_not_run(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.write("tools/git", "#!/bin/sh\n: >run\n").chmod(0o755)
    (checkout.root / "sub").mkdir()
    (checkout.root.parent / "way").symlink_to(checkout.root / "tools")
    monkeypatch.setenv("PATH", f"{checkout.root}/tools:{checkout.root.parent}/way:{os.environ['PATH']}")

    assert repository(checkout.root / "sub")
    assert not list(checkout.root.rglob("run"))


def test_a_repository_is_found_from_below_and_through_links(checkout: Checkout, tmp_path: Path) -> None:
    checkout.write("sub/ใหม่/a")
    (tmp_path / "way").symlink_to(checkout.root)

    found = repository(tmp_path / "way/sub/ใหม่")

    assert found
    assert (found.top, found.common, found.prefix) == (checkout.root, checkout.root / ".git", "sub/ใหม่/")


def test_a_work_tree_of_a_bare_repository_will_do(checkout: Checkout, tmp_path: Path) -> None:
    base = checkout.commit(a="1")
    checkout.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    mine = tmp_path / "mine"
    checkout.git("worktree", "add", "--quiet", str(mine), "main", at=tmp_path / "bare")
    found = repository(mine)

    assert found
    assert found.obstacles(isolated=True) == []
    found.add_worktree(tmp_path / "wt", base)
    checkout.write("a", "2", at=tmp_path / "wt")
    assert found.worktree_tree(tmp_path / "wt") != found.tree_of(base)
    found.reset_worktree(tmp_path / "wt", base)
    checkout.write("a", "2", at=mine)
    assert found.commit_paths(["a"], "m").sha == checkout.git("rev-parse", "HEAD", at=mine).strip()
