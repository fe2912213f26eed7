"""A script of its own: starts one program, passes its exit code on, and ends all that came of it."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

# It runs before each program, as `python -I -S supervisor.py SOCKET GRACE`, so it imports little, and nothing
# of ours. What to start comes by the socket, which keeps the environment exact: Python changes its own where
# the locale is C. When the other end is closed, be it that its owner was killed, everything has to end.

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_POLL_MS = 50
_STUCK_S = 10.0
_DEATH_SIGNAL, _CHILD_SUBREAPER = 1, 36


class Family:
    """
    A program and all that came of it.

    Where orphans are `adopted` everything that lives descends from a child of
    ours; elsewhere what has left the group of the program is out of sight. A
    signal goes to our own children only, whose numbers nobody else can have
    before we ask for their end, and to the group: for that reason the program
    is asked last.
    """

    def __init__(self, program: int, *, adopted: bool) -> None:
        self.program = program
        self.adopted = adopted
        self.status: int | None = None

    def is_over(self) -> bool:
        if self.adopted:
            return self.status is not None or _has_ended(os.P_PID, self.program) is not None
        self.collect()
        return self.status is not None

    def collect(self) -> None:
        if self.status is None:
            ended, status = os.waitpid(self.program, os.WNOHANG)
            self.status = status if ended else None

    def forget_the_dead(self) -> None:
        """Ask for the end of orphans: a long run may have thousands of them."""
        while self.adopted and (ended := _has_ended(os.P_ALL, 0)):
            if ended == self.program:
                return
            os.waitpid(ended, 0)

    def living(self) -> set[int]:
        if self.adopted:
            return {child for child in children() if self._lives(child)}
        return {target for target in (self.program, -self.program) if self._lives(target)}

    def _lives(self, target: int) -> bool:
        if target == self.program:
            return not self.is_over()
        if target < 0:
            return send(target, 0)
        try:
            return os.waitpid(target, os.WNOHANG)[0] == 0
        except ChildProcessError:
            return False  # what /proc tells is about another name space

    def end(self, grace_s: float, wake: int) -> None:
        """End all of it, politely first."""
        self.ask(grace_s, wake)
        self.kill(wake)

    def ask(self, grace_s: float, wake: int) -> None:
        told: set[int] = set()
        until = time.monotonic() + grace_s
        while (left := self.living()) and time.monotonic() < until:
            # Once is enough: many a program takes the second time for impatience.
            left = {-self.program, *filter(self._is_outside, left)}
            for target in left - told:
                send(target, signal.SIGTERM)
                send(target, signal.SIGCONT)  # a stopped process hears nothing until it goes on
            told = left
            pause(wake)

    def _is_outside(self, target: int) -> bool:
        return target > 0 and os.getpgid(target) != self.program

    def kill(self, wake: int) -> None:
        """Kill until nothing is left, or for long nobody more has given way."""
        before: set[int] = set()
        until = 0.0
        while (left := self.living()) and (left != before or time.monotonic() < until):
            if left != before:
                before, until = left, time.monotonic() + _STUCK_S
            for target in {-self.program, *left}:
                send(target, signal.SIGKILL)
            pause(wake)

    def code(self) -> int:
        """Give the exit code in the words of a shell."""
        self.collect()
        if self.status is None:
            return 128 + signal.SIGKILL
        code = os.waitstatus_to_exitcode(self.status)
        return code if code >= 0 else 128 - code


def _has_ended(kind: int, number: int) -> int | None:
    ended = os.waitid(kind, number, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return ended.si_pid if ended else None


def send(target: int, number: int) -> bool:
    try:
        os.kill(target, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def children() -> set[int]:
    """List our children, the dead among them too."""
    ours = os.getpid()
    try:
        with open(f"/proc/{ours}/task/{ours}/children", "rb") as file:  # noqa: PTH123  # pathlib is slow to import
            return set(map(int, file.read().split()))
    except OSError:
        return children_by_their_parent()


def children_by_their_parent() -> set[int]:
    """List them where the kernel keeps no list."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == os.getpid()}  # noqa: PTH208


def _parent(name: str) -> int:
    try:
        with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def adopts_orphans() -> bool:
    """Have those whose parent ends become children of ours, where the system can do that."""
    return sys.platform == "linux" and os.path.exists("/proc/self") and _prctl(_CHILD_SUBREAPER, 1)  # noqa: PTH110


def _prctl(option: int, value: int) -> bool:
    try:
        import ctypes  # noqa: PLC0415  # not every Python has it
    except ImportError:
        return False
    return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)


def heard_signals() -> int:
    """Give the end of a pipe that becomes readable when a signal arrives."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *_ENDING):
        signal.signal(number, lambda *_: None)
    return read


def pause(wake: int) -> None:
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.poll(_POLL_MS)
    signals(wake)


def signals(wake: int) -> bytes:
    try:
        return os.read(wake, 4096)
    except BlockingIOError:
        return b""


def received(control: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = os.read(control, size - len(data))
        if not piece:
            sys.exit(128 + signal.SIGTERM)  # whoever wanted something has gone
        data += piece
    return bytes(data)


def start(control: int, job: bytes, *, adopted: bool) -> int:
    """Start a program: its job says how many words the command has, then those, then the environment."""
    count, *words = job.split(b"\0")
    command, environ = words[: int(count)], dict(word.split(b"=", 1) for word in words[int(count) :])
    # A signal that comes before the program is one would be taken for ours, and lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    program = os.fork()
    if not program:
        say(control, b"%d\n" % os.getpid())  # before it can do us any harm
        become(command, environ, adopted=adopted)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return program


def become(command: list[bytes], environ: dict[bytes, bytes], *, adopted: bool) -> None:
    code = 126
    try:
        os.setsid()
        if adopted:
            _prctl(_DEATH_SIGNAL, signal.SIGKILL)  # that somebody kills us must not set it free
        for number in (signal.SIGPIPE, signal.SIGXFSZ, *_ENDING):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvpe(command[0], command, environ)  # noqa: S606  # to start what it is given is what it is for
    except (OSError, ValueError) as error:
        code = 127 if isinstance(error, FileNotFoundError | NotADirectoryError) else 126
        why = error.strerror if isinstance(error, OSError) else error
        os.write(2, command[0] + f": {why}".encode())
    finally:
        os._exit(code)


def wait(family: Family, control: int, wake: int) -> None:
    """Wait until the program is over or has to be ended."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake, select.POLLIN)
    while not family.is_over():
        ready = {number for number, _ in poll.poll()}
        if control in ready or not set(signals(wake)).isdisjoint(_ENDING):
            return
        family.forget_the_dead()
    say(control, b".")


def say(control: int, word: bytes) -> None:
    try:  # noqa: SIM105  # contextlib is slow to import
        os.write(control, word)
    except OSError:
        pass  # nobody listens any more, and `wait` will see that


def main() -> int:
    control, grace_s = int(sys.argv[1]), float(sys.argv[2])
    os.set_inheritable(control, False)
    adopted = adopts_orphans()
    wake = heard_signals()
    size = int.from_bytes(received(control, 8), "big")
    family = Family(start(control, received(control, size), adopted=adopted), adopted=adopted)
    wait(family, control, wake)
    family.end(grace_s, wake)
    return family.code()


if __name__ == "__main__":
    sys.exit(main())
