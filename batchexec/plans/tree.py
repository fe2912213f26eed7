"""Unfolds a graph into a tree whose size is that of the graph."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DEEPEST = 40
"""Below this a branch goes on as a tree of its own: who indents 5,000 levels writes megabytes."""

SEEN = " (see above)"
CUT = " (continued below)"


def tree(
    edges: Mapping[str, Sequence[str]], below: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, str]]:
    """
    Yield each line as what stands before the id, the id, and a note.

    An id under several others is unfolded where it comes first. What nothing
    leads to, because it stands in a cycle, gets a tree of its own.
    """
    seen: set[str] = set()
    roots = [id_ for id_, deps in edges.items() if not any(dep in edges for dep in deps)]
    for root in (*roots, *edges):
        if root not in seen:
            yield from _unfold(root, below, seen)


def _unfold(root: str, below: Mapping[str, Sequence[str]], seen: set[str]) -> Iterator[tuple[str, str, str]]:
    starts = deque([root])
    while starts:
        first = starts.popleft()
        stack = [] if first in seen else [("", "", first)]
        while stack:
            lead, branch, id_ = stack.pop()
            if id_ in seen:
                yield lead + branch, id_, SEEN if below[id_] else ""
                continue
            if below[id_] and len(lead) >= 3 * _DEEPEST:
                starts.append(id_)
                yield lead + branch, id_, CUT
                continue
            seen.add(id_)
            yield lead + branch, id_, ""
            inner = lead + {"├─ ": "│  ", "└─ ": "   "}.get(branch, "")
            *others, last = below[id_] or ("",)
            stack.extend([(inner, "└─ ", last)] if last else ())
            stack.extend((inner, "├─ ", other) for other in reversed(others))
