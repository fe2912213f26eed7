"""The menu of a plan: one table of what can be done, by which command, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.plans.drawing import FORMATS
from batchexec.plans.naming import typed
from batchexec.plans.recommending import Basis
from batchexec.plans.table import few
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.plans.loading import Loaded

HEADER = "🔀 Parallel Execution Menu"
INVALID = "❌ Invalid option"
BACK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    A line of the menu.

    `command` is what choosing it does, nothing for the way back, and `others`
    are variants of it. `why_not` says why it is of no use now, and is empty where it is.
    """

    number: int
    text: str
    command: tuple[str, ...] = ()
    others: tuple[tuple[str, ...], ...] = ()
    why_not: str = ""

    def __str__(self) -> str:
        return printable(f"{self.number}. {self.text}{f' ({self.why_not})' if self.why_not else ''}")


def entries(loaded: Loaded) -> tuple[Entry, ...]:
    """List what can be done with a plan; a number always means the same."""
    command = loaded.naming.command
    places = sum(loaded.placeholders.values())
    return (
        Entry(
            number=1,
            text="Batch Create SUBPLANs",
            command=command("plan_subplans"),
            why_not=_creating(loaded) or _without_subplan(loaded),
        ),
        Entry(
            number=2,
            text="Batch Create EXECUTIONs",
            command=command("plan_executions"),
            why_not=_creating(loaded) or _without_execution(loaded),
        ),
        Entry(
            number=3,
            text="Run Parallel Executions",
            command=run(loaded),
            others=(run(loaded, prompts_only=True),),
            why_not=_broken(loaded) or _not_runnable(loaded),
        ),
        Entry(
            number=4,
            text="View Dependency Graph",
            command=command("plan_graph", "--format", "ascii"),
            others=tuple(command("plan_graph", "--format", form) for form in FORMATS if form != "ascii"),
            why_not=_empty(loaded),
        ),
        Entry(number=BACK, text="Back to Main Menu"),
        Entry(
            number=6,
            text="Status",
            command=command("plan_status", "--format", "table"),
            others=(command("plan_status", "--format", "json"),),
        ),
        Entry(
            number=7,
            text="Prompt for next",
            command=command("plan_next"),
            why_not=_empty(loaded) or _nothing_ready(loaded),
        ),
        Entry(
            number=8,
            text=f"Fill {plural(places, 'placeholder')}",
            command=command("plan_fill"),
            why_not="" if places else "nothing is left to fill",
        ),
    )


def menu(found: Iterable[Entry]) -> str:
    return "\n".join((HEADER, *(f"  {entry}" for entry in found))) + "\n"


def choose(found: Sequence[Entry], answer: str) -> Entry | str:
    """Find what a person asked for; text where that cannot be done, and why."""
    entry = next((entry for entry in found if str(entry.number) == answer.strip()), None)
    if entry is None:
        return INVALID
    return printable(f"❌ {entry.text}: {entry.why_not}") if entry.why_not else entry


def run(loaded: Loaded, ids: Iterable[str] = ("all",), *, prompts_only: bool = False) -> tuple[str, ...]:
    """Give the command that carries out some achievements, or all that can be, or prints their prompts."""
    how = ("--prompts-only",) if prompts_only else ("-n", "4")
    return loaded.naming.about("plan_run", ids, *how)


def runnable(loaded: Loaded) -> tuple[str, ...]:
    """Name what is ready and has an EXECUTION_TASK."""
    return tuple(id_ for id_ in loaded.standing.ready if loaded.standing.has_execution(id_))


def _creating(loaded: Loaded) -> str:
    if loaded.basis is Basis.PLAN:
        return f"no parallel.json beside the PLAN; first {typed(_discover(loaded))}"
    if loaded.foreign:
        return f"the parallel.json beside the PLAN is that of {loaded.foreign}"
    return _broken(loaded) or _nothing_ready(loaded)


def _broken(loaded: Loaded) -> str:
    if loaded.basis is not Basis.BROKEN:
        return ""
    return f"parallel.json has errors; see {typed(loaded.naming.command('plan_lint'))}"


def _nothing_ready(loaded: Loaded) -> str:
    return "" if loaded.standing.ready else "nothing is ready"


def _without_subplan(loaded: Loaded) -> str:
    lacking = any(not loaded.standing.has_subplan(id_) for id_ in loaded.standing.ready)
    return "" if lacking else "all that is ready has its SUBPLAN"


def _without_execution(loaded: Loaded) -> str:
    standing = loaded.standing
    wanted = [id_ for id_ in standing.ready if not standing.has_execution(id_)]
    if not wanted:
        return "all that is ready has its EXECUTION_TASK"
    if lacking := [id_ for id_ in wanted if not standing.has_subplan(id_)]:
        return f"create SUBPLANs first: {few(lacking)}"
    vague = [id_ for id_ in wanted if id_ in loaded.vague]
    return f"fill the objective or approach of SUBPLANs first: {few(vague)}" if vague else ""


def _not_runnable(loaded: Loaded) -> str:
    return "" if runnable(loaded) else "nothing that is ready has an EXECUTION_TASK"


def _empty(loaded: Loaded) -> str:
    return "" if loaded.standing.ids else "the PLAN lists no achievements"


def _discover(loaded: Loaded) -> tuple[str, ...]:
    return loaded.naming.command("plan_discover", "--parallel-level", "3")
