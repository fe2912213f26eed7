"""What a run would do, in which order and why: nothing is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from batchexec.model import Reason
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchexec.engine.backend import Backend
    from batchexec.engine.checker import Checker
    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.engine.selection import Selection
    from batchexec.engine.site import Site
    from batchexec.graph import Graph
    from batchexec.model import Task

SCHEMA_VERSION = 1


class Status(StrEnum):
    RUN = "run"
    MAY_RUN = "may_run"
    UP_TO_DATE = "up_to_date"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Step:
    """One task of the plan: what would become of it, and why."""

    task: Task
    status: Status
    reasons: tuple[Reason, ...] = ()
    edited: tuple[str, ...] = ()


class Planner:
    """Goes through a selection in run order without carrying anything out."""

    def __init__(
        self, graph: Graph, checker: Checker, backend: Backend, prps: PrpBatch | None = None
    ) -> None:
        self._graph = graph
        self._checker = checker
        self._backend = backend
        self._prps = prps

    def steps(self, selection: Selection, *, always: bool = False) -> list[Step]:
        status: dict[str, Status] = {}
        steps = []
        for name in selection.tasks:
            step = self._step(self._graph.tasks[name], status, selection, always=always)
            status[name] = step.status
            steps.append(step)
        return steps

    def _step(self, task: Task, status: Mapping[str, Status], selection: Selection, *, always: bool) -> Step:
        edited = tuple(self._checker.edited(task))
        reasons = tuple(self._checker.reasons(task, self._backend.values(task.name)))
        blocked = self._blocked(task, status, selection) if reasons or not self._prps else None
        if blocked:
            return Step(task, Status.BLOCKED, (blocked,), edited)
        if always and not reasons:
            reasons = (Reason("option", "everything runs with --always-execute"),)
        if reasons:
            return Step(task, Status.RUN, reasons, edited)
        ahead = () if self._prps else tuple(self._ahead(task, status))
        return Step(task, Status.MAY_RUN if ahead else Status.UP_TO_DATE, ahead, edited)

    def _blocked(self, task: Task, status: Mapping[str, Status], selection: Selection) -> Reason | None:
        if self._backend.get(task.name, "ignore:"):
            return Reason("option", "`doit ignore` said so, until `doit forget`")
        missing = self._prps.missing(task, selection.names) if self._prps else []
        if self._prps and missing:
            return Reason("dependency", self._prps.blocked(task, missing))
        left_out = unmet(task, self._graph, self._checker, self._backend, selection)
        if left_out:
            return Reason("dependency", left_out.why)
        before = [
            self._graph.tasks[name].id
            for name in self._graph.deps.get(task.name, ())
            if status.get(name) is Status.BLOCKED
        ]
        return Reason("dependency", f"{', '.join(before)} is blocked") if before else None

    def _ahead(self, task: Task, status: Mapping[str, Status]) -> Iterator[Reason]:
        for name in self._graph.before(task.name):
            if status.get(name) in (Status.RUN, Status.MAY_RUN):
                yield Reason("dependency", f"{self._graph.tasks[name].id} comes before it and will run")


class Unmet(NamedTuple):
    """Why a task cannot start, and the names of the tasks that keep it from it."""

    why: str
    causes: tuple[str, ...]


def unmet(task: Task, graph: Graph, checker: Checker, backend: Backend, selection: Selection) -> Unmet | None:
    """Say what a task depends on that a filter left out and that is not up to date."""
    if not selection.closed:
        return None
    names = tuple(
        name
        for name in graph.deps.get(task.name, ())
        if name not in selection.names and checker.stale(graph.tasks[name], backend.values(name))
    )
    ids = ", ".join(graph.tasks[name].id for name in names)
    return Unmet(f"{ids} has to be done first and is not selected", names) if names else None


def reworded(prps: PrpBatch, tasks: Iterable[Task], backend: Backend, site: Site) -> Iterator[str]:
    """Name the PRPs that were completed when they said something else: it is for people to judge that."""
    checker = site.checker(backend.database)
    # With `update_status` it is we who change them.
    for task in () if site.settings.update_status else tasks:
        if prps.completion.holds(task.id) and checker.reworded_since(task, backend.values(task.name)):
            yield f"the text of {task.id} changed since it was completed; --force runs it again"


def as_json(steps: Sequence[Step], graph: Graph, seconds: Mapping[str, float | None]) -> dict[str, Any]:
    """Put a plan into what `doit list --json` prints; `estimate` is the last attempt's seconds."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tasks": [_row(step, graph, seconds.get(step.task.name)) for step in steps],
    }


