"""Holds evidence hooks against the tree: is there what they claim?"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec import git, process
from batchexec.errors import Problem
from batchexec.hooks import Document, Hook, Judgement, judge, parse_hook
from batchexec.verification import CheckedHook
from batchexec.workspace import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from batchexec.model import HookLine

FILE_NOT_FOUND = "file not found"
DIRECTORY_NOT_FOUND = "directory not found"
TOO_SLOW = "regex took too long"
MISSING = frozenset({FILE_NOT_FOUND, DIRECTORY_NOT_FOUND})
"""The reasons that say of a path that it is not there."""

OUTSIDE = "path leads outside the repository"
_NOTHING_THERE = frozenset({"directory is empty", "file is empty"})
_LARGEST = 20_000_000
_COMMAND_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class _Entry:
    """What stands at a path: a directory, a file, or a reason why there is neither to look at."""

    is_directory: bool = False
    reason: str = ""
    detail: str = ""


class Tree:
    """
    One look at a repository: what is listed and known is asked for once.

    Links are followed as far as they stay inside the root. Names count in the
    case they have on disk.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[str, dict[str, os.DirEntry[str]] | None] = {}

    @cached_property
    def known(self) -> list[str]:
        """The files git tracks or would add; where git knows of none, those people keep."""
        # A tree inside an ignored directory is nothing to the repository around it.
        return git.known_files(self.root) or sorted(files(self.root))

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root)

    def entry(self, path: str) -> _Entry:
        at = ""
        *directories, name = path.rstrip("/").split("/")
        for part in directories:
            entry = self._step(at, part)
            if entry.reason or not entry.is_directory:
                return (
                    entry if entry.reason else _Entry(reason=FILE_NOT_FOUND, detail=f"{at}{part} is a file")
                )
            at += f"{part}/"
        return self._step(at, name)

    def _step(self, at: str, name: str) -> _Entry:
        listing = self._listing(at)
        if listing is None or name not in listing:
            return _Entry(reason=FILE_NOT_FOUND, detail=_twin(at, name, listing or {}))
        found = listing[name]
        if found.is_symlink() and not self._stays_inside(found.path):
            return _Entry(reason=OUTSIDE, detail=f"{at}{name} is a symbolic link")
        return _Entry(is_directory=found.is_dir()) if _is_there(found) else _Entry(reason=FILE_NOT_FOUND)

    def _listing(self, at: str) -> dict[str, os.DirEntry[str]] | None:
        if at not in self._listings:
            try:
                with os.scandir(self.root / at) as entries:
                    self._listings[at] = {entry.name: entry for entry in entries}
            except OSError:
                self._listings[at] = None
        return self._listings[at]

    def _stays_inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._real_root or real.startswith(f"{self._real_root.rstrip('/')}/")

    def read(self, path: str) -> Document | Judgement:
        try:
            # A named pipe would wait for a writer.
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            return Judgement("file cannot be read", detail=os.strerror(error.errno or 0))
        with open(descriptor, "rb") as opened:  # noqa: PTH123  # Path.open takes no descriptor
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                return Judgement("file cannot be read", detail="it is no regular file")
            if state.st_size > _LARGEST:
                return Judgement("file is too large", detail=f"more than {_LARGEST // 1_000_000} MB")
            return Document(path, opened.read().decode("utf-8-sig", errors="replace"))

    def below(self, directory: str) -> Iterator[str]:
        """Yield the files known below a directory; a link to one inside holds what that holds."""
        real = os.path.relpath(os.path.realpath(self.root / directory), self._real_root)
        prefix = "" if real == "." else f"{real}/"
        return (path for path in self.known if path.startswith(prefix))


def _is_there(found: os.DirEntry[str]) -> bool:
    return not found.is_symlink() or Path(found.path).exists()


def _twin(at: str, name: str, listing: Iterable[str]) -> str:
    folded = name.casefold()
    twin = next((other for other in listing if other.casefold() == folded), None)
    return f"there is {at}{twin}, in other case" if twin else ""


