"""Reads what a project's own template made, before anybody relies on it: are these the tasks it was given?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity, SourceError
from batchexec.markdown import Excerpt
from batchexec.model import Location
from batchexec.sources.checklist import Checklist, Entry
from batchexec.sources.prompts_dir import parse_file_name
from batchexec.sources.smartspec import PromptFile, parse_prompts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.generate.facts import Section

_MOST_NAMES = 5
_MOST_PROBLEMS = 20
_HINT = "write `## Task {{ task.number }}: {{ task.heading }}` once above what each task says"


def check(text: str, name: str, tasks: Sequence[Section], template: Path) -> None:
    """Raise SourceError where the text of a category's file is not read as these tasks."""
    source = Excerpt.of(name, text.encode(errors="surrogatepass"))
    known = {task.id: _entry(task, source) for task in tasks}
    reading = parse_prompts([PromptFile.of(parse_file_name(name), source)], Checklist(known))
    where = Location(str(template), 1)
    ids = [task.id for task in reading.tasks]
    complaints = [Problem(where, f"in {name} {one}", _HINT) for one in _different(list(known), ids)]
    complaints += [
        Problem(where, f"it makes {problem.location}: {problem.message}", problem.hint)
        for problem in reading.problems
        if problem.severity is Severity.ERROR
    ]
    if complaints:
        raise SourceError.of(complaints[:_MOST_PROBLEMS])


def _entry(task: Section, source: Excerpt) -> Entry:
    return Entry(id=task.id, title=task.title, ticked=task.ticked, location=source.at(1))


def _different(expected: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    known, read = set(expected), set(found)
    if missing := [one for one in expected if one not in read]:
        yield f"nothing is read as the prompt of {_names(missing)}"
    if strange := [one for one in found if one not in known]:
        yield f"these are read as tasks and are none: {_names(strange)}"


def _names(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMES:,} more" if len(ids) > _MOST_NAMES else ""
    return f"{', '.join(ids[:_MOST_NAMES])}{more}"
