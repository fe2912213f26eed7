from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import WorkspaceError
from batchexec.workspace import create_new, digest_of
from batchexec.workspace.creating import discard_temporary, missing_directories, remove, remove_empty, replace

if TYPE_CHECKING:
    from pathlib import Path


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_a_new_file_comes_with_its_directories_and_nothing_else(tmp_path: Path) -> None:
    assert create_new(tmp_path, "a/b/c", b"1")
    assert names(tmp_path) == ["a", "a/b", "a/b/c"]
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"1"


def test_a_file_that_appears_while_another_is_written_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(*arguments: object, **options: object) -> None:
        (tmp_path / "a").write_text("mine")
        link(*arguments, **options)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(os, "link", late)

    assert not create_new(tmp_path, "a", b"1")
    assert (tmp_path / "a").read_text() == "mine"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("kind", ["file", "directory", "dangling link"])
def test_nothing_that_is_there_is_written_over(tmp_path: Path, kind: str) -> None:
    if kind == "file":
        (tmp_path / "a").write_text("mine")
    elif kind == "directory":
        (tmp_path / "a").mkdir()
    else:
        (tmp_path / "a").symlink_to("nowhere")

    assert not create_new(tmp_path, "a", b"1")
    assert names(tmp_path) == ["a"]


def without_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_file_system_without_links_takes_new_files_and_keeps_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        (tmp_path / "b").write_text("mine")
        without_links()

    monkeypatch.setattr(os, "link", without_links)
    assert create_new(tmp_path, "a", b"1")
    monkeypatch.setattr(os, "link", late)
    assert not create_new(tmp_path, "b", b"1")

    assert (tmp_path / "b").read_text() == "mine"
    assert names(tmp_path) == ["a", "b"]


def test_a_full_disk_leaves_nothing_behind_without_links_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        def fsync(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fsync)
        without_links()

    monkeypatch.setattr(os, "link", full)

    with pytest.raises(OSError, match="No space left"):
        create_new(tmp_path, "a", b"1")
    assert names(tmp_path) == []


def test_a_name_of_the_longest_kind_can_be_created(tmp_path: Path) -> None:
    assert create_new(tmp_path, "ä" * 127, b"1")
    assert names(tmp_path) == ["ä" * 127]


def test_a_file_is_replaced_only_while_it_has_the_expected_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "a").chmod(0o600)

    assert not replace(tmp_path, "a", b"2", digest_of(b"0"))
    assert not replace(tmp_path, "none", b"2", digest_of(b"0"))
    assert not replace(tmp_path, "no/ne", b"2", digest_of(b"0"))
    assert replace(tmp_path, "a", b"2", digest_of(b"1"))
    assert (tmp_path / "a").read_text() == "2"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert names(tmp_path) == ["a"]


def test_a_link_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(WorkspaceError, match="b: is a symbolic link"):
        replace(tmp_path, "b", b"2", digest_of(b"1"))
    with pytest.raises(WorkspaceError, match="b: is a symbolic link"):
        remove(tmp_path, "b", digest_of(b"1"))


def test_a_file_is_removed_only_while_it_has_the_expected_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")

    assert not remove(tmp_path, "a", digest_of(b"0"))
    assert not remove(tmp_path, "no/ne", digest_of(b"0"))
    assert remove(tmp_path, "a", digest_of(b"1"))
    assert not remove(tmp_path, "a", digest_of(b"1"))


def test_missing_directories_are_named_the_deepest_first(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    assert missing_directories(tmp_path, "a/b/c/d") == ["a/b/c", "a/b"]
    assert missing_directories(tmp_path, "a/b") == []


def test_only_empty_directories_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "own").write_text("1")

    remove_empty(tmp_path, ["a", "a/b", "a/b/c", "none/there"])

    assert names(tmp_path) == ["a", "a/own"]


def test_what_a_killed_process_left_beside_a_file_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / ".a.123.bxtmp").write_text("ha")
    (tmp_path / ".a.124.bxtmp").write_text("ha")

    for path in ("a", "no/a", "b"):
        discard_temporary(tmp_path, path, 123)

    assert names(tmp_path) == [".a.124.bxtmp"]
