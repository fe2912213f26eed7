"""Settles what a file is called where tasks.md and the tree disagree."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.executors.apply.mentions import mentions
from batchexec.executors.apply.outcomes import needs_work, passed
from batchexec.hooks import Document, Hook, judge, parse_hook
from batchexec.model import Candidate, Naming, Outcome, Resolution, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.workspace import Stage

_CERTAIN = 90
_LIKELY = 80
_AHEAD = 15
_LISTED = 5


def settle(task: Task, naming: Naming, stage: Stage, tasks_md: str | None, default: Resolution) -> Outcome:
    """Do what the resolution says if one candidate is the clear winner and holds what the hooks ask for."""
    if stage.read(naming.expected) is not None:
        return passed(f"{naming.expected} is there")
    hooks = _hooks(task, naming.expected)
    candidates = [c for c in naming.candidates if stage.read(c.path) is not None]
    winner = _winner(candidates)
    if winner is None:
        return _open(naming, "no file is clearly the one meant", candidates)
    document = Document(winner.path, _text(stage, winner.path))
    for hook in hooks:
        reason = judge(hook, document).reason
        if reason and not hook.manual:
            return _open(naming, f"{winner.path} does not fit: {reason}", candidates)
    match naming.resolution or default:
        case Resolution.UPDATE_EVIDENCE:
            return _update(naming, winner, hooks, stage, tasks_md)
        case Resolution.RENAME:
            return _rename(task, naming, winner.path, stage, tasks_md)
        case Resolution.MANUAL:
            return _open(naming, "to be settled by hand", candidates)


def _hooks(task: Task, path: str) -> list[Hook]:
    hooks = (parse_hook(line) for line in task.evidence)
    return [hook for hook in hooks if not isinstance(hook, Problem) and hook.path == path]


def _winner(candidates: Sequence[Candidate]) -> Candidate | None:
    ordered = sorted(candidates, key=lambda c: -c.similarity)
    if not ordered:
        return None
    first, second = ordered[0].similarity, ordered[1].similarity if ordered[1:] else 0
    clear = first - second >= _AHEAD if first < _CERTAIN else first > second
    return ordered[0] if first >= _LIKELY and clear else None


def _open(naming: Naming, why: str, candidates: Sequence[Candidate]) -> Outcome:
    found = ", ".join(f"{c.path} ({c.similarity}%)" for c in candidates) or "none"
    hint = f"similar files: {found}; write the right path into tasks.md, or rename the file"
    return needs_work(f"{naming.expected} is missing: {why}", hint, naming.location)


def _text(stage: Stage, path: str) -> str:
    return (stage.read(path) or b"").decode(errors="replace")


def _update(
    naming: Naming, winner: Candidate, hooks: Sequence[Hook], stage: Stage, tasks_md: str | None
) -> Outcome:
    if not hooks:
        return _open(naming, "no hook in tasks.md names it", [winner])
    if tasks_md is None:
        places = ", ".join(str(hook.location) for hook in hooks)
        summary = f"{naming.expected} is missing: tasks.md is outside the repository and is not written"
        hint = f"write {winner.path} ({winner.similarity}% similar) there by hand: {places}"
        return needs_work(summary, hint, naming.location)
    lines = (stage.read(tasks_md) or b"").split(b"\n")
    notes = []
    for hook in hooks:
        at = hook.location.line - 1
        changed = _with_path(lines[at], naming.expected, winner.path) if at < len(lines) else None
        if changed is None:
            summary = f"the line does not name {naming.expected} just once"
            return needs_work(summary, f"write {winner.path} there", hook.location)
        lines[at] = changed
        notes.append(f"{tasks_md}:{at + 1}: {naming.expected} -> {winner.path}")
    stage.write(tasks_md, b"\n".join(lines), part=True)
    return passed(*notes)


def _with_path(line: bytes, old: str, new: str) -> bytes | None:
    """Replace the one place where a line names a path; the bytes around it stay."""
    found = list(re.finditer(rb"(?<![\w./-])(?:\./)?" + re.escape(old.encode()) + rb"(?![\w/-]|\.\w)", line))
    if len(found) != 1:
        return None
    start, end = found[0].span()
    value = new.encode()
    quoted = line[start - 1 : start] in {b'"', b"'", b"`"} if start else False
    if re.search(r"[\s\"'`]", new) and not quoted:
        value = b'"' + value + b'"'
    return line[:start] + value + line[end:]


def _rename(task: Task, naming: Naming, winner: str, stage: Stage, tasks_md: str | None) -> Outcome:
    found: dict[str, int] = {}
    for file, line in mentions(stage.workspace, winner, naming.expected):
        if not _is_own(task, naming, file, line, tasks_md):
            found.setdefault(file, line)
    if found:
        listed = [f"{file}:{line}" for file, line in islice(found.items(), _LISTED)]
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        summary = f"{winner} was not renamed: {', '.join(listed)}{more} mention it"
        return needs_work(summary, f"rename it to {naming.expected} together with them", naming.location)
    stage.move(winner, naming.expected)
    return passed(f"renamed {winner} to {naming.expected}")


def _is_own(task: Task, naming: Naming, file: str, line: int, tasks_md: str | None) -> bool:
    """Say whether the task itself speaks there: its prompt, or its hooks, which want the new name."""
    if f"/{naming.location.file}".endswith(f"/{file}"):
        return True
    return file == tasks_md and any(hook.location.line == line for hook in task.evidence)
