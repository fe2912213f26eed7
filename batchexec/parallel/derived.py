"""Holds what achievements say of each other to their dependencies: who blocks whom, who runs beside whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.parallel.building import ids_in
from batchexec.parallel.dialects import shown
from batchexec.parallel.reach import reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.parallel.dialects import Item, Normal
    from batchexec.parallel.parallel import Finding, Parallel
    from batchexec.parallel.reach import Reach

STATUSES = (
    "not_started",
    "subplan_created",
    "execution_created",
    "in_progress",
    "complete",
    "failed",
    "skipped",
)


def check(model: Parallel, normal: Normal) -> Iterator[Finding]:
    items = [item for item in normal.items if item.id]
    yield from _blocks(items, model)
    if any("parallelizable_with" in item.value for item in items):
        yield from _neighbours(items, model, reach(model.dependencies))
    yield from _unknown_statuses(items, model)


def _blocks(items: list[Item], model: Parallel) -> Iterator[Finding]:
    dependents: dict[str, dict[str, None]] = {}
    for work in model.achievements:
        for needed in work.dependencies:
            dependents.setdefault(needed, {})[work.id] = None
    for item in items:
        if "blocks" not in item.value:
            continue
        pointer, waiting = item.at("blocks"), dependents.get(item.id, {})
        listed = ids_in(item.value["blocks"], pointer)
        for one in listed:
            if one.id not in waiting and one.id not in model.external:
                message = f"{item.id} blocks {one.id}, which does not depend on it"
                yield model.source.warning("W35", one.pointer, message, "the dependencies count")
        named = {one.id for one in listed}
        for id_ in waiting:
            if id_ not in named:
                message = f"{id_} depends on {item.id}, which does not list it in blocks"
                yield model.source.warning("W35", pointer, message, "the dependencies count")


def _neighbours(items: list[Item], model: Parallel, far: Reach) -> Iterator[Finding]:
    beside = {work.id: set(work.beside or ()) for work in model.achievements}
    external = set(model.external)
    for item in items:
        for one in ids_in(item.value.get("parallelizable_with"), item.at("parallelizable_with")):
            if one.id == item.id or far.depends(item.id, one.id) or far.depends(one.id, item.id):
                why = f"{item.id} is parallelizable_with {one.id}, but one waits for the other"
            elif one.id not in external and item.id not in beside.get(one.id, ()):
                why = f"{item.id} is parallelizable_with {one.id}, which does not say so itself"
            else:
                continue
            yield model.source.warning("W35", one.pointer, why, "the dependencies count")


def _unknown_statuses(items: list[Item], model: Parallel) -> Iterator[Finding]:
    for item in items:
        status = item.value.get("status")
        if isinstance(status, str) and status not in STATUSES:
            message = f"status {shown(status)} of {item.id} is none of {', '.join(STATUSES)}"
            yield model.source.warning(
                "W37", item.at("status"), message, "the files decide; it can be left out"
            )
