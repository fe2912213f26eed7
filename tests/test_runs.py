"""A run's directory appears whole, under a name of its own, and `latest` points to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import WorkspaceError
from batchexec.workspace import publish_run

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
NAME = time.strftime("%Y%m%d_%H%M%S", time.localtime(NOW))
PLACE = ".spec/reports"


def publish(root: Path, **files: str) -> str:
    return publish_run(root, PLACE, NOW, lambda _: {name: text.encode() for name, text in files.items()})


def link(root: Path) -> str:
    return os.readlink(root / PLACE / "latest")  # noqa: PTH115  # the text of the link


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / PLACE).iterdir())


def test_a_run_is_a_directory_named_by_local_time(tmp_path: Path) -> None:
    name = publish_run(tmp_path, PLACE, NOW, lambda given: {"a.txt": given.encode(), "meta/b.txt": b"b"})

    assert name == NAME
    assert (tmp_path / PLACE / name / "a.txt").read_text() == name
    assert (tmp_path / PLACE / name / "meta/b.txt").read_text() == "b"
    assert names(tmp_path) == [NAME, "latest"]


def test_latest_is_a_relative_link_to_the_newest(tmp_path: Path) -> None:
    publish(tmp_path, a="1")
    publish(tmp_path, a="2")

    assert link(tmp_path) == f"{NAME}_2"
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert (moved / PLACE / "latest/a").read_text() == "2"


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / PLACE).mkdir(parents=True)
    (tmp_path / PLACE / NAME).write_text("a file")
    (tmp_path / PLACE / f"{NAME}_2").mkdir()
    (tmp_path / PLACE / f"{NAME}_3").symlink_to("nowhere")

    assert [publish(tmp_path, a="1"), publish(tmp_path, a="2")] == [f"{NAME}_4", f"{NAME}_5"]
    assert list((tmp_path / PLACE / f"{NAME}_2").iterdir()) == []


@pytest.mark.parametrize("target", ["nowhere", "/etc", "20200101_000000"])
def test_a_link_that_is_there_is_replaced_wherever_it_leads(tmp_path: Path, target: str) -> None:
    (tmp_path / PLACE).mkdir(parents=True)
    (tmp_path / PLACE / "latest").symlink_to(target)

    assert link(tmp_path) == target
    publish(tmp_path, a="1")
    assert link(tmp_path) == NAME


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_what_stands_in_the_place_of_the_link_is_left_alone(tmp_path: Path, kind: str) -> None:
    latest = tmp_path / PLACE / "latest"
    latest.parent.mkdir(parents=True)
    latest.write_text("mine") if kind == "file" else latest.mkdir()

    with pytest.raises(WorkspaceError) as refused:
        publish(tmp_path, a="1")

    (problem,) = refused.value.problems
    assert problem.message == f"{latest} is no symbolic link"
    assert problem.hint == "move it away: it is to point to the newest run"
    assert names(tmp_path) == ["latest"]


def test_a_link_on_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".spec").symlink_to("elsewhere")

    with pytest.raises(WorkspaceError) as refused:
        publish(tmp_path, a="1")

    assert refused.value.problems[0].message == f"{PLACE}: .spec is a symbolic link"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_mistake_in_what_makes_the_files_leaves_nothing(tmp_path: Path) -> None:
    def make(_: str) -> dict[str, bytes]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        publish_run(tmp_path, PLACE, NOW, make)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="File name too long; nothing was written"):
        publish(tmp_path, a="1", **{"b" * 300: "2"})

    assert list(tmp_path.iterdir()) == []


def test_a_reader_finds_all_files_or_no_directory_and_always_a_latest(tmp_path: Path) -> None:
    publish(tmp_path, a="0", b="0")
    stop, seen, torn = threading.Event(), set[str](), list[str]()

    def look() -> None:
        while not stop.is_set():
            seen.add((tmp_path / PLACE / "latest/a").read_text())
            for path in (tmp_path / PLACE).iterdir():
                if path.name.startswith(NAME) and len(list(path.iterdir())) != 2:
                    torn.append(path.name)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for number in range(1, 30):
            publish(tmp_path, a=str(number), b="x")
    finally:
        stop.set()
        watcher.join()

    assert torn == []
    assert seen <= {str(number) for number in range(30)}


def test_processes_that_publish_at_once_get_names_of_their_own(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom batchexec.workspace import publish_run\n"
        "sys.stdin.readline()\n"
        "for _ in range(10):\n"
        f"    print(publish_run(Path('.'), {PLACE!r}, {NOW}, lambda name: {{'a': name.encode()}}))\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(3)
    ]
    for one in running:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=30)[0].split() for one in running]

    found = [name for names_ in said for name in names_]
    assert len(found) == len(set(found)) == 30
    assert all((tmp_path / PLACE / name / "a").read_text() == name for name in found)
    assert link(tmp_path) in found
    assert all(re.fullmatch(rf"{NAME}(_\d+)?|latest", name) for name in names(tmp_path))


def test_what_a_killed_process_of_the_same_number_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / PLACE / f".{os.getpid()}.bxtmp"
    left.mkdir(parents=True)
    (left / "old").write_text("old")
    (tmp_path / PLACE / f".latest.{os.getpid()}.bxtmp").symlink_to("old")

    publish(tmp_path, a="1")

    assert names(tmp_path) == [NAME, "latest"]
    assert [path.name for path in (tmp_path / PLACE / NAME).iterdir()] == ["a"]


def test_a_root_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    publish(tmp_path / "new", a="1")

    assert (tmp_path / "new" / PLACE / "latest/a").read_text() == "1"
