"""Runs a program to its end: in a group of its own, with its output in a file, and answers with a value."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from math import inf
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple

from batchexec.process.environment import inherited
from batchexec.process.typed import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

OUTPUT_LIMIT = 64 * 1024 * 1024
"""How many bytes a program may print before it is ended: output goes to a disk, and a disk is finite."""

KEEP = 64 * 1024
"""How much of the end of its output is kept where a program is not asked for all of it."""

_POLL_S = 0.05
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Done:
    """
    How a program ended, in the words of a shell.

    `code` is 127 where there is no such program, 126 where it cannot be
    started, 128 + n where signal n ended it, 124 after the timeout, 130 if it
    was cancelled, and 153 if it printed more than `OUTPUT_LIMIT`. `output` is
    the end of what it printed; a last line of our own tells why we ended it.
    """

    code: int
    output: str
    seconds: float
    timed_out: bool = False
    cancelled: bool = False


class _Stop(Enum):
    """Why a program was not left to end by itself, and the code that says so."""

    TIMEOUT = 124
    CANCELLED = 130
    FLOOD = 128 + signal.SIGXFSZ


class _Streams(NamedTuple):
    # Files, not pipes: a grandchild that holds a pipe open would keep us reading.
    typed: IO[bytes] | int
    out: IO[bytes]
    err: IO[bytes]


def run(
    command: str | Sequence[str],
    cwd: Path,
    *,
    timeout_s: float | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    cancelled: Callable[[], bool] | None = None,
    keep: int = KEEP,
) -> Done:
    """
    Run a program to its end; whatever it did, the answer is a value.

    A string is a command line for the shell, a sequence the program and its
    arguments. It may read `stdin`, and nothing without; `output` has the last
    `keep` bytes of both its streams. No process of its group lives on when this
    returns or raises. Without `environ` it gets what `inherited` lets through.
    """
    with typed(stdin) as text, _file() as file:
        return _run(command, cwd, environ, _Streams(text, file, file), timeout_s, cancelled, keep)


def capture(
    command: str | Sequence[str],
    cwd: Path,
    *,
    timeout_s: float | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
) -> tuple[bytes, Done]:
    """Run a program for the whole of its standard output; `Done.output` has the other stream."""
    with typed(stdin) as text, _file() as out, _file() as err:
        done = _run(command, cwd, environ, _Streams(text, out, err), timeout_s, None, KEEP)
        out.seek(0)
        return out.read(), done


@contextmanager
def _file() -> Iterator[IO[bytes]]:
    with TemporaryFile(buffering=0) as file:
        # `echo … >/dev/stderr` opens the file anew and starts it over: what follows must not leave a hole.
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
        yield file


def _run(
    command: str | Sequence[str],
    cwd: Path,
    environ: Mapping[str, str] | None,
    streams: _Streams,
    timeout_s: float | None,
    cancelled: Callable[[], bool] | None,
    keep: int,
) -> Done:
    begun = time.monotonic()
    try:
        process = _start(command, cwd, inherited() if environ is None else environ, streams)
    except OSError as error:
        code = 127 if isinstance(error, FileNotFoundError) else 126
        return Done(
            code, f"{error.filename or 'cannot be started'}: {error.strerror}", time.monotonic() - begun
        )
    except ValueError as error:
        # No system takes a NUL or half a character in an argument, and a text may hold one.
        return Done(126, f"the command cannot be passed on: {error}", time.monotonic() - begun)
    try:
        stop = _watch(process, streams, begun + (inf if timeout_s is None else timeout_s), cancelled)
    finally:
        _end_group(process)
    seconds = time.monotonic() - begun
    output = _tail(streams.err, keep) + _explained(stop, timeout_s)
    code = stop.value if stop else process.returncode
    return Done(
        code if code >= 0 else 128 - code, output, seconds, stop is _Stop.TIMEOUT, stop is _Stop.CANCELLED
    )


def _start(
    command: str | Sequence[str], cwd: Path, environ: Mapping[str, str], streams: _Streams
) -> subprocess.Popen[bytes]:
    # After `--` a command line that starts with a dash is no option of the shell's.
    words = ["/bin/sh", "-c", "--", command] if isinstance(command, str) else command
    return subprocess.Popen(  # noqa: S603  # to run what it is given is what this module is for
        words,
        cwd=cwd,
        env=environ,
        stdin=streams.typed,
        stdout=streams.out,
        stderr=streams.err,
        start_new_session=True,
    )


def _watch(
    process: subprocess.Popen[bytes],
    streams: _Streams,
    deadline: float,
    cancelled: Callable[[], bool] | None,
) -> _Stop | None:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, min(_POLL_S, deadline - time.monotonic())))
            return None
        if cancelled and cancelled():
            return _Stop.CANCELLED
        if time.monotonic() >= deadline:
            return _Stop.TIMEOUT
        if any(os.fstat(stream.fileno()).st_size > OUTPUT_LIMIT for stream in (streams.out, streams.err)):
            return _Stop.FLOOD


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End all that is left of the group, politely first; its number is the number of its first process."""
    try:
        end = time.monotonic() + _GRACE_S
        alive = _signalled(process.pid, signal.SIGTERM)
        while alive and time.monotonic() < end:
            time.sleep(_POLL_S / 5)
            process.poll()
            alive = _signalled(process.pid, 0)
    finally:
        _signalled(process.pid, signal.SIGKILL)
        process.wait()


def _signalled(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS says the second of a group whose processes have all ended.
        return False
    return True


def _tail(stream: IO[bytes], keep: int) -> str:
    size = os.fstat(stream.fileno()).st_size
    stream.seek(max(0, size - keep))
    return stream.read(keep).decode(errors="replace")


def _explained(stop: _Stop | None, timeout_s: float | None) -> str:
    match stop:
        case _Stop.TIMEOUT:
            return f"\nbatchexec: ended after {timeout_s:g} s\n"
        case _Stop.CANCELLED:
            return "\nbatchexec: cancelled\n"
        case _Stop.FLOOD:
            return f"\nbatchexec: ended for printing more than {OUTPUT_LIMIT // 1024 // 1024} MB\n"
        case None:
            return ""
