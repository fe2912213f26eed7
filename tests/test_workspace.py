from __future__ import annotations

import errno
import itertools
import os
import pickle
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import WorkspaceConflict, WorkspaceError
from batchexec.model import Change, Operation
from batchexec.workspace import Stage, Workspace, digest_of, files, publish, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.fixture
def workspace(root: Path) -> Workspace:
    return Workspace(root)


@pytest.fixture
def stage(workspace: Workspace, tmp_path: Path) -> Stage:
    return Stage(workspace, tmp_path / "state" / "stage" / "1")


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def done(stage: Stage) -> tuple[Change, ...]:
    changes = stage.seal()
    publish(stage.workspace, stage.directory, changes)
    return changes


def test_what_is_not_there_reads_as_none(workspace: Workspace) -> None:
    assert workspace.read("a/b.py") is None
    assert workspace.digest("a/b.py") is None
    assert not workspace.exists("a/b.py")


def test_a_root_that_does_not_exist_is_empty_and_is_made_when_something_is_published(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "not" / "yet")
    stage = Stage(workspace, tmp_path / "stage")
    assert stage.read("a.py") is None
    stage.write("a.py", b"x\n")
    assert not workspace.root.exists()
    done(stage)
    assert tree(workspace.root) == {"a.py": b"x\n"}


def test_a_digest_is_the_sha_256_of_the_content(workspace: Workspace, root: Path) -> None:
    (root / "a").write_bytes(b"abc")
    assert workspace.digest("a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("path", ["", "../x", "/etc/passwd", "a/../../x", "a//b", ".", "a/.", "a\0b"])
def test_a_path_that_could_leave_the_root_is_never_opened(workspace: Workspace, path: str) -> None:
    with pytest.raises(WorkspaceError):
        workspace.read(path)


def test_nothing_is_in_the_tree_before_it_is_published(stage: Stage, root: Path) -> None:
    (root / "old.py").write_bytes(b"old\n")
    stage.write("new/deep/a.py", b"a\n")
    stage.write("old.py", b"new\n")
    stage.seal()
    assert tree(root) == {"old.py": b"old\n"}
    assert not (root / "new").exists()


def test_a_stage_reads_what_it_was_told_to_write(stage: Stage, root: Path) -> None:
    (root / "a").write_bytes(b"1")
    stage.write("a", b"2")
    stage.write("a", b"3")
    assert stage.read("a") == b"3"
    assert [change.after for change in done(stage)] == [digest_of(b"3")]


def test_a_receipt_says_what_was_and_what_will_be(stage: Stage, root: Path) -> None:
    (root / "old").write_bytes(b"1")
    (root / "old").chmod(0o600)
    stage.write("new", b"n")
    stage.write("old", b"2", part=True)
    assert stage.seal() == (
        Change(operation=Operation.CREATE, path="new", before=None, after=digest_of(b"n"), staged="0001"),
        Change(
            operation=Operation.MODIFY,
            path="old",
            before=digest_of(b"1"),
            after=digest_of(b"2"),
            staged="0002",
            mode=0o600,
            part=True,
        ),
    )


def test_the_bytes_that_are_there_are_no_change(stage: Stage, root: Path) -> None:
    (root / "a").write_bytes(b"1")
    stage.write("a", b"2")
    stage.write("a", b"1")
    assert stage.seal() == ()


def test_a_stage_without_changes_leaves_no_directory(stage: Stage) -> None:
    assert stage.seal() == ()
    assert not stage.directory.exists()


def test_a_copy_of_what_is_replaced_is_never_put_over_another_copy(stage: Stage, root: Path) -> None:
    (root / "a").write_bytes(b"third")
    (root / "copy").write_bytes(b"first")
    (root / "copy.2").write_bytes(b"second")
    assert stage.backup("a", "copy") == "copy.3"
    (change,) = done(stage)
    assert change.backup
    assert tree(root) == {"a": b"third", "copy": b"first", "copy.2": b"second", "copy.3": b"third"}


def test_there_is_no_copy_of_nothing(stage: Stage) -> None:
    with pytest.raises(WorkspaceError, match=r"^error: a: there is nothing to copy$"):
        stage.backup("a", "copy")


def test_files_and_the_directories_they_need_appear_when_published(stage: Stage, root: Path) -> None:
    stage.write("a/b/c.py", b"c\n")
    stage.write("d.py", b"d\n")
    done(stage)
    assert tree(root) == {"a/b/c.py": b"c\n", "d.py": b"d\n"}


def test_publishing_again_changes_nothing(stage: Stage, root: Path) -> None:
    stage.write("a/b.py", b"b\n")
    changes = done(stage)
    before = (root / "a/b.py").stat()
    publish(stage.workspace, stage.directory, changes)
    after = (root / "a/b.py").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_file_changed_while_the_task_ran_stops_all_of_it(stage: Stage, root: Path) -> None:
    (root / "a").write_bytes(b"1")
    (root / "gone").write_bytes(b"1")
    for name in ("a", "b", "gone", "other"):
        stage.write(name, b"ours")
    changes = stage.seal()
    (root / "a").write_bytes(b"theirs")
    (root / "b").write_bytes(b"theirs")
    (root / "gone").unlink()
    with pytest.raises(WorkspaceConflict) as caught:
        publish(stage.workspace, stage.directory, changes)
    assert str(caught.value) == (
        "error: a changed while the task ran; nothing was written; run the task again\n"
        "error: b appeared while the task ran; nothing was written; run the task again\n"
        "error: gone changed while the task ran; nothing was written; run the task again"
    )
    assert tree(root) == {"a": b"theirs", "b": b"theirs"}


def test_what_was_seen_when_it_was_read_is_what_counts(stage: Stage, root: Path) -> None:
    (root / "a").write_bytes(b"read")
    stage.read("a")
    (root / "a").write_bytes(b"edited by a person")
    stage.write("a", b"ours")
    with pytest.raises(WorkspaceConflict):
        done(stage)
    assert tree(root) == {"a": b"edited by a person"}


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"torn")])
def test_a_stage_that_lost_its_content_publishes_nothing(stage: Stage, root: Path, damage: object) -> None:
    assert callable(damage)
    stage.write("a", b"1")
    stage.write("b", b"2")
    changes = stage.seal()
    damage(stage.directory / "0002")
    with pytest.raises(WorkspaceError) as caught:
        publish(stage.workspace, stage.directory, changes)
    assert (
        str(caught.value) == "error: b: its staged content is lost; nothing was written; run the task again"
    )
    assert tree(root) == {}


