"""A verification as people read it on a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.model import CATEGORIES
from batchexec.verification import FINDINGS
from batchexec.wording import percent, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.verification import CheckedTask, Verification

_MOST_HOOKS = 5


def outline(verification: Verification, file: str) -> str:
    """List what is not verified, the most urgent first; `file` is how to open the list."""
    return printable("".join(f"{line}\n" for line in _lines(verification, file)))


def _lines(verification: Verification, file: str) -> Iterator[str]:
    for problem in verification.problems:
        yield str(replace(problem, location=problem.location and replace(problem.location, file=file)))
    groups: dict[str, list[CheckedTask]] = {}
    for task in sorted(verification.tasks, key=_rank):
        if not task.verified:
            groups.setdefault(_heading(task), []).append(task)
    for heading, tasks in groups.items():
        yield f"\n{heading}:" if heading is not next(iter(groups)) or verification.problems else f"{heading}:"
        for task in tasks:
            yield from _task(task, file)
    if groups:
        yield ""
    yield _total(verification)


def _rank(task: CheckedTask) -> tuple[int, int]:
    return task.priority or len(CATEGORIES), FINDINGS.index(task.finding)


def _heading(task: CheckedTask) -> str:
    if task.priority == 1:
        return "critical (Priority 1), ticked all the same"
    return f"{task.finding} (Priority {task.priority})" if task.priority else task.finding


def _task(task: CheckedTask, file: str) -> Iterator[str]:
    category = f" [{task.finding}]" if task.priority == 1 else ""
    yield f"  {task.id}: {task.title}{category}"
    failing = [hook for hook in task.hooks if not hook.ok] or [hook for hook in task.hooks if hook.weak]
    for hook in failing[:_MOST_HOOKS]:
        detail = f" [{hook.detail}]" if hook.detail else ""
        yield f"     {file}:{hook.location.line}: {hook.reason or 'holds only weakly'}: {hook.raw}{detail}"
    if len(failing) > _MOST_HOOKS:
        yield f"     and {len(failing) - _MOST_HOOKS} more"
    for candidate in task.similar:
        yield f"     similar: {candidate.path} ({candidate.similarity}%)"


def _total(verification: Verification) -> str:
    total, verified = len(verification.tasks), verification.verified
    weak = sum(task.verified and any(hook.weak for hook in task.hooks) for task in verification.tasks)
    parts = [f"Verified: {verified} of {plural(total, 'task')} ({percent(verified, total)})"]
    if weak:
        parts.append(f"{weak} of them only weakly")
    return ", ".join(parts)
