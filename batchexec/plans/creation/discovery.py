"""Asks how a plan can be worked on in parallel, and keeps an answer that holds."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchexec.errors import Problem, SelectionError, Severity
from batchexec.parallel import LEVELS, compare, find_parallel, parse_parallel
from batchexec.plans.creation.choosing import foreign_graph
from batchexec.plans.creation.ending import Ending
from batchexec.plans.creation.places import inside, shown
from batchexec.rendering import render
from batchexec.sources.plan import PARALLEL_FILES, Part, valid_id
from batchexec.wording import plural
from batchexec.workspace import Workspace, create_new, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from batchexec.journal import Journal
    from batchexec.parallel import Checked, Finding, Parallel
    from batchexec.plans import Loaded
    from batchexec.sources.plan import Achievement, Hours

_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w-]{0,20})[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer is to be about, the parallel level and the scope; `source` is what it is called."""

    level: int
    scope: str = ""
    source: str = "the answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """
    What became of an answer: where it was saved, relative to the workspace, or what is wrong with it.

    `kept` is the file with the raw text of one that was not saved.
    """

    ending: Ending
    path: str = ""
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    run_id: str = ""
    kept: str = ""


def prompt(loaded: Loaded, level: int, scope: str, today: date, overrides: Path | None = None) -> str:
    """
    Write the question: split an achievement (1), the achievements of a priority (2), or all of the plan (3).

    `scope` is the achievement, the priority, or "". Raises SelectionError where that does not name any,
    and where the answer could not be saved, because the graph of another plan lies in its place.
    """
    _check_place(loaded)
    achievements = _scope(loaded, level, scope)
    name = loaded.plan.name
    facts = {
        "plan": name,
        "file": loaded.plan.file.name,
        "level": level,
        "scope": scope,
        "total": len(loaded.plan.achievements),
        "achievements": [_facts(loaded, one) for one in achievements],
        "outside": sorted(
            {dep for one in achievements for dep in one.dependencies} - {one.id for one in achievements}
        ),
        "template": json.dumps(_template(loaded, level, achievements, today), indent=2, ensure_ascii=False),
        "path": shown(_target(loaded), loaded),
    }
    return render("plan_discovery.md.j2", facts, overrides)


def save(
    loaded: Loaded, answer: str, asked: Asked, overwrite: bool, journal: Journal, command: Sequence[str] = ()
) -> Saved:
    """Check an answer and write it to parallel.json; one that cannot be saved is kept aside."""
    _check_place(loaded)
    path = _target(loaded)
    there = find_parallel(path.parent)
    if there and not overwrite:
        message = f"{shown(there, loaded)} is there already"
        return _refused(journal, answer, Problem(None, message, "give --overwrite to replace it"))
    text, trouble = extract(answer)
    if trouble:
        return _refused(journal, answer, trouble)
    # Lines are counted as the answer has them.
    above = answer.replace("\r\n", "\n").partition(text)[0].count("\n")
    data = ("\n" * above + text).encode(errors="surrogatepass")
    checked = parse_parallel(data, Path(asked.source), loaded.plan.name)
    findings = _findings(checked, loaded, asked)
    if any(one.severity is Severity.ERROR for one in findings):
        kept = _keep(journal, answer)
        return Saved(ending=Ending.FAILED, findings=findings, kept=kept)
    data = _encoded(checked.value)
    return _written(loaded, path, data, findings, journal, answer, command)


def extract(answer: str) -> tuple[str, Problem | None]:
    """Take the JSON out of an answer: all of it, or what stands in its only fence."""
    lines = answer.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if answer.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
        return "\n".join(lines).strip(), None
    blocks: list[list[str]] = []
    fence = ""
    for line in lines:
        found = _FENCE.fullmatch(line[:1000])
        if not fence and found:
            fence = found[1]
            blocks.append([])
        elif fence and found and not found[2] and found[1].startswith(fence):
            fence = ""
        elif fence:
            blocks[-1].append(line)
    if len(blocks) == 1 and not fence:
        return "\n".join(blocks[0]), None
    what = "has a fence that is never closed" if fence else f"has {plural(len(blocks), 'fence')}"
    hint = "it is to be JSON alone, or exactly one fence with it"
    return "", Problem(None, f"the answer is no JSON and {what}", hint)


def _target(loaded: Loaded) -> Path:
    return loaded.plan.file.parent / PARALLEL_FILES[0]


def _scope(loaded: Loaded, level: int, scope: str) -> tuple[Achievement, ...]:
    achievements = loaded.plan.achievements
    if not achievements:
        message = f"{loaded.plan.name} lists no achievements"
        raise SelectionError(Problem(None, message, "add a line like **Achievement 1.1**: Title"))
    if level == 1:
        found = tuple(one for one in achievements if one.id == scope)
        hint = (valid_id(scope) if scope else "") or f"there are: {', '.join(loaded.plan.ids)}"
        what = f"achievement {scope}" if scope else "achievement: level 1 needs one, --achievement"
    elif level == 2:
        found = tuple(one for one in achievements if one.priority == scope)
        there = dict.fromkeys(one.priority for one in achievements)
        hint = f"there are: {', '.join(there)}"
        what = f"priority {scope}" if scope else "priority: level 2 needs one, --priority"
    elif level == 3 and not scope:
        return achievements
    else:
        message = f"there is no parallel level {level}" if level != 3 else "level 3 takes the whole plan"
        raise SelectionError(Problem(None, message, "write 1 --achievement ID, 2 --priority N, or 3"))
    if not found:
        raise SelectionError(Problem(None, f"no {what}", hint))
    return found


def _facts(loaded: Loaded, one: Achievement) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "effort": _said(loaded.standing.hours.get(one.id)) or "not stated",
        "deliverables": one.parts.get(Part.DELIVERABLES, ""),
        "objective": one.parts.get(Part.OBJECTIVE, ""),
        "dependencies": ", ".join(one.dependencies) or "none",
    }


def _template(loaded: Loaded, level: int, achievements: Iterable[Achievement], today: date) -> dict[str, Any]:
    """Write what an answer looks like, so that it is one itself: valid, with what the PLAN says."""
    listed = list(achievements)
    inside_ids = {one.id for one in listed}
    known = set(loaded.plan.ids)
    outside = {
        dep: None for one in listed for dep in one.dependencies if dep not in inside_ids and dep in known
    }
    items = [_item(loaded, one, known) for one in listed]
    if level == 1:
        parts = [
            (f"{listed[0].id}.{number}", title) for number, title in ((1, "first part"), (2, "second part"))
        ]
        items[0]["sub_executions"] = [
            {"execution_id": id_, "title": title, "dependencies": []} for id_, title in parts
        ]
    value: dict[str, Any] = {
        "plan_name": loaded.plan.name,
        "parallelization_level": LEVELS[level - 1],
        "created_date": today.isoformat(),
        "achievements": items,
    }
    if outside:
        value["external_achievements"] = list(outside)
    return value | {"notes": "assumptions"}


def _item(loaded: Loaded, one: Achievement, known: set[str]) -> dict[str, Any]:
    hours = loaded.standing.hours.get(one.id)
    item: dict[str, Any] = {"achievement_id": one.id, "title": one.title}
    if hours:
        item["estimated_hours"] = _span(hours)
    return item | {"dependencies": [dep for dep in one.dependencies if dep in known]}


def _span(hours: Hours) -> float | str:
    if hours.low != hours.high:
        return f"{hours.low:g}-{hours.high:g}"
    return int(hours.low) if hours.low == int(hours.low) else hours.low


def _said(hours: Hours | None) -> str:
    return f"{_span(hours)} hours" if hours else ""


def _check_place(loaded: Loaded) -> None:
    if loaded.foreign:
        raise SelectionError(foreign_graph(loaded))


def _findings(checked: Checked, loaded: Loaded, asked: Asked) -> tuple[Finding, ...]:
    if checked.model is None:
        return checked.findings
    compared = compare(
        checked.model, loaded.plan, loaded.evidence, dict(loaded.standing.statuses), answer=True
    )
    return (*checked.findings, *_elsewhere(checked.model, loaded, asked), *compared)


def _elsewhere(model: Parallel, loaded: Loaded, asked: Asked) -> Iterator[Finding]:
    """Find what an answer says that nobody asked for."""
    wanted, source = LEVELS[asked.level - 1], model.source
    if model.level in LEVELS and model.level != wanted:
        message = f"parallelization_level '{model.level}' is not {wanted}, which was asked for"
        yield source.error("J05", "/parallelization_level", message, f"write {wanted}")
    inside_ids = {one.id for one in _scope(loaded, asked.level, asked.scope)}
    what = {1: f"achievement {asked.scope}", 2: f"priority {asked.scope}"}.get(asked.level, "the plan")
    for work in model.achievements:
        if work.id in loaded.plan.ids and work.id not in inside_ids:
            message = f"{work.id} is not in {what}, which was asked about"
            hint = "leave it out, or list it in external_achievements if something depends on it"
            yield source.error("W31", work.pointer, message, hint)


def _encoded(value: object) -> bytes:
    try:
        return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return f"{json.dumps(value, indent=2)}\n".encode()


def _refused(journal: Journal, answer: str, problem: Problem) -> Saved:
    is_usage = "--overwrite" in problem.hint
    ending = Ending.REFUSED if is_usage else Ending.FAILED
    return Saved(ending=ending, problems=(problem,), kept=_keep(journal, answer))


def _keep(journal: Journal, answer: str) -> str:
    """Keep the raw text of an answer: somebody may have paid for it."""
    data = answer.encode(errors="surrogatepass")
    stamp = time.strftime("%Y%m%d_%H%M%S", time.gmtime())
    path = f"answers/discovery-{stamp}-{digest_of(data)[:8]}.txt"
    state = journal.state()
    create_new(state, path, data)
    return str(state / path)


def _written(
    loaded: Loaded,
    path: Path,
    data: bytes,
    findings: tuple[Finding, ...],
    journal: Journal,
    answer: str,
    command: Sequence[str],
) -> Saved:
    place = inside(journal.root, path)
    with journal.run(command) as writing:
        if os.path.lexists(path):
            done = writing.replace(place, data, Workspace(journal.root).digest(place) or "")
        else:
            done = writing.create(place, data)
    if not done:
        problem = Problem(None, f"{shown(path, loaded)} changed at this moment", "give --overwrite again")
        return _refused(journal, answer, problem)
    return Saved(ending=Ending.DONE, path=shown(path, loaded), findings=findings, run_id=writing.run_id)
