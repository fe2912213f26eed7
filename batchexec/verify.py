"""Verifies a tasks.md: checks every hook against the tree and says of each task what is missing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchexec import __version__, evidence
from batchexec.errors import Problem, Severity, SourceError
from batchexec.evidence import Tree
from batchexec.hooks import HookType
from batchexec.model import HookLine
from batchexec.similar import Similar
from batchexec.sources.checklist import parse_checklist
from batchexec.sources.files import read_excerpt
from batchexec.verification import (
    INVALID_EVIDENCE,
    NEEDS_MANUAL,
    NO_EVIDENCE,
    VERIFIED,
    CheckedHook,
    CheckedTask,
    Verification,
    priority_of,
)
from batchexec.verification.document import as_json, as_text
from batchexec.verification.suggestions import suggest
from batchexec.wording import local_time
from batchexec.workspace import publish_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.evidence import Claim, Commands
    from batchexec.model import Candidate
    from batchexec.sources.checklist import Checklist, Entry

_SYMBOL_REASONS = frozenset({"symbol not found", "symbol is a stub", "file does not parse", "file is empty"})

REPORTS = ".spec/reports"
Similars = dict[str, tuple["Candidate", ...]]


def verify(
    checklist: Checklist,
    tasks_path: str,
    tree: Tree,
    *,
    commands: Commands | None = None,
    strict: bool = False,
) -> Verification:
    """
    Check every hook of a list, and sort each task into one of the findings.

    `strict`: what holds only weakly is no evidence.
    """
    entries = list(checklist.entries.values())
    claims = evidence.parse_all(line for entry in entries for line in entry.hooks)
    checked = iter(evidence.check_all(claims, tree, commands))
    by_task = [[next(checked) for _ in entry.hooks] for entry in entries]
    similars = _similars(by_task, tree)
    tasks = [
        _task(entry, hooks, similars, strict=strict) for entry, hooks in zip(entries, by_task, strict=True)
    ]
    tasks = _looked_into(tasks, similars, tree)
    problems = (*checklist.problems, *_hook_problems(claims))
    return Verification(tasks_path=tasks_path, tasks=tuple(tasks), problems=problems)


def verify_file(
    tasks: Path, root: Path, *, commands: Commands | None = None, strict: bool = False
) -> Verification:
    """Read a tasks.md and verify it in the tree at `root`. Raises SourceError where it cannot be used."""
    checklist = read_list(tasks, root)
    return verify(checklist, shown_below(tasks, root), Tree(root), commands=commands, strict=strict)


def read_list(tasks: Path, root: Path) -> Checklist:
    """
    Read a tasks.md, with its lines named as seen from the root.

    Raises SourceError where it cannot be used; its lines are then named as
    people would open the file from where they are.
    """
    source = read_excerpt(tasks)
    checklist = parse_checklist(replace(source, file=shown_below(tasks, root)))
    if any(problem.severity is Severity.ERROR for problem in checklist.problems):
        # What is no error of its own may be what has led to one.
        raise SourceError.of(_from_here(problem, source.file) for problem in checklist.problems)
    return checklist


def _from_here(problem: Problem, file: str) -> Problem:
    return replace(problem, location=replace(problem.location, file=file)) if problem.location else problem


def shown_below(path: Path, root: Path) -> str:
    """Name a file as seen from the root."""
    return os.path.relpath(path, root)


def save(
    root: Path, verification: Verification, now_utc: float, overrides: Path | None = None
) -> tuple[str, dict[str, Any]]:
    """
    Write a verification to `.spec/reports/<run>/`, as JSON and as text, and let `latest` point there.

    Returns the directory's path below the root, and the document. Raises
    WorkspaceError, OSError, and SourceError for a template of the project.
    """
    document: dict[str, Any] = {}

    def make(name: str) -> dict[str, bytes]:
        document.update(
            as_json(verification, run_id=name, generated_at=local_time(now_utc), version=__version__)
        )
        text = as_text(document, overrides)
        return {"summary.json": dump(document).encode(), "report.md": text.encode()}

    name = publish_run(root, REPORTS, now_utc, make)
    return f"{REPORTS}/{name}", document


def dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def finding(lines: Sequence[HookLine], tree: Tree) -> str:
    """Say what is found of a task with these hooks; runs no command."""
    hooks = evidence.check_all(evidence.parse_all(lines), tree)
    return finding_of(hooks, _similars([hooks], tree))


def _similars(by_task: Sequence[Sequence[CheckedHook]], tree: Tree) -> Similars:
    """Find for every path that is missing the files that may be meant."""
    hooks = [hook for hooks in by_task for hook in hooks]
    missing = {hook.hook.path for hook in hooks if hook.hook and hook.reason in evidence.MISSING}
    if not missing:
        return {}
    claimed = {hook.hook.path for hook in hooks if hook.hook and hook.ok}
    index = Similar(tree.known)
    return {path: index.find(path, without=claimed) for path in missing}


def _task(entry: Entry, hooks: Sequence[CheckedHook], similars: Similars, *, strict: bool) -> CheckedTask:
    finding = finding_of(hooks, similars)
    if strict and finding == VERIFIED and any(hook.weak for hook in hooks):
        finding = NO_EVIDENCE
    task = CheckedTask(
        id=entry.id,
        title=entry.title,
        location=entry.location,
        ticked=entry.ticked,
        finding=finding,
        priority=priority_of(finding, ticked=entry.ticked),
        hooks=tuple(hooks),
        similar=_best(hooks, similars),
        criteria=entry.criteria,
    )
    return replace(task, suggestions=suggest(task))


def finding_of(hooks: Sequence[CheckedHook], similars: Mapping[str, Sequence[Candidate]]) -> str:
    """Sort a task into one of the findings by how its hooks came out; the first rule that fits counts."""
    if not hooks:
        return NO_EVIDENCE
    failing = [hook for hook in hooks if not hook.ok]
    if not failing:
        return VERIFIED
    if all(hook.hook and hook.hook.manual for hook in failing):
        return NEEDS_MANUAL
    return _missing(hooks, similars) or _broken(failing)


def _missing(hooks: Sequence[CheckedHook], similars: Mapping[str, Sequence[Candidate]]) -> str:
    missing = [hook.hook for hook in hooks if hook.hook and hook.reason in evidence.MISSING]
    if not missing:
        return ""
    if all(similars.get(hook.path) for hook in missing):
        return "naming_issue"
    if all(hook.type is HookType.TEST for hook in missing):
        return "missing_tests"
    has_tests = any(hook.hook and hook.hook.type is HookType.TEST for hook in hooks)
    lacks_test = any(hook.type is HookType.TEST for hook in missing)
    return "missing_code" if has_tests and not lacks_test else "not_implemented"


def _broken(failing: Sequence[CheckedHook]) -> str:
    usable = [hook for hook in failing if hook.hook and not hook.hook.manual]
    valid = [hook for hook in usable if hook.reason != evidence.OUTSIDE]
    if any(hook.hook and hook.hook.symbol and hook.reason in _SYMBOL_REASONS for hook in valid):
        return "symbol_issue"
    return "content_issue" if valid else INVALID_EVIDENCE


def _best(hooks: Sequence[CheckedHook], similars: Similars) -> tuple[Candidate, ...]:
    best: dict[str, Candidate] = {}
    for hook in hooks:
        if hook.hook and hook.reason in evidence.MISSING:
            for candidate in similars.get(hook.hook.path, ()):
                known = best.get(candidate.path)
                if known is None or known.similarity < candidate.similarity:
                    best[candidate.path] = candidate
    return tuple(sorted(best.values(), key=lambda c: (-c.similarity, c.path))[:5])


def _looked_into(tasks: Sequence[CheckedTask], similars: Similars, tree: Tree) -> list[CheckedTask]:
    """Say of the tasks whose files have other names which of the similar files hold what is claimed."""
    pairs = [list(_pairs(task, similars)) for task in tasks]
    claims = [
        (HookLine(hook.raw, hook.location), replace(hook.hook, path=path, alternatives=()))
        for found in pairs
        for hook, path in found
        if hook.hook
    ]
    checked = iter(evidence.check_all(claims, tree))
    return [
        replace(task, fitting=_fitting([(path, next(checked)) for _, path in found])) if found else task
        for task, found in zip(tasks, pairs, strict=True)
    ]


def _pairs(task: CheckedTask, similars: Similars) -> Iterator[tuple[CheckedHook, str]]:
    """Pair the hooks whose paths are missing with the files that may be meant."""
    listed = {one.path for one in task.similar}
    for hook in task.hooks if task.finding == "naming_issue" else ():
        if hook.hook and hook.reason in evidence.MISSING:
            found = (one.path for one in similars[hook.hook.path] if one.path in listed)
            yield from ((hook, path) for path in found)


def _fitting(checked: Sequence[tuple[str, CheckedHook]]) -> frozenset[str]:
    return frozenset(path for path, _ in checked) - {path for path, hook in checked if not hook.ok}


def _hook_problems(claims: Sequence[Claim]) -> Iterator[Problem]:
    for line, hook in claims:
        if isinstance(hook, Problem):
            yield hook
        elif hook.notice:
            yield Problem(line.location, hook.notice, severity=Severity.NOTICE)
