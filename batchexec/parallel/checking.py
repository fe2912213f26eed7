"""Checks a normalised parallel.json by itself, and makes its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchexec.errors import Severity
from batchexec.parallel import building, derived, edges, totals, waves
from batchexec.parallel.edges import Dependency, Entry, Links, not_found
from batchexec.parallel.parallel import Checked, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.parallel.dialects import Normal
    from batchexec.parallel.source import Source


def check(normal: Normal, path: Path, source: Source, said: list[Finding]) -> Checked:
    value: dict[str, Any] = normal.value
    external = building.ids_in(value.get("external_achievements"), "/external_achievements")
    known = {item.id for item in normal.items} | {one.id for one in external}
    listed, crossing = _with_crossings(normal, known, source)
    links = Links(listed, source, {one.id for one in external})
    about, ends, cycles = edges.check(links)
    sub_about, sub_cycles = _subs(normal, source)
    model = building.model(normal, ends, path, source)
    said += [*crossing, *about, *sub_about, *_groups(value, known, source), *_absent(normal, source)]
    pointers = {one.id: one.pointer for one in external} | {one.id: one.pointer for one in reversed(listed)}
    said += edges.same_digits([*(one.id for one in listed), *model.external], pointers, source)
    said += derived.check(model, normal)
    said += totals.check(model, value, acyclic=not cycles)
    said += waves.check(model, normal, acyclic=not cycles)
    return Checked(
        path=path,
        findings=in_order(said),
        cycles=(*cycles, *sub_cycles),
        model=model,
        value=source.scanned.value,
        normalised=value,
    )


def _with_crossings(normal: Normal, known: set[str], source: Source) -> tuple[list[Entry], list[Finding]]:
    """Add the edges that only the cross-priority list has."""
    listed = building.entries(normal.items)
    there = {(entry.id, one.id) for entry in listed for one in entry.dependencies}
    ids = {entry.id for entry in listed}
    added: dict[str, list[Dependency]] = {}
    said = []
    for cross in building.crossings(normal.value):
        unknown = [one for one in (cross.one, cross.on) if one.id not in known]
        said += [
            not_found(source, one.pointer, f"achievement '{one.id}' of a cross-priority dependency")
            for one in unknown
        ]
        if unknown or cross.one.id not in ids or (cross.one.id, cross.on.id) in there:
            continue
        there.add((cross.one.id, cross.on.id))
        added.setdefault(cross.one.id, []).append(cross.on)
        message = f"dependency '{cross.on.id}' of {cross.one.id} is only listed here, it is added"
        said.append(source.warning("W23", cross.on.pointer, message, "list it in the dependencies, too"))
    return [_grown(entry, added.pop(entry.id, ())) for entry in listed], said


def _grown(entry: Entry, more: Sequence[Dependency]) -> Entry:
    return Entry(entry.id, entry.pointer, (*entry.dependencies, *more)) if more else entry


def _subs(normal: Normal, source: Source) -> tuple[list[Finding], tuple[tuple[str, ...], ...]]:
    said, every = [], []
    for item in normal.items:
        if item.id and "sub_executions" in item.value:
            mine = building.sub_entries(item)
            every += mine
            said += [
                source.error(
                    "J13",
                    one.pointer,
                    f"sub execution '{one.id}' does not belong to {item.id}",
                    f"write {item.id}.N",
                )
                for one in mine
                if one.id.rpartition(".")[0] != item.id
            ]
    about, _, cycles = edges.check(Links(every, source, word="execution_id"))
    return [*said, *about], cycles


def _groups(value: dict[str, Any], known: set[str], source: Source) -> Iterator[Finding]:
    for n, group in enumerate(building.listed(value.get("priority_groups"))):
        if isinstance(group, dict):
            for one in building.ids_in(group.get("achievements"), f"/priority_groups/{n}/achievements"):
                if one.id not in known:
                    yield not_found(source, one.pointer, f"achievement '{one.id}' of a priority group")


def _absent(normal: Normal, source: Source) -> Iterator[Finding]:
    value = normal.value
    if value.get("achievements") == []:
        yield source.warning("W22", normal.pointer(("achievements",)), "no achievements", "list them")
    elif value.get("parallelization_level") == "level_1" and not any(
        isinstance(item.value, dict) and item.value.get("sub_executions") for item in normal.items
    ):
        yield source.warning(
            "W22",
            "/parallelization_level",
            "level_1 without sub_executions",
            "list the sub_executions of the achievement, or choose another level",
        )


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sort errors before warnings, each in the order of the file; cycles, which have their own, come last."""
    return tuple(sorted(findings, key=_place))


def _place(one: Finding) -> tuple[bool, bool, int, int]:
    is_cycle = one.code == "J12"
    place = (0, 0) if is_cycle else (one.line, one.column)
    return one.severity is not Severity.ERROR, is_cycle, *place
