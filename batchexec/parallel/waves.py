"""Holds the waves, levels and priority groups a parallel.json states to the dependencies in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchexec.parallel.building import id_of, listed
from batchexec.parallel.reach import levels
from batchexec.parallel.source import pointer_of
from batchexec.parallel.totals import HINT
from batchexec.parallel.values import is_number, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.parallel.dialects import Normal
    from batchexec.parallel.parallel import Finding, Parallel

_WAVES = ("waves", "execution_waves", "parallel_waves", "levels")
_IDS = ("achievements", "achievement_ids", "ids")
_NUMBERS = ("wave", "level", "number")


@dataclass(frozen=True, slots=True)
class Stated:
    """An id, the wave or level it is listed in, and where."""

    id: str
    number: Any
    pointer: str


def check(model: Parallel, normal: Normal, *, acyclic: bool) -> Iterator[Finding]:
    yield from _groups(model, normal)
    keys = [key for key in _WAVES if key in normal.value]
    if not keys or not acyclic:
        return
    found = levels(model.dependencies)
    for key in keys:
        if key == "levels" and normal.dialect == "C":
            stated = [Stated(item.id, item.stated, item.pointer) for item in normal.items if item.id]
        else:
            stated = list(_listed_waves(normal.value[key], key))
            yield from _left_out(model, stated, key)
        yield from _waves(model, found, stated)


def _listed_waves(value: Any, key: str) -> Iterator[Stated]:
    places = value if isinstance(value, dict) else dict(enumerate(listed(value)))
    for n, (place, wave) in enumerate(places.items()):
        number: Any = n
        inside, pointer = wave, pointer_of([key, place])
        if isinstance(wave, dict):
            number = next((wave[name] for name in _NUMBERS if is_number(wave.get(name))), n)
            name = next((name for name in _IDS if isinstance(wave.get(name), list)), "")
            inside, pointer = wave.get(name), f"{pointer}/{name}"
        for k, one in enumerate(listed(inside)):
            if id_ := id_of(one):
                yield Stated(id_, number, f"{pointer}/{k}")


def _waves(model: Parallel, found: dict[str, int], stated: list[Stated]) -> Iterator[Finding]:
    """Compare stated levels with ours; whether people count from 0 or 1 is theirs to choose."""
    known = [one for one in stated if is_number(one.number) and one.id in found]
    if not known:
        return
    base = min(one.number for one in known) - min(found[one.id] for one in known)
    for one in known:
        right = found[one.id] + base
        if one.number != right:
            stands, belongs = number_text(one.number), number_text(right)
            message = f"{one.id} is listed in level {stands}, but its dependencies put it in {belongs}"
            yield model.source.warning("W36", one.pointer, message, HINT)


def _left_out(model: Parallel, stated: list[Stated], key: str) -> Iterator[Finding]:
    there = {one.id for one in stated}
    known = {*model.ids, *model.external}
    if not there:
        return
    for id_ in model.ids:
        if id_ not in there:
            yield model.source.warning("W36", pointer_of([key]), f"{id_} is in none of the {key}", HINT)
    for one in stated:
        if one.id not in known:
            yield model.source.warning("W36", one.pointer, f"{one.id} is not among the achievements", HINT)


def _groups(model: Parallel, normal: Normal) -> Iterator[Finding]:
    priorities = {work.id: work.priority or work.id.partition(".")[0] for work in model.achievements}
    for n, group in enumerate(listed(normal.value.get("priority_groups"))):
        if not isinstance(group, dict) or not (said := number_text(group.get("priority"))):
            continue
        for k, id_ in enumerate(listed(group.get("achievements"))):
            right = priorities.get(id_, said) if isinstance(id_, str) else said
            if right != said:
                pointer = f"/priority_groups/{n}/achievements/{k}"
                message = f"{id_} is in the group of priority {said}, but has priority {right}"
                yield model.source.warning("W36", pointer, message, HINT)
