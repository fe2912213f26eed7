"""Brings two lines of work together, without a work tree."""

from __future__ import annotations

from dataclasses import dataclass

from batchexec.git.calling import Calling
from batchexec.git.program import decoded


@dataclass(frozen=True, slots=True)
class Merged:
    """
    A tree, and what git could not decide: the paths, and its words.

    Where there are conflicts the files of the tree have markers in them.
    """

    tree: str
    conflicts: tuple[str, ...] = ()
    messages: str = ""


class Merging(Calling):
    def merge(self, ours: str, theirs: str) -> Merged:
        """Merge two commits three-way, with the commit they come from."""
        words = ("merge-tree", "--write-tree", "--messages", "--name-only", "-z", ours, theirs)
        answer = self.ask(*words)
        # What is no commit is exit status 1 too.
        if answer.code not in {0, 1} or not answer.output:
            raise self.error(words, answer)
        return _merged(answer.output, clean=answer.code == 0)


def _merged(output: bytes, *, clean: bool) -> Merged:
    tree, *fields = output.split(b"\0")
    if clean:
        return Merged(tree.decode())
    end = fields.index(b"")
    paths = tuple(decoded(path) for path in fields[:end])
    return Merged(tree.decode(), paths, "".join(_messages(fields[end + 1 :])))


def _messages(fields: list[bytes]) -> list[str]:
    """Read the messages: a count, as many paths, a kind, and the text for people."""
    found = []
    at = 0
    while at < len(fields) and fields[at]:
        at += 1 + int(fields[at])
        found.append(fields[at + 1].decode(errors="replace"))
        at += 2
    return found
