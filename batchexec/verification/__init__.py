"""What a tasks.md claims and what was found to be so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchexec.model import CATEGORIES, DEFAULT_PRIORITY
from batchexec.wording import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.errors import Problem
    from batchexec.hooks import Hook
    from batchexec.model import Candidate, Location

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
