from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import WorkspaceError
from batchexec.model import Edit
from batchexec.places.copies import CopiedMemory
from batchexec.places.memory import GitMemory

if TYPE_CHECKING:
    from checkout import Checkout

    from batchexec.places import Trunk
    from batchexec.places.memory import Memory


BEFORE = "refs/batchexec/run/before"


@pytest.fixture(params=["git", "copies"])
def memory(request: pytest.FixtureRequest, checkout: Checkout, trunk: Trunk, tmp_path: Path) -> Memory:
    if request.param == "git":
        return GitMemory(trunk, BEFORE)
    return CopiedMemory(checkout.root, tmp_path / "before", tmp_path / "kept")


def everything(_: str) -> bool:
    return True


def test_nothing_is_different_where_nothing_was_done(checkout: Checkout, memory: Memory) -> None:
    checkout.write("mine.txt", "mine\n")
    memory.take()
    checkout.write("b.txt", "b\n")

    assert memory.edits() == ()
    assert memory.keep("run", "task") == ""


def test_what_is_different_is_told_with_what_it_was(checkout: Checkout, memory: Memory) -> None:
    memory.take()
    checkout.write("a.txt", "changed\n")
    (checkout.root / "b.txt").unlink()
    checkout.write("new/x.sh", "x\n").chmod(0o755)

    changed, gone, new = memory.edits()

    assert (changed.path, changed.before, changed.after) == ("a.txt", b"1\n2\n3\n", b"changed\n")
    assert (gone.path, gone.before, gone.after) == ("b.txt", b"b\n", None)
    assert (new.path, new.before, new.after) == ("new/x.sh", None, b"x\n")
    assert new.mode
    assert new.mode & 0o100


def test_only_what_is_meant_is_restored(checkout: Checkout, memory: Memory) -> None:
    memory.take()
    checkout.write("a.txt", "changed\n")
    checkout.write("b.txt", "changed\n")

    memory.restore({"a.txt"}.__contains__)

    assert (checkout.root / "a.txt").read_text() == "1\n2\n3\n"
    assert (checkout.root / "b.txt").read_text() == "changed\n"


def test_restoring_undoes_whatever_was_done(checkout: Checkout, memory: Memory) -> None:
    checkout.write("deep/er/x.txt", "x\n")
    checkout.write("secret.txt", "secret\n").chmod(0o600)
    (checkout.root / "link").symlink_to("a.txt")
    memory.take()
    for path in ("deep/er/x.txt", "b.txt", "link"):
        (checkout.root / path).unlink()
    (checkout.root / "deep/er").rmdir()
    checkout.write("deep/er", "a file\n")
    checkout.write("b.txt/x", "a directory\n")
    checkout.write("secret.txt", "spoilt\n")
    (checkout.root / "link").symlink_to("b.txt")
    (checkout.root / "other").symlink_to("/etc")
    checkout.write("line\nbreak", "x\n")

    memory.restore(everything)

    found = {str(p.relative_to(checkout.root)) for p in checkout.root.rglob("*") if ".git" not in p.parts}
    assert found == {"a.txt", "b.txt", "deep", "deep/er", "deep/er/x.txt", "secret.txt", "link"}
    assert (checkout.root / "b.txt").read_text() == "b\n"
    assert str((checkout.root / "link").readlink()) == "a.txt"
    assert (checkout.root / "secret.txt").stat().st_mode & 0o777 == 0o600
    assert (checkout.root / "secret.txt").read_text() == "secret\n"


def test_a_link_that_was_made_is_refused(checkout: Checkout, memory: Memory) -> None:
    memory.take()
    (checkout.root / "link").symlink_to("a.txt")

    with pytest.raises(WorkspaceError, match="link: is a symbolic link; only plain files are taken over"):
        memory.edits()


@pytest.mark.parametrize("words", [("init", "--quiet", "sub/in"), ("clone", "--quiet", ".", "sub/in")])
def test_a_repository_made_inside_is_refused_and_left_for_people_to_delete(
    checkout: Checkout, memory: Memory, words: tuple[str, ...]
) -> None:
    memory.take()
    checkout.git(*words)
    checkout.write("sub/in/x", "x\n")
    checkout.write("a.txt", "bad\n")

    with pytest.raises(WorkspaceError, match=r"sub/in: is a repository of its own; delete the \.git"):
        memory.edits()
    with pytest.raises(WorkspaceError, match="sub/in: is a repository of its own; delete it"):
        memory.restore(everything)
    assert (checkout.root / "sub/in/x").exists()
    assert (checkout.root / "a.txt").read_text() == "1\n2\n3\n"


@pytest.mark.parametrize("gone", ["inside", "inside/.git"])
def test_a_repository_that_is_no_longer_there_is_missed_and_its_files_are_left(
    checkout: Checkout, memory: Memory, gone: str
) -> None:
    checkout.git("init", "--quiet", "inside")
    checkout.write("inside/x", "x\n")
    memory.take()
    checkout.write("inside/x", "y\n")
    assert memory.edits() == ()
    shutil.rmtree(checkout.root / gone)

    with pytest.raises(WorkspaceError, match="inside: is a repository of its own; only plain files"):
        memory.edits()
    with pytest.raises(WorkspaceError, match="inside: was a repository of its own; bring it back yourself"):
        memory.restore(everything)
    assert (checkout.root / "inside/x").exists() == (gone == "inside/.git")


def test_without_git_a_list_of_what_was_deleted_is_kept(checkout: Checkout, tmp_path: Path) -> None:
    memory = CopiedMemory(checkout.root, tmp_path / "before", tmp_path / "kept")
    (checkout.root / "link").symlink_to("b.txt")
    memory.take()
    for path in ("a.txt", "link"):
        (checkout.root / path).unlink()

    kept = memory.keep("run", "task")

    assert (Path(kept) / ".batchexec-deleted").read_text() == "a.txt\nlink\n"


def test_what_the_batch_itself_writes_is_nobody_s_work(checkout: Checkout, memory: Memory) -> None:
    memory.take()
    checkout.write(".spec/reports/r.md", "r\n")
    checkout.write(".batchexec/x", "x\n")

    assert memory.edits() == ()
    memory.restore(everything)
    assert (checkout.root / ".spec/reports/r.md").exists()


def test_an_edit_that_stood_there_uncommitted_can_be_told_from_another_one(
    checkout: Checkout, trunk: Trunk
) -> None:
    memory = GitMemory(trunk, BEFORE)
    checkout.write("a.txt", "made\n")
    checkout.write("b.txt", "mine\n")
    memory.take()
    made = Edit(path="a.txt", before=b"1\n2\n3\n", after=b"made\n", mode=0o644)
    other = Edit(path="b.txt", before=b"b\n", after=b"other\n", mode=0o644)

    assert memory.standing([made, other]) == [made]
    assert memory.uncommitted([made, other]) == ["b.txt"]
