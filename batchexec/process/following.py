"""Follows a program while it runs: what it prints as it comes, how long it may take, and why it was ended."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from selectors import EVENT_READ, BaseSelector, DefaultSelector
from typing import TYPE_CHECKING

from batchexec.process.life import Life
from batchexec.process.limits import Clock, Ended, Limits
from batchexec.process.output import Printed
from batchexec.process.running import OUTPUT_LIMIT
from batchexec.process.supervised import NotStarted, Supervised, supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_POLL_S = 0.15
_PIECE = 64 * 1024
_UNLIMITED = Limits()
_PIPE = 1024 * 1024  # the most a pipe holds, unless root made it larger


@dataclass(frozen=True, slots=True)
class Followed:
    """
    How a program ended.

    `code` is what a shell would say, also of a program that was ended by us:
    127 where there is none, 126 where it cannot be started, 128 + n for signal
    n. `tail` is the end of what it printed to both streams.
    """

    code: int
    ended: Ended
    seconds: float
    tail: str


def _go_on(_line: bytes) -> bool:
    return False


def _ignore(_data: bytes) -> None:
    pass


def _say_nothing(_seconds: float) -> None:
    pass


def follow(
    command: Sequence[str],
    cwd: Path,
    *,
    environ: Mapping[str, str],
    stdin: bytes | None = None,
    on_line: Callable[[bytes], bool] = _go_on,
    on_output: Callable[[bytes], None] = _ignore,
    limits: Limits = _UNLIMITED,
    cancelled: Callable[[], bool] | None = None,
    linger_s: float = 5.0,
    grace_s: float = 3.0,
    watched: Path | None = None,
    on_quiet: Callable[[float], None] = _say_nothing,
) -> Followed:
    """
    Run a program to its end and pass on what it prints.

    `on_line` gets each line of its standard output, without the newline and at
    most `LINE_LIMIT` of it, and is true if the stream is over with it: the
    program has `linger_s` to leave then. `on_output` gets both streams as they
    come. A change of a file below `watched` is a sign of life; `on_quiet` is told of
    `limits.warn_s` without any, once in each silence. What is ended has `grace_s` from
    being asked to being killed. Its environment is `environ` and the mark by which it is found again, and
    nothing else. Nothing it started lives on when this returns or raises, or when
    we are killed; a process that left its group is found on Linux only.
    """
    begun = time.monotonic()
    printed = Printed(on_line, on_output)
    try:
        with supervised(command, cwd, environ, stdin, grace_s) as program:
            clock, life = Clock(limits, linger_s, begun), Life(limits, program.pid, watched, on_quiet)
            ended = _Watch(program, printed, clock, life, cancelled).until_gone()
    except NotStarted as error:
        printed.take(str(error).encode(errors="replace"))
        return Followed(error.code, Ended.EXITED, time.monotonic() - begun, printed.tail)
    return Followed(program.code, ended, time.monotonic() - begun, printed.tail)


@dataclass(slots=True)
class _Watch:
    """Reads what a program prints, and has it ended when there is a reason for that."""

    program: Supervised
    printed: Printed
    clock: Clock
    life: Life
    cancelled: Callable[[], bool] | None
    why: Ended | None = None
    ending: float | None = None

    def until_gone(self) -> Ended:
        with DefaultSelector() as selector:
            for source in (self.program.out, self.program.err, self.program.control.fileno()):
                selector.register(source, EVENT_READ)
            while self._goes_on(selector):
                self._decide()
        self._read_the_rest()
        self.printed.close()
        # It may have ended while we made up our mind; of a flood the rest was not read.
        by_itself = self.program.is_over and self.why is not Ended.FLOOD
        return Ended.EXITED if by_itself else self.why or Ended.EXITED

    def _goes_on(self, selector: BaseSelector) -> bool:
        """Wait until something happens and take it in; false if the supervisor is gone."""
        ready = [key.fd for key, _ in selector.select(self._pause())]
        control = self.program.control.fileno()
        for stream in ready:
            if stream != control and not self._read(stream):
                selector.unregister(stream)
        return control not in ready or self.program.hear()

    def _pause(self) -> float:
        deadline = self._next() if self.ending is None else self.ending + self.program.patience_s
        return min(_POLL_S, max(0.0, deadline - time.monotonic()))

    def _next(self) -> float:
        return min(self.clock.due()[0], self.life.due(self.clock.quiet_since))

    def _decide(self) -> None:
        if self.ending is not None:
            if time.monotonic() >= self.ending + self.program.patience_s:
                self.program.kill()
        elif self.program.is_over:
            self.ending = time.monotonic()
        elif why := self._reason():
            self.why, self.ending = why, time.monotonic()
            self.program.stop()

    def _reason(self) -> Ended | None:
        if self.cancelled and self.cancelled():
            return Ended.CANCELLED
        if self.printed.size > OUTPUT_LIMIT:
            return Ended.FLOOD
        deadline, why = self.clock.due()
        if time.monotonic() >= deadline:
            return why
        stalled = self.clock.finished is None and self.life.has_stalled(self.clock.quiet_since)
        return Ended.STALLED if stalled else None

    def _read(self, stream: int) -> bool:
        """Take in a piece; false if there is no more, or no more is wanted."""
        if self.why is Ended.FLOOD:
            return False
        try:
            data = os.read(stream, _PIECE)
        except BlockingIOError:
            return False
        if data:
            self.clock.heard = time.monotonic()
            last = self.printed.take(data, line=stream == self.program.out)
            if last and self.clock.finished is None:
                self.clock.finished = self.clock.heard
        return data != b""

    def _read_the_rest(self) -> None:
        """Empty the pipes, and wait for nobody who may still hold them."""
        for stream in (self.program.out, self.program.err):
            os.set_blocking(stream, False)
            end = self.printed.size + _PIPE
            while self.printed.size < end and self._read(stream):
                pass
