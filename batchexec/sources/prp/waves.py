"""Puts the PRPs of a stage that share a file into waves one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchexec.sources.prp.prp import Prp


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two PRPs of a stage that would change the same file, the earlier first."""

    first: str
    second: str
    path: str


def into_waves(prps: Iterable[Prp]) -> tuple[dict[str, int], list[Conflict]]:
    """
    Put each PRP one wave behind the last of those before it that it shares a file or directory with.

    Of many that share one, each is in conflict with the one before it: that says enough.
    """
    waves: dict[str, int] = {}
    conflicts: list[Conflict] = []
    tree = _Node()
    for prp in prps:
        paths = sorted({file.path for file in prp.files})
        shared: dict[str, str] = {}
        for path in paths:
            for other, place in tree.sharing(path):
                shared.setdefault(other, place)
        conflicts += (Conflict(other, prp.id, place) for other, place in shared.items())
        waves[prp.id] = 1 + max((waves[other] for other in shared), default=0)
        for path in paths:
            tree.add(path, prp.id)
    return waves, conflicts


@dataclass(slots=True)
class _Node:
    """
    A file or directory that was declared, or holds one that was.

    `last` declared it itself, `inside` something below it since then: whoever
    declares it again is behind all of them.
    """

    last: str = ""
    inside: list[tuple[str, str]] = field(default_factory=list)
    below: dict[str, _Node] = field(default_factory=dict)

    def sharing(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield who declared this path, or one above or below it, and which path they share."""
        node: _Node | None = self
        for part in path.split("/"):
            node = node.below.get(part) if node else None
            if node and node.last:
                yield node.last, path
        if node:
            yield from node.inside

    def add(self, path: str, prp_id: str) -> None:
        node = self
        for part in path.split("/"):
            node.inside.append((prp_id, path))
            node = node.below.setdefault(part, _Node())
        node.last = prp_id
        node.inside = []
