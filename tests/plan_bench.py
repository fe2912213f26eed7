"""Workspaces with plans, the words of `batchexec` said in them, and a terminal to say them at."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import select
import shlex
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from bench import Done
from standing_bench import PlanSite, item

from batchexec import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Session", "Workspace", "item", "printed"]

PATIENCE_S = 30


class Workspace(PlanSite):
    """A workspace in a directory; words are said in this process, with nobody at the keyboard."""

    def say(self, *words: str, stdin: str | None = None, cwd: Path | None = None) -> Done:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        typed = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(cwd or self.root))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            stack.callback(setattr, sys, "stdin", sys.stdin)
            sys.stdin = typed  # None is what Python has where stdin is closed
            try:
                code = cli.main(words)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Done(code, *(_text(stream) for stream in (out, err)))

    def half_done(self) -> None:
        """1.1 and 1.2 are complete, 2.1 to 2.3 are ready and have SUBPLANs, 3.1 and 3.2 wait."""
        ready = ("2.1: Parser (4h) < 1.1", "2.2: Printer (2h) < 1.1", "2.3: Lexer (3h) < 1.2")
        last = ("3.1: Report (6h) < 2.1, 2.2", "3.2: Colours (1h) < 3.1")
        self.plan("1.1: Start (1h)", "1.2: Words (2h)", *ready, *last)
        edges = {
            "1.1": "",
            "1.2": "",
            "2.1": "1.1",
            "2.2": "1.1",
            "2.3": "1.2",
            "3.1": "2.1 2.2",
            "3.2": "3.1",
        }
        self.parallel(*(item(id_, *deps.split()) for id_, deps in edges.items()))
        for number in ("11", "12"):
            self.subplan(number)
            self.execution(number)
            self.mark("APPROVED", number)

    def with_subplans(self, *numbers: str) -> None:
        for number in numbers or ("21", "22", "23"):
            self.subplan(number)

    def tree(self) -> dict[str, bytes | None]:
        """Take a picture of everything but the state directory."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(self.root.rglob("*"))
            if ".batchexec" not in path.relative_to(self.root).parts
        }

    def state(self) -> dict[str, bytes | None]:
        """Take a picture of everything, the state directory too."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(self.root.rglob("*"))
        }

    def names(self, folder: str) -> list[str]:
        """Name the documents of a folder without what all of them have in common."""
        found = sorted(path.name for path in (self.directory / folder).glob("*.md"))
        return [name.removesuffix(".md").rpartition("MY-PLAN_")[2] for name in found]

    def replayed(self) -> None:
        """Have everything carried out by a script, and questions answered with nothing of use."""
        self._settings("default:\n  files: {answer.md: 'x', 'made-{id}.txt': 'x'}\n")

    def scripted(self, word: str, answer: str, **more: str) -> None:
        """Have questions answered by a script."""
        lines = ["tasks:", f'  "{word}:{self.name}":']
        lines += [f"    {key}: {value}" for key, value in more.items()]
        if answer:
            lines += ["    files:", "      answer.md: |", *(f"        {line}" for line in answer.split("\n"))]
        self._settings("\n".join(lines) + "\n")

    def _settings(self, script: str) -> None:
        (self.root / "script.yaml").write_text(script, encoding="utf-8")
        (self.root / "batchexec.yaml").write_text(
            "executor: scripted\nexecutors:\n  scripted: {kind: replay, script: script.yaml}\n",
            encoding="utf-8",
        )


_COMMAND = re.compile(r"batchexec (?:plan_|undo)")


def printed(text: str) -> list[list[str]]:
    """Collect the commands about plans that a text names, as a shell reads them."""
    found = (line[place.start() :] for line in text.splitlines() for place in _COMMAND.finditer(line))
    return [shlex.split(re.split(r"`|\)|; ", command)[0])[1:] for command in found]


class Session:
    """A word said at a terminal of its own; `apart` has what goes to stdout kept for a program."""

    def __init__(self, workspace: Workspace, *words: str, apart: bool = False) -> None:
        self.shown = ""
        self._main, inner = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "batchexec", *words],
            cwd=workspace.root,
            env=os.environ | {"TERM": "dumb"},
            stdin=inner,
            stdout=subprocess.PIPE if apart else inner,
            stderr=inner,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  # no threads here, and Ctrl-C needs it
        )
        os.close(inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        os.close(self._main)

    def until(self, text: str) -> str:
        """Wait until a text is shown, and return what was shown since the last time."""
        began, start = time.monotonic(), len(self.shown)
        while text not in self.shown[start:]:
            assert time.monotonic() < began + PATIENCE_S, self.shown
            for piece in self._pieces():
                self.shown += piece
        return self.shown[start:]

    def type(self, text: str) -> None:
        os.write(self._main, text.encode())

    def end(self) -> int:
        """Read what is left, and say how it ended."""
        began = time.monotonic()
        while self._process.poll() is None:
            assert time.monotonic() < began + PATIENCE_S, self.shown
            for piece in self._pieces():
                self.shown += piece
        for piece in self._pieces():
            self.shown += piece
        return self._process.returncode

    def piped(self) -> str:
        """Return what a program got from stdout, once it has ended."""
        assert self._process.stdout
        return self._process.stdout.read().decode()

    def _pieces(self) -> Iterator[str]:
        ready, _, _ = select.select([self._main], [], [], 0.05)
        if ready:
            with contextlib.suppress(OSError):  # the other side is closed
                yield os.read(self._main, 65536).decode(errors="replace").replace("\r\n", "\n")


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()
