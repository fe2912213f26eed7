"""The values everything else speaks of: tasks, their parts, and how attempts came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Where something was said: a file as people would open it, and a line counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Status(StrEnum):
    """How a task came out; every family's own words are renderings of these."""

    PASSED = "passed"
    FAILED = "failed"
    NEEDS_WORK = "needs_work"
    ERROR = "error"
    NO_EFFECT = "no_effect"
    TIMEOUT = "timeout"
    STALLED = "stalled"
    LIMITED = "limited"
    BUDGET = "budget"
    DENIED = "denied"
    CONFLICT = "conflict"
    BLOCKED = "blocked"
    NOT_RUN = "not_run"
    INTERRUPTED = "interrupted"


class Role(StrEnum):
    CODE = "code"
    TEST = "test"


class BlockKind(StrEnum):
    """What a code block is to its target."""

    FILE = "file"  # the whole file
    MERGE = "merge"  # the whole file; a fragment where the file exists and is not ours
    SYMBOL = "symbol"  # definitions that belong inside the file
    CONTENT = "content"  # text that belongs inside the file


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """
    A fence that names the file it belongs in.

    `text` holds the lines between the fences, each with its newline (LF), so
    it is also the bytes of a whole file. `location` is the first of them:
    line n of `text` stands at `location.line + n - 1`.
    """

    path: str
    text: str
    location: Location
    kind: BlockKind = BlockKind.FILE
    role: Role = Role.CODE
    language: str = ""
    symbol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file a task declares to write, and where it declares it."""

    path: str
    location: Location
    role: Role = Role.CODE


@dataclass(frozen=True, slots=True)
class Candidate:
    path: str
    similarity: int  # percent


class Resolution(StrEnum):
    """What to do about a file that stands under another name than expected."""

    UPDATE_EVIDENCE = "update-evidence"
    RENAME = "rename"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """An expected path that is missing, and the files that may be meant."""

    expected: str
    location: Location
    candidates: tuple[Candidate, ...] = ()
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class HookLine:
    """An evidence hook as tasks.md has it: what stands after `evidence:`, unparsed."""

    payload: str
    location: Location


@dataclass(frozen=True, slots=True)
class Dependency:
    """The name of a task that has to come first, and where that is said."""

    name: str
    location: Location


class Kind(StrEnum):
    """What a gate expects of what its commands print, or of how they end."""

    NOTHING = "nothing"  # status 0 is enough
    EXIT = "exit"
    NUMBER = "number"
    EMPTY = "empty"
    WORD = "word"
    QUOTED = "quoted"
    LINES = "lines"
    PROSE = "prose"  # for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """
    What a gate expects, as `text` says it.

    `number` is an exit status or a count, held to `compare` (`=`, `>=`, `<=`,
    `>`, `<`); `parts` are quoted texts of which one is enough, words, or lines in order.
    """

    kind: Kind = Kind.NOTHING
    text: str = ""
    number: int = 0
    compare: str = "="
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """
    Commands that must succeed before a task counts as done; `number` counts from 1 in the document.

    `scripts` run one after another, each from the root, after `setup`;
    `cleanup` always runs. `manual` says why nothing is run, and a person has
    to look; empty if the gate can be run. `criteria` are shown and not checked.
    """

    number: int
    title: str
    location: Location
    level: int = 2
    scripts: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    cleanup: tuple[str, ...] = ()
    expectation: Expectation = Expectation()
    on_failure: str = ""
    criteria: tuple[str, ...] = ()
    manual: str = ""


class Result(StrEnum):
    """How a gate came out; only `passed` counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    MANUAL = "manual"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """How a gate came out, and why where it did not pass; `output` is the end of what was printed."""

    gate: Gate
    result: Result
    reason: str = ""
    code: int | None = None
    seconds: float = 0.0
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """
    One unit of work as declared.

    `name` is unique in a batch (`smartspec:TASK-014`), `id` is how people call
    it. `prompt` is the task's own text: a change of it, and not of the file
    around it, makes the task out of date. Paths are relative to the repository.
    `executor` names who carries it out where the task says so itself. `gates`
    decide whether it is done. A task of a later `stage`, or of a later `wave` of
    one, waits until all of the ones before have ended; in one wave tasks may
    write the same file. `soft_deps` come first, and need not succeed.
    """

    name: str
    family: str
    id: str
    title: str
    category: str
    priority: int
    prompt: str
    location: Location
    deps: tuple[Dependency, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    blocks: tuple[CodeBlock, ...] = ()
    naming: tuple[Naming, ...] = ()
    evidence: tuple[HookLine, ...] = ()
    ticked: bool | None = None
    executor: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    stage: int | None = None
    wave: int = 1
    soft_deps: tuple[Dependency, ...] = ()


class Operation(StrEnum):
    CREATE = "create"
    MODIFY = "modify"
    RENAME = "rename"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One file an attempt wants to write, staged and on disk, not yet published.

    `before` and `after` are SHA-256 digests of the target, None where there is
    none: before a creation, after a deletion. `staged` names the file in the
    attempt's stage that holds the new content; a rename takes `source` away instead.
    `part` says that only a part of the file is the attempt's, a fragment.
    `backup` marks a copy of what was replaced: it is nobody's output.
    """

    operation: Operation
    path: str
    before: str | None
    after: str | None
    staged: str | None = None
    source: str | None = None
    mode: int | None = None
    part: bool = False
    backup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """
    What became of one file: its content before and after, None where there was or is no file.

    Of the permission bits in `mode` and `mode_before` only that of execution
    counts; None is as it was.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None
    mode_before: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt consumed; `cost_usd` is None where the executor did not report it."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None


def added(first: Usage | None, second: Usage | None) -> Usage | None:
    """Put together what two attempts consumed; a cost is told if either told one."""
    if first is None or second is None:
        return first or second
    costs = [one.cost_usd for one in (first, second) if one.cost_usd is not None]
    return Usage(
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        cost_usd=sum(costs) if costs else None,
    )


class Trouble(StrEnum):
    """What kept an attempt from succeeding, as far as it decides whether another one may."""

    USAGE_LIMIT = "usage_limit"  # nothing goes until a window ends; the attempt does not count
    TRANSIENT = "transient"  # the same may go well in a moment
    DETERMINISTIC = "deterministic"  # the same goes wrong again, whatever the task
    QUALITY = "quality"  # it was carried out, and what it made is not good enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What an executor did: a verdict of its own, why in one line, and where an error stands.

    `trouble` is None where trying again is not the executor's to judge.
    `retry_at_utc` is when the other side said to come back, in seconds since the epoch.
    `paths` are the files a conflict is about.
    """

    status: Status
    summary: str = ""
    location: Location | None = None
    hint: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    trouble: Trouble | None = None
    retry_at_utc: float | None = None
    paths: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED


@dataclass(frozen=True, slots=True)
class Written:
    """
    What the batch itself left at a path, by SHA-256 digest.

    `content` is the file as the batch left it last; `whole` is what the task
    `writer` wrote there last as the whole file, before fragments went in.
    """

    content: str
    whole: str | None = None
    writer: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a task is out of date: which component, what about it, and its old and new value."""

    component: str
    detail: str
    old: str | None = None
    new: str | None = None


CATEGORIES = (
    "not_implemented",
    "missing_tests",
    "missing_code",
    "uncategorised",
    "symbol_issue",
    "content_issue",
    "naming_issue",
)
"""The categories of prompt tasks in the order they run within one priority."""

DEFAULT_PRIORITY = {
    "not_implemented": 2,
    "missing_tests": 2,
    "missing_code": 2,
    "uncategorised": 2,
    "symbol_issue": 3,
    "content_issue": 3,
    "naming_issue": 4,
}
"""The priority of a category's tasks where nothing else says so; 1 is the most urgent."""
