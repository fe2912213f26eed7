"""Says what to do next about a plan, and the command that does it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.plans.naming import typed
from batchexec.plans.status import Group
from batchexec.sources.plan import parse_name, subplan_name
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.plans.naming import Naming
    from batchexec.plans.standing import Standing

_MOST = 10


class Step(StrEnum):
    """What there is to do, in the order it is looked for."""

    COMPLETE = "complete"
    FIX = "fix"
    APPROVE = "approve"
    RUN = "run"
    FILL = "fill"
    CREATE_EXECUTIONS = "create_executions"
    CREATE_SUBPLANS = "create_subplans"
    WAIT = "wait"
    BLOCKED = "blocked"


class Basis(StrEnum):
    """What the graph of a plan rests on."""

    PARALLEL = "parallel.json"
    BROKEN = "a parallel.json with errors"
    PLAN = "the PLAN alone"
    FOREIGN = "the PLAN alone, beside the parallel.json of another plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do about which achievements; `command` is empty where there is nothing to type."""

    step: Step
    ids: tuple[str, ...]
    text: str
    command: tuple[str, ...] = ()

    def __str__(self) -> str:
        return printable(f"{self.text}\n  {typed(self.command)}" if self.command else self.text)


_WORDS = {
    Step.APPROVE: ("plan_approve", "Approve what passed:"),
    Step.RUN: ("plan_run", "Run"),
    Step.FILL: ("plan_fill", "Fill the SUBPLAN of"),
    Step.CREATE_EXECUTIONS: ("plan_executions", "Create the EXECUTION_TASK of"),
    Step.CREATE_SUBPLANS: ("plan_subplans", "Create the SUBPLAN of"),
}
_CREATING = frozenset({Step.CREATE_EXECUTIONS, Step.CREATE_SUBPLANS})


def recommend(standing: Standing, naming: Naming, basis: Basis = Basis.PARALLEL) -> Recommendation:
    """
    Say what is next; the first that is true.

    The command is one that is not refused: files are created in batches only
    by a parallel.json, and with a broken one neither created nor carried out.
    """
    if not standing.ids:
        text = "The PLAN lists no achievements; add a line like **Achievement 1.1**: Title"
        return Recommendation(step=Step.BLOCKED, ids=(), text=text, command=naming.command("plan_lint"))
    if standing.complete:
        return Recommendation(step=Step.COMPLETE, ids=(), text="All achievements are complete or skipped")
    step, ids = _step(standing)
    if step is Step.FIX:
        return _fix(standing, ids, naming, basis)
    if step is Step.WAIT:
        return Recommendation(step=step, ids=ids, text=f"Wait for {_listed(ids)}: in progress")
    if step is Step.BLOCKED:
        return _blocked(standing, naming)
    command, first = _command(standing.name, step, ids, naming, basis)
    return Recommendation(
        step=step, ids=ids, text=f"{_WORDS[step][1]} {_listed(ids)}{first}", command=command
    )


def next_ids(standing: Standing) -> tuple[str, ...]:
    """Name the achievements that the next step is about, if somebody can take it."""
    step, ids = _step(standing)
    return () if step in {Step.WAIT, Step.BLOCKED} else ids


def step_for(standing: Standing, id_: str) -> Step:
    """Say what is next for a ready achievement, by the files it has."""
    if id_ in standing.passed:
        return Step.APPROVE
    if standing.has_execution(id_):
        return Step.RUN
    if not standing.has_subplan(id_):
        return Step.CREATE_SUBPLANS
    return Step.FILL if standing.unfilled.get(id_) else Step.CREATE_EXECUTIONS


def command_for(standing: Standing, id_: str, naming: Naming, basis: Basis) -> tuple[str, ...]:
    """Give the command that brings one achievement on, as far as that can be done while it is blocked."""
    step = step_for(standing, id_)
    if id_ in standing.blocked and step not in _CREATING:
        return naming.command("plan_status")
    return _command(standing.name, step, (id_,), naming, basis)[0]


def _step(standing: Standing) -> tuple[Step, tuple[str, ...]]:
    if failed := tuple(id_ for id_ in standing.failed if id_ not in standing.passed):
        return Step.FIX, failed
    if first := _first(standing, standing.ready):
        return first
    running = standing.of(Group.RUNNING)
    return (Step.WAIT, running) if running else (Step.BLOCKED, tuple(standing.blocked))


def _first(standing: Standing, ready: Iterable[str]) -> tuple[Step, tuple[str, ...]] | None:
    """Find the most advanced step that is due, and all it is due for."""
    by_step: dict[Step, list[str]] = {}
    for id_ in ready:
        by_step.setdefault(step_for(standing, id_), []).append(id_)
    return next(((step, tuple(by_step[step])) for step in Step if step in by_step), None)


def _command(
    plan: str, step: Step, ids: tuple[str, ...], naming: Naming, basis: Basis
) -> tuple[tuple[str, ...], str]:
    """Give the command, and what it does first where that is something else."""
    if basis is Basis.BROKEN and step in {Step.RUN, *_CREATING}:
        return naming.command("plan_lint"), "; first mend parallel.json"
    if step in _CREATING and parse_name(subplan_name(plan, "1.1")) is None:
        first = f"; first rename PLAN_{plan}.md, as in PLAN_MY-PLAN.md: no file can be named after it"
        return naming.command("plan_lint"), first
    if basis is Basis.FOREIGN and step in _CREATING:
        first = "; first give the plan a directory of its own: the parallel.json beside it is of another plan"
        return naming.command("plan_lint"), first
    if basis is Basis.PLAN and step in _CREATING:
        return naming.command("plan_discover", "--parallel-level", "3"), "; first make parallel.json"
    return naming.about(_WORDS[step][0], ids), ""


def _fix(standing: Standing, failed: tuple[str, ...], naming: Naming, basis: Basis) -> Recommendation:
    """Go on with what is ready: the next prompt holds what its FIX asks for."""
    ready = [id_ for id_ in failed if standing.groups[id_] is Group.READY]
    behind = "" if ready else f"; first what blocks it: {_blockers(standing, failed)}"
    due = _first(standing, ready or standing.ready)
    command, first = _command(standing.name, *due, naming, basis) if due else ((), "")
    text = f"Fix {_listed(failed)}: changes are wanted{behind}{first}"
    return Recommendation(step=Step.FIX, ids=failed, text=text, command=command)


def _blocked(standing: Standing, naming: Naming) -> Recommendation:
    """Nothing is ready: something was skipped, or the graph is wrong."""
    ids = tuple(standing.blocked)
    text = f"Everything is blocked by {_blockers(standing, ids)}"
    command = naming.command("plan_lint")
    if stuck := tuple(standing.needs_decision):
        text = f"{text}; needs a decision: {_listed(stuck)}, skip too or drop the dependency"
        command = naming.about("plan_skip", stuck)
    return Recommendation(step=Step.BLOCKED, ids=ids, text=text, command=command)


def _blockers(standing: Standing, ids: Sequence[str]) -> str:
    return _listed(tuple(dict.fromkeys(dep for id_ in ids for dep in standing.blocked.get(id_, ()))))


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST
    return ", ".join(ids[:_MOST]) + (f" and {more:,} more" if more > 0 else "")
