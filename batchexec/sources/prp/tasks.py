"""Turns the PRPs of a batch into tasks, in the order they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.model import Dependency, Location, Output, Task
from batchexec.roles import role_of
from batchexec.sources.prp.prp import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from batchexec.model import Gate
    from batchexec.sources.prp.prp import Prp
    from batchexec.sources.prp.reader import Batch
    from batchexec.sources.prp.staging import Staging

FAMILY = "prp"
_PRIORITY = 2


def name_of(id_: str) -> str:
    return f"{FAMILY}:{id_}"


def tasks_of(
    batch: Batch, staging: Staging, gates_of: Callable[[Prp], Sequence[Gate]] = lambda prp: prp.gates
) -> tuple[Task, ...]:
    """Make a task of each PRP that has a place in the batch; a dependency that has none is left out."""
    return tuple(_task(batch.prps[id_], staging, gates_of) for id_ in staging.order)


def _task(prp: Prp, staging: Staging, gates_of: Callable[[Prp], Sequence[Gate]]) -> Task:
    where = {edge.id: edge.location for edge in prp.dependencies}
    return Task(
        name=name_of(prp.id),
        family=FAMILY,
        id=prp.id,
        title=prp.title,
        category=f"stage-{staging.stage[prp.id]}",
        priority=_PRIORITY,
        prompt=prp.text,
        location=prp.location,
        deps=_dependencies(staging.hard.get(prp.id, ()), where),
        soft_deps=_dependencies(staging.soft.get(prp.id, ()), where),
        outputs=_outputs(prp),
        gates=tuple(gates_of(prp)),
        stage=staging.stage[prp.id],
        wave=staging.wave[prp.id],
    )


def _dependencies(ids: Sequence[str], where: Mapping[str, Location]) -> tuple[Dependency, ...]:
    return tuple(Dependency(name_of(id_), where[id_]) for id_ in ids)


def _outputs(prp: Prp) -> tuple[Output, ...]:
    found = {file.path: file for file in prp.files if file.action is not Action.DELETE}
    return tuple(
        Output(path=path, location=file.location, role=role_of(path)) for path, file in found.items()
    )
