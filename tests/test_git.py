from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from batchexec.git import known_files

if TYPE_CHECKING:
    from pathlib import Path


BLOB = "8e27be7d6154a1f68ea9160ef0e18691d20560dc"


def git(root: Path, *words: str, stdin: str = "") -> None:
    command = ["git", "-C", str(root), "-c", "protocol.file.allow=always", *words]
    subprocess.run(command, check=True, input=stdin, text=True)


def write(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text\n")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "n")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "n@example.org")
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    return root


def test_files_git_tracks_or_would_add_are_known(repository: Path) -> None:
    write(
        repository,
        "tracked.py",
        "src/new.py",
        "ตะกร้า ใหม่.py",
        "a\nb.py",
        ".gitignore",
        "log/x.log",
        "forced.log",
    )
    (repository / ".gitignore").write_text("*.log\n")
    git(repository, "add", "tracked.py")
    git(repository, "add", "--force", "forced.log")

    assert known_files(repository) == [
        ".gitignore",
        "a\nb.py",
        "forced.log",
        "src/new.py",
        "tracked.py",
        "ตะกร้า ใหม่.py",
    ]


def test_paths_are_seen_from_the_directory_asked_for(repository: Path) -> None:
    write(repository, "a.py", "sub/b.py", "sub/deep/c.py", "[x]/d.py")

    assert known_files(repository / "sub") == ["b.py", "deep/c.py"]
    assert known_files(repository / "[x]") == ["d.py"]


def test_what_is_no_plain_file_any_more_is_not_known(repository: Path) -> None:
    write(repository, "kept.py", "deleted.py", "linked.py", "replaced")
    git(repository, "add", ".")
    for path in ("deleted.py", "linked.py", "replaced"):
        (repository / path).unlink()
    (repository / "linked.py").symlink_to("kept.py")
    (repository / "broken").symlink_to("nowhere")
    write(repository, "replaced/x.py")

    assert known_files(repository) == ["kept.py", "replaced/x.py"]


def test_repositories_inside_are_not_looked_into(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    git(other, "commit", "--quiet", "--allow-empty", "--message=m")
    git(repository, "submodule", "--quiet", "add", str(other), "module")
    shutil.copytree(other, repository / "nested")
    write(repository, "module/a.py", "nested/a.py", "b.py")

    assert known_files(repository) == [".gitmodules", "b.py"]


def test_a_file_in_conflict_is_known_once(repository: Path) -> None:
    write(repository, "a.py")
    git(repository, "hash-object", "-w", "a.py")
    stages = "".join(f"100644 {BLOB} {stage}\ta.py\n" for stage in (1, 2, 3))
    git(repository, "update-index", "--index-info", stdin=stages)

    assert known_files(repository) == ["a.py"]


def test_a_name_that_is_no_text_is_left_out(repository: Path) -> None:
    write(repository, "a.py")
    try:
        (repository / os.fsdecode(b"\xff.py")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")

    assert known_files(repository) == ["a.py"]


def test_an_empty_repository_knows_no_files(repository: Path) -> None:
    assert known_files(repository) == []


def test_nothing_is_known_without_a_repository(repository: Path, tmp_path: Path) -> None:
    write(tmp_path, "plain/a.py", "broken/.git")

    assert known_files(tmp_path / "plain") is None
    assert known_files(tmp_path / "broken") is None
    assert known_files(tmp_path / "missing") is None
    assert known_files(repository / ".git") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_nothing_is_known_of_a_repository_of_somebody_else(repository: Path) -> None:
    os.chown(repository, 12345, 12345)
    os.chown(repository / ".git", 12345, 12345)

    assert known_files(repository) is None


@pytest.mark.parametrize("path", ["", ".", ":.:", "/nonexistent"])
def test_a_git_in_the_repository_is_not_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (repository / "git").write_text("#!/bin/sh\n: >run\n")
    (repository / "git").chmod(0o755)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", path)

    assert known_files(repository) is None
    assert not (repository / "run").exists()


def test_what_a_repository_configures_is_not_run_and_its_index_not_written(repository: Path) -> None:
    write(repository, "a.py")
    git(repository, "add", ".")
    (repository / "hook").write_text("#!/bin/sh\n: >run\n")
    (repository / "hook").chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(repository / "hook"))
    git(repository, "config", "submodule.recurse", "true")
    index = repository / ".git/index"
    os.utime(index, ns=(1, 1))

    assert known_files(repository) == ["a.py", "hook"]
    assert not (repository / "run").exists()
    assert index.stat().st_mtime_ns == 1


def test_variables_for_git_lead_nowhere_else(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, "a.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere"))

    assert known_files(repository) == ["a.py"]


def test_thousands_of_files_take_no_time(repository: Path) -> None:
    for directory in range(50):
        write(repository, f"d{directory}/f.py")
        for n in range(40):
            (repository / f"d{directory}/{n}.py").touch()
    begun = time.perf_counter()

    assert len(known_files(repository) or ()) == 2050
    assert time.perf_counter() - begun < 1
