"""Reads SUBPLANs, EXECUTION_TASKs and FIX documents."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from batchexec.sources.files import read_excerpt
from batchexec.sources.plan import hours, ids
from batchexec.sources.plan.document import Document, Header, unfilled
from batchexec.sources.plan.names import parse_name, plan_named_in
from batchexec.sources.plan.plan import ExecutionTask, Fix, Part, Subplan

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from batchexec.markdown import Excerpt
    from batchexec.sources.plan.document import Section

SECTIONS: dict[Part, tuple[str, ...]] = {
    Part.OBJECTIVE: ("Objectives?",),
    Part.APPROACH: (
        "Approach",
        r".{0,200}\bApproach",
        r".{0,200}\bImplementation Strategy",
        "Execution Strategy",
    ),
    Part.DELIVERABLES: ("Deliverables", "What Needs to Be Created"),
    Part.SUCCESS: ("Success Criteria", "Expected Results", "Definition of Done"),
    Part.TESTS: ("Tests?", "Testing", "Validation"),
}
"""What the sections of a SUBPLAN may be called; the first name that occurs counts."""

_PLAN_KEYS = ("PLAN", "Plan", "Mother Plan")
_NUMBER_KEYS = ("Task Number", "Execution Number", "Task", "Execution")
_ESTIMATE_KEYS = ("Estimated Time", "Estimated Duration", "Estimated Effort")
_ROW = re.compile(r"\|\s*(\d{1,9}_\d{1,9})\s*\|", re.ASCII)
_H1 = re.compile(
    rf"(?:SUBPLAN|EXECUTION[_ ]TASK|FIX REQUIRED):\s*(?:Achievement\s+)?(?:{ids.ID}\b)?\s*[-–—:]*\s*",
    re.ASCII,
)
_FIRST_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def read_subplan(file: Path, known: Collection[str] = ()) -> Subplan:
    """Read a SUBPLAN; the ids its plan knows tell what a bare number in its name means."""
    return parse_subplan(read_excerpt(file), file, known)


def parse_subplan(source: Excerpt, file: Path, known: Collection[str] = ()) -> Subplan:
    document = Document(source)
    header = document.header
    sections = _sections(document)
    parts = {part: document.text(one.line + 1, one.end) for part, one in sections.items()}
    rows = (_ROW.match(line[:100]) for _, line in document.visible())
    text = source.text
    counted = Counter({str(part): unfilled(value) for part, value in parts.items()})
    counted[""] = unfilled(text) - counted.total()
    return Subplan(
        file=file,
        plan=_plan(header, file),
        id=_id(header, file, known),
        title=_title(header),
        header=header.values,
        parts=parts,
        planned=sum(row is not None for row in rows),
        unfilled=dict(+counted),
        text=text,
    )


def read_execution(file: Path, known: Collection[str] = ()) -> ExecutionTask:
    """Read an EXECUTION_TASK; the ids its plan knows tell what a bare number in its name means."""
    return parse_execution(read_excerpt(file), file, known)


def parse_execution(source: Excerpt, file: Path, known: Collection[str] = ()) -> ExecutionTask:
    document = Document(source)
    header = document.header
    text = source.text
    return ExecutionTask(
        file=file,
        plan=_plan(header, file),
        id=_id(header, file, known),
        number=_number(header, file),
        title=_title(header),
        subplan=header.first("SUBPLAN", "Subplan").strip("` "),
        header=header.values,
        estimated=hours.parse_hours(header.first(*_ESTIMATE_KEYS)),
        actual_hours=_actual_hours(document),
        started=header.first("Started", "Created"),
        completed=header.first("Completed"),
        status=header.first("Status"),
        unfilled=unfilled(text),
        text=text,
    )


def read_fix(file: Path, known: Collection[str] = ()) -> Fix:
    """Read what a FIX document wants changed."""
    return parse_fix(read_excerpt(file), file, known)


def parse_fix(source: Excerpt, file: Path, known: Collection[str] = ()) -> Fix:
    document = Document(source)
    return Fix(
        file=file,
        id=_id(document.header, file, known),
        summary=document.section_text("Summary"),
        issues=document.section_text("Issues Found"),
        next_steps=document.section_text("Next Steps"),
    )


def _sections(document: Document) -> dict[Part, Section]:
    found = {
        part: next(filter(None, map(document.first_section, wanted)), None)
        for part, wanted in SECTIONS.items()
    }
    return {part: section for part, section in found.items() if section}


def _id(header: Header, file: Path, known: Collection[str]) -> str:
    if header.id:
        return header.id
    name = parse_name(file.name)
    if not name:
        return ""
    meant = ids.by_digits(known).get(name.num, ()) if known else ()
    return meant[0] if len(meant) == 1 else ids.only_reading(name.num)


def _plan(header: Header, file: Path) -> str:
    """Give the plan the header names, else the file's name."""
    said = (plan_named_in(header.values[key]) for key in _PLAN_KEYS if key in header.values)
    name = parse_name(file.name)
    return next(filter(None, said), name.plan if name else "")


def _number(header: Header, file: Path) -> int:
    name = parse_name(file.name)
    if name and name.execution:
        return name.execution
    found = _FIRST_NUMBER.search(header.first(*_NUMBER_KEYS))
    return int(found[0]) if found else 0


def _title(header: Header) -> str:
    found = _H1.match(header.heading)
    return header.heading[found.end() :].strip() if found else header.heading


def _actual_hours(document: Document) -> float | None:
    """Give the hours the document says it took, wherever it says so first."""
    said = (hours.actual_hours(line) for _, line in document.visible() if "**" in line)
    first = next((one for one in said if one is not None), None)
    if first is None and (written := hours.parse_hours(document.header.first("Actual Time"))):
        return written.high
    return first