def test_a_renamed_file_keeps_its_bytes(stage: Stage, root: Path) -> None:
    (root / "old.py").write_bytes(b"\xff\r\n")
    stage.move("old.py", "src/new.py")
    assert (stage.read("old.py"), stage.read("src/new.py")) == (None, b"\xff\r\n")
    (change,) = done(stage)
    assert (change.operation, change.source, change.staged) == (Operation.RENAME, "old.py", None)
    assert tree(root) == {"src/new.py": b"\xff\r\n"}


def test_a_rename_never_replaces_a_file(stage: Stage, root: Path) -> None:
    (root / "old.py").write_bytes(b"old")
    (root / "new.py").write_bytes(b"new")
    with pytest.raises(WorkspaceError, match=r"^error: new.py: exists already; old.py was not renamed$"):
        stage.move("old.py", "new.py")


def test_a_file_that_took_the_new_name_meanwhile_stops_the_rename(stage: Stage, root: Path) -> None:
    (root / "old.py").write_bytes(b"old")
    stage.move("old.py", "new.py")
    changes = stage.seal()
    (root / "new.py").write_bytes(b"new")
    with pytest.raises(WorkspaceConflict):
        publish(stage.workspace, stage.directory, changes)
    assert tree(root) == {"old.py": b"old", "new.py": b"new"}


def test_a_file_edited_before_its_rename_stops_it(stage: Stage, root: Path) -> None:
    (root / "old.py").write_bytes(b"old")
    stage.move("old.py", "new.py")
    changes = stage.seal()
    (root / "old.py").write_bytes(b"edited")
    with pytest.raises(WorkspaceConflict, match=r"old.py changed while the task ran"):
        publish(stage.workspace, stage.directory, changes)


