"""What a program and all that came of it have used of the processor is found, as far as one is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from batchexec.process.effort import Process, family, parse_ps, used_s

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")

WORK = "import time\nwhile time.process_time() < 0.3: pass"


@linux
@pytest.mark.parametrize(
    "script",
    [
        "exec '{python}' -c '{work}\nprint(flush=True)\ntime.sleep(60)'",
        "'{python}' -c '{work}'; echo; sleep 60",
        "('{python}' -c '{work}'; echo) & wait; sleep 60",
        "exec -a 'a) b (c) 1' '{python}' -c '{work}\nprint(flush=True)\ntime.sleep(60)'",
    ],
)
def test_what_children_used_counts_when_they_have_ended_too(script: str) -> None:
    words = script.format(python=sys.executable, work=WORK)
    command = ["bash", "-c", words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as program:
        try:
            assert program.stdout
            assert program.stdout.readline() == b"\n"
            assert 0.25 < used_s(program.pid) < 2
        finally:
            os.killpg(program.pid, signal.SIGKILL)


def test_a_process_that_is_not_there_used_nothing() -> None:
    assert used_s(2**31 - 1) == 0


def test_a_family_is_what_descends_from_a_process_and_the_groups_of_those() -> None:
    processes = [
        Process(1, 0, 1, 1.0),
        Process(10, 1, 10, 1.0),
        Process(11, 10, 11, 1.0),
        Process(12, 11, 11, 1.0),
        Process(13, 1, 11, 1.0),
        Process(14, 13, 14, 1.0),
        Process(20, 1, 20, 1.0),
        Process(30, 30, 30, 1.0),
    ]

    assert [one.number for one in family(processes, 10)] == [10, 11, 12, 13]
    assert [one.number for one in family(processes, 30)] == [30]
    assert family(processes, 99) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("  501     1   501   0:00.12", Process(501, 1, 501, 0.12)),
        ("501 1 7 61:01.50", Process(501, 1, 7, 3661.5)),
        ("501 1 7 01:01:01", Process(501, 1, 7, 3661)),
        ("501 1 7 2-01:00:01", Process(501, 1, 7, 2 * 86400 + 3601)),
        ("501 1 7 -", None),
        ("501 1 7", None),
        ("PID PPID PGID TIME", None),
        ("501 1 7 1:2:3:4", None),
        ("", None),
    ],
)
def test_a_line_of_ps_is_read(line: str, found: Process | None) -> None:
    assert parse_ps(f"{line}\n") == ([found] if found else [])


PS = """#!/bin/sh
[ "$*" = "-A -S -o pid=,ppid=,pgid=,time=" ] || exit 1
[ "$LC_ALL" = C ] || exit 1
echo "  77     1    77   0:01.50"
echo "  78    77    77   1:00.25"
echo "  79     1    79   5:00.00"
"""


@pytest.mark.parametrize(("text", "used"), [(PS, 61.75), ("#!/bin/sh\nexit 1\n", 0), ("", 0)])
def test_where_there_is_no_proc_ps_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, used: float
) -> None:
    def none(_: str) -> str:
        raise FileNotFoundError

    program = tmp_path / "ps"
    program.write_text(text)
    program.chmod(0o755 if text else 0o644)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "readlink", none)

    assert used_s(77) == used


def test_a_proc_of_another_name_space_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "readlink", lambda _: str(os.getpid() + 1))

    assert used_s(os.getpid()) == 0
