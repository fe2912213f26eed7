from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from socket import SHUT_WR, socketpair
from typing import TYPE_CHECKING

import pytest
from processes import is_gone, pid_in, wait_for

from batchexec.process import Ended, Limits, follow, supervised, supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

SCRIPT = supervisor.__file__
ENVIRON = {"PATH": os.environ["PATH"]}

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do that")


def job(*command: str) -> bytes:
    words = [*command, *(f"{name}={value}" for name, value in ENVIRON.items())]
    text = "\0".join([str(len(command)), *words]).encode()
    return len(text).to_bytes(8, "big") + text


@contextmanager
def running(cwd: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], socket]]:
    ours, theirs = socketpair()
    number = theirs.fileno()
    # Without the options of `python` that keep its coverage from being measured.
    command = [sys.executable, *(options or [SCRIPT]), str(number), "0.4"]
    with ours:
        with theirs:
            process = subprocess.Popen(
                command, cwd=cwd, pass_fds=[number], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        try:
            yield process, ours
        finally:
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()


@pytest.mark.parametrize(
    ("command", "code", "output"),
    [
        (["echo", "a"], 0, b"a\n"),
        (["sh", "-c", "exit 77"], 77, b""),
        (["sh", "-c", "kill -9 $$"], 137, b""),
        (["no-such-program"], 127, b"no-such-program: No such file or directory"),
        (["/"], 126, b"/: Permission denied"),
        ([""], 126, b": execve: argv first element cannot be empty"),
    ],
    ids=str,
)
def test_the_exit_code_is_the_programs(tmp_path: Path, command: list[str], code: int, output: bytes) -> None:
    with running(tmp_path) as (process, ours):
        ours.sendall(job(*command))
        assert process.communicate(timeout=10)[0] == output
        assert process.returncode == code
        assert ours.recv(64).endswith(b"\n.")


@pytest.mark.parametrize("how", ["close", "shutdown", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("trap", ["", "trap '' TERM HUP INT; "])
def test_everything_ends_when_it_is_told_to(tmp_path: Path, how: str | signal.Signals, trap: str) -> None:
    with running(tmp_path) as (process, ours):
        ours.sendall(job("sh", "-c", f"{trap}setsid sleep 300 & echo $! >pid; sleep 300; sleep 300"))
        sleeper = pid_in(tmp_path / "pid")
        if isinstance(how, signal.Signals):
            process.send_signal(how)
        elif how == "close":
            ours.close()
        else:
            ours.shutdown(SHUT_WR)
        assert process.wait(5) == (137 if trap else 143)
        assert is_gone(sleeper)


@pytest.mark.parametrize("told", [b"", b"\0\0\0", job("touch", "started")[:-1]])
def test_nothing_is_started_if_the_job_is_cut_short(tmp_path: Path, told: bytes) -> None:
    with running(tmp_path) as (process, ours):
        ours.sendall(told)
        ours.close()
        assert process.wait(5) == 143
    assert not (tmp_path / "started").exists()


@linux
def test_orphans_that_end_do_not_pile_up(tmp_path: Path) -> None:
    count = "cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | grep -c \"^Z $PPID \""
    script = f"for n in 1 2 3 4 5 6 7 8 9; do (sleep 0.01 &); done; sleep 0.3; {count}"
    with running(tmp_path) as (process, ours):
        ours.sendall(job("sh", "-c", script))
        assert process.communicate(timeout=10)[0] == b"0\n"


@linux
def test_a_program_finds_signals_as_nobody_changed_them(tmp_path: Path) -> None:
    with running(tmp_path) as (process, ours):
        ours.sendall(job("grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"))
        sets = [int(line.split()[1], 16) for line in process.communicate(timeout=10)[0].splitlines()]

    names = "PIPE", "XFSZ", "TERM", "INT", "HUP", "CHLD"
    changed = [name for name in names if any(bits >> signal.Signals[f"SIG{name}"] - 1 & 1 for bits in sets)]
    assert len(sets) == 3
    assert changed == []


@linux
def test_children_are_found_with_and_without_the_list_of_the_kernel(tmp_path: Path) -> None:
    script = (
        "import sys, subprocess; sys.path.insert(0, sys.argv[1]); import supervisor as s\n"
        "started = [subprocess.Popen(['sleep', '60']) for _ in range(5)]\n"
        "print(s.children() == s.children_by_their_parent() == {p.pid for p in started})\n"
        "for p in started: p.kill(); p.wait()"
    )
    command = [sys.executable, "-c", script, str(Path(SCRIPT).parent)]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"True\n"


@linux
def test_a_program_does_not_outlive_its_supervisor(tmp_path: Path) -> None:
    with running(tmp_path) as (process, ours):
        ours.sendall(job("sh", "-c", "echo $$ >pid; exec sleep 300"))
        program = pid_in(tmp_path / "pid")
        process.kill()
        assert is_gone(program)


UNABLE = f"""
import sys
sys.path.insert(0, {str(Path(SCRIPT).parent)!r})
import supervisor
supervisor.adopts_orphans = lambda: False
sys.exit(supervisor.main())
"""


@pytest.fixture
def _unable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have supervisors do without what Linux alone can do."""
    script = tmp_path / "unable.py"
    script.write_text(UNABLE)
    monkeypatch.setattr(supervised, "_SUPERVISOR", script)


@pytest.mark.slow
@pytest.mark.usefixtures("_unable")
@pytest.mark.parametrize(
    ("script", "code", "ended"),
    [
        ("echo a; exit 3", 3, Ended.EXITED),
        ("sleep 300 & echo a; exit 3", 3, Ended.EXITED),
        ("(trap '' TERM; sleep 300; sleep 300) & echo a; exit 3", 3, Ended.EXITED),
        ("sleep 300 & echo a; sleep 300", 143, Ended.SILENCE),
        ("trap '' TERM; sleep 300 & echo a; sleep 300; sleep 300", 137, Ended.SILENCE),
    ],
)
def test_where_orphans_are_not_adopted_the_group_is_ended(
    tmp_path: Path, script: str, code: int, ended: Ended
) -> None:
    mark = f"MARK_{random.randbytes(8).hex()}"
    environ = {mark: "1", **ENVIRON}
    limits = Limits(start_s=30, silence_s=0.3)
    done = follow(["sh", "-c", script], tmp_path, environ=environ, limits=limits, grace_s=0.4)

    assert (done.code, done.ended, done.tail) == (code, ended, "a\n")
    assert done.seconds < 4
    assert wait_for(0, mark) == []


@pytest.mark.usefixtures("_unable")
def test_a_process_out_of_sight_that_holds_our_pipes_is_not_waited_for(tmp_path: Path) -> None:
    done = follow(
        [
            "sh",
            "-c",
            "(setsid sh -c 'echo $$ >pid; exec sleep 300' &); while ! [ -s pid ]; do :; done; echo a",
        ],
        tmp_path,
        environ=ENVIRON,
    )
    sleeper = pid_in(tmp_path / "pid")
    try:
        assert (done.code, done.ended, done.tail) == (0, Ended.EXITED, "a\n")
        assert done.seconds < 4
    finally:
        os.kill(sleeper, signal.SIGKILL)


def test_a_supervisor_starts_in_no_time(tmp_path: Path) -> None:
    def seconds() -> float:
        begun = time.perf_counter()
        follow(["true"], tmp_path, environ=ENVIRON)
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(10)) < 0.1
