"""What the templates of prompts get to see of a task: what it lacks, where, and what is there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchexec.generate import resolution
from batchexec.generate.encoding import beside, heading, is_listable, named, one_line, plain_title
from batchexec.hooks import HookType
from batchexec.model import DEFAULT_PRIORITY
from batchexec.paths import collision_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from batchexec.hooks import Hook
    from batchexec.model import Candidate, Resolution
    from batchexec.verification import CheckedHook, CheckedTask

_MISSING = frozenset({"file not found", "directory not found"})
_BY_HAND = "needs a person"
_SPOKEN_OF = {
    "symbol not found": "Symbol",
    "symbol is a stub": "Symbol",
    "contains not found": "Content",
    "regex not matched": "Regex",
    "regex took too long": "Regex",
    "heading not found": "Heading",
    "selector not found": "Selector",
    "no test found": "Test",
    "command failed": "Test",
}
"""Which requirement a reason speaks of; any other reason leaves all of them open."""


class Want(NamedTuple):
    """One thing a file has to hold; `missing` unless something else is known to be."""

    kind: str
    value: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A hook and what came of it; `path` is empty where the hook is invalid or has none."""

    where: str
    raw: str
    path: str
    is_test: bool
    is_directory: bool
    by_hand: bool
    ok: bool | None
    reason: str
    detail: str
    wants: tuple[Want, ...]

    @property
    def absent(self) -> bool:
        """Say whether the path is not there; where nobody looked it counts as absent."""
        return self.reason in _MISSING or self.ok is None

    @property
    def wanted(self) -> str:
        """Give the value that was looked for in vain."""
        return next((want.value for want in self.wants if want.missing), "")


@dataclass(frozen=True, slots=True)
class File:
    """
    A path that claims are about.

    `named` is the path as a `File:` or `Path:` label has to write it to be
    read back, empty for a directory and for a path that no task may write.
    """

    path: str
    named: str
    is_directory: bool
    is_test: bool
    absent: bool
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """
    A task with a prompt; `unmet` are the claims that do not hold, `files` what they are about.

    `criteria` are written as a list takes them, each an item that is read as text.
    """

    number: int
    id: str
    title: str
    heading: str
    priority: int
    ticked: bool
    where: str
    unmet: tuple[Claim, ...]
    files: tuple[File, ...]
    existing: tuple[File, ...]
    criteria: tuple[str, ...]
    similar: tuple[Candidate, ...]
    resolution: str
    suggestions: tuple[str, ...]


class Listed(NamedTuple):
    """A task in the overview of all."""

    id: str
    title: str
    ticked: bool
    where: str
    critical: bool


def listed(task: CheckedTask) -> Listed:
    critical = task.priority == 1
    return Listed(
        one_line(task.id), one_line(task.title), task.ticked, one_line(str(task.location)), critical
    )


def section(task: CheckedTask, number: int, below: Collection[str], naming: Resolution) -> Section:
    """Gather what is to be said of a task; `below` are the paths that `directories` found."""
    claims = [_claim(hook, below) for hook in task.hooks]
    unmet = _unmet(claims, task.finding)
    files = _files(claim for claim in unmet if claim.path and not claim.by_hand)
    worked_on = {file.path for file in files}
    title, task_id = plain_title(task.title), one_line(task.id)
    similar = tuple(one for one in task.similar if is_listable(one.path))
    absent = [file.path for file in files if file.absent]
    return Section(
        number=number,
        id=task_id,
        title=title,
        heading=heading(task_id, title),
        priority=task.priority or DEFAULT_PRIORITY[task.finding],
        ticked=task.ticked,
        where=one_line(str(task.location)),
        unmet=tuple(unmet),
        files=files,
        existing=_files(
            one for one in claims if one.path and one.ok is not False and one.path not in worked_on
        ),
        criteria=tuple(filter(None, map(beside, task.criteria))),
        similar=similar,
        resolution=resolution.resolve(absent, similar, task.fitting, naming),
        suggestions=tuple(map(one_line, task.suggestions)),
    )


def directories(tasks: Iterable[CheckedTask]) -> frozenset[str]:
    """Find the paths that have others below them in some hook: they cannot be files."""
    found: set[str] = set()
    for task in tasks:
        for checked in task.hooks:
            parent = collision_key(checked.hook.path).rpartition("/")[0] if checked.hook else ""
            while parent and parent not in found:
                found.add(parent)
                parent = parent.rpartition("/")[0]
    return frozenset(found)


def _claim(checked: CheckedHook, below: Collection[str]) -> Claim:
    hook = checked.hook
    path = one_line(hook.path) if hook else ""
    is_directory = path.endswith("/") or collision_key(path) in below or _asks_for_directory(hook)
    return Claim(
        where=one_line(str(checked.location)),
        raw=one_line(checked.raw),
        path=path,
        is_test=hook is not None and hook.type is HookType.TEST,
        is_directory=is_directory or checked.reason == "directory not found",
        by_hand=checked.reason == _BY_HAND,
        ok=checked.ok,
        reason=one_line(checked.reason),
        detail=one_line(checked.detail),
        wants=tuple(_wants(hook, checked.reason)) if hook else (),
    )


def _asks_for_directory(hook: Hook | None) -> bool:
    return hook is not None and hook.symbol == "Directory"


def _wants(hook: Hook, reason: str) -> Iterator[Want]:
    spoken_of = _SPOKEN_OF.get(reason)
    values = {
        "Symbol": "" if _asks_for_directory(hook) else hook.symbol,
        "Content": hook.contains,
        "Regex": hook.regex,
        "Heading": hook.heading,
        "Selector": hook.selector,
        "Test": hook.command,
    }
    for kind, value in values.items():
        if value:
            yield Want(kind, one_line(value), spoken_of in {None, kind})
    if hook.type is HookType.TEST and not any(values.values()) and not hook.path.endswith("/"):
        yield Want("Test", "", missing=True)


def _unmet(claims: Sequence[Claim], finding: str) -> list[Claim]:
    """Pick the claims that do not hold; where nobody looked the finding says which these may be."""
    suspect = _SUSPECTS.get(finding, bool)
    unmet = [one for one in claims if one.ok is False or (one.ok is None and suspect(one))]
    return unmet or [one for one in claims if one.ok is None]


def _asks_for(*kinds: str) -> Callable[[Claim], bool]:
    return lambda claim: any(want.kind in kinds for want in claim.wants)


_SUSPECTS: dict[str, Callable[[Claim], bool]] = {
    "missing_tests": lambda claim: claim.is_test,
    "missing_code": lambda claim: not claim.is_test,
    "symbol_issue": _asks_for("Symbol"),
    "content_issue": _asks_for("Content", "Regex", "Heading", "Selector"),
}


def _files(claims: Iterable[Claim]) -> tuple[File, ...]:
    """Put the claims about one path together, in the order the paths are first named."""
    by_path: dict[str, list[Claim]] = {}
    for claim in claims:
        by_path.setdefault(claim.path, []).append(claim)
    return tuple(_file(path, about) for path, about in by_path.items())


def _file(path: str, claims: Sequence[Claim]) -> File:
    is_directory = any(claim.is_directory for claim in claims)
    return File(
        path=path,
        named="" if is_directory else named(path),
        is_directory=is_directory,
        is_test=claims[0].is_test,
        absent=any(claim.absent for claim in claims),
        wants=tuple(dict.fromkeys(want for claim in claims for want in claim.wants)),
    )
