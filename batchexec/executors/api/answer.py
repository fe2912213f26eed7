"""Reads the files out of a model's answer: whole ones, edits and diffs, by the fences that name them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.executors.api.diffs import is_diff, parse_diff
from batchexec.executors.api.edits import is_search, parse_edits
from batchexec.executors.api.names import DIFF, LABELS, Names
from batchexec.markdown import Excerpt, Fence, Heading, Label, parse_label, prose, scan
from batchexec.model import Location
from batchexec.paths import collision_key, problem_with
from batchexec.sources import clues, languages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from batchexec.executors.api.edits import Mistake
    from batchexec.executors.api.file_text import Hunk

NAME = "answer"
"""What an answer is called where a line of it is named."""

MOST_FILES = 200
MOST_HUNKS = 1000

_ONLY_SHOWN = frozenset({"", "text", "txt", "plaintext", "output", "log", "none", "mermaid"})
_TELLS_OF_EDITS = frozenset({"markdown", "restructuredtext"})
_NAME_IT = "put `File: PATH` on the line above it, or leave it out"
_LONGER = "around a file that holds ``` use a longer fence"
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_THOUGHT = ("<think>", "</think>")


@dataclass(frozen=True, slots=True)
class Whole:
    """A file as it is to be; `line` is where its first line stands in the answer."""

    path: str
    line: int
    fence: Fence


@dataclass(frozen=True, slots=True)
class Hunks:
    """Changes to a file that is there."""

    path: str
    line: int
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """A file to delete; its lines, where the answer gives them, have to be those it has."""

    path: str
    line: int
    hunks: tuple[Hunk, ...] = ()


Part = Whole | Hunks | Gone


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer wants done, and every reason not to do any of it."""

    parts: tuple[Part, ...] = ()
    problems: tuple[Problem, ...] = ()


def parse_answer(
    text: str, known: Collection[str] = (), *, free: bool = False, sole: str | None = None
) -> Answer:
    """
    Read what an answer makes of which files.

    `known` are the paths the task speaks of: a bare name stands for the one
    of them that ends with it. With `free` the task asks for no file, and blocks
    without a name are part of the text. `sole` is the file that a
    single block without a name can only be.
    """
    excerpt = Excerpt(NAME, tuple(_without_thought(text).replace("\r\n", "\n").split("\n")))
    reader = _Reader(excerpt, known, free=free)
    reader.run()
    if sole and not reader.parts:
        reader.take_as(sole)
    reader.check()
    return Answer(tuple(reader.parts), tuple(sorted(reader.problems, key=_line_of)))


