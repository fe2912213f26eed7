"""Commands as they are typed: of a plan, wherever the person stands."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Naming:
    """
    How a plan is named on the command line.

    `workspace` is given where it is not found from where the person stands.
    """

    word: str
    workspace: str = ""

    def command(self, word: str, *arguments: str) -> tuple[str, ...]:
        place = ("--workspace", self.workspace) if self.workspace else ()
        return ("batchexec", word, "--plan", self.word, *place, *arguments)

    def about(self, word: str, ids: Iterable[str], *arguments: str) -> tuple[str, ...]:
        return self.command(word, "--ids", ",".join(ids), *arguments)


def typed(command: Iterable[str]) -> str:
    """Show a command so that a shell reads it back."""
    return shlex.join(command)
