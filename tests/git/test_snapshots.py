from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import GitError

if TYPE_CHECKING:
    from pathlib import Path

    from checkout import Checkout


def test_a_snapshot_is_the_work_tree_as_it_is(checkout: Checkout) -> None:
    checkout.commit_all({"kept": "k", "staged": "1", "changed": "1", "gone": "g", ".gitignore": "*.log\n"})
    checkout.write("staged", "2")
    checkout.git("add", "staged")
    checkout.write("staged", "3")
    checkout.write("changed", "2")
    (checkout.root / "gone").unlink()
    checkout.write("ใหม่\n.py", "new")
    checkout.write("x.log", "ignored")

    tree = checkout.repository.snapshot(untracked=True)

    assert checkout.files_of(tree) == {
        ".gitignore": "*.log\n",
        "kept": "k",
        "staged": "3",
        "changed": "2",
        "ใหม่\n.py": "new",
    }


def test_a_snapshot_may_leave_out_what_git_does_not_track(checkout: Checkout) -> None:
    checkout.commit(a="1")
    checkout.write("a", "2")
    checkout.write("new", "n")

    assert checkout.files_of(checkout.repository.snapshot(untracked=False)) == {"a": "2"}


def test_a_snapshot_touches_neither_index_nor_stash_nor_refs(checkout: Checkout) -> None:
    checkout.commit(a="1", b="1")
    checkout.write("a", "2")
    checkout.git("add", "a")
    checkout.write("a", "3")
    checkout.write("new", "n")
    index = (checkout.root / ".git/index").read_bytes()
    refs = checkout.git("for-each-ref")

    checkout.repository.snapshot(untracked=True)

    assert (checkout.root / ".git/index").read_bytes() == index
    assert checkout.git("for-each-ref") == refs
    assert checkout.git("stash", "list") == ""
    assert checkout.status == "MM a\0?? new\0"


def test_a_snapshot_of_an_unchanged_tree_is_the_tree_of_head(checkout: Checkout) -> None:
    sha = checkout.commit(a="1")

    assert checkout.repository.snapshot(untracked=True) == checkout.repository.tree_of(sha)


def test_a_snapshot_before_the_first_commit_has_what_is_there(checkout: Checkout) -> None:
    checkout.write("a", "1")

    assert checkout.files_of(checkout.repository.snapshot(untracked=True)) == {"a": "1"}


def test_repositories_inside_are_left_out_of_a_snapshot(checkout: Checkout) -> None:
    checkout.commit(a="1")
    checkout.git("init", "--quiet", "nested")
    checkout.write("nested/x", "x")
    checkout.write("b", "2")

    assert checkout.files_of(checkout.repository.snapshot(untracked=True)) == {"a": "1", "b": "2"}


def test_a_change_of_the_same_size_in_the_same_second_is_seen(checkout: Checkout) -> None:
    checkout.commit(a="1")
    file = checkout.root / "a"
    times = file.stat()
    with file.open("r+") as same:
        same.write("2")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.utime(checkout.root / ".git/index", ns=(times.st_mtime_ns, times.st_mtime_ns))

    assert checkout.files_of(checkout.repository.snapshot(untracked=False)) == {"a": "2"}


def test_a_directory_that_became_a_link_is_a_link(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit_all({"d/x": "1"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").write_text("secret")
    (checkout.root / "d/x").unlink()
    (checkout.root / "d").rmdir()
    (checkout.root / "d").symlink_to(tmp_path / "outside")

    assert checkout.files_of(checkout.repository.snapshot(untracked=True)) == {"d": str(tmp_path / "outside")}


def test_what_is_read_is_converted_as_git_would(checkout: Checkout) -> None:
    checkout.git("config", "core.autocrlf", "input")
    checkout.git("config", "core.safecrlf", "true")
    checkout.write("a.txt", "1\r\n2\n")

    assert checkout.files_of(checkout.repository.snapshot(untracked=True)) == {"a.txt": "1\n2\n"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_told_about(checkout: Checkout) -> None:
    checkout.commit(a="1")
    checkout.write("a", "2").chmod(0)

    with pytest.raises(GitError, match=r"Permission denied; give yourself the right to it$"):
        checkout.repository.snapshot(untracked=True)


def test_dirty_is_what_differs_from_head_staged_or_not(checkout: Checkout) -> None:
    checkout.commit_all({"kept": "k", "ก\nข": "1", "changed": "1", "gone": "g", "sub/same": "s"})
    checkout.write("ก\nข", "2")
    checkout.git("add", "--all")
    checkout.write("changed", "2")
    checkout.write("sub/same", "s")
    (checkout.root / "gone").unlink()
    checkout.write("new", "n")
    checkout.write("added", "n")
    checkout.git("add", "added")

    assert sorted(checkout.repository.dirty()) == ["added", "changed", "gone", "ก\nข"]


def test_a_renamed_file_is_dirty_under_both_names(checkout: Checkout) -> None:
    checkout.commit(a="1\n2\n3\n")
    checkout.git("mv", "a", "b")

    assert sorted(checkout.repository.dirty()) == ["a", "b"]


def test_dirty_is_seen_from_the_top(checkout: Checkout) -> None:
    from batchexec.git import repository

    checkout.commit_all({"sub/a": "1"})
    checkout.write("sub/a", "2")
    found = repository(checkout.root / "sub")

    assert found
    assert found.prefix == "sub/"
    assert found.top == checkout.root
    assert found.dirty() == ["sub/a"]


def test_ignored_files_that_are_to_be_included_are_listed(checkout: Checkout) -> None:
    checkout.commit_all(
        {".gitignore": ".env\n*.key\n.batchexec/\n", ".worktreeinclude": ".env\n*.txt\n*.key\n!b.key\n"}
    )
    for path in (".env", "a.key", "b.key", "new.txt", "sub/ใหม่/.env", ":(top)*.key", ".batchexec/x.key"):
        checkout.write(path)
    (checkout.root / "link.key").symlink_to("a.key")

    assert checkout.repository.included() == [".env", ":(top)*.key", "a.key", "sub/ใหม่/.env"]


def test_nothing_is_included_where_nothing_is_named(checkout: Checkout) -> None:
    checkout.commit_all({".gitignore": ".env\n"})
    checkout.write(".env")
    assert checkout.repository.included() == []

    checkout.write(".worktreeinclude", "no-such\n")
    assert checkout.repository.included() == []
