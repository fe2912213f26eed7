from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.errors import GitError
from batchexec.git import Head, kept_ref

if TYPE_CHECKING:
    from checkout import Checkout


def test_head_is_a_branch_a_commit_or_neither_yet(checkout: Checkout) -> None:
    assert checkout.repository.head() == Head(None, "refs/heads/main")

    sha = checkout.commit(a="1")
    assert checkout.repository.head() == Head(sha, "refs/heads/main")

    checkout.git("checkout", "--quiet", "--detach")
    assert checkout.repository.head() == Head(sha, None)


def test_a_ref_moves_only_from_where_it_is_expected(checkout: Checkout) -> None:
    one, two = checkout.commit(a="1"), checkout.commit(a="2")
    repository = checkout.repository

    assert not repository.move("refs/heads/main", one, one)
    assert checkout.head == two
    assert repository.move("refs/heads/main", one, two)
    assert checkout.head == one
    assert checkout.git("reflog", "-1", "--format=%gs", "main") == "batchexec\n"


def test_a_new_ref_must_be_new(checkout: Checkout) -> None:
    one, two = checkout.commit(a="1"), checkout.commit(a="2")
    repository = checkout.repository

    assert repository.move("refs/batchexec/r/t", one, "")
    assert not repository.move("refs/batchexec/r/t", two, "")
    assert repository.resolve("refs/batchexec/r/t") == one
    assert not repository.move("refs/batchexec/r/other", two, one)
    assert repository.resolve("refs/batchexec/r/other") is None


def test_a_ref_that_cannot_be_locked_is_told_about(checkout: Checkout) -> None:
    one, two = checkout.commit(a="1"), checkout.commit(a="2")
    checkout.write(".git/refs/heads/main.lock", "")

    with pytest.raises(GitError) as raised:
        checkout.repository.move("refs/heads/main", one, two)

    lock = checkout.root / ".git/refs/heads/main.lock"
    assert str(raised.value) == (
        "error: git update-ref: update_ref failed for ref 'refs/heads/main': "
        "cannot lock ref 'refs/heads/main': "
        f"Unable to create '{lock}': File exists.; "
        "wait for the git that is at work, or delete the lock if there is none"
    )


def test_what_is_kept_may_be_kept_anew(checkout: Checkout) -> None:
    one, two = checkout.commit(a="1"), checkout.commit(a="2")
    repository = checkout.repository

    repository.keep("refs/batchexec/r/t", one)
    repository.keep("refs/batchexec/r/t", two)

    assert repository.resolve("refs/batchexec/r/t") == two


def test_what_is_kept_outlives_a_collection_of_garbage(checkout: Checkout) -> None:
    checkout.commit(a="1")
    repository = checkout.repository
    kept, lost = (repository.commit_tree(repository.empty_tree(), [], text) for text in ("kept", "lost"))
    repository.keep("refs/batchexec/r/t", kept)

    checkout.git("gc", "--quiet", "--prune=now")

    assert repository.resolve(f"{kept}^{{commit}}") == kept
    assert repository.resolve(f"{lost}^{{commit}}") is None


def test_an_ancestor_is_one_and_what_is_no_commit_is_told_about(checkout: Checkout) -> None:
    one, two = checkout.commit(a="1"), checkout.commit(a="2")
    repository = checkout.repository

    assert repository.is_ancestor(one, two)
    assert not repository.is_ancestor(two, one)
    with pytest.raises(GitError, match=r"^error: git merge-base: Not a valid .* name no-such-thing; see"):
        repository.is_ancestor(one, "no-such-thing")


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("TASK-001", "TASK-001"),
        ("smartspec#2.1", "smartspec#2.1"),
        ("งาน", "งาน"),
        ("-rf", "-rf"),
        ("a:b", "a-b-6783a31e"),
        ("a b", "a-b-c8687a08"),
        ("a/b", "a-b-c14cddc0"),
        ("a..b", "a-b-f62b4241"),
        ("x.lock", "x--f53b5310"),
        (".x", "-x-bb42e4c6"),
        ("x.", "x--c92f00b1"),
        ("@", "--c3641f85"),
        ("", "-e3b0c442"),
    ],
)
def test_work_is_kept_under_a_name_git_takes(task: str, name: str) -> None:
    assert kept_ref("r1", task) == f"refs/batchexec/r1/{name}"


NAMES = st.text(st.sampled_from("aA.@{}/\\lock -~^:?*[\0\n\x7fก\ud800"), max_size=8) | st.text(max_size=120)


@settings(max_examples=60)
@given(NAMES, NAMES)
def test_every_name_is_one_git_takes_and_no_two_are_the_same(one: str, two: str) -> None:
    refs = {kept_ref("r", one), kept_ref("r", two)}

    assert len(refs) == len({one, two})
    for ref in refs:
        assert ref.count("/") == 3
        assert subprocess.run(["git", "check-ref-format", ref], check=False).returncode == 0
