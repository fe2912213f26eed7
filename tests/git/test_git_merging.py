from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchexec.errors import GitError
from batchexec.git import Merged

if TYPE_CHECKING:
    from checkout import Checkout


def side(checkout: Checkout, base: str, files: dict[str, str | None]) -> str:
    checkout.git("checkout", "--quiet", "--detach", base)
    for path, text in files.items():
        if text is None:
            (checkout.root / path).unlink()
    return checkout.commit_all({path: text for path, text in files.items() if text is not None})


def test_changes_of_different_lines_come_together(checkout: Checkout) -> None:
    base = checkout.commit_all({"a": "1\n2\n3\n4\n5\n", "b": "b"})
    ours = side(checkout, base, {"a": "one\n2\n3\n4\n5\n"})
    theirs = side(checkout, base, {"a": "1\n2\n3\n4\nfive\n", "c": "c"})

    merged = checkout.repository.merge(ours, theirs)

    assert merged == Merged(merged.tree)
    assert checkout.files_of(merged.tree) == {"a": "one\n2\n3\n4\nfive\n", "b": "b", "c": "c"}


def test_a_conflict_names_its_paths_and_says_what_it_is(checkout: Checkout) -> None:
    base = checkout.commit_all({"ก\n.py": "1\n", "gone": "g\n", "free": "f\n"})
    ours = side(checkout, base, {"ก\n.py": "2\n", "gone": None})
    theirs = side(checkout, base, {"ก\n.py": "3\n", "gone": "changed\n", "free": "f2\n"})

    merged = checkout.repository.merge(ours, theirs)

    assert sorted(merged.conflicts) == ["gone", "ก\n.py"]
    assert "CONFLICT (content): Merge conflict in ก\n.py\n" in merged.messages
    assert "CONFLICT (modify/delete): gone deleted in " in merged.messages
    assert "<<<<<<<" in checkout.files_of(merged.tree)["ก\n.py"]


def test_nobody_s_work_tree_index_or_branch_is_touched_by_a_merge(checkout: Checkout) -> None:
    base = checkout.commit_all({"a": "1\n"})
    ours, theirs = side(checkout, base, {"a": "2\n"}), side(checkout, base, {"a": "3\n"})
    checkout.git("checkout", "--quiet", "main")
    index = (checkout.root / ".git/index").read_bytes()

    checkout.repository.merge(ours, theirs)

    assert checkout.head == base
    assert checkout.status == ""
    assert (checkout.root / ".git/index").read_bytes() == index


def test_what_is_no_commit_cannot_be_merged(checkout: Checkout) -> None:
    sha = checkout.commit(a="1")

    with pytest.raises(GitError, match=r"^error: git merge-tree: "):
        checkout.repository.merge(sha, "no-such-thing")


def test_unrelated_commits_cannot_be_merged(checkout: Checkout) -> None:
    sha = checkout.commit(a="1")
    repository = checkout.repository
    other = repository.commit_tree(repository.tree_of(sha), [], "m")

    with pytest.raises(GitError, match="refusing to merge unrelated histories"):
        repository.merge(sha, other)
