"""What a shell script is made of, as far as a verdict needs it: lists, pipelines, commands, words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import basename
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^]]{0,80}\])?\+?=")
_CARRIERS = frozenset({"builtin", "command", "env", "exec", "nice", "nohup"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotes: `text` is what is known of it, `whole` says that this is all of it."""

    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a compound command and the lists it hangs on; `else` has none."""

    condition: Lists
    body: Lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """
    A simple command, or a compound one that begins with `opener`.

    `silent` says that its standard output goes to a file; `inner` are the
    scripts of its command substitutions.
    """

    words: tuple[Word, ...] = ()
    opener: str = ""
    branches: tuple[Branch, ...] = ()
    silent: bool = False
    inner: tuple[Lists, ...] = ()

    @property
    def _spoken(self) -> tuple[str, ...]:
        """The words without the assignments, and without what only carries a command to its start."""
        words = [word.text for word in self.words]
        while words and (words[0] in _CARRIERS or _ASSIGNMENT.match(words[0])):
            del words[0]
        return tuple(words)

    @property
    def name(self) -> str:
        """What is called, `$` where only an expansion tells; nothing where it is no simple command."""
        spoken = self._spoken
        return (basename(spoken[0]) or "$") if spoken else ""

    @property
    def arguments(self) -> tuple[Word, ...]:
        spoken = len(self._spoken)
        return self.words[len(self.words) - spoken + 1 :] if spoken else ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple[Command, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A pipeline, and the `&&` or `||` before it."""

    operator: str
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by `&&` and `||`; `start` is where they begin in the text."""

    links: tuple[Link, ...]
    start: int

    @property
    def first(self) -> Command:
        return self.links[0].pipeline.commands[0]

    @property
    def last(self) -> Command:
        return self.links[-1].pipeline.commands[-1]


Lists = tuple[AndOr, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A script that could be read; `comments` are where they begin, and their texts."""

    text: str
    lists: Lists
    comments: tuple[tuple[int, str], ...]

    @property
    def last(self) -> Command | None:
        """The command whose status is that of the script, if it is a simple one."""
        lists = self.lists
        while lists:
            command = lists[-1].last
            if command.opener not in {"(", "{"}:
                return None if command.opener else command
            lists = command.branches[-1].body
        return None


def pipelines(lists: Lists) -> Iterator[Pipeline]:
    """Yield every pipeline, however deep it stands."""
    rest = [lists]
    while rest:
        for one in rest.pop():
            for link in one.links:
                yield link.pipeline
                for command in link.pipeline.commands:
                    rest += command.inner
                    rest += (part for branch in command.branches for part in (branch.condition, branch.body))
