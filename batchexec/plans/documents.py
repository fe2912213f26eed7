"""Brings a PLAN and its parallel.json together, or makes do with one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import BatchError
from batchexec.parallel import find_parallel, read_parallel
from batchexec.sources.plan import find_workspace, plan_files, read_plan
from batchexec.sources.plan.names import plan_name_of
from batchexec.sources.plan.plan import Plan

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.parallel import Checked

_OWN = ("subplans", "execution")


@dataclass(frozen=True, slots=True)
class Documents:
    """A plan and its graph, if it has one; `foreign` names the plan whose graph lies in its place."""

    plan: Plan
    parallel: Checked | None
    foreign: str = ""


def read_documents(file: Path | None, directory: Path, workspace: Path) -> Documents:
    """Read a PLAN and the graph beside it, or a directory that has a graph and no PLAN."""
    if file is None:
        return _without_plan(directory, workspace)
    plan = read_plan(file, workspace)
    parallel = _parallel_in(plan.file.parent)
    # A flat one has neighbours, whose graph it may be.
    foreign = _neighbour(plan, parallel) if plan.flat else ""
    return Documents(plan, None if foreign else parallel, foreign)


def _without_plan(directory: Path, workspace: Path) -> Documents:
    """Make do with a graph: what else the directory has counts, or else the plan it names."""
    parallel = _parallel_in(directory)
    name = parallel.model.plan_name if parallel and parallel.model else ""
    own = any((directory / part).is_dir() for part in _OWN)
    if not own and (file := _plan_named(name, _workspace_of(directory, workspace))):
        return Documents(read_plan(file, workspace), parallel)
    return Documents(_bare(name or directory.name, directory), parallel)


def _neighbour(plan: Plan, parallel: Checked | None) -> str:
    other = parallel.model.plan_name if parallel and parallel.model else ""
    is_there = other and other != plan.name and (plan.file.parent / f"PLAN_{other}.md").is_file()
    return other if is_there else ""


def _parallel_in(directory: Path) -> Checked | None:
    path = find_parallel(directory)
    return read_parallel(path) if path else None


def _workspace_of(directory: Path, otherwise: Path) -> Path:
    try:
        return find_workspace(directory)
    except BatchError:
        return otherwise


def _plan_named(name: str, workspace: Path) -> Path | None:
    files = [file for file in plan_files(workspace) if plan_name_of(file.name) == name]
    return files[0] if len(files) == 1 else None


def _bare(name: str, directory: Path) -> Plan:
    """Make a plan that has no document."""
    file = directory / f"PLAN_{name}.md"
    return Plan(name=name, title=name, file=file, directory=directory, flat=False, achievements=())
