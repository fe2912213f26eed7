"""Makes prompt files of what a verification found missing, such that the reader gets the same tasks back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchexec import rendering
from batchexec.generate.encoding import exact, one_line
from batchexec.generate.facts import directories, listed, section
from batchexec.generate.reading_back import check
from batchexec.generate.resolution import usable
from batchexec.model import CATEGORIES, DEFAULT_PRIORITY, Resolution
from batchexec.verification import FINDINGS, VERIFIED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from batchexec.generate.facts import Section
    from batchexec.verification import CheckedTask, Verification

PROMPT_CATEGORIES = tuple(category for category in CATEGORIES if category in FINDINGS)
FILTERED_OUT = "filtered_out"
UNKNOWN = "unknown"
COPY = "meta/report_source.json"
"""Where the report the prompts were made from is kept."""

_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Prompts:
    """The files of a prompts directory by their names in it, and the tasks they hold, in this order."""

    files: dict[str, str]
    tasks: tuple[CheckedTask, ...]


def generate(
    verification: Verification,
    *,
    generated_at: str,
    source_report: str,
    report: Mapping[str, Any],
    only: Collection[str] = (),
    priorities: Collection[int] = (),
    naming: Resolution = Resolution.UPDATE_EVIDENCE,
    overrides: Path | None = None,
) -> Prompts:
    """
    Write a prompt for every task that lacks something, a file for each category.

    `only` and `priorities` leave tasks of other categories and priorities out.
    Where no task is left there are no files. `naming` is what is to be done
    about a file that clearly has another name. Raises SourceError for a
    template of the project, in `overrides`, that makes other tasks of these.
    """
    chosen = _chosen(verification.tasks, only, priorities)
    if not chosen:
        return Prompts({}, ())
    head = {
        "generated_at": one_line(generated_at),
        "source_report": one_line(source_report),
        "tasks_file": one_line(verification.tasks_path),
    }
    below, naming = directories(verification.tasks), usable(naming, verification.tasks_path)
    sections = {
        category: [section(task, number, below, naming) for number, task in enumerate(tasks, 1)]
        for category, tasks in chosen.items()
    }
    files = _category_files(sections, head, overrides)
    overview = {**head, **_overview(verification, chosen)}
    files["README.md"] = _render("prompts_readme.md.j2", overview, overrides)
    files["meta/summary.json"] = _json({**head, **_summary(verification, chosen)})
    files[COPY] = _json(report)
    return Prompts(files, tuple(task for tasks in chosen.values() for task in tasks))


_Chosen = dict[str, list["CheckedTask"]]


def _chosen(tasks: Iterable[CheckedTask], only: Collection[str], priorities: Collection[int]) -> _Chosen:
    chosen: _Chosen = {category: [] for category in PROMPT_CATEGORIES if not only or category in only}
    for task in tasks:
        priority = task.priority or DEFAULT_PRIORITY.get(task.finding)
        if task.finding in chosen and (not priorities or priority in priorities):
            chosen[task.finding].append(task)
    return {category: sorted(found, key=_natural) for category, found in chosen.items() if found}


def _natural(task: CheckedTask) -> list[tuple[int, str]]:
    """Sort TASK-2 before TASK-10; ids made of a title's digest keep the order of the list."""
    pieces = _NUMBER.split(task.id.partition("#")[0].lower())
    numbers = [piece.lstrip("0") if place % 2 else piece for place, piece in enumerate(pieces)]
    return [(len(piece) if place % 2 else 0, piece) for place, piece in enumerate(numbers)]


def _category_files(
    sections: Mapping[str, Sequence[Section]], head: Mapping[str, Any], overrides: Path | None
) -> dict[str, str]:
    files = {}
    for category, tasks in sections.items():
        facts = {
            **head,
            "category": category,
            "priority": DEFAULT_PRIORITY[category],
            "tasks": tasks,
        }
        name, template = f"{category}.md", _template(category, overrides)
        files[name] = _render(template, facts, overrides)
        if overrides and (overrides / template).is_file():
            check(files[name], name, tasks, overrides / template)
    return files


def _template(category: str, overrides: Path | None) -> str:
    own = f"prompts_{category}.md.j2"
    return own if overrides and (overrides / own).is_file() else "prompts_category.md.j2"


def _render(template: str, facts: Mapping[str, Any], overrides: Path | None) -> str:
    return rendering.render(template, facts, overrides, {"exact": exact})


def _overview(verification: Verification, chosen: _Chosen) -> dict[str, Any]:
    return {
        "total": len(verification.tasks),
        "files": {f"{category}.md": list(map(listed, tasks)) for category, tasks in chosen.items()},
        "without": {why: list(map(listed, tasks)) for why, tasks in _without(verification, chosen).items()},
    }


def _without(verification: Verification, chosen: _Chosen) -> _Chosen:
    """Sort the tasks that get no prompt by the reason why."""
    prompted = {id(task) for tasks in chosen.values() for task in tasks}
    found: _Chosen = {}
    for task in verification.tasks:
        if id(task) not in prompted:
            why = FILTERED_OUT if task.finding in PROMPT_CATEGORIES else task.finding or UNKNOWN
            found.setdefault(why, []).append(task)
    return found


def _summary(verification: Verification, chosen: _Chosen) -> dict[str, Any]:
    """Count the tasks; the reader compares it with what it finds in the files."""
    without = {why: len(tasks) for why, tasks in _without(verification, chosen).items()}
    prompts = {category: len(chosen.get(category, ())) for category in PROMPT_CATEGORIES}
    others = {finding: 0 for finding in FINDINGS if finding not in prompts}
    return {
        "total_tasks": len(verification.tasks),
        "verified": without.get(VERIFIED, 0),
        "not_verified": len(verification.tasks) - without.get(VERIFIED, 0),
        "by_category": {**prompts, **others, **without},
        "generated_files": {f"{category}.md": len(tasks) for category, tasks in chosen.items()},
    }


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"
