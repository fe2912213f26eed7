"""Compares the summary a generator left beside the prompts with the prompts themselves."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from batchexec.categories import category_of
from batchexec.errors import Problem, Severity, SourceError
from batchexec.model import Location
from batchexec.sources.files import read_excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from batchexec.markdown import Excerpt
    from batchexec.model import Task

_NAMES = ("meta/summary.json", "summary.json")


def check_summaries(directory: Path, tasks: Iterable[Task]) -> Iterator[Problem]:
    """Yield a warning for every summary that is broken or counts other tasks than were found."""
    found = Counter(task.category for task in tasks)
    for name in _NAMES:
        path = directory / name
        if path.exists():
            try:
                yield from parse_summary(read_excerpt(path), found)
            except SourceError as error:
                for problem in error.problems:
                    yield Problem(problem.location, problem.message, problem.hint, Severity.WARNING)


def parse_summary(source: Excerpt, found: Mapping[str, int]) -> Iterator[Problem]:
    try:
        summary = json.loads(source.text)
    except json.JSONDecodeError as error:
        yield _warning(source, f"this is not JSON: {error.msg}", error.lineno)
        return
    except (RecursionError, ValueError) as error:
        yield _warning(source, f"this is not usable JSON: {error}")
        return
    if not isinstance(summary, dict):
        yield _warning(source, "the summary is no JSON object")
        return
    yield from _compare(source, summary, found)


def _compare(source: Excerpt, summary: Mapping[str, object], found: Mapping[str, int]) -> Iterator[Problem]:
    with_prompt: Counter[str] = Counter()
    # Tasks that are done, or cannot be done, have no prompt.
    without = _number(summary.get("verified")) or 0
    for name, count in _counts(summary):
        if category := category_of(name):
            with_prompt[category] += count
        elif name != "verified":
            without += count
    for category, count in with_prompt.items():
        if count != found.get(category, 0):
            yield _warning(source, f"{category} counts {count}, but {found.get(category, 0)} were found")
    total = _number(summary.get("total_tasks"))
    tasks = sum(found.values())
    if total is not None and tasks not in {total, total - without}:
        yield _warning(source, f"total_tasks is {total}, but {tasks} were found")


def _counts(summary: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    counts = summary.get("by_category")
    for name, value in counts.items() if isinstance(counts, dict) else ():
        count = _number(value)
        if count is not None:
            yield name, count


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _warning(source: Excerpt, message: str, line: int = 1) -> Problem:
    return Problem(Location(source.file, line), message, "generate the prompts again", Severity.WARNING)
