"""Writes prompt files into a temporary directory and reads them as the program would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.sources import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.model import Task
    from batchexec.sources.reading import Reading

RUN = Path("run")


def write(files: Mapping[str, str | bytes], directory: Path = RUN) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    directory.mkdir(exist_ok=True)
    return directory


def read(files: Mapping[str, str | bytes] | str, tasks_md: str | None = None) -> Reading:
    """Read these files; a single text stands for `topic.md`."""
    directory = write({"topic.md": files} if isinstance(files, str) else files)
    if tasks_md is None:
        return load(directory)
    Path("tasks.md").write_text(tasks_md, encoding="utf-8")
    return load(directory, Path("tasks.md"))


def one(files: Mapping[str, str | bytes] | str, tasks_md: str | None = None) -> Task:
    """Read the only task of files that give no cause for complaint."""
    reading = read(files, tasks_md)
    assert [str(problem) for problem in reading.problems if problem.severity is not Severity.NOTICE] == []
    (task,) = reading.tasks
    return task


def messages(reading: Reading, *severities: Severity) -> list[str]:
    return [str(problem) for problem in reading.problems if not severities or problem.severity in severities]


def files_of(task: Task) -> list[tuple[str, str, str]]:
    """List path, role and kind of block of everything a task is to write; `-` for no block."""
    kinds = {block.path: block.kind.value for block in task.blocks}
    return [(output.path, output.role.value, kinds.get(output.path, "-")) for output in task.outputs]