class _Reader:
    def __init__(self, excerpt: Excerpt, known: Collection[str], *, free: bool) -> None:
        self.excerpt = excerpt
        self.free = free
        self.names = Names(excerpt, known)
        self.parts: list[Part] = []
        self.problems: list[Problem] = []
        self.nameless: list[Fence] = []

    def refuse(self, line: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(Location(NAME, line), message, hint))

    def run(self) -> None:
        items = scan(self.excerpt, LABELS)
        for item in items:
            if isinstance(item, Label):
                self.names.label(item.value, item.line)
            elif isinstance(item, Heading):
                found = parse_label(item.text, LABELS)
                self.names.label(found[1] if found else "", item.line)
            elif isinstance(item, Fence):
                self._fence(item)
        for line, text in prose(self.excerpt, items):
            if is_search(text) or text.startswith("diff --git "):
                self.refuse(line, "an edit stands outside of a block", "put ``` above and below it")

    def take_as(self, path: str) -> None:
        """Take the only block there is, which has no name, as a file."""
        fences = [fence for fence in self.nameless if languages.of_language(fence.language) != "shell"]
        if len(fences) == 1 and clues.suits(fences[0], path):
            self.problems = [one for one in self.problems if _line_of(one) != fences[0].line]
            self._whole(path, fences[0])

    def check(self) -> None:
        """Find what does not fit together."""
        if len({part.path for part in self.parts}) > MOST_FILES:
            self.refuse(
                1, f"the answer writes more than {MOST_FILES} files", "send only those the task needs"
            )
        if sum(len(part.hunks) for part in self.parts if not isinstance(part, Whole)) > MOST_HUNKS:
            self.refuse(1, f"the answer holds more than {MOST_HUNKS:,} edits", "send the files whole")
        by_key: dict[str, list[Part]] = {}
        for part in self.parts:
            by_key.setdefault(collision_key(part.path), []).append(part)
        for key, parts in by_key.items():
            self._check_one_file(parts)
            above = next((by_key[name] for name in _directories(key) if name in by_key), None)
            if above:
                message = f"{parts[0].path} lies below {above[0].path}, which is a file here"
                self.refuse(parts[0].line, message, "name another path")

    def _check_one_file(self, parts: list[Part]) -> None:
        first = parts[0]
        for later in parts[1:]:
            where = f"line {first.line}"
            if later.path != first.path:
                self.refuse(
                    later.line, f"{later.path} and {first.path} ({where}) are one file to some systems"
                )
            elif not (isinstance(later, Hunks) and isinstance(first, Hunks)):
                message = f"{later.path} stands in the answer twice, here and in {where}"
                self.refuse(later.line, message, "send it once: whole, as edits, or deleted")

    def _fence(self, fence: Fence) -> None:
        path, wrong = self.names.of(fence)
        nested = _nested(self.excerpt, fence)
        if path is None and wrong is None and self.free and not _is_change(fence):
            return
        if wrong:
            self.refuse(fence.line, wrong, "name one file by its whole path")
        elif nested:
            self.refuse(nested, "a block opens inside of the one above it", _LONGER)
        elif not fence.closed:
            self.refuse(fence.line, "the block that starts here is never closed", f"close it; {_LONGER}")
        elif self._is_diff(fence, path):
            self._diff(fence, path)
        else:
            self._block(fence, path)

    def _block(self, fence: Fence, path: str | None) -> None:
        start = next((n for n, line in enumerate(fence.lines) if line.strip()), 0)
        rest = fence.lines[start + 1 :]
        if rest and is_search(rest[0]) and not is_search(fence.lines[start]):
            path = path or clues.token(fence.lines[start].strip())
            fence = replace(fence, lines=rest, first=fence.first + start + 1)
        if not _holds_edits(fence) or (path and languages.of_path(path) in _TELLS_OF_EDITS):
            self._file(fence, path)
        elif path is None:
            self.refuse(fence.line, "the block does not say which file it is", _NAME_IT)
        elif self._may_name(path, fence.line):
            edits, mistakes = parse_edits(fence.lines, fence.first)
            self._refuse_all(mistakes)
            self._hunks(path, fence.line, edits)

    def _file(self, fence: Fence, path: str | None) -> None:
        if path is not None:
            if self._may_name(path, fence.line):
                self._whole(self.names.resolved(path), fence)
            return
        self.nameless.append(fence)
        family = languages.of_language(fence.language)
        if not (fence.language in _ONLY_SHOWN or family in {"shell", "powershell", "batch"}):
            self.refuse(fence.line, "the block does not say which file it is", _NAME_IT)

    def _whole(self, path: str, fence: Fence) -> None:
        self._refuse_control(fence.lines, fence.first)
        self.parts.append(Whole(path, fence.first, fence))

    def _hunks(self, path: str, line: int, hunks: Sequence[Hunk]) -> None:
        for hunk in hunks:
            self._refuse_control(hunk.after, hunk.line)
        self.parts.append(Hunks(self.names.resolved(path), line, tuple(hunks)))

    def _diff(self, fence: Fence, path: str | None) -> None:
        files, mistakes = parse_diff(fence.lines, fence.first, path)
        self._refuse_all(mistakes)
        for one in [] if mistakes else files:
            if not self._may_name(one.path, one.line):
                continue
            if one.new is None:
                self.parts.append(Gone(self.names.resolved(one.path), one.line, tuple(one.hunks)))
            elif one.old is None:
                self._created(one.path, one.line, one.hunks, fence)
            else:
                self._hunks(one.path, one.line, one.hunks)

    def _created(self, path: str, line: int, hunks: Sequence[Hunk], fence: Fence) -> None:
        lines = tuple(line for hunk in hunks for line in hunk.after)
        first = hunks[0].line + 1 if hunks else line
        self._whole(path, replace(fence, lines=lines, first=first, language="", info="new"))

    def _is_diff(self, fence: Fence, path: str | None) -> bool:
        if path and languages.of_path(path) == "diff":
            return False
        return fence.language in DIFF or (fence.language in _ONLY_SHOWN and is_diff(fence.lines))

    def _refuse_all(self, mistakes: Iterable[Mistake]) -> None:
        for line, message, hint in mistakes:
            self.refuse(line, message, hint)

    def _refuse_control(self, lines: Iterable[str], first: int) -> None:
        for number, line in enumerate(lines, first):
            if found := _CONTROL.search(line):
                self.refuse(number, f"the file would hold the control character U+{ord(found[0]):04X}")
                return

    def _may_name(self, path: str, line: int) -> bool:
        problem = problem_with(path)
        if problem:
            self.refuse(line, f"the path {path!r} {problem}", "name a file below the repository's root")
        return problem is None


def _is_change(fence: Fence) -> bool:
    return is_diff(fence.lines) or _holds_edits(fence)


def _holds_edits(fence: Fence) -> bool:
    return any(map(is_search, fence.lines))


def _without_thought(text: str) -> str:
    """Blank what a model thought aloud before its answer; the lines keep their numbers."""
    opened, closed = _THOUGHT
    end = text.find(closed)
    if end < 0 or not text.lstrip().startswith(opened):
        return text
    return "\n" * text.count("\n", 0, end) + text[end + len(closed) :]


def _nested(excerpt: Excerpt, fence: Fence) -> int | None:
    """Find a line in a block that would open one like it: the end of that one has ended this one."""
    opener = excerpt.lines[fence.line - excerpt.first]
    mark = "`" if "```" in opener[: len(opener) - len(fence.info)] else "~"
    run = mark * (opener[: len(opener) - len(fence.info)].count(mark))
    for number, line in enumerate(fence.lines, fence.first):
        text = line.strip() if run in line else ""
        if text.startswith(run) and text.strip(mark) and mark not in text.lstrip(mark):
            return number
    return None


def _directories(path: str) -> Iterator[str]:
    names = path.split("/")
    return ("/".join(names[:depth]) for depth in range(1, len(names)))


def _line_of(problem: Problem) -> int:
    return problem.location.line if problem.location else 0
