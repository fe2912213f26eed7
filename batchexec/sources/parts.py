"""What a task has apart from its prose, as it comes together while its section is read."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.markdown import indent_of
from batchexec.model import CodeBlock, Naming, Output, Resolution, Role
from batchexec.paths import problem_with
from batchexec.sources import clues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.markdown import Excerpt, Item
    from batchexec.sources.sections import Section


@dataclass(slots=True)
class Target:
    """A file the task is to write, and whether its block has been found."""

    path: str
    line: int
    role: Role
    label: str
    level: int = 0
    usable: bool = True
    filled: bool = False


@dataclass(slots=True)
class Above:
    """What the lines above the current one say about it."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    region: str = ""  # blocks and files below a heading of this name are only shown
    template: Role | None = None
    pending: Target | None = None
    symbol: str | None = None


class Parts:
    """The files, blocks, claims and problems of one section."""

    def __init__(self, section: Section) -> None:
        self.source: Excerpt = section.body
        self.section = section
        self.targets: list[Target] = []
        self.by_name: dict[str, list[Target]] = {}
        self.outputs: dict[str, Output] = {}
        self.inputs: dict[str, int] = {}
        self.blocks: list[CodeBlock] = []
        self.naming: list[Naming] = []
        self.resolution: Resolution | None = None
        self.deps: list[tuple[str, int]] = []
        self.problems: list[Problem] = []

    def problem(self, line: int, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(self.source.at(line), message, hint, severity))

    def target(self, path: str, line: int, role: Role, *, label: str, level: int = 0) -> Target:
        """Note a file the task is to write; one it may not write is a problem and gets no block."""
        path = clues.plain(path)
        target = Target(path, line, role, label, level, usable=self.may_name(path, line))
        self.targets.append(target)
        self.by_name.setdefault(path[path.rfind("/") + 1 :], []).append(target)
        if target.usable and path not in self.outputs:
            self.outputs[path] = Output(path=path, location=self.source.at(line), role=role)
        return target

    def targets_called(self, path: str) -> list[Target]:
        """List the files to write whose last component is that of a path."""
        return self.by_name.get(path[path.rfind("/") + 1 :], [])

    def context(self, value: str, line: int) -> None:
        """Note a file that is only to be read."""
        path = clues.plain(value)
        if self.may_name(path, line):
            self.inputs.setdefault(path, line)

    def may_name(self, path: str, line: int) -> bool:
        problem = problem_with(path)
        if problem is None and not clues.is_placeholder(path):
            return True
        if path and clues.is_placeholder(path):
            problem = "is a field nobody filled in"
        named = f"the path {path!r}" if path else "the path"
        self.problem(line, f"{named} {problem}", "name a file below the repository's root")
        return False

    def bullets(self, line: int) -> list[tuple[int, str]]:
        """Read the list below a line, without lists in it; a heading, fence or label ends it."""
        found: list[tuple[int, str]] = []
        margin: int | None = None
        for number, row in self._below(line):
            text = row.strip()
            indent = indent_of(row)
            item = clues.list_item(text)
            if item is not None and (margin is None or indent == margin):
                margin = indent
                found.append((number, item))
            elif text and (margin is None or indent <= margin):
                break
        return found

    def paragraph(self, line: int) -> list[tuple[int, str]]:
        """Read the lines of text below a line, down to the next blank one."""
        found: list[tuple[int, str]] = []
        for number, row in self._below(line):
            if text := row.strip():
                found.append((number, text))
            elif found:
                break
        return found

    def _below(self, line: int) -> Iterator[tuple[int, str]]:
        """Yield the lines between this one and the next heading, fence or label."""
        items = self.section.items
        after = bisect_right(items, line, key=_line)
        end = items[after].line if after < len(items) else self.source.end
        for number in range(line + 1, min(end, self.source.end)):
            yield number, self.source.lines[number - self.source.first]


def _line(item: Item) -> int:
    return item.line
