"""Holds evidence hooks against the tree: is there what they claim?"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec import git, process
from batchexec.errors import Problem
from batchexec.hooks import Document, Hook, Judgement, judge, parse_hook
from batchexec.verification import CheckedHook
from batchexec.workspace import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

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
    One look at a repository: directories, and what git knows, are asked for once.

    Links are followed as far as they stay inside the root. Names count in the
    case they have on disk.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = f"{root}/"
        self._listings: dict[str, dict[str, str]] = {}
        self._directories: dict[str, _Entry] = {}

    @cached_property
    def known(self) -> list[str]:
        """The files git tracks or would add; where git knows of none, those people keep."""
        # A tree inside an ignored directory is nothing to the repository around it.
        return git.known_files(self.root) or sorted(filter(_can_be_written_down, files(self.root)))

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root)

    def entry(self, path: str) -> _Entry:
        *directories, name = path.rstrip("/").split("/")
        at = ""
        for part in directories:
            entry = self._directory(at, part)
            if entry.reason:
                return entry
            if not entry.is_directory:
                return _Entry(reason=FILE_NOT_FOUND, detail=f"{at}{part} is a file")
            at += f"{part}/"
        return self._step(at, name)

    def _directory(self, at: str, name: str) -> _Entry:
        path = f"{at}{name}"
        if path not in self._directories:
            self._directories[path] = self._step(at, name)
        return self._directories[path]

    def _step(self, at: str, name: str) -> _Entry:
        path = f"{self._root}{at}{name}"
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                if not self._stays_inside(path):
                    return _Entry(reason=OUTSIDE, detail=f"{at}{name} is a symbolic link")
                status = os.stat(path)  # noqa: PTH116  # the path is text, for speed
        except (OSError, ValueError):
            return _Entry(reason=FILE_NOT_FOUND, detail=self._twin(at, name))
        if self._ignores_case and self._names(at).get(name.casefold()) != name:
            return _Entry(reason=FILE_NOT_FOUND, detail=self._twin(at, name))
        return _Entry(is_directory=stat.S_ISDIR(status.st_mode))

    @cached_property
    def _ignores_case(self) -> bool:
        """Tell whether the file system finds a file by its name in other case, too."""
        names = set(self._names("").values())
        name = next((name for name in names if name.swapcase() not in names), None)
        return name is not None and os.path.lexists(self._root + name.swapcase())

    def _names(self, at: str) -> dict[str, str]:
        """List a directory: each name by what it is regardless of case."""
        if at not in self._listings:
            try:
                names = os.listdir(f"{self._root}{at}")  # noqa: PTH208  # as above
            except OSError:
                names = []
            self._listings[at] = {name.casefold(): name for name in names}
        return self._listings[at]

    def _twin(self, at: str, name: str) -> str:
        twin = self._names(at).get(name.casefold())
        return f"there is {at}{twin}, in other case" if twin and twin != name else ""

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


def _can_be_written_down(path: str) -> bool:
    return path.encode(errors="ignore").decode() == path


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


def _absent(hook: Hook, entry: _Entry) -> Judgement | None:
    """Say that what a hook is about is not there; None where there is a file to look into."""
    if hook.wants_directory and entry.reason in ("", FILE_NOT_FOUND):
        return Judgement(DIRECTORY_NOT_FOUND, detail=entry.detail)
    return Judgement(entry.reason, detail=entry.detail) if entry.reason else None


def _judge_directory(path: str, hooks: Sequence[Hook], tree: Tree) -> list[Judgement]:
    """One file that holds what is claimed suffices; a weak sign gives way to a sure one elsewhere."""
    best = [Judgement("directory is empty") if hook.has_matcher else Judgement(weak=True) for hook in hooks]
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
