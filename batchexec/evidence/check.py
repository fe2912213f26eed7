"""Checks hooks: each is parsed, its path looked at, and what stands there judged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.evidence.tree import FILE_NOT_FOUND
from batchexec.hooks import Document, Hook, Judgement, judge, parse_hook
from batchexec.verification import CheckedHook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.evidence.commands import Commands
    from batchexec.evidence.tree import Entry, Tree
    from batchexec.model import HookLine

DIRECTORY_NOT_FOUND = "directory not found"
TOO_SLOW = "regex took too long"
MISSING = frozenset({FILE_NOT_FOUND, DIRECTORY_NOT_FOUND})
"""The reasons that say of a path that it is not there."""

_EMPTY = Judgement("directory is empty")
_NOTHING_THERE = frozenset({"directory is empty", "file is empty"})

Claim = tuple["HookLine", Hook | Problem]
"""A hook as tasks.md has it, and what it says or what is wrong with it."""


def parse_all(lines: Iterable[HookLine]) -> list[Claim]:
    return [(line, parse_hook(line)) for line in lines]


def check_all(claims: Sequence[Claim], tree: Tree, commands: Commands | None = None) -> list[CheckedHook]:
    """
    Check hooks, in their order; each file is read once, whatever the number of hooks about it.

    Commands of test hooks run only where there is somebody to run them.
    """
    judged: dict[int, tuple[Hook | None, Judgement]] = {}
    by_path: dict[str, list[tuple[int, Hook]]] = defaultdict(list)
    for place, (_, hook) in enumerate(claims):
        if isinstance(hook, Problem):
            judged[place] = None, Judgement("invalid hook", detail=hook.message)
        elif hook.manual:
            judged[place] = hook, Judgement("needs a person")
        else:
            chosen = _anchored(hook, tree)
            by_path[chosen.path.rstrip("/")].append((place, chosen))
    for path, hooks in by_path.items():
        came_out = _judge_path(path, [hook for _, hook in hooks], tree)
        judged |= {place: (hook, one) for (place, hook), one in zip(hooks, came_out, strict=True)}
    return [_checked(line, *judged[place], commands) for place, (line, _) in enumerate(claims)]


def _anchored(hook: Hook, tree: Tree) -> Hook:
    """Let the first file that exists stand in for a path that was not given."""
    found = next((path for path in hook.alternatives if not tree.entry(path).reason), None)
    return replace(hook, path=found) if found else hook


def _judge_path(path: str, hooks: Sequence[Hook], tree: Tree) -> list[Judgement]:
    """Judge all hooks about one path; a file is read for the first of them that is about a file."""
    entry = tree.entry(path)
    if entry.is_directory:
        return _judge_directory(path, hooks, tree)
    absent = [_absent(hook, entry) for hook in hooks]
    if entry.reason or None not in absent:
        return [one for one in absent if one]
    document = tree.read(path)
    return [one or _judge(hook, document) for one, hook in zip(absent, hooks, strict=True)]


def _absent(hook: Hook, entry: Entry) -> Judgement | None:
    """Say that what a hook is about is not there; None where there is a file to look into."""
    if hook.wants_directory and entry.reason in ("", FILE_NOT_FOUND):
        return Judgement(DIRECTORY_NOT_FOUND, detail=entry.detail)
    return Judgement(entry.reason, detail=entry.detail) if entry.reason else None


def _judge_directory(path: str, hooks: Sequence[Hook], tree: Tree) -> list[Judgement]:
    """One file that holds what is claimed suffices; a weak sign gives way to a sure one elsewhere."""
    is_there = Judgement(weak=True) if tree.holds_something(path) else _EMPTY
    best = [_EMPTY if hook.has_matcher else is_there for hook in hooks]
    undecided = [place for place, hook in enumerate(hooks) if hook.has_matcher]
    for file in tree.below(path):
        if not undecided:
            break
        document = tree.read(file)
        for place in undecided:
            best[place] = _better(best[place], _judge(hooks[place], document))
        undecided = [place for place in undecided if not _decides(best[place])]
    return best


def _better(known: Judgement, new: Judgement) -> Judgement:
    if _decides(new) or (known.reason and not new.reason) or known.reason in _NOTHING_THERE:
        return new
    return known


def _decides(one: Judgement) -> bool:
    # An expression that exploded once would explode in every file.
    return one.reason == TOO_SLOW or not (one.reason or one.weak)


def _judge(hook: Hook, document: Document | Judgement) -> Judgement:
    return judge(hook, document) if isinstance(document, Document) else document


def _checked(
    line: HookLine, hook: Hook | None, judgement: Judgement, commands: Commands | None
) -> CheckedHook:
    if commands and hook and hook.command and not judgement.reason:
        complaint = commands.complaint(hook.command)
        judgement = Judgement("command failed" if complaint else "", detail=complaint)
    return CheckedHook(
        raw=line.payload,
        location=line.location,
        hook=hook,
        ok=not judgement.reason,
        weak=judgement.weak,
        reason=judgement.reason,
        detail=judgement.detail,
    )
