"""A program under its supervisor: how it is started, heard and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import SHUT_WR, socket, socketpair
from typing import IO, TYPE_CHECKING

from batchexec.process.leftovers import end_marked, marked, new_mark
from batchexec.process.typed import typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_PATIENCE_S = 17.0


class NotStarted(Exception):  # noqa: N818  # no error of ours: an answer
    """Why a program cannot be started, and the exit code a shell has for that."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class Supervised:
    """
    What we hold of a program that runs.

    That `control` is closed, by us or by our death, is what ends it; its
    other end is the supervisor's alone, and so tells when all is over. One that
    is still there `patience_s` after that has met with something itself.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket, mark: str, patience_s: float
    ) -> None:
        self.control = control
        self.patience_s = patience_s
        self._mark = mark
        self._process = process
        self._heard = b""

    @property
    def pid(self) -> int:
        """The number of the supervisor, from which all descends that came of the program."""
        return self._process.pid

    @property
    def out(self) -> int:
        assert self._process.stdout
        return self._process.stdout.fileno()

    @property
    def err(self) -> int:
        assert self._process.stderr
        return self._process.stderr.fileno()

    @property
    def is_over(self) -> bool:
        """Whether the program has ended by itself, be it that what it left has not."""
        return self._heard.endswith(b".")

    @property
    def code(self) -> int:
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def hear(self) -> bool:
        """Take in what the supervisor says; false if it is gone."""
        try:
            word = self.control.recv(64)
        except ConnectionError:
            return False
        self._heard += word
        return bool(word)

    def stop(self) -> None:
        with suppress(OSError):
            self.control.shutdown(SHUT_WR)

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self.stop()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
        try:
            self._process.wait(self.patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._clean_up()

    def _clean_up(self) -> None:
        """End what came of a program whose supervisor was killed and could not do it."""
        if self._process.wait() >= 0:
            return
        while self.hear():
            pass
        program = self._heard.partition(b"\n")[0]
        if program:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(int(program), signal.SIGKILL)
        end_marked(self._mark)


@contextmanager
def supervised(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str], stdin: bytes | None, grace_s: float
) -> Iterator[Supervised]:
    """Start a program, and leave nothing of it when the block is left; raises NotStarted."""
    control, theirs = socketpair()
    mark = new_mark()
    with control:
        with theirs, typed(stdin) as text, _refusals():
            job = _job(command, marked(environ, mark))
            process = _start(cwd, text, theirs.fileno(), grace_s)
        program = Supervised(process, control, mark, grace_s + _PATIENCE_S)
        try:
            with suppress(ConnectionError):
                control.sendall(job)
            yield program
        finally:
            program.close()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = 127 if isinstance(error, FileNotFoundError) else 126
        raise NotStarted(code, f"{error.filename or 'cannot be started'}: {error.strerror}") from error
    except ValueError as error:
        # No system takes a NUL or half a character in an argument, and a text may hold one.
        raise NotStarted(126, f"the command cannot be passed on: {error}") from error


def _job(command: Sequence[str], environ: Mapping[str, str]) -> bytes:
    words = [*command, *(f"{name}={value}" for name, value in environ.items())]
    if any("\0" in word for word in words):
        raise ValueError("embedded null byte")
    job = b"\0".join([b"%d" % len(command), *map(os.fsencode, words)])
    return len(job).to_bytes(8, "big") + job


def _start(cwd: Path, text: IO[bytes] | int, control: int, grace_s: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own interpreter and script
        [sys.executable, "-I", "-S", _SUPERVISOR, str(control), str(grace_s)],
        cwd=cwd,
        stdin=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=[control],
        start_new_session=True,
    )
