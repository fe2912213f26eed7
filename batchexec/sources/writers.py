"""Settles who writes what: later blocks for a file become fragments, and no file is written whole twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.model import BlockKind, CodeBlock, Output, Task
from batchexec.paths import collision_key
from batchexec.sources import clues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_WHOLE = frozenset({BlockKind.FILE, BlockKind.MERGE})


def settle_fragments(tasks: Iterable[Task]) -> Iterator[Task]:
    """Turn a block that may be a part of a file into one, where an earlier section writes that file."""
    written: set[str] = set()
    for task in tasks:
        settled = tuple(_settled(task.blocks, written))
        yield task if settled == task.blocks else replace(task, blocks=settled)
        written.update(collision_key(output.path) for output in task.outputs)


def conflicts(tasks: Sequence[Task]) -> Iterator[Problem]:
    """Yield a problem for every file two blocks write whole, and for every file below another file."""
    yield from _two_writers(tasks)
    yield from _files_in_files(tasks)


def _settled(found: Iterable[CodeBlock], written: set[str]) -> Iterator[CodeBlock]:
    here: set[str] = set()
    for block in found:
        if block.kind is BlockKind.MERGE:
            key = collision_key(block.path)
            if key in written or key in here:
                yield replace(block, kind=clues.fragment_kind(block.path))
                continue
            here.add(key)
        yield block


def _two_writers(tasks: Iterable[Task]) -> Iterator[Problem]:
    first: dict[str, tuple[Task, CodeBlock]] = {}
    for task in tasks:
        for block in task.blocks:
            if block.kind not in _WHOLE:
                continue
            other, earlier = first.setdefault(collision_key(block.path), (task, block))
            if earlier is not block:
                also = f", as {earlier.path}" if earlier.path != block.path else ""
                message = (
                    f"{task.id} writes the whole of {block.path},"
                    f" and so does {other.id} ({earlier.location}{also})"
                )
                yield Problem(block.location, message, "leave each file to one block")


def _files_in_files(tasks: Iterable[Task]) -> Iterator[Problem]:
    files: dict[str, Output] = {}
    for task in tasks:
        for output in task.outputs:
            files.setdefault(collision_key(output.path), output)
    for key, output in files.items():
        parent = key.rpartition("/")[0]
        while parent:
            if above := files.get(parent):
                message = f"{output.path} lies below {above.path}, which is a file ({above.location})"
                yield Problem(output.location, message, "a path is a file or a directory, not both")
            parent = parent.rpartition("/")[0]