def _row(step: Step, graph: Graph, seconds: float | None) -> dict[str, Any]:
    task = step.task
    with_block = {block.path for block in task.blocks}
    return {
        "name": task.name,
        "id": task.id,
        "title": task.title,
        "family": task.family,
        "source": {"file": task.location.file, "line": task.location.line},
        "category": task.category,
        "priority": task.priority,
        "stage": task.stage,
        "deps": list(graph.deps.get(task.name, ())),
        "soft_deps": list(graph.follows.get(task.name, ())),
        "files": [
            *(
                {"path": output.path, "role": str(output.role), "block": output.path in with_block}
                for output in task.outputs
            ),
            *({"path": naming.expected, "role": None, "block": False} for naming in task.naming),
        ],
        "edited": list(step.edited),
        "status": str(step.status),
        "reasons": [
            {"component": r.component, "detail": r.detail, "old": r.old, "new": r.new} for r in step.reasons
        ],
        "estimate": seconds,
    }


def as_text(steps: Sequence[Step], prps: PrpBatch | None = None) -> str:
    """Put a plan into words: each priority and category once, numbers are places in the run."""
    if prps:
        from batchexec.engine.prps import listing

        return listing.as_text(steps, prps)
    groups: dict[str, list[str]] = {}
    for number, step in enumerate(steps, start=1):
        groups.setdefault(_heading(step.task), []).extend(_lines(number, step))
    body = "\n\n".join("\n".join((heading, *lines)) for heading, lines in groups.items())
    parts = ["📋 Execution Plan (DRY RUN):", *([body] if body else []), _totals(steps)]
    return printable("\n\n".join(parts) + "\n")


def _heading(task: Task) -> str:
    return "critical (Priority 1):" if task.priority == 1 else f"{task.category} (Priority {task.priority}):"


def _lines(number: int, step: Step) -> Iterator[str]:
    task = step.task
    category = f" [{task.category}]" if task.priority == 1 else ""
    yield f"  {number}. {task.id}: {task.title}{category}"
    words = {
        Status.RUN: "run",
        Status.MAY_RUN: "may run",
        Status.UP_TO_DATE: "up to date",
        Status.BLOCKED: "blocked",
    }
    why = "; ".join(reason.detail for reason in step.reasons)
    yield f"     {words[step.status]}: {why}" if why else f"     {words[step.status]}"
    if step.edited:
        yield f"     edited since: {', '.join(step.edited)}"


def _totals(steps: Sequence[Step]) -> str:
    categories = {step.task.category for step in steps}
    words = {
        Status.RUN: "to run",
        Status.MAY_RUN: "may run",
        Status.UP_TO_DATE: "up to date",
        Status.BLOCKED: "blocked",
    }
    counts = {status: sum(step.status is status for step in steps) for status in Status}
    summary = ", ".join(f"{counts[status]:,} {words[status]}" for status in Status if counts[status])
    if not steps:
        return "Total: 0 tasks"
    return (
        f"Total: {plural(len(steps), 'task')} across {plural(len(categories), 'category', 'categories')}\n"
        f"Estimated time: {_minutes(len(steps))}\n"
        f"Of these: {summary}"
    )


def _minutes(count: int) -> str:
    for most, minutes in ((5, "2-5"), (15, "5-15"), (30, "15-30")):
        if count <= most:
            return f"{minutes} minutes"
    return "30+ minutes"
