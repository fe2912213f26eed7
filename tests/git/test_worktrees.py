from __future__ import annotations

import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import GitError, WorkspaceError
from batchexec.git import Repository, repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from checkout import Checkout

FILES = {"a": "1\n", "b": "1\n", "sub/c": "1\n", ".gitignore": "*.log\n"}


@pytest.fixture
def base(checkout: Checkout) -> str:
    return checkout.commit_all(FILES)


@pytest.fixture
def worktree(checkout: Checkout, base: str, tmp_path: Path) -> Path:
    path = tmp_path / "places/one"
    checkout.repository.add_worktree(path, base)
    return path


def contents(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and path != root / ".git"
    }


def test_a_worktree_is_a_commit_with_a_detached_head(checkout: Checkout, base: str, worktree: Path) -> None:
    assert contents(worktree) == FILES
    assert checkout.git("rev-parse", "HEAD", at=worktree).strip() == base
    assert checkout.git("status", "--porcelain", "--branch", at=worktree) == "## HEAD (no branch)\n"


def test_the_tree_of_a_fresh_worktree_is_that_of_its_commit(
    checkout: Checkout, base: str, worktree: Path
) -> None:
    assert checkout.repository.worktree_tree(worktree) == checkout.repository.tree_of(base)


def test_the_tree_of_a_worktree_is_all_that_was_done_in_it(checkout: Checkout, worktree: Path) -> None:
    checkout.write("a", "committed\n", at=worktree)
    checkout.git("checkout", "--quiet", "-b", "mine", at=worktree)
    checkout.git("commit", "--quiet", "--all", "--message=m", at=worktree)
    checkout.write("staged", "s\n", at=worktree)
    checkout.git("add", "--all", at=worktree)
    checkout.write("ใหม่\n", "new\n", at=worktree)
    checkout.write("x.log", "ignored\n", at=worktree)
    (worktree / "b").unlink()

    tree = checkout.repository.worktree_tree(worktree)

    assert checkout.files_of(tree) == {
        "a": "committed\n",
        "staged": "s\n",
        "ใหม่\n": "new\n",
        "sub/c": "1\n",
        ".gitignore": "*.log\n",
    }


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_index_that_was_told_to_look_away_hides_nothing(
    checkout: Checkout, worktree: Path, flag: str
) -> None:
    checkout.git("update-index", flag, "a", at=worktree)
    checkout.write("a", "2\n", at=worktree)

    assert checkout.files_of(checkout.repository.worktree_tree(worktree))["a"] == "2\n"


def test_a_change_of_the_same_size_at_once_is_seen(checkout: Checkout, base: str, worktree: Path) -> None:
    for text in ("2\n", "3\n", "4\n"):
        checkout.repository.reset_worktree(worktree, base)
        with (worktree / "a").open("r+") as same:
            same.write(text)

        assert checkout.files_of(checkout.repository.worktree_tree(worktree))["a"] == text


def test_ignored_files_count_where_they_are_asked_for(
    checkout: Checkout, worktree: Path, tmp_path: Path
) -> None:
    checkout.write("x.log", "x\n", at=worktree)
    checkout.write("y.log", "y\n", at=worktree)
    checkout.write("outside/z.log", "z\n", at=tmp_path)
    (worktree / "d.log").mkdir()
    (worktree / "link").symlink_to(tmp_path / "outside")

    also = ["x.log", "link/z.log", "../outside/z.log", "d.log", "nowhere"]
    tree = checkout.repository.worktree_tree(worktree, also)

    assert checkout.files_of(tree).keys() - FILES.keys() == {"x.log", "link"}


@pytest.mark.parametrize("words", [("init", "--quiet", "nested"), ("clone", "--quiet", ".", "nested")])
def test_a_repository_made_inside_is_told_about(
    checkout: Checkout, base: str, worktree: Path, words: tuple[str, ...]
) -> None:
    checkout.git(*words, at=worktree)
    checkout.write("nested/x", at=worktree)

    with pytest.raises(WorkspaceError) as raised:
        checkout.repository.worktree_tree(worktree)

    assert str(raised.value) == (
        "error: nested/: is a repository of its own; delete the .git in it, or let git ignore it"
    )
    checkout.repository.reset_worktree(worktree, base)
    assert contents(worktree) == FILES


