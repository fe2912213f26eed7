"""Settles what a file is called where tasks.md and the tree disagree."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.executors.apply.outcomes import needs_work, passed
from batchexec.hooks import Document, Hook, judge, parse_hook
from batchexec.model import Candidate, Naming, Outcome, Resolution, Task
from batchexec.symbols import language_of
from batchexec.workspace import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.workspace import Stage

_CERTAIN = 90
_LIKELY = 80
_AHEAD = 15
_LISTED = 5
_LARGEST = 1 << 20


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
            return _update(naming, winner.path, hooks, stage, tasks_md)
        case Resolution.RENAME:
            return _rename(naming, winner.path, stage)
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
    naming: Naming, winner: str, hooks: Sequence[Hook], stage: Stage, tasks_md: str | None
) -> Outcome:
    if tasks_md is None or not hooks:
        return _open(naming, "no hook in tasks.md names it", [Candidate(winner, 100)])
    lines = (stage.read(tasks_md) or b"").split(b"\n")
    notes = []
    for hook in hooks:
        at = hook.location.line - 1
        changed = _with_path(lines[at], naming.expected, winner) if at < len(lines) else None
        if changed is None:
            summary = f"the line does not name {naming.expected} just once"
            return needs_work(summary, f"write {winner} there", hook.location)
        lines[at] = changed
        notes.append(f"{tasks_md}:{at + 1}: {naming.expected} -> {winner}")
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


def _rename(naming: Naming, winner: str, stage: Stage) -> Outcome:
    mentions = list(_mentions(stage, winner, naming.location.file))
    if mentions:
        more = f" and {len(mentions) - _LISTED} more" if len(mentions) > _LISTED else ""
        summary = f"{winner} was not renamed: {', '.join(mentions[:_LISTED])}{more} mention it"
        return needs_work(summary, f"rename it to {naming.expected} together with them", naming.location)
    stage.move(winner, naming.expected)
    return passed(f"renamed {winner} to {naming.expected}")


def _mentions(stage: Stage, path: str, prompt: str) -> Iterator[str]:
    """Name the lines that speak of a file: by its name, or by its stem where code imports something."""
    name = PurePosixPath(path)
    word = rb"(?<![\w-])%s(?![\w-])"
    by_name = re.compile(word % re.escape(name.name.encode()))
    importing = re.compile(rb"\b(?:import|from|require|include|use|mod)\b")
    stem = re.compile(word % re.escape(name.stem.encode()))
    root = stage.workspace.root
    for other in files(root):
        if other == path or f"/{prompt}".endswith(f"/{other}") or (root / other).stat().st_size > _LARGEST:
            continue
        code = language_of(other) is not None
        for at, line in enumerate((stage.workspace.read(other) or b"").split(b"\n"), 1):
            if by_name.search(line) or (code and stem.search(line) and importing.search(line)):
                yield f"{other}:{at}"
                break
