"""What the commits that lead to HEAD say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.git.calling import Calling

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Said:
    """A commit's subject, and the values of the trailers that were asked for, in that order."""

    sha: str
    subject: str
    trailers: tuple[tuple[str, ...], ...]


class History(Calling):
    def message_of(self, commit: str) -> str:
        """Give the whole message of a commit; empty where there is none."""
        answer = self.ask("log", "-1", "--format=%B", "--end-of-options", commit, "--")
        return answer.output.decode(errors="replace").strip() + "\n" if answer.code == 0 else ""

    def saying(self, patterns: Sequence[str], trailers: Sequence[str]) -> list[Said]:
        """List the commits HEAD comes from that have a line like one of these patterns, newest first."""
        values = "".join(f"%x00%(trailers:key={name},valueonly,unfold,separator=%x01)" for name in trailers)
        greps = [f"--grep={pattern}" for pattern in patterns]
        words = ("log", "-z", "--extended-regexp", *greps, f"--format=%H%x00%s{values}", "HEAD", "--")
        answer = self.ask(*words)
        if answer.code:
            raise self.error(words, answer)
        fields = answer.output.decode(errors="replace").split("\0")
        size = 2 + len(trailers)
        rows = (fields[at : at + size] for at in range(0, len(fields) - size + 1, size))
        return [Said(row[0], row[1], tuple(_values(value) for value in row[2:])) for row in rows]


def _values(said: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in said.split("\1") if value.strip())