@dataclass(slots=True)
class Commands:
    """Runs the commands of test hooks, each once however many hooks name it."""

    root: Path
    timeout_s: float = _COMMAND_TIMEOUT_S
    cancelled: Callable[[], bool] | None = None
    _done: dict[str, str] = field(default_factory=dict)

    def complaint(self, command: str) -> str:
        """Say how a command failed; nothing where it succeeded."""
        if command not in self._done:
            self._done[command] = self._run(command)
        return self._done[command]

    def _run(self, command: str) -> str:
        environ = process.inherited()
        done = process.run(
            command, self.root, timeout_s=self.timeout_s, environ=environ, cancelled=self.cancelled
        )
        if done.code == 0:
            return ""
        lines = done.output.strip().splitlines()
        said = f": {lines[-1].strip()[:200]}" if lines else ""
        how = f"no end after {self.timeout_s:g} s" if done.timed_out else f"exit status {done.code}"
        return f"{command}: {how}{said}"


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
            by_path[chosen.path].append((place, chosen))
    for path, hooks in by_path.items():
        judge_path = _Path(path, tree)
        judged |= {place: (hook, judge_path.judge(hook)) for place, hook in hooks}
    return [_checked(line, *judged[place], commands) for place, (line, _) in enumerate(claims)]


def _anchored(hook: Hook, tree: Tree) -> Hook:
    """Let the first file that exists stand in for a path that was not given."""
    found = next((path for path in hook.alternatives if not tree.entry(path).reason), None)
    return replace(hook, path=found) if found else hook


class _Path:
    """One path that hooks are about; a file is read for the first of them."""

    def __init__(self, path: str, tree: Tree) -> None:
        self._path = path
        self._tree = tree
        self._entry = tree.entry(path)

    @cached_property
    def _document(self) -> Document | Judgement:
        return self._tree.read(self._path)

    def judge(self, hook: Hook) -> Judgement:
        entry = self._entry
        if entry.is_directory:
            return self._judge_directory(hook)
        if hook.wants_directory and entry.reason in ("", FILE_NOT_FOUND):
            return Judgement(DIRECTORY_NOT_FOUND, detail=entry.detail)
        if entry.reason:
            return Judgement(entry.reason, detail=entry.detail)
        return _judge(hook, self._document)

    def _judge_directory(self, hook: Hook) -> Judgement:
        """One file that holds what is claimed suffices; a weak sign gives way to a sure one elsewhere."""
        if not hook.has_matcher:
            return Judgement(weak=True)
        best = Judgement("directory is empty")
        for path in self._tree.below(self._path):
            one = _judge(hook, self._tree.read(path))
            if not (one.reason or one.weak) or one.reason == TOO_SLOW:
                return one
            if best.reason and (not one.reason or best.reason in _NOTHING_THERE):
                best = one
        return best


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the evidence of one task says; `strict` takes what holds only weakly for none.

    Hooks that only a person can check speak neither for the task nor against it.
    """

    hooks: tuple[CheckedHook, ...] = ()
    strict: bool = False

    @property
    def failing(self) -> tuple[CheckedHook, ...]:
        return tuple(
            hook
            for hook in self.hooks
            if not (hook.hook and hook.hook.manual) and (not hook.ok or (self.strict and hook.weak))
        )

    @property
    def holds(self) -> bool:
        return not self.failing and any(hook.ok for hook in self.hooks)

    @property
    def proven(self) -> bool:
        """Whether every hook holds, and by more than that a file is there."""
        return bool(self.hooks) and all(hook.ok and not hook.weak for hook in self.hooks)

    @property
    def complaint(self) -> str:
        """Say what does not hold, in one line; nothing where all does."""
        failing = self.failing
        more = f", and {len(failing) - 1} more" if failing[1:] else ""
        return f"{_said(failing[0])}{more}" if failing else ""


def _said(hook: CheckedHook) -> str:
    reason = hook.reason or "holds only weakly"
    detail = f" [{hook.detail}]" if hook.detail else ""
    return f"{reason}: {hook.raw}{detail} ({hook.location})"