def commit_on_a_branch(checkout: Checkout, at: Path) -> None:
    checkout.git("checkout", "--quiet", "-B", "mine", at=at)
    checkout.write("a", "2\n", at=at)
    checkout.git("commit", "--quiet", "--all", "--message=m", at=at)


def stop_in_a_merge(checkout: Checkout, at: Path) -> None:
    base = checkout.git("rev-parse", "HEAD", at=at).strip()
    commit_on_a_branch(checkout, at)
    checkout.git("checkout", "--quiet", base, at=at)
    checkout.write("a", "3\n", at=at)
    checkout.git("commit", "--quiet", "--all", "--message=m", at=at)
    with pytest.raises(subprocess.CalledProcessError):
        checkout.git("merge", "mine", at=at)


def leave_locks(checkout: Checkout, at: Path) -> None:
    for name in ("index.lock", "HEAD.lock"):
        checkout.write(f".git/worktrees/one/{name}", "")


def delete_the_link(checkout: Checkout, at: Path) -> None:
    (at / ".git").unlink()


def lead_the_link_elsewhere(checkout: Checkout, at: Path) -> None:
    other = at.parent / "other"
    checkout.git("init", "--quiet", str(other))
    (at / ".git").write_text(f"gitdir: {other}/.git\n")


def make_a_repository_of_it(checkout: Checkout, at: Path) -> None:
    (at / ".git").unlink()
    checkout.git("init", "--quiet", at=at)
    checkout.git("add", "--all", at=at)


def make_the_link_a_symlink(checkout: Checkout, at: Path) -> None:
    (at / ".git").unlink()
    (at / ".git").symlink_to(checkout.root / ".git")


def break_the_index(checkout: Checkout, at: Path) -> None:
    for name in ("index", "batchexec-index"):
        checkout.write(f".git/worktrees/one/{name}", "broken")


def lose_the_index(checkout: Checkout, at: Path) -> None:
    for name in ("index", "batchexec-index"):
        (checkout.root / ".git/worktrees/one" / name).unlink()


def look_away(checkout: Checkout, at: Path) -> None:
    checkout.git("update-index", "--assume-unchanged", "a", at=at)
    checkout.git("update-index", "--skip-worktree", "b", at=at)
    checkout.write("a", "2\n", at=at)
    checkout.write("b", "2\n", at=at)


def turn_things_around(checkout: Checkout, at: Path) -> None:
    (at / "a").unlink()
    checkout.write("a/in/the/way", at=at)
    (at / "sub/c").unlink()
    (at / "sub").rmdir()
    checkout.write("elsewhere/c", "theirs\n", at=at.parent)
    (at / "sub").symlink_to(at.parent / "elsewhere")


def ignore_everything(checkout: Checkout, at: Path) -> None:
    checkout.write(".gitignore", "*\n", at=at)
    checkout.write("new", at=at)


def delete_everything(checkout: Checkout, at: Path) -> None:
    shutil.rmtree(at)
    at.mkdir()


def configure_a_sparse_checkout(checkout: Checkout, at: Path) -> None:
    checkout.git("sparse-checkout", "set", "sub", at=at)
    checkout.git("config", "--unset", "extensions.worktreeConfig")


@pytest.mark.parametrize(
    "deed",
    [
        commit_on_a_branch,
        stop_in_a_merge,
        leave_locks,
        delete_the_link,
        lead_the_link_elsewhere,
        make_a_repository_of_it,
        make_the_link_a_symlink,
        break_the_index,
        lose_the_index,
        look_away,
        turn_things_around,
        ignore_everything,
        delete_everything,
        configure_a_sparse_checkout,
    ],
)
def test_whatever_was_done_in_a_worktree_is_undone(
    checkout: Checkout, base: str, worktree: Path, deed: Callable[[Checkout, Path], None]
) -> None:
    deed(checkout, worktree)

    checkout.repository.reset_worktree(worktree, base)

    assert contents(worktree) == FILES
    assert not (worktree / "sub").is_symlink()
    assert checkout.git("status", "--porcelain", "--branch", at=worktree) == "## HEAD (no branch)\n"
    assert checkout.git("rev-parse", "HEAD", at=worktree).strip() == base
    assert checkout.repository.worktree_tree(worktree) == checkout.repository.tree_of(base)
    assert checkout.head == base
    assert checkout.status == ""


