"""The shapes of what a report is made of, and of what it says."""

from __future__ import annotations

from typing import TypedDict


class Tried(TypedDict):
    """
    One attempt at a task; what is not known is None.

    `number` counts the executor's attempts at the task over all runs, `log` is
    where what it printed stands, `commit` what was made of it; both may be empty.
    """

    executor: str
    number: int
    status: str
    summary: str
    seconds: float | None
    cost_usd: float | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    log: str
    commit: str


class Result(TypedDict):
    """
    How one task came out; `state` is done, up_to_date, needs_work, failed or not_run.

    `status` says it in more words: a task that is `failed` may be denied, one
    that is `not_run` over budget. `kept` is where work stands that was not taken over.
    """

    task_id: str
    title: str
    category: str
    priority: int
    state: str
    status: str
    success: bool
    error: str | None
    file: str | None
    line: int | None
    fix: str | None
    files_created: list[str]
    files_modified: list[str]
    files_deleted: list[str]
    notes: list[str]
    unverified: bool
    reason: str | None
    source: str
    seconds: float | None
    cost_usd: float | None
    executors: list[str]
    attempts: list[Tried]
    kept: str | None


class Verified(TypedDict):
    """
    What a verification of tasks.md found of each task, by id.

    `moment` is before or after the run, or category: after the last task of
    the `category`. `report` is the directory it was written to, or empty.
    """

    moment: str
    category: str
    checked_utc: float
    findings: dict[str, str]
    report: str


class RunFacts(TypedDict):
    """
    What is known at the end of a run; `stopped` says why it ended early, or is empty.

    `budget` has the limits in USD that were set, of a task, the run and the
    day, and `used` how much of those of the run and the day is spent or set aside.
    """

    run: str
    started_utc: float
    completed_utc: float
    prompts_dir: str | None
    tasks_md: str | None
    interrupted: bool
    stopped: str
    results: list[Result]
    verifications: list[Verified]
    budget: dict[str, float]
    used: dict[str, float]


class VerificationCounts(TypedDict):
    total: int
    verified: int
    not_verified: int
    by_category: dict[str, int]
    report: str


class CategoryVerification(VerificationCounts):
    """A verification between two categories, and when it was made."""

    category: str
    checked: str


class Counts(TypedDict):
    total: int
    successful: int
    failed: int
    needs_work: int
    not_run: int


class FileOperation(TypedDict):
    op: str
    path: str
    task_id: str


class Share(TypedDict):
    """
    What attempts took; `usd` is None where nobody told a cost.

    `unpriced` are the attempts that used tokens and did not tell what they cost.
    """

    attempts: int
    passed: int
    usd: float | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    unpriced: int


class Allowance(TypedDict):
    """A limit of the budget in USD and how much of it is used; of a task, what the dearest one used."""

    limit: float
    used: float


class Cost(Share):
    by_executor: dict[str, Share]
    budget: dict[str, Allowance]


class Report(TypedDict):
    """The JSON report, and all that a template gets to see."""

    schema_version: int
    run: str
    started: str
    completed: str
    duration_seconds: float
    stopped: str
    total_tasks: int
    successful: int
    failed: int
    needs_work: int
    not_run: int
    by_category: dict[str, Counts]
    results: list[Result]
    verification_before: VerificationCounts | None
    verification_after: VerificationCounts | None
    verification_by_category: list[CategoryVerification]
    regressed: list[str]
    tasks_md: str | None
    operations: list[FileOperation]
    cost: Cost
