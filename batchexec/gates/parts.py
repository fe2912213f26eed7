"""Cuts a script into the parts that each start in the root, and knows what kind of part it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from posixpath import normpath
from typing import TYPE_CHECKING

from batchexec.gates.reading import read
from batchexec.gates.script import pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.gates.script import AndOr, Command, Script

# They say by their status that there was nothing to find, or a difference.
_SEARCHES = frozenset({"cmp", "diff", "egrep", "fgrep", "grep", "rg"})
_TESTS = frozenset({"test", "[", "[["})
_ANSWERS = _SEARCHES | _TESTS | {"ls"}


@dataclass(frozen=True)
class Part:
    """A script that runs by itself."""

    text: str

    @cached_property
    def script(self) -> Script | None:
        return read(self.text)

    @property
    def is_idle(self) -> bool:
        """Whether it holds nothing but comments."""
        return self.script is not None and not self.script.lists

    @property
    def pipefail(self) -> bool:
        """Whether a failure within a pipeline is one; not where a command there may just find nothing."""
        every = pipelines(self.script.lists) if self.script else ()
        return not any(_may_find_nothing(command) for one in every for command in one.commands[:-1])

    @property
    def answers(self) -> bool:
        """Whether the status of the last command is an answer: `grep -c` that counts 0 ends with 1."""
        last = self.script.last if self.script else None
        return last is not None and last.name in _ANSWERS

    @property
    def before_last(self) -> int:
        """Where the last command line of several begins; 0 if there is one only."""
        lists = self.script.lists if self.script else ()
        return lists[-1].start if len(lists) > 1 else 0


def cut(text: str) -> list[Part]:
    """Cut a script where several of its lines start with the same relative `cd DIR`."""
    whole = Part(text)
    starts = dict(_changes(whole.script)) if whole.script else {}
    times = Counter(starts.values())
    ends = [0, *(at for at, one in starts.items() if at and times[one] > 1), len(text)]
    if len(ends) == 2:
        return [whole]
    parts = [Part(text[start:end]) for start, end in pairwise(ends)]
    return [part for part in parts if not part.is_idle]


def _changes(script: Script) -> Iterator[tuple[int, str]]:
    """Yield where a line starts with `cd` into a directory below, and which."""
    for one in script.lists:
        start = script.text.rfind("\n", 0, one.start) + 1
        directory = _directory(one)
        if directory and not script.text[start : one.start].strip():
            yield start, directory


def _directory(one: AndOr) -> str:
    command = one.first
    if command.name != "cd" or len(command.arguments) != 1 or not command.arguments[0].whole:
        return ""
    path = normpath(command.arguments[0].text)
    return "" if path.startswith(("/", "..", "~", "-")) or path == "." else path


def _may_find_nothing(command: Command) -> bool:
    names = {command.name}
    if command.name == "xargs":
        names |= {word.text for word in command.arguments}
    return not names.isdisjoint(_SEARCHES | _TESTS) or any(
        _may_find_nothing(inner)
        for branch in command.branches
        for one in pipelines(branch.body)
        for inner in one.commands
    )
