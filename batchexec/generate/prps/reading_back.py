"""Reads a PRP that was made of a phase as a run will read it: does it say what the phase says?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from batchexec.errors import Problem
from batchexec.generate.encoding import one_line
from batchexec.generate.prps.writing import gate_title, step_text
from batchexec.sources.prp import Action, parse_prp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from batchexec.generate.prps.ordering import Placed
    from batchexec.sources.batch_plan import PlanPhase
    from batchexec.sources.prp import DeclaredFile, Prp
    from batchexec.sources.prp.paths import Listed

_BETWEEN = re.compile(r"[\W_]+")


def differences(text: str, path: str, placed: Placed, ids: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what of a phase is not read back from the text of its PRP."""
    prp = parse_prp(text, path)
    wanted, found = _wanted(placed, ids), _found(prp, placed.phase)
    if len(wanted["steps"]) == len(found["steps"]):
        # A step without a word is called like its phase.
        found["steps"] = [said and title for said, title in zip(wanted["steps"], found["steps"], strict=True)]
    for what, value in wanted.items():
        if found[what] != value:
            message = f"{placed.phase.name}: its {what} would be read differently from its PRP, {path}"
            yield Problem(placed.phase.location, message, "write them more simply")


def _wanted(placed: Placed, ids: Mapping[str, str]) -> dict[str, Any]:
    phase = placed.phase
    edges = {ids[one.number]: one.soft for one in placed.before} | {one.id: one.soft for one in phase.prps}
    return {
        "id": ids[phase.number],
        "title": " ".join(one_line(phase.title).split()),
        "stage and order": (placed.stage, placed.order),
        "dependencies": edges,
        "requirements": tuple(map(one_line, phase.requirements)),
        "hours": phase.hours,
        "complexity": one_line(phase.complexity).strip(),
        "steps": [_words(step_text(item)) for item in phase.steps],
        "gates": [_words(gate_title(item)) for item in phase.gates],
        "files": {one.path for one in phase.files},
        "created files": _created(phase.files),
    }


def _found(prp: Prp, phase: PlanPhase) -> dict[str, Any]:
    # Labels among the steps may bring more gates, and steps more files.
    own = len(prp.gates) - len(phase.gates)
    files = {one.path for one in phase.files}
    return {
        "id": prp.id,
        "title": " ".join(prp.title.split()),
        "stage and order": (prp.stage_hint, prp.order),
        "dependencies": {edge.id: edge.soft for edge in prp.dependencies},
        "requirements": prp.requirements,
        "hours": prp.effort,
        "complexity": prp.complexity,
        "steps": [_words(step.title) for step in prp.steps],
        "gates": [_words(gate.title) for gate in prp.gates[max(own, 0) :]],
        "files": {one.path for one in prp.files} & files,
        "created files": _created(prp.files) & _created(phase.files),
    }


def _created(files: Iterable[Listed | DeclaredFile]) -> set[str]:
    """Name the files that would be missed; nothing has a name with a wildcard in it."""
    return {one.path for one in files if one.action is Action.CREATE and not {"*", "?"} & set(one.path)}


def _words(text: str) -> str:
    """Leave of a step or a gate what does not depend on how lists are written."""
    return _BETWEEN.sub(" ", text).strip()
