from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest
from processes import is_gone, pid_in

from batchexec.process import Done, capture, inherited, run


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where nobody collects orphans, a group that has ended looks alive for the whole of it.
    monkeypatch.setattr("batchexec.process.running._GRACE_S", 0.2)


@pytest.mark.parametrize(
    ("command", "code", "output"),
    [
        ("echo out; echo err >&2; echo out", 0, "out\nerr\nout\n"),
        (["echo", "a b", "$HOME"], 0, "a b $HOME\n"),
        ("exit 3", 3, ""),
        ("cat", 0, ""),
        ("kill -KILL $$", 137, ""),
        ("kill -TERM $$", 143, ""),
        ("printf 'a\\377b\\r\\n'", 0, "a\ufffdb\r\n"),
        ("date +%Y >/dev/null; echo 100%", 0, "100%\n"),
        (["no-such-program", "x"], 127, "no-such-program: No such file or directory"),
        (["/"], 126, "/: Permission denied"),
        (["echo", "a\0b"], 126, "the command cannot be passed on: embedded null byte"),
        ("echo 1; echo 22 >/dev/stderr; echo 3", 0, "22\n3\n"),
    ],
    ids=str,
)
def test_a_program_ends_with_a_code_and_what_it_printed(
    tmp_path: Path, command: str | list[str], code: int, output: str
) -> None:
    done = run(command, tmp_path)

    assert done == Done(code, output, done.seconds)


def test_a_command_line_that_starts_with_a_dash_is_no_option_of_the_shell(tmp_path: Path) -> None:
    assert run("-x", tmp_path).code == 127


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    assert run("true", tmp_path / "x").output == f"{tmp_path}/x: No such file or directory"


def test_a_program_runs_where_it_is_told_to(tmp_path: Path) -> None:
    assert run("pwd -P", tmp_path).output == f"{tmp_path.resolve()}\n"


def test_a_program_has_no_terminal_and_a_session_of_its_own(tmp_path: Path) -> None:
    script = "import os; print(os.getsid(0) == os.getpgid(0) == os.getpid())"

    assert run([sys.executable, "-c", script], tmp_path).output == "True\n"


def test_nothing_is_typed_into_a_program(tmp_path: Path) -> None:
    ours = os.dup(0)
    read, write = os.pipe()
    os.write(write, b"typed\n")
    os.close(write)
    os.dup2(read, 0)
    try:
        assert run("cat", tmp_path).output == ""
    finally:
        os.dup2(ours, 0)
        os.close(ours)
        os.close(read)


@pytest.mark.parametrize("size", [0, 5, 1_000_000])
def test_a_program_can_read_what_it_is_given(tmp_path: Path, size: int) -> None:
    assert run("wc -c", tmp_path, stdin=b"x" * size).output.strip() == str(size)
    assert capture(["cat"], tmp_path, stdin=b"x" * size)[0] == b"x" * size


def test_of_much_output_the_end_is_kept(tmp_path: Path) -> None:
    assert run("seq 100000", tmp_path, keep=13).output == "99999\n100000\n"


@pytest.mark.parametrize("trap", ["", "trap '' TERM; ", "trap 'exit 0' TERM; "])
def test_a_program_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path, trap: str) -> None:
    done = run(f"{trap}sleep 60 & echo $! >pid; echo begun; wait; sleep 60", tmp_path, timeout_s=0.3)

    assert done == Done(124, "begun\n\nbatchexec: ended after 0.3 s\n", done.seconds, timed_out=True)
    assert 0.3 <= done.seconds < 3
    assert is_gone(pid_in(tmp_path / "pid"))


def test_a_program_that_obeys_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchexec.process.running._GRACE_S", 60)

    assert run(["sleep", "60"], tmp_path, timeout_s=0.1).seconds < 10


def test_a_timeout_a_program_keeps_changes_nothing(tmp_path: Path) -> None:
    assert run("exit 4", tmp_path, timeout_s=60).code == 4


def test_what_a_program_leaves_running_ends_with_it(tmp_path: Path) -> None:
    done = run("(trap '' HUP; sleep 60) & echo $! >pid; echo done", tmp_path)

    assert (done.code, done.output) == (0, "done\n")
    assert done.seconds < 10
    assert is_gone(pid_in(tmp_path / "pid"))


def test_a_program_can_be_cancelled(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    done = run("sleep 60", tmp_path, cancelled=cancelled.is_set)

    assert done == Done(130, "\nbatchexec: cancelled\n", done.seconds, cancelled=True)
    assert done.seconds < 5


def test_a_program_that_prints_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchexec.process.running.OUTPUT_LIMIT", 2 * 1024 * 1024)
    # Bounded all the same: what is tested here would fill the disk where it fails.
    done = run("yes | head -c 20000000; sleep 60", tmp_path, keep=4, timeout_s=20)

    assert done == Done(153, "y\ny\n\nbatchexec: ended for printing more than 2 MB\n", done.seconds)


def test_ctrl_c_ends_the_program_before_it_is_passed_on(tmp_path: Path) -> None:
    def interrupt() -> None:
        pid_in(tmp_path / "pid")
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run("sleep 60 & echo $! >pid; wait", tmp_path)

    assert is_gone(pid_in(tmp_path / "pid"))


def test_an_error_of_our_own_ends_the_program_too(tmp_path: Path) -> None:
    def cancelled() -> bool:
        pid_in(tmp_path / "pid")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run("echo $$ >pid; exec sleep 60", tmp_path, cancelled=cancelled)

    assert is_gone(pid_in(tmp_path / "pid"))


def test_many_programs_leave_no_files_open(tmp_path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(5):
        run("true", tmp_path)
        run(["no-such-program"], tmp_path)

    assert len(list(Path("/dev/fd").iterdir())) == before


def test_captured_output_is_whole_and_apart_from_errors(tmp_path: Path) -> None:
    out, done = capture("seq 100000; printf '\\377'; echo err >&2; exit 1", tmp_path)

    assert out == b"".join(b"%d\n" % n for n in range(1, 100001)) + b"\xff"
    assert done == Done(1, "err\n", done.seconds)


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("HOME", True),
        ("KEYBOARD_LAYOUT", True),
        ("TOKENIZERS_PARALLELISM", True),
        ("SSH_AUTH_SOCK", True),
        ("BATCHEXEC_JOBS", True),
        ("GITHUB_ACTIONS", True),
        ("GIT_DIR", False),
        ("GIT_CONFIG_COUNT", False),
        ("OPENAI_API_KEY", False),
        ("AWS_SECRET_ACCESS_KEY", False),
        ("AWS_ACCESS_KEY_ID", False),
        ("GITHUB_TOKEN", False),
        ("PGPASSWORD", False),
        ("apiKey", False),
        ("NPM_TOKENS", False),
        ("LDAP_PASSWD", False),
    ],
)
def test_secrets_and_what_leads_git_elsewhere_are_not_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, passes: bool
) -> None:
    monkeypatch.setenv(name, "value")

    assert (name in inherited()) is passes
    assert ("value" in run(["printenv", name], tmp_path).output) is passes
    assert "value" in run(["printenv", name], tmp_path, environ={**os.environ}).output
