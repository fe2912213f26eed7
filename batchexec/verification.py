"""What a tasks.md claims and what was found to be so, as values, as the JSON of a report and as its text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from batchexec import rendering
from batchexec.errors import Problem
from batchexec.hooks import HookType, parse_hook
from batchexec.model import CATEGORIES, DEFAULT_PRIORITY, HookLine
from batchexec.wording import percent, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from batchexec.hooks import Hook
    from batchexec.model import Candidate, Location

SCHEMA_VERSION = 1
WORKFLOW = "batchexec verify"
"""Marks a report as one of ours."""

TEMPLATE = "verification.md.j2"

VERIFIED = "verified"
NO_EVIDENCE = "no_evidence"
NEEDS_MANUAL = "needs_manual"
INVALID_EVIDENCE = "invalid_evidence"
FINDINGS = (
    VERIFIED,
    *(category for category in CATEGORIES if category != "uncategorised"),
    NO_EVIDENCE,
    NEEDS_MANUAL,
    INVALID_EVIDENCE,
)
"""What can be found of a task; the six categories between first and last three become prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHook:
    """
    How one evidence hook came out.

    `raw` is the hook as tasks.md has it after `evidence:`; `hook` is what it
    says, None where it is invalid. `ok` is None where nobody looked: a report
    of another tool may tell of tasks only. `reason` is a fixed string
    (`file not found`), empty where the hook holds; `detail` says more in free
    words. `weak` marks a hook that holds without having been put to a test.
    """

    raw: str
    location: Location
    hook: Hook | None = None
    ok: bool | None = None
    weak: bool = False
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTask:
    """
    What was found of one task of the list; `finding` is one of FINDINGS.

    `finding` is empty where a report does not tell it: the task has to be
    verified again before anything is made of it.
    `priority` is 1 to 4 for the six categories that become prompts, and None
    for the others. `similar` are files that may be meant where paths are
    missing, the best first; `fitting` are those of them that hold what is
    claimed, None where nobody looked. `criteria` are what its own boxes say.
    """

    id: str
    title: str
    location: Location
    ticked: bool
    finding: str
    priority: int | None = None
    hooks: tuple[CheckedHook, ...] = ()
    similar: tuple[Candidate, ...] = ()
    fitting: frozenset[str] | None = None
    suggestions: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        return self.finding == VERIFIED

    @property
    def weak(self) -> bool:
        """Say whether all hooks hold, but some without having been put to a test."""
        return all(hook.ok for hook in self.hooks) and any(hook.weak for hook in self.hooks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All tasks of a list in its order, and what there is to say about the list."""

    tasks_path: str
    tasks: tuple[CheckedTask, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def verified(self) -> int:
        return sum(task.verified for task in self.tasks)

    @property
    def marked_done_but_failed(self) -> int:
        """How many ticked tasks belong to one of the categories that become prompts."""
        return sum(task.priority == 1 for task in self.tasks)

    def by_finding(self) -> dict[str, int]:
        counts = Counter(task.finding for task in self.tasks)
        return {finding: counts[finding] for finding in FINDINGS}


def priority_of(finding: str, *, ticked: bool) -> int | None:
    """Say how urgent a finding is: 1 for a task that is ticked all the same, None for no work at all."""
    if finding not in DEFAULT_PRIORITY:
        return None
    return 1 if ticked else DEFAULT_PRIORITY[finding]


def regressed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """List the ids of tasks that were verified and are not any more; both map ids to findings."""
    return [id_ for id_, found in before.items() if found == VERIFIED != after.get(id_, found)]


class Counts(NamedTuple):
    """How many tasks there are, and how many are verified; `percent` is the share of these."""

    total: int
    verified: int
    not_verified: int
    percent: str


def counts(verification: Verification) -> Counts:
    total, verified = len(verification.tasks), verification.verified
    return Counts(total, verified, total - verified, percent(verified, total))


def as_json(verification: Verification, *, run_id: str, generated_at: str, version: str) -> dict[str, Any]:
    """Write a verification as the JSON of a report; docs/verification.md lists the keys."""
    return {
        "schema_version": SCHEMA_VERSION,
        "workflow": WORKFLOW,
        "version": version,
        "run_id": run_id,
        "generated_at": generated_at,
        "inputs": {"tasks_path": verification.tasks_path},
        "totals": _totals(verification),
        "by_category": verification.by_finding(),
        "problems": [_problem(problem) for problem in verification.problems],
        "tasks": [_task(task) for task in verification.tasks],
    }


def _totals(verification: Verification) -> dict[str, int]:
    total, verified, not_verified, _ = counts(verification)
    return {
        "total_tasks": total,
        "tasks": total,
        "verified": verified,
        "not_verified": not_verified,
        "marked_done_but_failed": verification.marked_done_but_failed,
        "weak": sum(task.weak for task in verification.tasks),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.location
    return {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
    }


def _task(task: CheckedTask) -> dict[str, Any]:
    implementation, test = _first_hook(task, test=False), _first_hook(task, test=True)
    return {
        "task_id": task.id,
        "title": task.title,
        "line": task.location.line,
        "checked": task.ticked,
        "checkbox_state": "x" if task.ticked else " ",
        "verified": task.verified,
        "category": task.finding or None,
        "priority": task.priority,
        **_claim("code", implementation),
        **_claim("test", test),
        "hooks": [_hook(hook) for hook in task.hooks],
        "suggestions": list(task.suggestions),
        "similar_files": [_similar(one, task.fitting) for one in task.similar],
    }


def _similar(one: Candidate, fitting: frozenset[str] | None) -> dict[str, Any]:
    fits = {} if fitting is None else {"fits": one.path in fitting}
    return {"file": one.path, "similarity": one.similarity, **fits}


def _first_hook(task: CheckedTask, *, test: bool) -> Hook | None:
    """Find the hook that stands for its kind where there is room for one: the first that fails, if any."""
    hooks = [one for one in task.hooks if one.hook and (one.hook.type is HookType.TEST) is test]
    failing = [one for one in hooks if one.ok is False]
    return next((one.hook for one in (*failing, *hooks)), None)


def _claim(name: str, hook: Hook | None) -> dict[str, str | None]:
    return {
        f"{name}_path": hook.path or None if hook else None,
        f"{name}_symbol": hook.symbol if hook else None,
        f"{name}_contains": hook.contains if hook else None,
    }


def _hook(checked: CheckedHook) -> dict[str, Any]:
    return {
        "line": checked.location.line,
        "type": str(checked.hook.type) if checked.hook else None,
        "raw": checked.raw,
        "ok": checked.ok,
        "weak": checked.weak,
        "reason": checked.reason,
        "detail": checked.detail,
    }


def as_text(report: dict[str, Any], overrides: Path | None = None) -> str:
    """Render the JSON of a report as a page to read."""
    return rendering.render(TEMPLATE, {"report": _printable(report)}, overrides)


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {key: _printable(item) for key, item in value.items()}
        case list():
            return [_printable(item) for item in value]
    return value


_MENDING = {
    "file not found": "Create {path}, or correct the path in {at}.",
    "directory not found": "Create the directory {path}, or correct the path in {at}.",
    "directory is empty": "Put a file into {path}; an empty directory is no evidence.",
    "file is empty": "Write something into {path}; an empty file is no evidence.",
    "file does not parse": "Mend the syntax of {path}.",
    "symbol not found": "Define {symbol} in {path}; an import, a comment or a longer name does not count.",
    "symbol is a stub": "Implement {symbol} in {path}; a stub is no evidence.",
    "contains not found": 'Write "{contains}" into {path}, to the letter, or correct {at}.',
    "regex not matched": 'Write into {path} what matches "{regex}", or correct {at}.',
    "regex took too long": "Write a simpler pattern in {at}.",
    "heading not found": 'Give {path} the heading "{heading}", to the letter, or correct {at}.',
    "selector not found": 'Put an element that "{selector}" selects into {path}, or correct {at}.',
    "no test found": "Write a test into {path}; it holds none.",
    "needs a person": "Look at it yourself, or claim in {at} what a program can see, such as a selector.",
    "command failed": "Run {command}, and mend what it complains about.",
}
"""What would mend a hook, by the reason why it does not hold."""

_MISSING = ("file not found", "directory not found")
_LONGEST_VALUE = 200


def suggest(task: CheckedTask) -> tuple[str, ...]:
    """Say what would help, a sentence for each thing that is wrong."""
    if task.verified:
        return ()
    if not task.hooks:
        return (
            f"Say below {task.location} what shows that it is done: evidence: code path=the/file symbol=Name",
        )
    sentences = (*_similar_names(task), *map(mending, task.hooks))
    return tuple(dict.fromkeys(filter(None, sentences)))


def _similar_names(task: CheckedTask) -> Iterator[str]:
    missing = [one.hook.path for one in task.hooks if one.hook and one.reason in _MISSING]
    if missing and task.similar:
        found = ", ".join(f"{one.path} ({one.similarity}% similar)" for one in task.similar)
        yield f"Perhaps {', '.join(dict.fromkeys(missing))} has another name: {found}."


def mending(checked: CheckedHook) -> str:
    """Say in a sentence what would make a hook hold, or hold surely; nothing where it does."""
    hook, at = checked.hook, checked.location
    if hook is None:
        wrong = parse_hook(HookLine(checked.raw, at))
        hint = wrong.hint if isinstance(wrong, Problem) else ""
        return f"Correct the hook in {at}: {hint}" if hint else f"Correct the hook in {at}."
    if checked.ok:
        return _strengthening(hook, at) if checked.weak else ""
    if sentence := _MENDING.get(checked.reason):
        return sentence.format(at=at, **_values(hook))
    return f"See to {hook.path or at}: {checked.reason}." if checked.reason else ""


def _strengthening(hook: Hook, at: Location) -> str:
    how = "Have its command run by --run-commands" if hook.command else "Add a symbol or a text to it"
    return f"The hook in {at} holds only weakly. {how}."


def _values(hook: Hook) -> dict[str, str]:
    names = ("path", "symbol", "contains", "regex", "heading", "selector", "command")
    return {name: _short(getattr(hook, name) or "") for name in names}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
