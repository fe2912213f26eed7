"""One agent at a time works where the user would: what is no good is taken back, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest
from bench import section
from isolated_bench import Isolated, task

if TYPE_CHECKING:
    from pathlib import Path

TWO = (task("TASK-001", "a.txt"), task("TASK-002", "b.txt"))
OURS = {".git", ".batchexec", ".spec", "__pycache__"}
BOTH = {"TASK-001": 'pwd > a.txt; env > "$HERE/env"', "TASK-002": "pwd > b.txt"}


@pytest.fixture(params=["git", "no-git"])
def place(request: pytest.FixtureRequest, isolated: Isolated) -> Isolated:
    """Give a repository, or a directory that is none once `without_git` was called."""
    isolated.with_git = request.param == "git"
    return isolated


def begin(place: Isolated, scripts: dict[str, str], **settings: object) -> None:
    place.agents(scripts, **settings)
    if not place.with_git:
        shutil.rmtree(place.root / ".git")


def kept(place: Isolated, path: str) -> str:
    if place.with_git:
        return place.file_of(place.kept[-1], path)
    (found,) = place.root.glob(f".batchexec/kept/*/*/{path}")
    return found.read_text()


def everything(place: Isolated) -> dict[str, object]:
    found = (path for path in place.root.rglob("*") if path.is_symlink() or path.is_file())
    return {str(path): (seen(path), path.lstat().st_mode) for path in found if not {*path.parts} & OURS}


def seen(path: Path) -> object:
    return path.readlink() if path.is_symlink() else path.read_bytes()


def test_one_agent_at_a_time_works_where_the_user_does(place: Isolated) -> None:
    place.prompts(*TWO)
    begin(place, BOTH)

    done = place.doit()

    assert done.code == 0, done.out
    assert {place.read("a.txt"), place.read("b.txt")} == {f"{place.root}\n"}
    assert "Not a git" not in done.out


def test_without_git_tasks_run_one_at_a_time_and_that_is_said(isolated: Isolated) -> None:
    isolated.with_git = False
    isolated.prompts(*(task(f"TASK-00{n}") for n in range(1, 5)))
    alone = 'mkdir "$HERE/alone" || exit 1; sleep 0.1; rmdir "$HERE/alone"; echo x > $ID.txt'
    begin(isolated, {f"TASK-00{n}": alone for n in range(1, 5)})

    done = isolated.doit("-n", "4")

    assert done.code == 0, done.out
    assert done.out.count("Not a git repository: one task at a time, in place.\n") == 1


def test_all_that_a_failed_task_did_is_taken_back_and_kept(place: Isolated) -> None:
    place.prompts(TWO[0])
    place.write("kept.txt", "kept\n").chmod(0o640)
    place.write("run.sh", "true\n").chmod(0o755)
    place.write("gone/deep/x.txt", "x\n")
    place.write("thing", "file\n")
    (place.root / "link").symlink_to("kept.txt")
    begin(
        place,
        {
            "TASK-001": "echo bad > a.txt; echo bad >> kept.txt; chmod -x run.sh; rm -r gone;"
            "mkdir -p new/deep; echo bad > new/deep/y; rm thing; mkdir thing; echo bad > thing/z;"
            "ln -sf /etc/passwd link; ln -s /etc other; printf x > \"$(printf 'a\\nb')\"; exit 1"
        },
    )
    before = everything(place)

    done = place.doit()

    assert done.code == 1, done.out + done.err
    assert everything(place) == before
    assert not (place.root / "new").exists()
    assert kept(place, "kept.txt") == "kept\nbad\n"
    assert kept(place, "new/deep/y") == "bad\n"


def test_the_next_attempt_goes_on_with_what_the_one_before_left(place: Isolated) -> None:
    place.prompts(TWO[0])
    begin(place, {"TASK-001": 'echo "$CALL" >> a.txt; [ $CALL = 2 ]'}, attempts=2)

    done = place.doit()

    assert done.code == 0, done.out
    assert place.read("a.txt") == "1\n2\n"


def test_a_task_starts_without_what_the_failed_one_before_it_left(place: Isolated) -> None:
    place.prompts(*TWO)
    begin(
        place,
        {"TASK-001": "echo bad > scrap; exit 1", "TASK-002": '[ -e scrap ] && exit 1; echo "B" > b.txt'},
        max_failures=0,
    )

    place.doit()

    assert sorted(place.attempts) == [("TASK-001", "failed"), ("TASK-002", "passed")]


@pytest.mark.parametrize("ends", ["exit 1", "exit 0"], ids=["failed", "passed"])
def test_what_people_write_meanwhile_is_not_lost(place: Isolated, ends: str) -> None:
    place.prompts(TWO[0])
    place.write("mine.txt", "old\n")
    begin(place, {"TASK-001": f'echo A > a.txt; echo person > "$ROOT/mine.txt"; {ends}'})

    place.doit()

    found = place.read("mine.txt") if ends == "exit 0" else kept(place, "mine.txt")
    assert found == "person\n"


def test_what_people_write_during_an_accident_is_not_lost(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.write("mine.txt", "old\n")
    script = "calls: calls.log\ndefault: {delay_s: 1, trouble: transient, error: busy}\n"
    isolated.write("answers.yaml", script)
    isolated.write(
        "batchexec.yaml",
        "prompts_dir: prompts\nexecutor: busy\nretries: 1\n"
        "executors:\n  busy: {kind: replay, script: answers.yaml, isolated: true}\n",
    )
    isolated.commit()
    run = isolated.start()
    while not (isolated.root / "calls.log").exists():
        assert run.poll() is None
        time.sleep(0.02)
    isolated.write("mine.txt", "person\n")

    run.communicate()

    assert isolated.read("mine.txt") == "old\n"
    assert "person" in isolated.git("log", "-p", "--format=", isolated.kept[0])


def test_work_of_a_run_that_was_stopped_between_two_attempts_is_kept(place: Isolated) -> None:
    place.prompts(TWO[0])
    begin(place, {"TASK-001": 'echo A > a.txt; kill -INT $(cat "$HERE/pid"); sleep 0.3; exit 1'}, attempts=3)
    run = place.start()
    (place.here / "pid").write_text(str(run.pid))

    run.communicate()

    assert run.returncode == 128 + signal.SIGINT
    assert not (place.root / "a.txt").exists()
    assert kept(place, "a.txt") == "A\n"


def test_what_the_user_had_changed_before_stays_changed(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.write("mine.txt", "old\n")
    isolated.write("gone.txt", "old\n")
    isolated.agents({"TASK-001": "echo bad >> mine.txt; echo bad > gone.txt; exit 1"})
    isolated.write("mine.txt", "mine\n")
    isolated.write("new.txt", "new\n")
    isolated.git("add", "new.txt")
    (isolated.root / "gone.txt").unlink()
    before, files = isolated.status, everything(isolated)

    isolated.doit()

    assert (isolated.status, everything(isolated)) == (before, files)


def test_a_repository_without_a_commit_is_good_enough(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.agents({"TASK-001": "echo A > a.txt", "TASK-002": "echo B > b.txt; exit 1"}, max_failures=0)
    isolated.git("update-ref", "-d", "HEAD")

    done = isolated.doit()

    assert sorted(isolated.attempts) == [("TASK-001", "passed"), ("TASK-002", "failed")], done.err
    assert (isolated.root / "a.txt").exists()
    assert not (isolated.root / "b.txt").exists()


def test_submodules_and_repositories_inside_are_left_alone(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "echo A > a.txt; echo x >> inside/x; exit 1"})
    inside = isolated.root / "inside"
    inside.mkdir()
    isolated.git("init", "--quiet", at=inside)
    (inside / "x").write_text("x\n")

    done = isolated.doit()

    assert done.code == 1, done.out + done.err
    assert (inside / ".git").is_dir()
    assert not (isolated.root / "a.txt").exists()


def test_a_change_outside_of_the_batch_s_directory_is_a_failure_kept_and_taken_back(tmp_path: Path) -> None:
    isolated = Isolated(tmp_path / "top" / "part", tmp_path / "here", tmp_path / "top")
    isolated.prompts(TWO[0])
    for name in ("beside.txt", "tests/x.txt"):
        (isolated.top / name).parent.mkdir(exist_ok=True)
        (isolated.top / name).write_text("old\n")
    (isolated.top / ".gitignore").write_text("__pycache__/\n")
    bad = "cd ..; echo bad > beside.txt; echo bad > tests/x.txt"
    books = "mkdir -p b/.batchexec; echo x > b/.batchexec/x"
    isolated.agents({"TASK-001": f"echo A > a.txt; {bad}; {books}"}, protect=["tests/**"])

    done = isolated.doit()

    assert done.code == 1, done.out
    assert isolated.told[0].startswith(
        "beside.txt: lies outside of the batch's directory; "
        "tests/x.txt: lies outside of the batch's directory | only what lies below part/ is this batch's"
    )
    assert not (isolated.root / "a.txt").exists()
    assert (isolated.top / "beside.txt").read_text() == "old\n"
    assert (isolated.top / "tests/x.txt").read_text() == "old\n"
    assert (isolated.top / "b/.batchexec/x").read_text() == "x\n"
    assert isolated.file_of(isolated.kept[-1], "beside.txt") == "bad\n"


def test_what_stood_uncommitted_outside_of_the_batch_s_directory_is_no_change(tmp_path: Path) -> None:
    isolated = Isolated(tmp_path / "top" / "part", tmp_path / "here", tmp_path / "top")
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "echo A > a.txt"})
    (isolated.top / "beside.txt").write_text("person\n")

    done = isolated.doit()

    assert done.code == 0, done.out
    assert isolated.report()["results"][0]["files_created"] == ["a.txt"]


def test_a_repository_made_inside_is_a_failure_and_said_to_be_left(place: Isolated) -> None:
    place.prompts(TWO[0])
    begin(place, {"TASK-001": "echo A > a.txt; git init --quiet new; echo x > new/x"})

    done = place.doit()

    assert done.code == 1, done.out
    assert place.attempts == [("TASK-001", "failed")]
    assert place.told[0].startswith("new: is a repository of its own | delete the .git in it")
    assert "its work is still in the tree: error: new: is a repository of its own; delete it" in place.told[0]
    assert not (place.root / "a.txt").exists()
    assert kept(place, "a.txt") == "A\n"
    assert (place.root / "new" / "x").exists()


def test_a_name_that_differs_only_in_case_is_refused_here_too(place: Isolated) -> None:
    place.prompts(TWO[0])
    place.write("sub/shared.txt", "old\n")
    begin(place, {"TASK-001": "echo A > a.txt; echo B > sub/SHARED.txt"})

    done = place.doit()

    assert done.code == 1, done.out
    assert place.told[0].startswith(
        "sub/SHARED.txt: differs from sub/shared.txt only in case | write sub/shared.txt"
    )
    assert not (place.root / "sub/SHARED.txt").exists()


def test_line_ends_stay_what_they_are_where_work_is_taken_back(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.write(".gitattributes", "*.bat text eol=crlf\n*.txt text\n")
    (isolated.root / "x.bat").write_bytes(b"one\r\n")
    (isolated.root / "y.txt").write_bytes(b"one\r\n")
    isolated.agents({"TASK-001": "echo bad >> x.bat; echo bad > z.bat; exit 1"})

    isolated.doit()

    assert (isolated.root / "x.bat").read_bytes() == b"one\r\n"
    assert (isolated.root / "y.txt").read_bytes() == b"one\r\n"
    assert not (isolated.root / "z.bat").exists()


def test_a_task_that_ends_well_leaves_only_its_own_changes(place: Isolated) -> None:
    place.prompts(TWO[0])
    begin(place, {"TASK-001": "echo A > a.txt"})
    before = everything(place)

    place.doit()

    after = everything(place)
    assert after.pop(str(place.root / "a.txt"))
    assert after == before


def test_what_a_kill_leaves_half_done_is_taken_out_and_kept(place: Isolated) -> None:
    place.write("old.txt", "old\n")
    place.write("gone.txt", "gone\n")
    place.write("mine.txt", "mine\n")
    place.prompts(TWO[0])
    begin(place, {"TASK-001": "echo half > old.txt; echo new > new.txt; rm gone.txt; sleep 60"})

    running = place.start()
    while (place.root / "gone.txt").exists():
        time.sleep(0.02)
    running.kill()
    running.communicate()
    # As if it had been killed longer ago: what it had started had fifteen seconds to end.
    os.utime(place.root / ".batchexec/alive", (time.time() - 15, time.time() - 15))
    time.sleep(0.1)
    place.write("mine.txt", "of the user, later\n")
    place.scripts({"TASK-001": "cat old.txt gone.txt > a.txt; ls >> a.txt"})
    done = place.doit()
    after = place.doit()

    notices = [line for line in done.out.splitlines() if line.startswith("It worked in place:")]
    assert len(notices) == 1
    assert place.read("mine.txt") == "of the user, later\n"
    if place.with_git:
        assert done.code == 0, done.out
        assert place.read("a.txt").startswith("old\ngone\n")
        assert "new.txt" not in place.read("a.txt")
        assert place.git("show", f"{notices[0].split()[-1]}:new.txt") == "new\n"
        assert "It worked in place" not in after.out


def test_what_people_do_while_an_attempt_waits_for_its_time_is_theirs(place: Isolated) -> None:
    busy = "echo half > a.txt; echo '{\"error\": 503}: service unavailable, 503'; exit 1"
    begin(place, {"TASK-001": busy}, retries=5)
    place.write("old.txt", "old\n")
    place.prompts(TWO[0])

    running = place.start()
    while not list((place.root / ".batchexec/runs").glob("*/*.log")) or (place.root / "a.txt").exists():
        time.sleep(0.02)
    time.sleep(0.3)
    place.write("old.txt", "mine\n")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)

    assert place.read("old.txt") == "mine\n"


def test_what_apply_did_well_stays_behind_an_agent_that_failed(place: Isolated) -> None:
    begin(place, {"TASK-001": "exit 1"}, attempts=1, executor=["agent", "apply"])
    place.prompts(section("TASK-001", files={"a.txt": "A"}, body="#### File: b.txt"))

    done = place.doit()

    assert done.code == 1
    assert place.read("a.txt") == "A\n"


def test_what_others_did_not_commit_is_not_an_agents_to_throw_away(isolated: Isolated) -> None:
    isolated.write("old.txt", "old\n")
    isolated.prompts(*TWO)
    isolated.agents(
        {"TASK-001": "echo 1 > a.txt", "TASK-002": "git reset -q --hard; git clean -fdq; echo 2 > b.txt"}
    )
    isolated.write("old.txt", "of the user\n")

    done = isolated.doit()

    assert done.code == 1, done.out
    assert "it threw away what was not committed of a.txt, old.txt; that was put back" in done.out
    assert isolated.read("old.txt") == "of the user\n"
    assert isolated.read("a.txt") == "1\n"


def test_what_git_would_run_is_guarded_in_place_too(isolated: Isolated) -> None:
    hook = '"$(git rev-parse --git-common-dir)/hooks/pre-commit"'
    write = f"printf '#!/bin/sh\\ntouch {isolated.here}/ran\\n' > {hook}; chmod +x {hook}; echo 1 > a.txt"
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": write}, commit="task")

    done = isolated.doit()

    assert done.code == 2, done.out
    assert not (isolated.here / "ran").exists()


def test_no_cleaning_takes_the_books_of_the_batch(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "git clean -fdxq; echo 1 > a.txt"})

    done = isolated.doit()

    assert done.code == 0, done.out + done.err
    assert (isolated.root / ".batchexec/run.db").exists()


def test_what_another_executor_would_have_the_same_is_no_failure(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "echo 1 > a.txt"})
    first = isolated.doit()
    isolated.write(
        "batchexec.yaml", isolated.read("batchexec.yaml").replace("kind: agent", "model: m, kind: agent")
    )

    again = isolated.doit()

    assert (first.code, again.code) == (0, 0), again.out
    assert "because it is carried out differently: agent agent.sh became agent agent.sh m" in again.out
