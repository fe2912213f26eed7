from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batchexec import process
from batchexec.errors import GitError
from batchexec.git import Blob, Difference

if TYPE_CHECKING:
    from pathlib import Path

    from checkout import Checkout

ODD_NAMES = ["a\nb", 'quo"te', "tab\tx", "ตะกร้า", "-rf", ":(top)*", "*", "sub/--help", "back\\slash", " x "]


def test_differences_are_what_came_what_went_and_what_changed(checkout: Checkout) -> None:
    old = checkout.commit_all({"kept": "k", "changed": "1", "gone": "g", "script": "s"})
    (checkout.root / "gone").rename(checkout.root / "renamed")
    checkout.write("changed", "2")
    (checkout.root / "script").chmod(0o755)
    (checkout.root / "link").symlink_to("kept")
    new = checkout.commit_all()
    repository = checkout.repository

    found = repository.differences(old, new)

    assert [(d.path, d.before and d.before.mode, d.after and d.after.mode) for d in found] == [
        ("changed", "100644", "100644"),
        ("gone", "100644", None),
        ("link", None, "120000"),
        ("renamed", None, "100644"),
        ("script", "100644", "100755"),
    ]
    shas = [blob.sha for d in found[:3] for blob in (d.before, d.after) if blob]
    assert list(repository.blobs(shas).values()) == [b"1", b"2", b"g", b"kept"]


def test_equal_trees_do_not_differ(checkout: Checkout) -> None:
    sha = checkout.commit(a="1")

    assert checkout.repository.differences(sha, sha) == []
    assert checkout.repository.differences(sha, checkout.repository.tree_of(sha)) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_of_any_kind_are_what_they_are(checkout: Checkout, name: str) -> None:
    old = checkout.commit_all({"other": "o", name: "1"})
    repository = checkout.repository
    blob = Blob(repository.write_blob(b"2"), "100644")

    changed = repository.with_changes(old, {name: blob})
    removed = repository.with_changes(changed, {name: None})

    assert checkout.files_of(changed) == {"other": "o", name: "2"}
    assert repository.differences(changed, removed) == [Difference(name, blob, None)]


def test_a_name_that_is_no_text_is_carried_as_it_is(checkout: Checkout) -> None:
    repository = checkout.repository
    blob = Blob(repository.write_blob(b"1"), "100644")

    tree = repository.with_changes(repository.empty_tree(), {"a\udcff": blob})

    assert checkout.files_of(tree) == {"a\udcff": "1"}
    assert repository.differences(repository.empty_tree(), tree) == [Difference("a\udcff", None, blob)]


def test_a_file_takes_the_place_of_a_directory_and_the_other_way_round(checkout: Checkout) -> None:
    old = checkout.commit_all({"d/x": "1", "d/y": "2", "f": "3"})
    repository = checkout.repository
    blob = Blob(repository.write_blob(b"new"), "100755")

    tree = repository.with_changes(old, {"d": blob, "d/x": None, "d/y": None, "f": None, "f/z": blob})

    assert checkout.files_of(tree) == {"d": "new", "f/z": "new"}


def test_no_changes_make_the_same_tree(checkout: Checkout) -> None:
    tree = checkout.repository.tree_of(checkout.commit(a="1"))

    assert checkout.repository.with_changes(tree, {}) == tree


@pytest.mark.parametrize(
    "attributes", ["* text=auto eol=crlf", "* ident", "* filter=loud", "* working-tree-encoding=UTF-16"]
)
def test_a_blob_has_the_bytes_that_were_given(checkout: Checkout, attributes: str) -> None:
    checkout.write(".gitattributes", attributes)
    checkout.git("config", "filter.loud.clean", "tr a-z A-Z")
    checkout.git("config", "core.autocrlf", "true")
    data = b"a\r\nb\n$Id: x$\0\xff\n"

    sha = checkout.repository.write_blob(data)

    assert checkout.repository.blobs([sha, sha]) == {sha: data}