def test_what_a_link_led_to_stays_as_it_was(checkout: Checkout, base: str, worktree: Path) -> None:
    turn_things_around(checkout, worktree)

    checkout.repository.reset_worktree(worktree, base)

    assert (worktree.parent / "elsewhere/c").read_text() == "theirs\n"


def test_ignored_files_stay_and_others_go(checkout: Checkout, base: str, worktree: Path) -> None:
    checkout.write("kept.log", at=worktree)
    checkout.write("new/x", at=worktree)

    checkout.repository.reset_worktree(worktree, base)

    assert contents(worktree) == {**FILES, "kept.log": "text\n"}


def test_a_worktree_goes_to_another_commit(checkout: Checkout, worktree: Path) -> None:
    other = checkout.commit_all({"a": "2\n", "new": "n\n"})

    checkout.repository.reset_worktree(worktree, other)

    assert contents(worktree) == {**FILES, "a": "2\n", "new": "n\n"}
    assert checkout.git("rev-parse", "HEAD", at=worktree).strip() == other


def test_a_tree_can_be_staged_upon_a_commit(checkout: Checkout, base: str, worktree: Path) -> None:
    other = checkout.commit_all({"a": "2\n", "new": "n\n"})

    checkout.repository.checkout_tree(worktree, base, checkout.repository.tree_of(other))

    assert contents(worktree)["a"] == "2\n"
    assert checkout.git("status", "--porcelain", at=worktree) == "M  a\nA  new\n"
    assert checkout.git("rev-parse", "HEAD", at=worktree).strip() == base


@pytest.mark.parametrize("what", ["missing", "file", "link", "plain"])
def test_what_is_no_worktree_is_not_reset(
    checkout: Checkout, base: str, worktree: Path, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "other"
    if what == "file":
        path.touch()
    elif what == "link":
        path.symlink_to(worktree)
    elif what == "plain":
        checkout.write("other/kept", at=tmp_path)

    with pytest.raises(GitError) as raised:
        checkout.repository.reset_worktree(path, base)

    assert str(raised.value) == f"error: {path}: is no worktree of {checkout.root}; make a new one"
    assert what != "plain" or (path / "kept").exists()


def test_many_worktrees_are_made_at_once(checkout: Checkout, base: str, tmp_path: Path) -> None:
    found = checkout.repository
    paths = [tmp_path / f"places/{n}" for n in range(16)]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda path: found.add_worktree(path, base), paths))

    assert all(contents(path) == FILES for path in paths)


def test_many_worktrees_are_reset_at_once(checkout: Checkout, base: str, tmp_path: Path) -> None:
    found = checkout.repository
    paths = [tmp_path / f"places/{n}" for n in range(6)]
    for path in paths:
        found.add_worktree(path, base)
        checkout.write("a", f"{path.name}\n", at=path)

    with ThreadPoolExecutor(6) as pool:
        trees = list(pool.map(found.worktree_tree, paths))
        list(pool.map(lambda path: found.reset_worktree(path, base), paths))

    assert [checkout.files_of(tree)["a"] for tree in trees] == [f"{path.name}\n" for path in paths]
    assert all(contents(path) == FILES for path in paths)


def test_a_worktree_is_removed_with_all_that_is_in_it(checkout: Checkout, base: str, worktree: Path) -> None:
    checkout.write("x.log", at=worktree)
    checkout.git("worktree", "lock", str(worktree))
    (worktree / "sub").chmod(0o500)
    lead_the_link_elsewhere(checkout, worktree)

    checkout.repository.remove_worktree(worktree)
    checkout.repository.remove_worktree(worktree)

    assert not worktree.exists()
    assert not list((checkout.root / ".git/worktrees").glob("*"))
    checkout.repository.add_worktree(worktree, base)
    assert contents(worktree) == FILES


def test_what_links_in_a_worktree_lead_to_is_not_removed(
    checkout: Checkout, worktree: Path, tmp_path: Path
) -> None:
    kept = checkout.write("kept/x", at=tmp_path)
    (worktree / "link").symlink_to(kept.parent)
    (tmp_path / "way").symlink_to(kept.parent)

    checkout.repository.remove_worktree(worktree)
    checkout.repository.remove_worktree(tmp_path / "way")

    assert kept.exists()


