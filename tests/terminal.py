"""What a page tells people to type, and a shell in a clone to type it into."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clone import Clone, git_environment
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

_STANDS_IN = re.compile(r"stands in\s`([^`]+)`:$")
_STATUS = re.compile(r"# exit status (\d+)$")
_VARIABLE = {
    r"\d{8}_\d{6}(_\d+)?": "<run>",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d": "<time>",
    r"\b\d+\.\ds\b": "<seconds>",
}

# batchexec is installed already, from this tree: installing it once more from the network would test
# the network; .ci/run does it in a fresh environment. And `pytest` inside of pytest collects, no more.
_STAND_INS = {
    "python3": 'case "$*" in "-m pip install"*) exit 0;; esac\nexec {python} "$@"',
    "uv": 'if [ "$1" = venv ]; then mkdir -p .venv/bin && : > .venv/bin/activate; fi',
    "pytest": "exec {python} -m pytest --collect-only --quiet -p no:cacheprovider tests/test_quickstart.py",
    "doit": 'exec {python} -m doit "$@"',
    "batchexec": 'exec {python} -m batchexec "$@"',
}


@dataclass(frozen=True)
class Command:
    """
    A command as the README shows it, with what it prints; nothing shown means anything goes.

    It ends well, unless a comment behind it says `exit status 1`.
    """

    typed: str
    shown: str
    line: int

    @property
    def status(self) -> int:
        told = _STATUS.search(self.typed)
        return int(told[1]) if told else 0


@dataclass(frozen=True)
class File:
    """A file the reader is told to write."""

    path: str
    text: str


def sections(page: str) -> dict[str, list[Command | File]]:
    """Return what there is to do in each section; a section starts in a fresh clone."""
    found: dict[str, list[Command | File]] = {}
    title = said = ""
    heading = False
    for token in MarkdownIt("commonmark").parse(page):
        if token.type == "heading_open":
            heading = token.tag == "h2"
        elif token.type == "inline":
            title, said = (token.content if heading else title), token.content
            heading = False
        elif token.type == "fence" and token.info == "console":
            assert token.map
            found.setdefault(title, []).extend(commands(token.content, token.map[0] + 2))
        elif token.type == "fence" and (place := _STANDS_IN.search(said)):
            found.setdefault(title, []).append(File(place[1], token.content))
    return found


def commands(block: str, line: int) -> Iterator[Command]:
    for piece in re.split(r"^(?=\$ )", block, flags=re.MULTILINE):
        if piece:
            typed, _, shown = piece.removeprefix("$ ").partition("\n")
            yield Command(typed, shown, line)
            line += piece.count("\n")


class Terminal:
    """A shell in a clone, with stand-ins for what would install something."""

    def __init__(self, clone: Clone, stand_ins: Path) -> None:
        self._clone = clone
        self._place = stand_ins / "place"
        self._place.write_text(str(clone.root), encoding="utf-8")
        for name, script in _STAND_INS.items():
            program = stand_ins / name
            program.write_text(f"#!/bin/sh\n{script.format(python=shlex.quote(sys.executable))}\n")
            program.chmod(0o755)
        path = f"{stand_ins}:{git_environment()['PATH']}"
        self._environment = clone.environment(PATH=path, CI="", NO_COLOR="1")

    @property
    def directory(self) -> Path:
        return Path(self._place.read_text(encoding="utf-8").rstrip("\n"))

    def type(self, line: str) -> tuple[int, str]:
        """Run a line; the next one finds itself in the directory this one leaves."""
        script = f"{line}\ncode=$?\npwd > {shlex.quote(str(self._place))}\nexit $code\n"
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout


def settled(text: str) -> str:
    """Replace what differs from run to run."""
    for pattern, name in _VARIABLE.items():
        text = re.sub(pattern, name, text)
    return text.strip("\n") + "\n"


def shows(shown: str, printed: str) -> bool:
    """Tell whether the README shows what was printed; a line `…` stands for any lines."""
    pieces = (
        re.escape(f"{line}\n") if line != "…" else r"(?:.*\n)*?" for line in settled(shown).splitlines()
    )
    return re.fullmatch("".join(pieces), settled(printed)) is not None