@pytest.mark.parametrize("path", ["old.py", "new.py"])
def test_a_task_either_renames_a_file_or_writes_it(stage: Stage, root: Path, path: str) -> None:
    (root / "old.py").write_bytes(b"old")
    stage.move("old.py", "new.py")
    with pytest.raises(WorkspaceError, match=rf"^error: {path}: the same task renames it$"):
        stage.write(path, b"x")


def test_a_file_the_task_wrote_is_not_renamed_by_it(stage: Stage) -> None:
    stage.write("a", b"x")
    with pytest.raises(WorkspaceError, match=r"^error: a: a file the same task writes cannot be renamed$"):
        stage.move("a", "b")


def test_what_does_not_exist_cannot_be_renamed(stage: Stage) -> None:
    with pytest.raises(WorkspaceError, match=r"^error: a: there is no such file to rename$"):
        stage.move("a", "b")


def test_a_new_file_gets_644_as_the_umask_allows(stage: Stage, root: Path) -> None:
    before = os.umask(0o027)
    try:
        stage.write("a", b"x")
    finally:
        os.umask(before)
    done(stage)
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o640


def test_a_replaced_file_keeps_its_permissions_but_not_setuid(stage: Stage, root: Path) -> None:
    (root / "a").write_bytes(b"x")
    (root / "a").chmod(0o6751)
    stage.write("a", b"y")
    done(stage)
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o751


def test_permissions_that_are_asked_for_are_given(stage: Stage, root: Path) -> None:
    stage.write("run.sh", b"#!/bin/sh\n", mode=0o4755)
    done(stage)
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o755


def refused(stage: Stage, path: str) -> str:
    with pytest.raises(WorkspaceError) as caught:
        stage.write(path, b"ours")
    return str(caught.value).removeprefix("error: ")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../x", "'../x': has the component .."),
        ("/x", "'/x': is absolute"),
        (".git/config", "'.git/config': has the protected component .git"),
        ("a\\b", "'a\\\\b': holds a backslash; components are separated by /"),
    ],
)
def test_a_path_is_judged_before_anything_is_staged(stage: Stage, path: str, message: str) -> None:
    assert refused(stage, path) == message
    assert not stage.directory.exists()


