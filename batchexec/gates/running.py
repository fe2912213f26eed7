"""Runs the commands of a gate in bash, each script from the root, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchexec import process
from batchexec.process import Ended, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchexec.gates.parts import Part
    from batchexec.gates.printed import Printed

BROKEN_PIPE = 128 + signal.SIGPIPE
_REACHED = "BATCHEXEC_REACHED"
_SYNTAX_TIMEOUT_S = 10.0
_GRACE_S = 10.0
# They would have bash read files, or be another shell, before it comes to the script.
_HOOKS = ("BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS")


@dataclass(frozen=True, slots=True)
class Ran:
    """
    How a script ended.

    `trouble` is why we ended it, which no expectation excuses; `reached` says
    whether its last command line was begun.
    """

    code: int
    tail: str
    trouble: str = ""
    reached: bool = True


@dataclass(slots=True)
class Shell:
    """A place to run scripts in, and the time there is for them."""

    root: Path
    timeout_s: float
    environ: Mapping[str, str] | None = None
    cancelled: Callable[[], bool] | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def run(self, part: Part, printed: Printed) -> Ran:
        """Run a part of a gate; only what may end with an answer is asked how far it came."""
        if not (part.answers and part.before_last):
            return self._run(part.text, printed, pipefail=part.pipefail)
        at = part.before_last
        marked = f': >|"${_REACHED}"; '.join((part.text[:at], part.text[at:]))
        with TemporaryDirectory(prefix="batchexec-") as directory:
            mark = Path(directory, "reached")
            ran = self._run(marked, printed, pipefail=part.pipefail, mark=mark)
            return replace(ran, reached=mark.exists())

    def _run(self, text: str, printed: Printed, *, pipefail: bool, mark: Path | None = None) -> Ran:
        options = ["-e", "-o", "pipefail"] if pipefail else ["-e"]
        followed = process.follow(
            ["bash", "--noprofile", "--norc", *options, "-c", "--", text],
            self.root,
            environ=_clean(self.environ) | ({_REACHED: os.fspath(mark)} if mark else {}),
            on_line=printed.take_line,
            on_output=printed.take,
            limits=Limits(total_s=max(0.0, self.timeout_s - self.seconds)),
            cancelled=self.cancelled,
            grace_s=_GRACE_S,
        )
        return Ran(followed.code, followed.tail, self._trouble(followed.ended))

    def _trouble(self, ended: Ended) -> str:
        match ended:
            case Ended.TIMEOUT:
                return f"no end after {self.timeout_s:g} s"
            case Ended.CANCELLED:
                return "cancelled"
            case Ended.FLOOD:
                return f"printed more than {process.OUTPUT_LIMIT // 1024 // 1024} MB"
        return ""


def syntax_error(text: str, cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """Say why bash cannot read a script; nothing where it can, or is not there to ask."""
    done = process.run(
        ["bash", "--noprofile", "--norc", "-n", "-c", "--", text],
        cwd,
        timeout_s=_SYNTAX_TIMEOUT_S,
        environ=_clean(environ),
    )
    if done.code in {0, 126, 127} or done.timed_out:
        return ""
    first = done.output.strip().partition("\n")[0]
    return first.removeprefix("bash: -c: ").removeprefix("bash: ")[:200]


def _clean(environ: Mapping[str, str] | None) -> dict[str, str]:
    given = process.inherited() if environ is None else environ
    return {name: value for name, value in given.items() if name not in _HOOKS}
