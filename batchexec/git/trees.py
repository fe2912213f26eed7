"""Trees and blobs as values: what they hold, in what they differ, and how one is made of another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import GitError, Problem
from batchexec.git.calling import Calling
from batchexec.git.program import Answer, decoded, encoded
from batchexec.process import OUTPUT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_NONE = "000000"
REPOSITORY = "160000"
"""The mode of a repository inside the repository."""
_FLOODED = 153
_FULL_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

_trees: dict[tuple[Path, str], str] = {}
"""The trees of commits named in full, in which nothing ever changes."""


@dataclass(frozen=True, slots=True)
class Blob:
    """
    A file in a tree.

    `mode` is git's: `100644`, `100755`, `120000` for a link, `160000` for a repository inside.
    """

    sha: str
    mode: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one path, seen from the top of the work tree."""

    path: str
    before: Blob | None
    after: Blob | None


class Trees(Calling):
    def tree_of(self, commit: str) -> str:
        known = (self.common, commit)
        if known in _trees:
            return _trees[known]
        tree = self.line("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")
        if _FULL_NAME.fullmatch(commit):
            _trees[known] = tree
        return tree

    def differences(self, old: str, new: str) -> list[Difference]:
        """List what is different between two trees or commits; a rename is two differences."""
        if old == new:
            return []
        words = ("--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv")
        return differences(self.tell("diff-tree", "-r", "-z", *words, old, new, "--"))

    def blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        wanted = list(dict.fromkeys(shas))
        return self._blobs(wanted) if wanted else {}

    def _blobs(self, shas: Sequence[str]) -> dict[str, bytes]:
        answer = self.ask("cat-file", "--batch", "--buffer", stdin="".join(f"{s}\n" for s in shas).encode())
        if answer.code == _FLOODED and len(shas) > 1:
            half = len(shas) // 2
            return self._blobs(shas[:half]) | self._blobs(shas[half:])
        if answer.code == _FLOODED:
            message = f"{shas[0]}: a file of more than {OUTPUT_LIMIT // 1024 // 1024} MB"
            raise GitError(Problem(None, message, "leave it out of what tasks change"))
        if answer.code:
            raise self.error(("cat-file",), answer)
        return _contents(answer.output)

    def write_blob(self, content: bytes, path: str | None = None) -> str:
        """Store these very bytes; or, with the path they stand at, what git makes of a file there."""
        how = "--no-filters" if path is None else f"--path={path}"
        return self.line("hash-object", "-w", how, "--stdin", stdin=content)

    def checked_out(self, sha: str, path: str) -> bytes:
        """Give a blob as a file at this path would be."""
        return self.tell("cat-file", "--filters", f"--path={path}", sha)

    def with_changes(self, tree: str, changes: Mapping[str, Blob | None]) -> str:
        """Make a tree of another one; None takes a path away."""
        if not changes:
            return tree
        with self.private_index() as index:
            self.tell("read-tree", tree, index=index)
            answer = self.enter(changes, index)
            if answer.code or "Ignoring path" in answer.said:
                raise self.error(("update-index",), answer)
            return self.line("write-tree", index=index)

    def enter(self, changes: Mapping[str, Blob | None], index: Path | None = None) -> Answer:
        return self.ask("update-index", "-z", "--index-info", stdin=_index_info(changes), index=index)

    def empty_tree(self) -> str:
        return self.line("mktree", stdin=b"")


def differences(listing: bytes) -> list[Difference]:
    """Read what git prints with --raw -z."""
    fields = listing.split(b"\0")
    found = zip(fields[:-1:2], fields[1::2], strict=True)
    return [_difference(how.decode().removeprefix(":").split(" "), path) for how, path in found]


def _difference(how: list[str], path: bytes) -> Difference:
    was, now, before, after = how[:4]
    return Difference(
        decoded(path),
        None if was == _NONE else Blob(before, was),
        None if now == _NONE else Blob(after, now),
    )


def _index_info(changes: Mapping[str, Blob | None]) -> bytes:
    """Write down entries of an index; what goes away comes first, for it may be in the way as a directory."""
    gone = [path for path, blob in changes.items() if blob is None]
    # Mode 0 alone removes; git reads the name of the object all the same.
    entries = [f"0 {'0' * 40}\t".encode() + encoded(path) for path in gone]
    entries += [f"{b.mode} {b.sha}\t".encode() + encoded(path) for path, b in changes.items() if b]
    return b"".join(entry + b"\0" for entry in entries)


def _contents(batch: bytes) -> dict[str, bytes]:
    contents = {}
    at = 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        sha, *rest = batch[at:end].decode().split(" ")
        if len(rest) != 2:
            raise GitError(Problem(None, f"git cat-file: {sha} is {' '.join(rest)}", "see `git fsck`"))
        size = int(rest[1])
        contents[sha] = batch[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents
