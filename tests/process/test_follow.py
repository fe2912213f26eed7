from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import is_gone, marked, pid_in, wait_for

from batchexec import process
from batchexec.process import LINE_LIMIT, Ended, Followed, Limits
from batchexec.process.output import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PATH = {"PATH": os.environ["PATH"]}

NO_CHARACTER = (
    "the command cannot be passed on: 'utf-8' codec can't encode character '\\ud800' in position 0: "
    "surrogates not allowed"
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="what left its group is found on Linux only")


@pytest.fixture
def mark() -> Iterator[str]:
    """Give a word for the environment of a program; nothing may run with it in the end."""
    word = f"MARK_{random.randbytes(8).hex()}"
    yield word
    assert marked(word) == []


def follow(command: Sequence[str], cwd: Path, **rest: Any) -> Followed:
    return process.follow(command, cwd, **{"grace_s": 0.4, **rest})


def sh(script: str, cwd: Path, **rest: Any) -> Followed:
    return follow(["sh", "-c", script], cwd, environ=PATH, **rest)


def into(found: list[bytes]) -> Callable[[bytes], bool]:
    def keep(line: bytes) -> bool:
        found.append(line)
        return False

    return keep


@pytest.mark.parametrize(
    ("command", "code", "tail"),
    [
        (["sh", "-c", "echo out; exit 3"], 3, "out\n"),
        (["sh", "-c", "echo err >&2"], 0, "err\n"),
        (["echo", "", "a b", "$HOME\n'\""], 0, " a b $HOME\n'\"\n"),
        (["printf", r"a\377b\r\n"], 0, "a\ufffdb\r\n"),
        (["sh", "-c", "kill -KILL $$"], 137, ""),
        (["sh", "-c", "kill -TERM $$"], 143, ""),
        (["sh", "-c", "exit 255"], 255, ""),
        (["cat"], 0, ""),
        (["no-such-program", "x"], 127, "no-such-program: No such file or directory"),
        (["./no/such"], 127, "./no/such: No such file or directory"),
        (["/"], 126, "/: Permission denied"),
        (["echo", "x" * 200_000], 126, "echo: Argument list too long"),
        (["echo", "a\0b"], 126, "the command cannot be passed on: embedded null byte"),
        (
            ["echo", "\ud800"],
            126,
            NO_CHARACTER,
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_program_ends_with_a_code_and_what_it_printed(
    tmp_path: Path, command: list[str], code: int, tail: str
) -> None:
    pieces: list[bytes] = []
    done = follow(command, tmp_path, environ=PATH, on_output=pieces.append)

    assert done == Followed(code, Ended.EXITED, done.seconds, tail)
    assert b"".join(pieces).decode(errors="replace") == tail


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    done = follow(["true"], tmp_path / "x", environ=PATH)

    assert (done.code, done.tail) == (127, f"{tmp_path}/x: No such file or directory")


def test_a_program_runs_where_it_is_told_to(tmp_path: Path) -> None:
    assert sh("pwd -P", tmp_path).tail == f"{tmp_path.resolve()}\n"


def test_a_program_has_a_session_of_its_own(tmp_path: Path) -> None:
    script = "import os; print(os.getsid(0) == os.getpgid(0) == os.getpid())"

    assert follow([sys.executable, "-c", script], tmp_path, environ=PATH).tail == "True\n"


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_the_environment_is_what_is_given_and_a_mark_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    # Python gives itself an LC_CTYPE where it finds the locale wanting.
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LC_CTYPE", locale)
    monkeypatch.setenv("LANG", locale)
    environ = {"A": "b=c\nd", "EMPTY": "", "ไทย": "\udcff", "PYTHONPATH": "/x", **PATH}
    pieces: list[bytes] = []
    follow(["env", "-0"], tmp_path, environ=environ, on_output=pieces.append)

    words = b"".join(pieces).split(b"\0")[:-1]
    (mark,) = (word for word in words if word.startswith(b"BATCHEXEC_FOLLOWED="))
    words.remove(mark)
    assert sorted(words) == sorted(os.fsencode(f"{name}={value}") for name, value in environ.items())


def test_each_program_has_a_mark_of_its_own_beside_those_it_is_given(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo $BATCHEXEC_FOLLOWED"]
    environ = {"BATCHEXEC_FOLLOWED": "outer", **PATH}
    first, second = (follow(command, tmp_path, environ=environ).tail.split() for _ in range(2))

    assert first[0] == second[0] == "outer"
    assert len({*first, *second}) == 3


def test_a_program_is_looked_for_on_the_path_it_is_given(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "my-agent"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho mine\n")
    program.chmod(0o755)

    assert follow(["my-agent"], tmp_path, environ={"PATH": str(program.parent)}).tail == "mine\n"
    assert follow(["my-agent"], tmp_path, environ=PATH).code == 127


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_a_program_reads_what_it_is_given_from_a_file(tmp_path: Path, size: int) -> None:
    text = random.randbytes(size)
    script = "test -p /dev/stdin || sha256sum; cat"

    assert sh(script, tmp_path, stdin=text).tail.split()[0] == hashlib.sha256(text).hexdigest()


def test_a_program_that_is_given_nothing_reads_nothing(tmp_path: Path) -> None:
    assert sh("readlink /proc/self/fd/0 || true; cat", tmp_path).tail == "/dev/null\n"


@linux
def test_a_program_gets_no_other_file_of_ours(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        # The fourth is the directory that is listed.
        assert sh("ls /proc/self/fd", tmp_path).tail.split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("echo a; echo; echo b", [b"a", b"", b"b"]),
        ("printf 'a\\nb'", [b"a", b"b"]),
        ("printf a; echo no >&2; sleep 0.1; printf 'b\\nc'", [b"ab", b"c"]),
        ("printf '\\377\\0\\r\\n'", [b"\xff\0\r"]),
        ("true", []),
    ],
)
def test_standard_output_is_handed_over_line_by_line(tmp_path: Path, script: str, lines: list[bytes]) -> None:
    found: list[bytes] = []
    sh(script, tmp_path, on_line=into(found))

    assert found == lines


def test_a_long_line_in_small_pieces_is_one_line(tmp_path: Path) -> None:
    script = "import os\nfor n in range(10000): os.write(1, b'%099d ' % n)\nos.write(1, b'\\nend')"
    found: list[bytes] = []
    follow([sys.executable, "-c", script], tmp_path, environ=PATH, on_line=into(found))

    assert [len(line) for line in found] == [1_000_000, 3]
    assert found[0] == b"".join(b"%099d " % n for n in range(10000))


@given(st.binary(max_size=60).map(lambda text: text.replace(b"a", b"\n")), st.lists(st.integers(0, 60)))
def test_lines_are_the_same_in_whatever_pieces_they_come(text: bytes, cuts: list[int]) -> None:
    found: list[bytes] = []
    lines = Lines(into(found))
    for start, end in pairwise([0, *sorted(cuts), len(text)]):
        lines.take(text[start:end])
    lines.close()

    *complete, last = text.split(b"\n")
    assert found == [*complete, *([last] if last else [])]


def test_a_line_without_end_is_handed_over_once_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchexec.process.output.LINE_LIMIT", 10)
    found: list[bytes] = []
    lines = Lines(into(found))
    for piece in (b"1234567", b"89012", b"345", b"678\nab\n", b"1234567890123\ny\n" + b"x" * 11):
        lines.take(piece)
    lines.close()

    assert found == [b"1234567890", b"ab", b"1234567890", b"y", b"x" * 10]


@pytest.mark.slow
def test_a_line_of_the_greatest_length_takes_no_time(tmp_path: Path) -> None:
    sizes: list[int] = []
    done = sh(
        f"head -c {LINE_LIMIT + 5} /dev/zero; echo; echo", tmp_path, on_line=lambda x: sizes.append(len(x))
    )

    assert sizes == [LINE_LIMIT, 0]
    assert done.seconds < 5


def test_of_much_output_the_end_is_kept(tmp_path: Path) -> None:
    tail = sh("seq 100000", tmp_path).tail

    assert len(tail) == 64 * 1024
    assert tail.endswith("\n99999\n100000\n")


@pytest.mark.parametrize(
    ("script", "limits", "ended"),
    [
        ("sleep 60", Limits(start_s=0.2, silence_s=60, total_s=60), Ended.START),
        ("sleep 60", Limits(silence_s=0.2), Ended.SILENCE),
        ("sleep 60", Limits(total_s=0.2), Ended.TIMEOUT),
        ("echo a; sleep 60", Limits(start_s=30, silence_s=0.2, total_s=60), Ended.SILENCE),
        ("echo a >&2; sleep 60", Limits(start_s=30, silence_s=0.2), Ended.SILENCE),
        ("echo a; exec >&- 2>&-; sleep 60", Limits(silence_s=0.2), Ended.SILENCE),
        ("while echo; do sleep 0.05; done", Limits(start_s=10, silence_s=10, total_s=0.3), Ended.TIMEOUT),
        ("kill -STOP $$", Limits(total_s=0.2), Ended.TIMEOUT),
    ],
)
def test_a_program_that_takes_too_long_is_ended(
    tmp_path: Path, script: str, limits: Limits, ended: Ended
) -> None:
    done = sh(script, tmp_path, limits=limits)

    assert (done.code, done.ended) == (143, ended)
    assert 0.2 <= done.seconds < 3


def test_limits_a_program_keeps_change_nothing(tmp_path: Path) -> None:
    limits = Limits(start_s=5, silence_s=0.5, total_s=60)
    done = sh("for n in 1 2 3 4; do echo; sleep 0.2; done; exit 4", tmp_path, limits=limits)

    assert (done.code, done.ended) == (4, Ended.EXITED)


@pytest.mark.parametrize(
    ("rest", "code", "ended"),
    [("sleep 60", 143, Ended.FINISHED), ("sleep 0.1; echo more; exit 5", 5, Ended.EXITED)],
)
def test_after_its_last_event_a_program_has_some_time_to_leave(
    tmp_path: Path, rest: str, code: int, ended: Ended
) -> None:
    found: list[bytes] = []

    def on_line(line: bytes) -> bool:
        found.append(line)
        return line == b"last"

    limits = Limits(silence_s=30, total_s=60)
    done = sh(f"echo first; echo last; {rest}", tmp_path, on_line=on_line, linger_s=0.6, limits=limits)

    assert (done.code, done.ended) == (code, ended)
    assert found[:2] == [b"first", b"last"]
    assert done.seconds < 3


def test_a_program_that_goes_on_talking_after_its_last_event_is_ended_too(tmp_path: Path) -> None:
    done = sh("while echo; do sleep 0.05; done", tmp_path, on_line=lambda _: True, linger_s=0.3)

    assert (done.code, done.ended) == (143, Ended.FINISHED)
    assert 0.3 <= done.seconds < 3


def test_a_program_can_be_cancelled(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    done = sh("sleep 60", tmp_path, cancelled=cancelled.is_set)

    assert (done.code, done.ended) == (143, Ended.CANCELLED)
    assert 0.3 <= done.seconds < 1.5


def test_a_program_that_had_ended_before_it_was_cancelled_was_not(tmp_path: Path) -> None:
    def cancelled() -> bool:
        time.sleep(0.5)
        return True

    done = sh("echo; sleep 0.1; exit 3", tmp_path, cancelled=cancelled)

    assert (done.code, done.ended) == (3, Ended.EXITED)


def test_what_a_program_prints_while_it_is_ended_is_passed_on(tmp_path: Path) -> None:
    found: list[bytes] = []
    script = "trap 'echo bye; echo oh >&2; exit 7' TERM; echo hello; sleep 60 & wait"
    done = sh(script, tmp_path, on_line=into(found), limits=Limits(start_s=30, silence_s=0.3))

    assert (done.code, done.ended) == (7, Ended.SILENCE)
    assert found == [b"hello", b"bye"]
    assert sorted(done.tail.split()) == ["bye", "hello", "oh"]


ASKED = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
print("begun", flush=True)
while True: time.sleep(60)
"""


@pytest.mark.parametrize(
    ("before", "after", "code"), [("exec", "", 137), ("", "& wait", 143)], ids=["itself", "what it started"]
)
def test_a_program_is_asked_to_end_once(tmp_path: Path, before: str, after: str, code: int) -> None:
    script = f"{before} '{sys.executable}' -c '{ASKED}' {after}"
    done = sh(script, tmp_path, limits=Limits(start_s=30, silence_s=0.2))

    assert (done.code, done.ended, done.tail) == (code, Ended.SILENCE, "begun\nasked\n")


@pytest.mark.parametrize("grace_s", [0.3, 1.2])
def test_a_program_has_the_time_it_is_given_between_being_asked_and_being_killed(
    tmp_path: Path, grace_s: float
) -> None:
    script = "trap 'sleep 0.7; echo done; exit 7' TERM; echo begun; sleep 60 & wait"
    done = sh(script, tmp_path, limits=Limits(start_s=30, silence_s=0.2), grace_s=grace_s)

    assert (done.code, done.tail) == ((137, "begun\n") if grace_s < 0.7 else (7, "begun\ndone\n"))


@pytest.mark.parametrize("script", ["trap '' TERM; yes", "head -c 3000000 /dev/zero"])
def test_a_program_that_prints_too_much_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr("batchexec.process.following.OUTPUT_LIMIT", 1024 * 1024)
    pieces: list[int] = []
    done = sh(script, tmp_path, on_output=lambda data: pieces.append(len(data)))

    assert done.ended is Ended.FLOOD
    assert done.code > 128
    assert 1024 * 1024 < sum(pieces) < 2 * 1024 * 1024


DAEMON = """
import os, signal, sys, time
if os.fork(): os._exit(0)
os.setsid()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork(): os._exit(0)
for n in range(3, 20):
    try: os.close(n)
    except OSError: pass
open("pid", "w").write(f"{os.getpid()}\\n")
time.sleep(300)
"""

LEFT_BEHIND = {
    "in the background": "sleep 300 & echo $! >pid",
    "that hears no hangup": "(trap '' HUP INT; exec sleep 300) & echo $! >pid",
    "in a session of its own": "setsid sleep 300 & echo $! >pid",
    "orphaned": "(setsid sh -c 'echo $$ >pid; exec sleep 300' &)",
    "stopped": "(sh -c 'echo $$ >pid; kill -STOP $$; sleep 300' &)",
    "stopped elsewhere": "(setsid sh -c 'echo $$ >pid; kill -STOP $$; sleep 300' &)",
    "that does not hear": "(setsid sh -c 'trap \"\" TERM; echo $$ >pid; sleep 300; sleep 300' &)",
    "daemonised": f"'{sys.executable}' -c '{DAEMON}' &",
    "silent": "sleep 300 >/dev/null 2>&1 & echo $! >pid",
}


@linux
@pytest.mark.parametrize("leave", LEFT_BEHIND.values(), ids=LEFT_BEHIND.keys())
@pytest.mark.parametrize(
    ("rest", "limits", "ended", "code"),
    [
        ("exit 3", Limits(), Ended.EXITED, 3),
        ("sleep 60", Limits(start_s=30, silence_s=0.3), Ended.SILENCE, 143),
    ],
)
def test_what_a_program_leaves_running_ends_with_it(
    tmp_path: Path, mark: str, leave: str, rest: str, limits: Limits, ended: Ended, code: int
) -> None:
    script = f"{leave}\nwhile ! [ -s pid ]; do sleep 0.01; done; echo done; {rest}"
    done = follow(["sh", "-c", script], tmp_path, environ={mark: "1", **PATH}, limits=limits)

    assert (done.code, done.ended, done.tail) == (code, ended, "done\n")
    assert done.seconds < 4
    assert marked(mark) == []
    assert is_gone(pid_in(tmp_path / "pid"))


HOPPING = """
import os, signal, time
if os.fork(): os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end = time.monotonic() + 30
while time.monotonic() < end:
    if os.fork(): os._exit(0)
    SESSION
"""


@linux
@pytest.mark.parametrize("session", ["", "os.setsid()", "time.sleep(0.001); os.setsid()"])
def test_a_process_cannot_run_away_by_becoming_another(tmp_path: Path, mark: str, session: str) -> None:
    script = HOPPING.replace("SESSION", session or "pass")
    done = follow([sys.executable, "-c", script], tmp_path, environ={mark: "1", **PATH})

    assert (done.code, done.ended) == (0, Ended.EXITED)
    assert done.seconds < 10


def test_a_limit_is_not_held_against_what_a_program_leaves(tmp_path: Path) -> None:
    script = "(trap '' TERM; sleep 60; sleep 60) & sleep 0.1; exit 3"
    done = sh(script, tmp_path, limits=Limits(total_s=0.3))

    assert (done.code, done.ended) == (3, Ended.EXITED)
    assert done.seconds > 0.4


def test_an_error_of_a_callback_ends_the_program_and_is_passed_on(tmp_path: Path, mark: str) -> None:
    def fail(*_: bytes) -> NoReturn:
        raise OSError("the disk is full")

    environ = {mark: "1", **PATH}
    script = ["sh", "-c", "setsid sleep 300 & echo a; sleep 300"]
    with pytest.raises(OSError, match="the disk is full"):
        follow(script, tmp_path, environ=environ, on_line=fail)
    with pytest.raises(OSError, match="the disk is full"):
        follow(script, tmp_path, environ=environ, on_output=fail)
    with pytest.raises(OSError, match="the disk is full"):
        follow(script, tmp_path, environ=environ, cancelled=fail)
    assert marked(mark) == []


def test_ctrl_c_ends_the_program_before_it_is_passed_on(tmp_path: Path, mark: str) -> None:
    def interrupt() -> None:
        pid_in(tmp_path / "pid")
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        follow(["sh", "-c", "sleep 60 & echo $! >pid; wait"], tmp_path, environ={mark: "1", **PATH})

    assert is_gone(pid_in(tmp_path / "pid"))


FOLLOWER = """
import os, sys, threading
from pathlib import Path
from batchexec.process import follow
environ = {"PATH": os.environ["PATH"], sys.argv[1]: "1"}
scripts = sys.argv[2:]
def one(script): follow(["sh", "-c", script], Path.cwd(), environ=environ, stdin=b"x")
for script in scripts[1:]: threading.Thread(target=one, args=[script]).start()
one(scripts[0])
"""

DEAF = "trap '' TERM; setsid sleep 300 & sleep 300; sleep 300"


@linux
@pytest.mark.parametrize(
    ("scripts", "count"),
    [
        (["setsid sleep 300 & sleep 300"], 3),
        pytest.param([DEAF], 3, marks=pytest.mark.slow),
        pytest.param([DEAF, "sleep 300 & sleep 300"], 6, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_programs_end_when_we_are_killed(
    tmp_path: Path, mark: str, scripts: list[str], count: int, number: int
) -> None:
    ours = subprocess.Popen([sys.executable, "-c", FOLLOWER, mark, *scripts], cwd=tmp_path)
    try:
        assert len(wait_for(count, mark)) == count
    finally:
        ours.send_signal(number)
        ours.wait()

    assert wait_for(0, mark, 6) == []


@linux
def test_no_program_keeps_another_from_noticing_our_end(tmp_path: Path) -> None:
    """A supervisor has the one socket it is told by; one that had another's would keep that one waiting."""
    script = "sleep 0.3; ls -l /proc/$PPID/fd | grep -c socket:"
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: sh(script, tmp_path).tail, range(12)))

    assert found == ["1\n"] * 12


@linux
def test_a_program_that_kills_its_supervisor_ends_too(tmp_path: Path, mark: str) -> None:
    script = "sleep 300 & kill -KILL $PPID; sleep 300"
    done = follow(["sh", "-c", script], tmp_path, environ={mark: "1", **PATH})

    assert (done.code, done.ended) == (137, Ended.EXITED)
    assert wait_for(0, mark) == []


@linux
@pytest.mark.parametrize("rest", ["sleep 300", "exit 0"])
def test_what_left_its_group_before_the_supervisor_was_killed_ends_too(
    tmp_path: Path, mark: str, rest: str
) -> None:
    away = "echo $$ >>pids; [ $0 -gt 5 ] && exec sleep 300; setsid sh loop $(($0 + 1)) & sleep 300"
    (tmp_path / "loop").write_text(away.replace("$0", "$1"))
    script = f"setsid sh loop 0 & until [ -s pids ]; do :; done; kill -KILL $PPID; {rest}"
    done = follow(["sh", "-c", script], tmp_path, environ={mark: "1", **PATH})

    assert done.ended is Ended.EXITED
    assert marked(mark) == []


@linux
def test_a_program_that_stops_its_supervisor_ends_too(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchexec.process.supervised._PATIENCE_S", 0.3)
    script = "sleep 300 & kill -STOP $PPID; sleep 300"
    limits = Limits(total_s=0.3)
    done = follow(["sh", "-c", script], tmp_path, environ={mark: "1", **PATH}, limits=limits)

    assert (done.code, done.ended) == (137, Ended.TIMEOUT)
    assert 1.0 <= done.seconds < 3
    assert wait_for(0, mark) == []


@linux
@pytest.mark.slow
def test_programs_leave_no_files_open_and_need_few(tmp_path: Path) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def one(_: int) -> Ended:
        started.wait(10)
        return sh("sleep 1", tmp_path, stdin=b"x", cancelled=lambda: False).ended

    before = count()
    started = threading.Barrier(20)
    with ThreadPoolExecutor(20) as pool:
        ended = pool.map(one, range(20))
        time.sleep(0.9)
        during = count()
        assert list(ended) == [Ended.EXITED] * 20
    follow(["no-such-program"], tmp_path, environ=PATH)
    follow(["true"], tmp_path / "x", environ=PATH)

    assert before < during <= before + 20 * 5
    assert count() == before


def test_waiting_takes_no_time_of_the_processor(tmp_path: Path) -> None:
    before = time.process_time()
    sh("sleep 0.9", tmp_path, cancelled=lambda: False)

    assert time.process_time() - before < 0.1
