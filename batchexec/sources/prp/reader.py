"""Finds the PRP files of a repository and sorts what they hold into batches."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity, SourceError
from batchexec.sources.files import read_excerpt
from batchexec.sources.prp import names
from batchexec.sources.prp.parsing import read_prp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.sources.prp.names import FileName
    from batchexec.sources.prp.prp import Prp

_NOT_LOOKED_INTO = frozenset({".git", ".hg", ".svn", ".jj", ".batchexec", "node_modules"})


@dataclass(slots=True)
class Batch:
    """The PRPs of one number by their ids, in the order of these, and all problems of their files."""

    number: int
    prps: dict[str, Prp] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Batches:
    """
    All PRPs that were found, by batch.

    `others` have ids of one or two parts and are never run; `problems` holds
    those of every file, while those of one batch alone stand there too.
    """

    batches: dict[int, Batch] = field(default_factory=dict)
    others: list[Prp] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_batches(
    roots: Sequence[Path], root: Path, mapped: Sequence[str] = (), only: int | None = None
) -> Batches:
    """
    Read every PRP below these directories; paths are told as seen from `root`, the repository's.

    `mapped` are directories elsewhere whose paths in gates mean the repository,
    too. With `only` nothing but the batch of this number is read.
    """
    reader = _Reader(root, mapped)
    for path, name in _files(roots):
        if not name.is_companion and only in (None, name.batch):
            reader.read(path, name)
    return reader.sorted()


def batch_numbers(roots: Sequence[Path]) -> list[int]:
    """List the batches there are, by the names of files alone."""
    return sorted(
        {name.batch for _, name in _files(roots) if name.batch is not None and not name.is_companion}
    )


def highest_number(roots: Sequence[Path]) -> int:
    """Give the highest first number in the name of any PRP file, whatever it is; 0 where there is none."""
    return max(
        (names.parts_of(name.id)[0] for _, name in _files(roots) if names.parts_of(name.id)), default=0
    )


class _Reader:
    def __init__(self, root: Path, mapped: Sequence[str]) -> None:
        self.root = os.path.abspath(root)  # noqa: PTH100  # Path.absolute() keeps `..`
        self.roots = (self.root, os.path.realpath(root), *mapped)
        self.found = Batches()

    def read(self, path: str, name: FileName) -> None:
        if name.batch is None:
            problems = self.found.problems
        else:
            batch = self.found.batches.setdefault(name.batch, Batch(name.batch))
            problems = batch.problems
        try:
            source = read_excerpt(Path(path))
        except SourceError as error:
            problems += _unread(path, error)
            return
        prp = read_prp(source, self._from_root(path), self.roots)
        first = batch.prps.setdefault(prp.id, prp) if name.batch is not None else prp
        if first is prp:
            problems += prp.problems
        else:
            problems.append(_twice(first, prp))
        if name.batch is None:
            self.found.others.append(prp)

    def _from_root(self, path: str) -> str:
        inside = path.removeprefix(f"{self.root.rstrip('/')}/")
        return inside if inside != path else os.path.relpath(path, self.root)

    def sorted(self) -> Batches:
        found = self.found
        found.batches = dict(sorted(found.batches.items()))
        for batch in found.batches.values():
            batch.prps = dict(sorted(batch.prps.items(), key=lambda item: names.sort_key(item[0])))
            found.problems += batch.problems
        found.others.sort(key=lambda prp: names.sort_key(prp.id))
        return found


def _files(roots: Sequence[Path]) -> list[tuple[str, FileName]]:
    """List the PRP files below these directories, each once, in an order that is the same everywhere."""
    found: dict[str, FileName] = {}
    for root in roots:
        for path in _walked(os.path.abspath(root)):  # noqa: PTH100  # Path.absolute() keeps `..`
            if name := names.parse_file_name(os.path.basename(path)):  # noqa: PTH119  # thousands of names
                found[path] = name
    return sorted(found.items())


def _walked(start: str) -> Iterator[str]:
    if os.path.isfile(start):  # noqa: PTH113  # as above
        yield start
    for directory, below, files in os.walk(start):
        below[:] = [name for name in below if name not in _NOT_LOOKED_INTO]
        for name in files:
            yield f"{directory}/{name}"


def _unread(path: str, error: SourceError) -> Iterator[Problem]:
    """Yield why a file cannot be read; a link is passed over, as what it leads to is found where it is."""
    is_link = os.path.islink(path)  # noqa: PTH114  # as above
    for problem in error.problems:
        severity = Severity.WARNING if is_link else problem.severity
        yield replace(problem, severity=severity, code="unreadable")


def _twice(first: Prp, second: Prp) -> Problem:
    if first.text == second.text:
        message = f"{second.path} is the same as {first.path}"
        return Problem(second.location, message, "remove one of them", Severity.WARNING, "copy")
    message = f"{first.id} is defined twice: {first.path} and {second.path}"
    return Problem(second.location, message, "keep one of them", code="defined-twice")