def test_a_symlinked_directory_is_not_entered(stage: Stage, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    assert refused(stage, "link/x") == "link/x: link is a symbolic link"
    assert tree(tmp_path / "outside") == {}


def test_a_symlink_to_a_directory_inside_is_not_entered_either(stage: Stage, root: Path) -> None:
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    assert refused(stage, "link/x") == "link/x: link is a symbolic link"


def test_a_symlink_is_not_replaced_and_not_followed(stage: Stage, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"theirs")
    (root / "link").symlink_to(tmp_path / "outside")
    assert refused(stage, "link") == "link: is a symbolic link"
    assert (tmp_path / "outside").read_bytes() == b"theirs"


def test_a_dangling_symlink_is_still_something(stage: Stage, root: Path) -> None:
    (root / "link").symlink_to("nowhere")
    assert refused(stage, "link") == "link: is a symbolic link"


def test_a_hard_link_is_cut_and_the_other_name_keeps_its_content(
    stage: Stage, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_bytes(b"theirs")
    (root / "a").hardlink_to(tmp_path / "outside")
    stage.write("a", b"ours")
    done(stage)
    assert (root / "a").read_bytes() == b"ours"
    assert (tmp_path / "outside").read_bytes() == b"theirs"


def test_a_fifo_is_refused_without_waiting(stage: Stage, root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert refused(stage, "pipe") == "pipe: is not a regular file"


def test_a_directory_is_no_target(stage: Stage, root: Path) -> None:
    (root / "src").mkdir()
    assert refused(stage, "src") == "src: is a directory"


def test_a_file_is_no_parent(stage: Stage, root: Path) -> None:
    (root / "src").write_bytes(b"")
    assert refused(stage, "src/a/b.py") == "src/a/b.py: src is not a directory"


@pytest.mark.parametrize("git", ["directory", "file"])
def test_a_repository_inside_is_left_alone(stage: Stage, root: Path, git: str) -> None:
    (root / "vendor/lib/src").mkdir(parents=True)
    if git == "directory":
        (root / "vendor/lib/.git").mkdir()
    else:
        (root / "vendor/lib/.git").write_bytes(b"gitdir: ../../.git/modules/lib\n")
    assert refused(stage, "vendor/lib/src/a") == "vendor/lib/src/a: vendor/lib is a repository of its own"


def test_the_repository_at_the_root_is_the_one_to_write_into(stage: Stage, root: Path) -> None:
    (root / ".git").mkdir()
    stage.write("a", b"x")
    done(stage)
    assert (root / "a").read_bytes() == b"x"


@pytest.mark.parametrize(("there", "path"), [("Src/a.py", "src/b.py"), ("src/README.md", "src/Readme.md")])
def test_a_name_that_differs_only_in_case_is_refused(stage: Stage, root: Path, there: str, path: str) -> None:
    (root / there).parent.mkdir()
    (root / there).write_bytes(b"")
    twin = "Src" if there.startswith("Src") else there
    assert refused(stage, path) == f"{path}: differs from {twin} only in case; write {twin}"


@pytest.mark.parametrize("name", ["ไทย.py", "a b.py", "it's.py", "-rf", "$HOME.txt", "x..y", "a.git/x"])
def test_names_that_only_look_odd_are_written(stage: Stage, root: Path, name: str) -> None:
    stage.write(name, b"x")
    done(stage)
    assert tree(root) == {name: b"x"}


def test_a_directory_swapped_for_a_symlink_at_any_moment_leads_nowhere(
    workspace: Workspace, root: Path, tmp_path: Path
) -> None:
    outside, inside = tmp_path / "outside", root / "d"
    outside.mkdir()
    inside.mkdir()
    stop = threading.Event()

    def swap() -> None:
        for n in itertools.count():
            if stop.is_set():
                return
            # A publish may make the directory anew in between; then this round comes to nothing.
            with suppress(OSError):
                inside.rename(tmp_path / f"aside{n}")
                inside.symlink_to(outside)
                inside.unlink()
                (tmp_path / f"aside{n}").rename(inside)

    attacker = threading.Thread(target=swap)
    attacker.start()
    written = 0
    try:
        for n in range(400):
            stage = Stage(workspace, tmp_path / "stage" / str(n))
            try:
                stage.write(f"d/{n}", b"x")
                done(stage)
                written += 1
            except (WorkspaceError, OSError):
                pass
    finally:
        stop.set()
        attacker.join()
    assert tree(outside) == {}
    assert written


DYING = """
import os, pickle, sys
from pathlib import Path
from batchexec.workspace import Workspace, publish
root, directory, receipt, limit = sys.argv[1:]
changes = pickle.loads(Path(receipt).read_bytes())
steps = 0
def count(event, args):
    global steps
    if event in {"open", "os.rename", "os.mkdir", "os.remove", "os.link"}:
        steps += 1
        if steps > int(limit):
            os._exit(9)
sys.addaudithook(count)
publish(Workspace(Path(root)), Path(directory), changes)
os._exit(0)
"""


def killed(stage: Stage, changes: tuple[Change, ...], limit: int) -> bool:
    """Publish in a process that dies at the given step."""
    receipt = stage.directory.parent / "receipt"
    receipt.write_bytes(pickle.dumps(changes))
    command = [
        sys.executable,
        "-c",
        DYING,
        str(stage.workspace.root),
        str(stage.directory),
        str(receipt),
        str(limit),
    ]
    code = subprocess.run(
        command, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ).returncode
    assert code in {0, 9}
    return code == 9


def prepared(base: Path, state: Path) -> tuple[Stage, tuple[Change, ...]]:
    root = base / "tree"
    (root / "src").mkdir(parents=True)
    (root / "src/old.py").write_bytes(b"old\n")
    (root / "wrong.py").write_bytes(b"name\n")
    stage = Stage(Workspace(root), state / "stage" / "1")
    stage.write("src/old.py", b"new\n")
    stage.write("deep/er/new.py", b"new\n")
    stage.move("wrong.py", "right/name.py")
    return stage, stage.seal()


WANTED = {"src/old.py": b"new\n", "deep/er/new.py": b"new\n", "right/name.py": b"name\n"}


@pytest.fixture
def other_device(tmp_path: Path) -> Iterator[Path]:
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second device")
    with TemporaryDirectory(prefix="batchexec-", dir=shared) as directory:
        yield Path(directory)


@pytest.mark.slow
@pytest.mark.parametrize("elsewhere", [False, True], ids=["same device", "another device"])
def test_a_publish_killed_at_any_step_is_completed_by_the_next_one(
    tmp_path: Path, other_device: Path, elsewhere: bool
) -> None:
    state = other_device if elsewhere else tmp_path
    limit, dying = 0, True
    while dying:
        stage, changes = prepared(tmp_path / str(limit), state / str(limit))
        dying = killed(stage, changes, limit)
        found = tree(stage.workspace.root)
        assert not [name for name, data in found.items() if data not in {b"old\n", b"new\n", b"name\n", b""}]
        publish(stage.workspace, stage.directory, changes)
        assert tree(stage.workspace.root) == WANTED
        limit += 1
    assert limit > 20


def test_a_stage_on_another_device_is_copied_and_leaves_nothing_behind(
    root: Path, other_device: Path
) -> None:
    stage = Stage(Workspace(root), other_device / "stage")
    stage.write("a.sh", b"x", mode=0o755)
    done(stage)
    assert tree(root) == {"a.sh": b"x"}
    assert (root / "a.sh").stat().st_mode & 0o777 == 0o755


def test_a_report_replaces_the_one_before_it_whole(root: Path) -> None:
    write_atomic(root, ".spec/reports/r.md", b"one")
    write_atomic(root, ".spec/reports/r.md", b"two")
    assert tree(root) == {".spec/reports/r.md": b"two"}


def test_a_temporary_file_left_by_a_killed_process_is_no_obstacle(root: Path) -> None:
    (root / ".r.md.bxtmp").write_bytes(b"torn")
    write_atomic(root, "r.md", b"whole")
    assert tree(root) == {"r.md": b"whole"}


@pytest.mark.parametrize("name", ["n" * 255, "ก" * 85])
def test_the_longest_name_leaves_room_for_a_temporary_one(root: Path, name: str) -> None:
    write_atomic(root, name, b"x")
    assert tree(root) == {name: b"x"}


def test_a_report_does_not_follow_a_symlink(root: Path, tmp_path: Path) -> None:
    (root / ".spec").symlink_to(tmp_path)
    with pytest.raises(WorkspaceError, match=r"^error: .spec/r.md: .spec is a symbolic link$"):
        write_atomic(root, ".spec/r.md", b"x")


def test_a_full_disk_is_said_as_it_is_and_leaves_the_old_file(root: Path) -> None:
    (root / "r.md").write_bytes(b"old")
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from batchexec.workspace import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try: write_atomic(Path(sys.argv[1]), 'r.md', b'x' * 100)\n"
        "except OSError as error: sys.exit(error.errno)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-B", "-c", code, str(root)]
    assert subprocess.run(command, check=False, env=environment).returncode == errno.EFBIG
    assert tree(root) == {"r.md": b"old"}


def test_files_are_those_people_keep(root: Path) -> None:
    kept = ["a.py", "src/b.py", "src/z/c.py"]
    skipped = [".git/config", ".spec/x", ".batchexec/y", "node_modules/m.js", "src/__pycache__/b.pyc"]
    skipped += ["sub/.git/c", "sub/d.py"]
    for name in kept + skipped:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    (root / "link.py").symlink_to("a.py")
    assert list(files(root)) == kept


def test_a_source_that_vanished_with_its_directory_is_a_conflict(stage: Stage, root: Path) -> None:
    (root / "d").mkdir()
    (root / "d/old.py").write_bytes(b"x")
    stage.move("d/old.py", "new.py")
    changes = stage.seal()
    (root / "d/old.py").unlink()
    (root / "d").rmdir()
    with pytest.raises(WorkspaceConflict, match=r"^error: d/old.py changed while the task ran; nothing was"):
        publish(stage.workspace, stage.directory, changes)


def test_a_directory_we_may_not_enter_is_said_as_it_is(stage: Stage, root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may enter everywhere")
    (root / "d").mkdir(mode=0o000)
    with pytest.raises(PermissionError):
        stage.write("d/a", b"x")
