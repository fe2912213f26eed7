"""Reads unified diffs as models write them: line numbers may be wrong or missing, the lines may not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from batchexec.executors.api.file_text import Hunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.executors.api.edits import Mistake

_NUMBERS = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_NOWHERE = "/dev/null"
_UNREADABLE = ("rename from ", "copy from ", "Binary files ", "GIT binary patch", "*** Begin Patch")
_ENDS = ("@@", "diff --git ", "--- ", "Index: ")
_MARKS = frozenset({"", " ", "+", "-", "\\"})
_SHOWN = 40


@dataclass(slots=True)
class FileDiff:
    """What a diff says about one file; `old` and `new` are its paths, None where there is no file."""

    line: int
    old: str | None = None
    new: str | None = None
    named: bool = False
    may_lack_hunks: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.new or self.old or ""


def is_diff(lines: Sequence[str]) -> bool:
    """Say whether lines start as a diff does that names its file."""
    start = next((n for n, line in enumerate(lines) if line.strip()), 0)
    return bool(lines) and (lines[start].startswith("diff --git ") or _is_names(lines, start))


def parse_diff(lines: Sequence[str], first: int, path: str | None) -> tuple[list[FileDiff], list[Mistake]]:
    """Read a block, whose first line is number `first`; `path` is for hunks below no name of a file."""
    reader = _Reader(lines, first, path)
    at = 0
    while at < len(lines):
        at = reader.read(at)
    for one in [] if reader.mistakes else reader.files:
        reader.judge(one)
    if not reader.files and not reader.mistakes:
        reader.refuse(0, "the diff names no file", "start it with --- a/PATH and +++ b/PATH")
    return reader.files, reader.mistakes


class _Reader:
    def __init__(self, lines: Sequence[str], first: int, path: str | None) -> None:
        self.lines = lines
        self.first = first
        self.path = path
        self.files: list[FileDiff] = []
        self.mistakes: list[Mistake] = []

    def refuse(self, at: int, message: str, hint: str) -> None:
        self.mistakes.append((self.first + at, message, hint))

    def read(self, at: int) -> int:
        """Read what starts at a line; return where the next thing starts."""
        line = self.lines[at]
        if line.startswith("@@"):
            return self._hunk(at)
        if _is_names(self.lines, at):
            self._names(at)
            return at + 2
        if line.startswith("diff --git "):
            same = _same_name(line)
            self.files.append(FileDiff(self.first + at, same, same))
        elif line.startswith(_UNREADABLE):
            self.refuse(
                at, f"{line[:_SHOWN]!r} cannot be carried out", "delete a file and write another instead"
            )
        elif self.files:
            _mode(self.files[-1], line)
        return at + 1

    def judge(self, one: FileDiff) -> None:
        at = one.line - self.first
        if one.old and one.new and one.old != one.new:
            self.refuse(
                at, f"the diff names two files, {one.old} and {one.new}", "delete one and write the other"
            )
        elif not one.path:
            self.refuse(at, "the diff names no file", "start it with --- a/PATH and +++ b/PATH")
        elif not (one.hunks or one.may_lack_hunks or one.new is None):
            self.refuse(at, f"the diff of {one.path} has no hunk", "a hunk starts with @@")

    def _names(self, at: int) -> None:
        old, new = _path(self.lines[at]), _path(self.lines[at + 1])
        if (old is None or old.startswith("a/")) and (new is None or new.startswith("b/")):
            old, new = (old and old[2:]), (new and new[2:])
        one = self.files[-1] if self.files else None
        if one is None or one.named or one.hunks or one.path not in {"", old, new}:
            one = FileDiff(self.first + at)
            self.files.append(one)
        one.old, one.new, one.named = old, new, True

    def _hunk(self, at: int) -> int:
        if not self.files:
            self.files.append(FileDiff(self.first + at, self.path, self.path))
        numbers = _NUMBERS.match(self.lines[at][:_SHOWN])
        end = self._counted_end(at + 1, numbers) or self._seen_end(at + 1)
        body = self.lines[at + 1 : end]
        wrong = next((n for n, line in enumerate(body) if line[:1] not in _MARKS), None)
        if wrong is not None:
            hint = "a line of a hunk starts with a blank, + or -"
            self.refuse(at + 1 + wrong, f"{body[wrong][:_SHOWN]!r} is no line of a hunk", hint)
        else:
            self.files[-1].hunks.append(_hunk(body, self.first + at, int(numbers[1]) if numbers else None))
        return end

    def _counted_end(self, at: int, numbers: re.Match[str] | None) -> int | None:
        """Find the end of a hunk by its own count, if what follows agrees with it."""
        if numbers is None:
            return None
        old, new = (int(numbers[n] or 1) for n in (2, 3))
        while at < len(self.lines) and (old > 0 or new > 0):
            mark = self.lines[at][:1]
            if mark not in _MARKS:
                return None
            old -= mark in {"", " ", "-"}
            new -= mark in {"", " ", "+"}
            at += 1
        if old or new:
            return None
        while at < len(self.lines) and self.lines[at][:1] == "\\":
            at += 1
        after = at
        while after < len(self.lines) and not self.lines[after].strip():
            after += 1
        return at if after == len(self.lines) or self.lines[after].startswith(_ENDS) else None

    def _seen_end(self, at: int) -> int:
        """Find where the next hunk or file starts, blank lines before it left out."""
        end = at
        while end < len(self.lines) and not (
            self.lines[end].startswith(("@@", "diff --git ", "Index: ")) or _is_names(self.lines, end)
        ):
            end += 1
        while end > at and not self.lines[end - 1]:
            end -= 1
        return end


def _hunk(body: Sequence[str], line: int, at: int | None) -> Hunk:
    before = tuple(text[1:] for text in body if text[:1] in {"", " ", "-"})
    after = tuple(text[1:] for text in body if text[:1] in {"", " ", "+"})
    unended = {mark[:1] for mark, note in pairwise(body) if note[:1] == "\\"}
    final_newline = not unended & {" ", "+", ""} if unended else None
    return Hunk(before, after, line, at, final_newline)


def _is_names(lines: Sequence[str], at: int) -> bool:
    return lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")


def _path(line: str) -> str | None:
    path = line[4:].partition("\t")[0].strip().strip('"')
    return None if path == _NOWHERE else path


def _same_name(line: str) -> str | None:
    """Take the path out of `diff --git a/PATH b/PATH`."""
    words = line.removeprefix("diff --git ").strip()
    half = len(words) // 2
    old, new = words[:half], words[half + 1 :]
    return old[2:] if old[:2] == "a/" and new[:2] == "b/" and old[2:] == new[2:] else None


def _mode(one: FileDiff, line: str) -> None:
    if line.startswith("deleted file mode"):
        one.new = None
    elif line.startswith("new file mode"):
        one.old, one.may_lack_hunks = None, True
    elif line.startswith("new mode"):
        one.may_lack_hunks = True
