"""Draws the graph of a plan: as text, as a tree, for Mermaid, for Graphviz, and for programs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from batchexec.plans.schedule import dependents
from batchexec.plans.status import Group, PlanStatus
from batchexec.plans.times import remaining_times, whole_times
from batchexec.plans.tree import tree
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from batchexec.plans.standing import Standing

SCHEMA_VERSION = 1

COLOURS = {
    "complete": "#c8e6c9",
    "skipped": "#e0e0e0",
    "in_progress": "#fff9c4",
    "failed": "#ffcdd2",
    "ready": "#bbdefb",
    "blocked": "#ffe0b2",
    "unlisted": "#ffffff",
}
_NO_NAME = re.compile(r"[^0-9A-Za-z]")
_MERMAID = str.maketrans({'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "`": "#96;"})
_DOT = str.maketrans({'"': r"\"", "\\": r"\\"})


def draw(standing: Standing, form: str) -> str:
    """Draw a plan in one of `FORMATS`; lines end with LF, the last one too."""
    return printable("".join(f"{line}\n" for line in FORMATS[form](standing)))


def kind_of(standing: Standing, id_: str) -> str:
    """Say in one word what there is to see: the status where it tells enough, else ready or blocked."""
    if id_ not in standing.groups:
        return "unlisted"
    status, group = standing.statuses[id_], standing.groups[id_]
    if status is PlanStatus.FAILED or group not in {Group.READY, Group.BLOCKED}:
        return str(status)
    return str(group)


def _ascii(standing: Standing) -> Iterator[str]:
    yield "📊 Dependency Graph:"
    for id_, deps in standing.dependencies.items():
        yield f"  {id_} → {'depends on: ' + ', '.join(deps) if deps else 'no dependencies'}"


def _levels(standing: Standing) -> Iterator[str]:
    yield "📊 Dependency Levels:"
    for level, ids in by_level(standing).items():
        yield f"  Level {level}: {', '.join(ids)}"


def by_level(standing: Standing) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_ in standing.order:
        found.setdefault(standing.levels[id_], []).append(id_)
    return found


def _tree(standing: Standing) -> Iterator[str]:
    yield "📊 Dependency Tree:"
    below = dependents(standing.dependencies)
    for before, id_, note in tree(standing.dependencies, below):
        yield f"  {before}{_label(standing, id_)}{note}"


def _mermaid(standing: Standing) -> Iterator[str]:
    yield "graph LR"
    drawn: dict[str, str] = {}
    unlocks = dependents(standing.dependencies)
    for id_, deps in standing.dependencies.items():
        if not deps and not unlocks[id_]:
            yield f"  {_mermaid_node(standing, id_, drawn)}"
        for dep in deps:
            before = _mermaid_node(standing, dep, drawn)
            yield f"  {before} --> {_mermaid_node(standing, id_, drawn)}"
    used = set(drawn.values())
    for kind, colour in COLOURS.items():
        if kind in used:
            yield f"  classDef {kind} fill:{colour},color:#000"


def _mermaid_node(standing: Standing, id_: str, drawn: dict[str, str]) -> str:
    """Say all of a node where it is first spoken of, afterwards its name."""
    name = f"a{_NO_NAME.sub('_', id_)}"
    if id_ in drawn:
        return name
    drawn[id_] = kind_of(standing, id_)
    return f'{name}["{_label(standing, id_).translate(_MERMAID)}"]:::{drawn[id_]}'


def _dot(standing: Standing) -> Iterator[str]:
    yield "digraph plan {"
    yield "  rankdir=LR;"
    yield "  node [shape=box, style=filled];"
    for id_ in _drawn(standing.dependencies):
        kind = kind_of(standing, id_)
        label = _label(standing, id_).translate(_DOT)
        yield f'  "{id_.translate(_DOT)}" [label="{label}", class="{kind}", fillcolor="{COLOURS[kind]}"];'
    for dep, id_ in _edges(standing.dependencies):
        yield f'  "{dep.translate(_DOT)}" -> "{id_.translate(_DOT)}";'
    yield "}"


def _json(standing: Standing) -> Iterator[str]:
    nodes = [
        {
            "id": id_,
            "title": standing.titles[id_],
            "status": standing.statuses[id_],
            "group": standing.groups[id_],
            "level": standing.levels[id_],
            "dependencies": list(deps),
        }
        for id_, deps in standing.dependencies.items()
    ]
    edges = [{"from": dep, "to": id_} for dep, id_ in _edges(standing.dependencies)]
    document = {
        "schema_version": SCHEMA_VERSION,
        "plan": standing.name,
        "nodes": nodes,
        "edges": edges,
        "hours": whole_times(standing).as_json(),
        "remaining_hours": remaining_times(standing).as_json(),
    }
    yield json.dumps(document, indent=2, ensure_ascii=False)


def _drawn(dependencies: Mapping[str, tuple[str, ...]]) -> dict[str, None]:
    unlisted = (dep for deps in dependencies.values() for dep in deps if dep not in dependencies)
    return dict.fromkeys((*dependencies, *unlisted))


def _edges(dependencies: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """List the arrows, each from a dependency to what depends on it."""
    return ((dep, id_) for id_, deps in dependencies.items() for dep in deps)


def _label(standing: Standing, id_: str) -> str:
    return f"{id_} {' '.join(standing.titles.get(id_, '').split())}".rstrip()


FORMATS: Mapping[str, Callable[[Standing], Iterator[str]]] = {
    "ascii": _ascii,
    "levels": _levels,
    "tree": _tree,
    "mermaid": _mermaid,
    "dot": _dot,
    "json": _json,
}
