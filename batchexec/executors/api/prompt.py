"""Writes what a model is asked: the task, the files it speaks of, and how to answer."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec import rendering
from batchexec.errors import WorkspaceError
from batchexec.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.model import Task
    from batchexec.workspace import Stage

TEMPLATE = "api_prompt.md.j2"

_LARGEST_FILE = 200_000
_LARGEST_PROMPT = 400_000
_TICKS = re.compile("`{3,}")


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as the prompt shows it; `left_out` says why it does not, and follows the path."""

    path: str
    text: str = ""
    fence: str = "```"
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    files: tuple[ShownFile, ...]

    @property
    def shown(self) -> frozenset[str]:
        return frozenset(file.path for file in self.files if not file.left_out)

    @property
    def left_out(self) -> list[str]:
        return [f"{file.path} {file.left_out}" for file in self.files if file.left_out]


def make_prompt(task: Task, stage: Stage, previous: str) -> Prompt:
    """Ask for a task, with its files as the attempt finds them."""
    files = tuple(_files(task, stage))
    facts = {"task": task, "files": files, "previous": previous.strip()}
    return Prompt(rendering.render(TEMPLATE, facts), files)


def paths_of(task: Task) -> list[str]:
    """List the files a task speaks of, those it is to write first."""
    outputs = (output.path for output in task.outputs)
    return list(dict.fromkeys([*outputs, *(block.path for block in task.blocks), *task.inputs]))


def template_digest() -> str:
    return hashlib.sha256(rendering.templates().joinpath(TEMPLATE).read_bytes()).hexdigest()


def _files(task: Task, stage: Stage) -> Iterator[ShownFile]:
    left = _LARGEST_PROMPT
    for path in paths_of(task):
        file = _shown(path, stage, left)
        if file is not None:
            left -= len(file.text)
            yield file


def _shown(path: str, stage: Stage, left: int) -> ShownFile | None:
    """Show a file; one that is not there has nothing to be shown."""
    try:
        data = stage.read(path)
    except WorkspaceError as refused:
        return ShownFile(path, left_out=f"cannot be read: {refused.problems[0].message}")
    if data is None:
        return None
    if len(data) > min(left, _LARGEST_FILE):
        return ShownFile(path, left_out=f"is too long to be shown ({plural(len(data), 'byte')})")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return ShownFile(path, left_out="is not UTF-8 text")
    if "\0" in text:
        return ShownFile(path, left_out="is not text")
    ended = text if text.endswith("\n") or not text else f"{text}\n"
    return ShownFile(path, ended, "`" * max((len(run) + 1 for run in _TICKS.findall(text)), default=3))
