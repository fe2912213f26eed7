"""Builds the model of a normalised document from whatever in it is usable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchexec.parallel.edges import Dependency, Entry
from batchexec.parallel.parallel import Parallel, Work
from batchexec.parallel.schema import LEVELS
from batchexec.parallel.values import hours_of, is_id, is_sub_id, number_text
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from batchexec.parallel.dialects import Item, Normal
    from batchexec.parallel.source import Source


@dataclass(frozen=True, slots=True)
class Cross:
    """An edge of the cross-priority list: `one` depends on `on`."""

    one: Dependency
    on: Dependency


def entries(items: tuple[Item, ...]) -> list[Entry]:
    return [
        Entry(item.id, item.at("achievement_id"), _edges(item.value, item.pointer, is_id))
        for item in items
        if item.id
    ]


def sub_entries(item: Item) -> list[Entry]:
    return [
        Entry(sub["execution_id"], f"{pointer}/execution_id", _edges(sub, pointer, is_sub_id))
        for pointer, sub in _subs(item)
        if is_sub_id(sub.get("execution_id"))
    ]


def crossings(value: dict[str, Any]) -> Iterator[Cross]:
    for n, one in enumerate(listed(value.get("cross_priority_dependencies"))):
        if isinstance(one, dict) and is_id(one.get("from_achievement")) and is_id(one.get("to_achievement")):
            pointer = f"/cross_priority_dependencies/{n}"
            yield Cross(
                Dependency(one["from_achievement"], f"{pointer}/from_achievement"),
                Dependency(one["to_achievement"], f"{pointer}/to_achievement"),
            )


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def id_of(value: Any) -> str:
    """Read an id that stands by itself or in an object; "" if there is none."""
    if isinstance(value, dict):
        value = value.get("achievement_id", value.get("id"))
    return value if isinstance(value, str) and is_id(value) else ""


def ids_in(value: Any, pointer: str) -> list[Dependency]:
    """List the ids of a list that are ids, each with its place."""
    return [Dependency(one, f"{pointer}/{n}") for n, one in enumerate(listed(value)) if is_id(one)]


def _edges(value: dict[str, Any], pointer: str, right: Callable[[object], bool]) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(one, f"{pointer}/dependencies/{n}")
        for n, one in enumerate(listed(value.get("dependencies")))
        if right(one)
    )


def _subs(item: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    for n, sub in enumerate(listed(item.value.get("sub_executions"))):
        if isinstance(sub, dict):
            yield f"{item.pointer}/sub_executions/{n}", sub


def model(normal: Normal, edges: Mapping[str, tuple[str, ...]], path: Path, source: Source) -> Parallel:
    value = normal.value
    firsts: dict[str, Item] = {}
    for item in normal.items:
        if item.id:
            firsts.setdefault(item.id, item)
    level = value.get("parallelization_level")
    return Parallel(
        plan_name=_text(value.get("plan_name")),
        level=level if level in LEVELS else "",
        achievements=tuple(_achievement(item, edges[id_]) for id_, item in firsts.items()),
        external=tuple(
            dict.fromkeys(one for one in listed(value.get("external_achievements")) if is_id(one))
        ),
        created=_text(value.get("created_date")),
        notes="\n".join(filter(None, (_text(value.get("notes")), _text(value.get("analysis_notes"))))),
        path=path,
        dialect=normal.dialect,
        source=source,
    )


def _achievement(item: Item, dependencies: tuple[str, ...]) -> Work:
    value = item.value
    return Work(
        id=item.id,
        **_said(value),
        dependencies=dependencies,
        priority=number_text(value.get("priority")),
        subs=tuple(_distinct(item)),
        blocks=_ids(value, "blocks"),
        beside=_ids(value, "parallelizable_with"),
        pointer=item.pointer,
    )


def _distinct(item: Item) -> Iterator[Work]:
    seen: set[str] = set()
    for pointer, sub in _subs(item):
        id_ = sub.get("execution_id")
        if isinstance(id_, str) and is_sub_id(id_) and id_ not in seen:
            seen.add(id_)
            ends = tuple(dict.fromkeys(one.id for one in _edges(sub, pointer, is_sub_id)))
            yield Work(id=id_, **_said(sub), dependencies=ends, pointer=pointer)


def _said(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": _text(value.get("title")),
        "hours": hours_of(value.get("estimated_hours")),
        "actual_hours": hours_of(value.get("actual_hours")),
        "status": _text(value.get("status")),
    }


def _ids(value: dict[str, Any], key: str) -> tuple[str, ...] | None:
    return tuple(one for one in listed(value[key]) if is_id(one)) if key in value else None


def _text(value: Any) -> str:
    """Read text, or lines of a list, so that it can be shown and written."""
    lines = value if isinstance(value, list) else [value]
    return printable("\n".join(line for line in lines if isinstance(line, str)).strip())