def test_nothing_and_nothing_at_all_are_blobs(checkout: Checkout) -> None:
    repository = checkout.repository
    empty, newline = repository.write_blob(b""), repository.write_blob(b"\n")

    assert repository.blobs([empty, newline]) == {empty: b"", newline: b"\n"}
    assert repository.blobs([]) == {}


def test_a_blob_that_is_not_there_is_told_about(checkout: Checkout) -> None:
    with pytest.raises(GitError) as raised:
        checkout.repository.blobs(["1" * 40])

    assert str(raised.value) == f"error: git cat-file: {'1' * 40} is missing; see `git fsck`"


def test_a_tree_is_not_made_of_blobs_that_are_not_there(checkout: Checkout) -> None:
    repository = checkout.repository

    with pytest.raises(GitError, match=r"^error: git write-tree: invalid object 100644 1111"):
        repository.with_changes(repository.empty_tree(), {"a": Blob("1" * 40, "100644")})


def test_a_tree_has_no_path_that_leads_elsewhere(checkout: Checkout) -> None:
    repository = checkout.repository
    blob = Blob(repository.write_blob(b"x"), "100644")

    for path in ("../a", "/a", ".git/config", "a//b", "a/./b", ""):
        with pytest.raises(GitError, match=r"^error: git update-index: "):
            repository.with_changes(repository.empty_tree(), {path: blob})


def test_many_large_files_are_read_in_portions(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = checkout.repository
    shas = [repository.write_blob(bytes([n]) * 200_000) for n in range(8)]
    capture, asked = process.capture, []

    def little(command: list[str], cwd: Path, **rest: Any) -> tuple[bytes, process.Done]:
        output, done = capture(command, cwd, **rest)
        asked.append(len(output))
        return (b"", process.Done(153, "", 0)) if len(output) > 500_000 else (output, done)

    monkeypatch.setattr(process, "capture", little)

    assert [content[:1] for content in repository.blobs(shas).values()] == [bytes([n]) for n in range(8)]
    assert len(asked) == 7


def test_a_file_that_is_too_large_to_be_read_is_told_about(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = checkout.repository
    sha = repository.write_blob(b"x")
    monkeypatch.setattr(process, "capture", lambda *_, **__: (b"", process.Done(153, "", 0)))

    with pytest.raises(GitError) as raised:
        repository.blobs([sha])

    assert str(raised.value) == (
        f"error: {sha}: a file of more than 64 MB; leave it out of what tasks change"
    )


def test_a_commit_without_an_identity_is_made_by_batchexec(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{who}_{what}")
    repository = checkout.repository

    sha = repository.commit_tree(repository.empty_tree(), [], "m")

    assert (
        checkout.git("show", "-s", "--format=%an <%ae> %cn", sha)
        == "batchexec <batchexec@localhost> batchexec\n"
    )
    assert repository.move("refs/heads/main", sha, "")


def test_a_commit_is_made_by_whom_git_knows(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{who}_{what}")
    checkout.git("config", "user.name", "Bo")
    checkout.git("config", "user.email", "bo@example.org")
    repository = checkout.repository

    sha = repository.commit_tree(repository.empty_tree(), [], "m")

    assert checkout.git("show", "-s", "--format=%an <%ae> %cn", sha) == "Bo <bo@example.org> Bo\n"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("--amend", "--amend"),
        ("# x\n\n# y", "# x\n\n# y"),
        ("", ""),
        ("a\0b", "ab"),
        ("ก\n", "ก\n"),
        ("half \ud800", "half ?"),
        ("x" * 1_000_000, "x" * 1_000_000),
    ],
    ids=["option", "comment", "empty", "nul", "thai", "surrogate", "long"],
)
def test_a_message_is_kept_as_it_is(checkout: Checkout, message: str, kept: str) -> None:
    checkout.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repository = checkout.repository
    parent = repository.commit_tree(repository.empty_tree(), [], "p")

    sha = repository.commit_tree(repository.empty_tree(), [parent], message)

    raw = checkout.git("cat-file", "commit", sha)
    assert raw.partition("\n\n")[2] == kept
    assert "encoding" not in raw.partition("\n\n")[0]
    assert f"parent {parent}\n" in raw
