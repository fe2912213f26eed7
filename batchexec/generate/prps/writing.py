"""Puts what a PRP says into the forms in which it is read back."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING, Any

from batchexec.generate.encoding import one_line
from batchexec.sources.prp import paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.generate.prps.ordering import Placed
    from batchexec.sources.batch_plan import Item, PlanPhase

_NO_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 50
_LONGEST_NOTES = 1000
# Without quotes only what no reader of YAML takes for anything but text.
_PLAIN = re.compile(r"(?:[A-Za-z][\w./-]*(?: [\w./-]+)*)", re.ASCII)
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_NOTE = re.compile(r"\s*\([^()]*\)$")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t"}


def slug(title: str, number: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return _NO_SLUG.sub("-", ascii_only.lower()).strip("-")[:_LONGEST_SLUG].strip("-") or f"phase-{number}"


def yaml_text(text: str) -> str:
    """Write a text as a value of YAML."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return f'"{"".join(map(_yaml_character, text))}"'


def _yaml_character(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def facts(placed: Placed, ids: Mapping[str, str], running: int, created: str) -> dict[str, Any]:
    """Tell the template about one PRP; `ids` are those of all phases, `running` counts through the batch."""
    phase = placed.phase
    prp_id = ids[phase.number]
    batch = prp_id.removeprefix("PRP-").partition(".")[0]
    return {
        "id": prp_id,
        "title": one_line(phase.title),
        "phase_title": _phase_title(one_line(phase.title)),
        "created": one_line(created),
        "goal": one_line(phase.goal),
        "complexity": one_line(phase.complexity),
        "hours": _hours(phase),
        "dependencies": dependencies(placed, ids),
        "batch": batch,
        "stage": placed.stage,
        "order": placed.order,
        "running": running,
        "conflicts": one_line(phase.conflict_notes)[:_LONGEST_NOTES].strip() or "none",
        "branch": f"{prp_id.lower().replace('.', '-')}-{slug(phase.title, phase.number)}",
        "files": [{"path": file_text(one.path), "action": one.action.value} for one in phase.files],
        "steps": [
            _listed(f"{number}. {step_text(item)}", item.body) for number, item in enumerate(phase.steps, 1)
        ],
        "gates": [
            _listed(f"- [ ] {one_line(item.text)}" if item.text else "", item.body) for item in phase.gates
        ],
        "gate_titles": [gate_title(item) for item in phase.gates],
        "gates_have_bodies": any(item.body for item in phase.gates),
    }


def dependencies(placed: Placed, ids: Mapping[str, str]) -> list[str]:
    """List what a PRP depends on by full ids; what is soft says so, and so it is read."""
    edges = [(ids[one.number], one.soft) for one in placed.before]
    edges += [(edge.id, edge.soft) for edge in placed.phase.prps]
    names = [f"Soft dependency on {prp_id}" if soft else prp_id for prp_id, soft in edges]
    return [*names, *map(one_line, placed.phase.requirements)]


def file_text(path: str) -> str:
    """Write a path so that it is taken for one: `Makefile` alone is a word."""
    listed = paths.listed(path)
    return path if listed and listed.path == path else f"./{path}"


def _phase_title(title: str) -> str:
    """Leave out notes at the end: that of a phase may say that it is none of this PRP's."""
    while (shorter := _NOTE.sub("", title)) != title:
        title = shorter
    return title or "Work"


def _hours(phase: PlanPhase) -> str:
    if phase.hours is None or any(round(hours, 2) != hours for hours in phase.hours):
        return one_line(phase.hours_text)
    low, high = phase.hours
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def gate_title(item: Item) -> str:
    return one_line(item.text) or "Commands"


def step_text(item: Item) -> str:
    return one_line(item.text) or "As follows"


def _listed(text: str, body: str) -> str:
    """
    Write an item of a list with the lines below it.

    Four blanks keep those from being read as headings of the document.
    """
    return f"{text}\n{textwrap.indent(body, '    ')}".strip("\n")
