"""The files that batch creation can make of an achievement, and which of them are there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.sources.plan import execution_name, subplan_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.parallel import Work
    from batchexec.plans import Loaded

_MOST_NUMBER = 10**9 - 1


class Kind(StrEnum):
    """What is created; the value is how the command and the doit targets are called."""

    SUBPLANS = "subplans"
    EXECUTIONS = "executions"

    @property
    def document(self) -> str:
        return "SUBPLAN" if self is Kind.SUBPLANS else "EXECUTION_TASK"

    @property
    def command(self) -> str:
        return f"plan_{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    A file to create for an achievement.

    `number` is that of an EXECUTION_TASK, 0 for a SUBPLAN; `part` is the id of the
    sub-execution it is for, "" for the whole. `blocked_by` names what the achievement
    waits for: its documents can be written all the same. `there` tells that nothing has to be created.
    """

    kind: Kind
    id: str
    path: Path
    number: int = 0
    part: str = ""
    blocked_by: tuple[str, ...] = ()
    there: bool = False

    @property
    def name(self) -> str:
        """How the target is told from others of its plan: the id, for a sub-execution its own."""
        return self.part or self.id


def targets(loaded: Loaded, kind: Kind, ids: Sequence[str], *, again: bool = False) -> tuple[Target, ...]:
    """List the targets of these achievements; `again` asks for EXECUTION_TASKs besides those there are."""
    make = _subplan if kind is Kind.SUBPLANS else _again if again else _executions
    works = parts_of(loaded)
    return tuple(target for id_ in ids for target in make(loaded, id_, works.get(id_, ())))


def parts_of(loaded: Loaded) -> dict[str, tuple[Work, ...]]:
    """List the sub-executions of the achievements that are split into some."""
    model = loaded.parallel.model if loaded.parallel else None
    return {work.id: work.subs for work in (model.achievements if model else ()) if work.subs}


def part_number(parts: Sequence[Work], place: int) -> int:
    """Give the number of the file of a sub-execution: the last part of its id where these are distinct."""
    numbers = [int(part.id.rpartition(".")[2][:10]) for part in parts]
    usable = max(Counter(numbers).values()) == 1 and all(1 <= number <= _MOST_NUMBER for number in numbers)
    return numbers[place] if usable else place + 1


def _subplan(loaded: Loaded, id_: str, _: Sequence[Work]) -> Iterator[Target]:
    path = loaded.plan.directory / "subplans" / subplan_name(loaded.plan.name, id_)
    there = loaded.standing.has_subplan(id_)
    yield Target(kind=Kind.SUBPLANS, id=id_, path=path, blocked_by=_blockers(loaded, id_), there=there)


def _executions(loaded: Loaded, id_: str, parts: Sequence[Work]) -> Iterator[Target]:
    """Any EXECUTION_TASK counts for an achievement; each sub-execution needs the one of its number."""
    numbers = _numbers(loaded, id_)
    if not parts:
        yield _execution(loaded, id_, min(numbers, default=1), there=bool(numbers))
    for place, part in enumerate(parts):
        number = part_number(parts, place)
        yield _execution(loaded, id_, number, part.id, there=number in numbers)


def _again(loaded: Loaded, id_: str, parts: Sequence[Work]) -> Iterator[Target]:
    number = max(_numbers(loaded, id_), default=0)
    for name in [part.id for part in parts] or [""]:
        number += 1
        while (found := _execution(loaded, id_, number, name, there=False)).path.exists():
            number += 1
        yield found


def _execution(loaded: Loaded, id_: str, number: int, part: str = "", *, there: bool) -> Target:
    path = loaded.plan.directory / "execution" / execution_name(loaded.plan.name, id_, number)
    return Target(
        kind=Kind.EXECUTIONS,
        id=id_,
        path=path,
        number=number,
        part=part,
        blocked_by=_blockers(loaded, id_),
        there=there,
    )


def _numbers(loaded: Loaded, id_: str) -> set[int]:
    return {sheet.number for sheet in loaded.evidence.executions.get(id_, ())}


def _blockers(loaded: Loaded, id_: str) -> tuple[str, ...]:
    return loaded.standing.blocked.get(id_, ())
