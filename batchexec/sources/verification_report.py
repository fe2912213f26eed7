"""Reads the JSON of a verification, ours or another tool's, and takes from tasks.md what it does not tell."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from batchexec.errors import Problem, Severity, SourceError
from batchexec.hooks import Hook, parse_hook
from batchexec.model import HookLine
from batchexec.sources.files import read_excerpt
from batchexec.sources.report_entries import RESULT_KEYS, one_line, parse_entry, parse_id, text_of
from batchexec.verification import VERIFIED, CheckedHook, CheckedTask, Verification, priority_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from batchexec.markdown import Excerpt
    from batchexec.model import Location
    from batchexec.sources.checklist import Checklist, Entry
    from batchexec.sources.report_entries import Facts, HookResults, Told

_LISTS = ("tasks", "results")
_AGAIN = "verify again"
_ANOTHER = "give the summary.json of a verification"
_MOST_NAMES = 5
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class ReportReading:
    """What a report tells, and what is wrong with it as a file."""

    verification: Verification
    problems: tuple[Problem, ...] = ()


def read_report(path: Path, checklist: Checklist, tasks_path: str) -> ReportReading:
    """Read a report; in one that cannot be read all tasks are unknown."""
    try:
        source = read_excerpt(path)
    except SourceError as error:
        return ReportReading(_verification((), checklist, tasks_path), error.problems)
    return parse_report(source, checklist, tasks_path)


def parse_report(source: Excerpt, checklist: Checklist, tasks_path: str) -> ReportReading:
    """
    Parse a report of any layout we know; its keys tell which it is.

    Tasks come in the order of tasks.md, then those it lacks. What the report
    does not say of a task is taken from tasks.md; a finding that it does not
    name, or that was made of other hooks, stays empty.
    """
    reader = _Reader(source)
    told = reader.read()
    reader.compare_ids(told, checklist, tasks_path)
    known = {entry.id.casefold(): entry for entry in checklist.entries.values()}
    at = source.at(1)
    tasks = [_merged(known[key], one) if key in known else _stranger(one, at) for key, one in told.items()]
    looked_into = [replace(task, fitting=reader.fitting[task.id.casefold()]) for task in tasks]
    return ReportReading(_verification(looked_into, checklist, tasks_path), tuple(reader.problems))


def complete(verification: Verification, fresh: Verification) -> Verification:
    """Fill in what a report left open: findings it does not name, and hooks nobody looked at."""
    known = {task.id.casefold(): task for task in fresh.tasks}
    tasks = tuple(_completed(task, known.get(task.id.casefold())) for task in verification.tasks)
    problems = dict.fromkeys((*verification.problems, *fresh.problems))
    return replace(verification, tasks=tasks, problems=tuple(problems))


def _completed(task: CheckedTask, fresh: CheckedTask | None) -> CheckedTask:
    if fresh is None:
        return task
    if not task.finding:
        priority = priority_of(fresh.finding, ticked=task.ticked)
        return replace(fresh, id=task.id, title=task.title, ticked=task.ticked, priority=priority)
    results = {(hook.location.line, hook.raw): hook for hook in fresh.hooks}
    hooks = tuple(
        results.get((hook.location.line, hook.raw), hook) if hook.ok is None else hook for hook in task.hooks
    )
    if task.finding != fresh.finding:
        return replace(task, hooks=hooks)
    suggestions = task.suggestions or fresh.suggestions
    similar, fitting = (task.similar, task.fitting) if task.similar else (fresh.similar, fresh.fitting)
    return replace(task, hooks=hooks, similar=similar, fitting=fitting, suggestions=suggestions)


def _verification(told: Iterable[CheckedTask], checklist: Checklist, tasks_path: str) -> Verification:
    by_id = {task.id: task for task in told}
    listed = [
        by_id.pop(entry.id) if entry.id in by_id else _unknown(entry) for entry in checklist.entries.values()
    ]
    tasks = (*listed, *by_id.values())
    return Verification(tasks_path=tasks_path, tasks=tasks, problems=checklist.problems)


def _unknown(entry: Entry) -> CheckedTask:
    return CheckedTask(
        id=entry.id,
        title=entry.title,
        location=entry.location,
        ticked=entry.ticked,
        finding="",
        hooks=tuple(_claimed(line) for line in entry.hooks),
        criteria=entry.criteria,
    )


def _claimed(line: HookLine) -> CheckedHook:
    hook = parse_hook(line)
    return CheckedHook(
        raw=line.payload, location=line.location, hook=hook if isinstance(hook, Hook) else None
    )


def _merged(entry: Entry, told: Told) -> CheckedTask:
    listed = _unknown(entry)
    if told.hooks is None:
        return _with_told(listed, told, told.finding)
    hooks = tuple(_came_out(hook, told.hooks) for hook in listed.hooks)
    # What was found of other claims says nothing about these.
    same = sorted(raw for _, raw in told.hooks) == sorted(hook.raw for hook in hooks)
    return _with_told(replace(listed, hooks=hooks), told, told.finding if same else "")


def _stranger(told: Told, at: Location) -> CheckedTask:
    """Make what can be made of a task that tasks.md does not know."""
    hooks = tuple(_claimed(HookLine(payload, at)) for payload in told.payloads)
    bare = CheckedTask(id=told.id, title=told.id, location=at, ticked=False, finding="", hooks=hooks)
    return _with_told(bare, told, told.finding)


def _with_told(task: CheckedTask, told: Told, finding: str) -> CheckedTask:
    ticked = task.ticked if told.ticked is None else told.ticked
    return replace(
        task,
        # A report keeps less of a title than tasks.md does: blanks, and its end.
        title=told.title if told.title not in {"", one_line(task.title)} else task.title,
        ticked=ticked,
        finding=finding,
        priority=priority_of(finding, ticked=ticked),
        similar=told.similar,
        suggestions=told.suggestions,
    )


def _came_out(hook: CheckedHook, results: HookResults) -> CheckedHook:
    told = results.get((hook.location.line, hook.raw))
    if told is None or not isinstance(told.get("ok"), bool):
        return hook
    return replace(
        hook,
        ok=told["ok"],
        weak=told.get("weak") is True,
        reason=text_of(told, "reason"),
        detail=text_of(told, "detail"),
    )


class _Reader:
    """One look at a report; what is wrong with it gathers in `problems`."""

    def __init__(self, source: Excerpt) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.fitting: dict[str, frozenset[str] | None] = {}

    def read(self) -> dict[str, Told]:
        """Read what the report says of each task, by its id in one case."""
        report = self._load()
        items = None if report is None else self._list(report)
        if report is None or items is None:
            return {}
        told = self._entries(items)
        verified = sum(one.finding == VERIFIED for one in told.values())
        self._compare_totals(report, len(items), verified)
        return told

    def _load(self) -> Facts | None:
        repeated: dict[str, None] = {}
        try:
            report = json.loads(
                self.source.text,
                object_pairs_hook=lambda pairs: _object(pairs, repeated),
                parse_constant=_refuse,
            )
        except json.JSONDecodeError as error:
            self._note(f"this is not JSON: {error.msg}", _AGAIN, line=error.lineno)
            return None
        except RecursionError:
            self._note("this is not usable JSON: it is nested too deeply", _AGAIN)
            return None
        except ValueError as error:
            self._note(f"this is not usable JSON: {error}", _AGAIN)
            return None
        if repeated:
            self._note(f"a key is there twice in one object: {_names(repeated)}", _AGAIN)
        if not isinstance(report, dict):
            self._note("the report is no JSON object", _ANOTHER)
            return None
        return report

    def _list(self, report: Facts) -> list[Any] | None:
        """Find the list of tasks, if this is the report of a verification at all."""
        if {"operations", "verification_before"} <= report.keys():
            self._note("this is the report of a run", _ANOTHER)
            return None
        lists: list[list[Any]] = [report[key] for key in _LISTS if isinstance(report.get(key), list)]
        if not lists:
            found = f"its keys are {_names(report)}" if report else "it is empty"
            self._note(f"there is no list 'tasks' or 'results' in the report, {found}", _ANOTHER)
            return None
        items = next(filter(None, lists), [])
        if any(isinstance(item, dict) for item in items) and not any(map(_has_result, items)):
            wanted = ", ".join(RESULT_KEYS)
            self._note(f"no entry says how its task came out, by none of {wanted}", _ANOTHER)
            return None
        return items

    def _entries(self, items: list[Any]) -> dict[str, Told]:
        entries: dict[str, Told] = {}
        for number, item in enumerate(items, 1):
            task_id = self._id(item, number)
            if task_id.casefold() in entries:
                self._note(f"{task_id} is in the list twice", _AGAIN)
            elif task_id:
                told = parse_entry(item, task_id)
                entries[task_id.casefold()] = told
                self.fitting[task_id.casefold()] = _fitting(item.get("similar_files"))
                for complaint in told.complaints:
                    self._warn(f"{task_id}: {complaint}")
        return entries

    def _id(self, item: object, number: int) -> str:
        if not isinstance(item, dict):
            self._note(f"entry {number} of the list is no object", _AGAIN)
            return ""
        task_id = parse_id(item)
        if task_id is None:
            self._note(f"the id of entry {number} is no text", _AGAIN)
        elif not task_id:
            self._note(f"entry {number} of the list has no id", _AGAIN)
        return task_id or ""

    def _compare_totals(self, report: Facts, total: int, verified: int) -> None:
        totals = report.get("totals")
        inner = totals if isinstance(totals, dict) else {}
        for key in ("total_tasks", "tasks", "total"):
            self._compare(f"totals.{key}", inner.get(key), total)
        for key in ("total_tasks", "total"):
            self._compare(key, report.get(key), total)
        self._compare("totals.verified", inner.get("verified"), verified)

    def _compare(self, name: str, value: object, found: int) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._warn(f"{name} is no number")
        elif value != found:
            self._warn(f"{name} is {str(value)[:40]}, but the list holds {found}")

    def compare_ids(self, told: dict[str, Told], checklist: Checklist, tasks_path: str) -> None:
        known = {task_id.casefold(): task_id for task_id in checklist.entries}
        if not told or not known:
            return
        if strange := [one.id for key, one in told.items() if key not in known]:
            self._warn(f"not in {tasks_path}: {_names(strange)}")
        if missing := [task_id for key, task_id in known.items() if key not in told]:
            self._note(f"in {tasks_path} and not in the report: {_names(missing)}", _AGAIN, Severity.NOTICE)

    def _warn(self, message: str) -> None:
        self._note(message, _AGAIN, Severity.WARNING)

    def _note(self, message: str, hint: str, severity: Severity = Severity.ERROR, *, line: int = 1) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(self.source.at(line), message, hint, severity))


def _object(pairs: list[tuple[str, Any]], repeated: dict[str, None]) -> Facts:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        repeated |= {key: None for key, count in counts.items() if count > 1}
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _has_result(item: object) -> bool:
    return isinstance(item, dict) and any(key in item for key in RESULT_KEYS)


def _fitting(similar: object) -> frozenset[str] | None:
    """Read which of the similar files hold what is claimed; only our reports tell."""
    files = [one for one in similar if isinstance(one, dict)] if isinstance(similar, list) else []
    if not any(isinstance(one.get("fits"), bool) for one in files):
        return None
    return frozenset(text_of(one, "file") for one in files if one.get("fits") is True)


def _names(names: Iterable[str]) -> str:
    listed = [one_line(name)[:60] for name in names]
    more = f" and {len(listed) - _MOST_NAMES:,} more" if len(listed) > _MOST_NAMES else ""
    return f"{', '.join(listed[:_MOST_NAMES])}{more}"