def test_worktrees_that_are_gone_are_forgotten_and_those_of_others_are_not(
    checkout: Checkout, base: str, worktree: Path, tmp_path: Path
) -> None:
    found = checkout.repository
    stays = worktree.with_name("stays")
    for path in (stays, tmp_path / "theirs"):
        found.add_worktree(path, base)
    checkout.git("worktree", "lock", str(worktree))
    shutil.rmtree(worktree)
    shutil.rmtree(tmp_path / "theirs")

    found.forget_worktrees(worktree.parent)

    listed = checkout.git("worktree", "list", "--porcelain")
    assert str(worktree) not in listed
    assert str(stays) in listed
    assert str(tmp_path / "theirs") in listed


def test_a_worktree_takes_the_place_of_one_that_was_deleted_by_hand(
    checkout: Checkout, base: str, worktree: Path
) -> None:
    checkout.git("worktree", "lock", str(worktree))
    shutil.rmtree(worktree)

    checkout.repository.add_worktree(worktree, base)

    assert contents(worktree) == FILES


def test_a_worktree_may_lie_in_the_work_tree_it_is_of(checkout: Checkout, base: str) -> None:
    found, path = checkout.repository, checkout.root / ".batchexec/wt/1"
    found.add_worktree(path, base)
    checkout.write("a", "2\n", at=path)
    checkout.write("new", at=path)

    assert checkout.files_of(found.worktree_tree(path))["a"] == "2\n"
    assert found.snapshot(untracked=True) == found.tree_of(base)
    assert found.dirty() == []
    found.reset_worktree(path, base)
    assert contents(path) == FILES
    found.remove_worktree(path)
    assert checkout.status == ""


def test_worktrees_are_found_below_directories_with_odd_names(
    checkout: Checkout, base: str, tmp_path: Path
) -> None:
    found, path = checkout.repository, tmp_path / "-งาน\n x/1"

    found.add_worktree(path, base)
    checkout.write("a", "2\n", at=path)
    found.reset_worktree(path, base)

    assert contents(path) == FILES


def test_a_worktree_is_not_made_behind_a_link_in_the_repository(
    checkout: Checkout, base: str, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    link = checkout.root / ".batchexec"
    link.symlink_to(tmp_path / "outside")

    with pytest.raises(GitError) as raised:
        checkout.repository.add_worktree(link / "wt/1", base)

    assert str(raised.value) == f"error: {link}: is a symbolic link; worktrees are made in real directories"
    assert not list((tmp_path / "outside").iterdir())


def test_a_worktree_is_not_made_where_something_is(checkout: Checkout, base: str, tmp_path: Path) -> None:
    checkout.write("taken/x", at=tmp_path)

    with pytest.raises(GitError) as raised:
        checkout.repository.add_worktree(tmp_path / "taken", base)

    assert str(raised.value) == (
        f"error: git worktree: '{tmp_path}/taken' already exists; see `git status` in {checkout.root}"
    )


def test_worktrees_are_made_from_a_worktree_of_the_user_s(
    checkout: Checkout, base: str, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    checkout.git("worktree", "add", "--quiet", "-b", "side", str(mine))
    found = repository(mine)
    assert isinstance(found, Repository)

    found.add_worktree(tmp_path / "places/1", base)
    checkout.write("a", "2\n", at=tmp_path / "places/1")

    assert found.common == checkout.root / ".git"
    assert checkout.files_of(found.worktree_tree(tmp_path / "places/1"))["a"] == "2\n"
    found.reset_worktree(tmp_path / "places/1", base)
    assert contents(tmp_path / "places/1") == FILES


def test_a_worktree_takes_little_longer_than_git_itself(checkout: Checkout, tmp_path: Path) -> None:
    base = checkout.commit_all({f"d{n % 50}/f{n}.py": f"x = {n}\n" for n in range(1000)})
    found, places = checkout.repository, tmp_path / "places"
    theirs, ours, resets = [], [], []

    for n in range(3):
        begun = time.perf_counter()
        checkout.git("worktree", "add", "--quiet", "--detach", str(tmp_path / f"theirs/{n}"))
        between = time.perf_counter()
        found.add_worktree(places / str(n), base)
        made = time.perf_counter()
        checkout.write("d1/f1.py", "changed", at=places / str(n))
        found.reset_worktree(places / str(n), base)
        theirs.append(between - begun)
        ours.append(made - between)
        resets.append(time.perf_counter() - made)

    assert (places / "0/d1/f1.py").read_text() == "x = 1\n"
    assert min(ours) < 3 * min(theirs)
    assert min(resets) < 2 * min(theirs)
