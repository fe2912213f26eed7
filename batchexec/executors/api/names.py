"""Says which file a block of an answer is: by its own words, else by those above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.sources import clues

if TYPE_CHECKING:
    from collections.abc import Collection

    from batchexec.markdown import Excerpt, Fence

LABELS = frozenset({"file", "path", "filename"})
DIFF = frozenset({"diff", "patch"})
_LONGEST_LINE = 1000


class Names:
    """
    The names in an answer.

    A block's info string comes first, then a label or a line with nothing but
    a path above it, then a first line that is a comment with nothing but a path.
    """

    def __init__(self, excerpt: Excerpt, known: Collection[str]) -> None:
        self.excerpt = excerpt
        self.known = known
        self.waiting: tuple[str, int] | None = None

    def label(self, value: str, line: int) -> None:
        """Note a label; one that names no file, or a heading, ends what the label before it said."""
        path = clues.token(value)
        self.waiting = (clues.plain(path), line) if path else None

    def of(self, fence: Fence) -> tuple[str | None, str | None]:
        """Give the path of a block if it has one, or what is wrong with how it is named."""
        own, wrong = _by_info(fence)
        above = self._above(fence)
        if wrong:
            return None, wrong
        if own and above and not clues.same_file(own, above[0]):
            return None, f"the block says it is {own}, line {above[1]} says {above[0]}"
        if above:
            self.waiting = None
        named = [path for path in (own, above and above[0]) if path]
        return max(named, key=len) if named else clues.path_in_comment(fence), None

    def resolved(self, path: str) -> str:
        """Let a bare name stand for the one known path that ends with it."""
        if "/" in path or path in self.known:
            return path
        ending = [one for one in self.known if clues.is_end_of(path, one)]
        return ending[0] if len(ending) == 1 else path

    def _above(self, fence: Fence) -> tuple[str, int] | None:
        if self.waiting and _suits(fence, self.waiting[0]):
            return self.waiting
        lines, first = self.excerpt.lines, self.excerpt.first
        at = fence.line - first - 1
        while at > 0 and not lines[at].strip():
            at -= 1
        path = self._bare(lines[at]) if at >= 0 else None
        return (path, at + first) if path and _suits(fence, path) else None

    def _bare(self, line: str) -> str | None:
        """Take the path off a line that is nothing else, such as `**src/a.py** (new):`."""
        text = line[:_LONGEST_LINE].strip().lstrip("#").strip().rstrip(":").strip("*_ ").rstrip(":")
        if text.endswith(")"):
            text = text.partition(" (")[0].rstrip("*_ ")
        path = clues.plain(clues.token(text) or "")
        if not clues.looks_like_path(path):
            return None
        # `Node.js:` above a block is prose.
        return path if "/" in path or "`" in text or path in self.known else None


def _suits(fence: Fence, path: str) -> bool:
    """Say whether a block can be the file, or a change of it."""
    return fence.language in DIFF or clues.suits(fence, path)


def _by_info(fence: Fence) -> tuple[str | None, str | None]:
    """Read `python:src/a.py`, `title="src/a.py"`, `python src/a.py` or `src/a.py` after the fence."""
    path, wrong = clues.path_in_info(fence)
    words = fence.info.split()
    if path or wrong or not words or len(words) > 2:
        return path, wrong
    named = words[0].partition(":")[2]
    if "." in named.strip("."):
        return clues.plain(named), None
    is_path = clues.looks_like_path(words[-1]) and (len(words) == 2 or "/" in words[-1])
    return (clues.plain(words[-1]) if is_path else None), None
