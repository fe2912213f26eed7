"""Finds the phases of a PRP that are work to do, and leaves alone those that only look like it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchexec.errors import Problem, Severity
from batchexec.sources.prp.document import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.sources.prp.document import Document, Section

WORK = frozenset(
    {"implementation steps", "implementation blueprint", "implementation", "implementation plan", "phases"}
)
NO_WORK = frozenset(
    {
        "rollout plan",
        "validation gates",
        "testing strategy",
        "acceptance criteria",
        "timeline",
        "research findings",
        "notes",
    }
)
_START = re.compile(r"(?:\d+[.)]\s*)?(?:Pre-)?Phase\s+(?P<n>\d+(?:\.\d+)?[a-z]?)\s*[:.–—-]?\s*")
_TICK = re.compile(r"\s*[✅✓☑❌⏳]\ufe0f?$")
_ELSEWHERE = re.compile(r"not (?:in )?this prp|subsequent prps|post-prp", re.IGNORECASE)
_STEP = re.compile(r"\W*Step\s+\d")


class PhaseName(NamedTuple):
    number: str
    title: str
    note: str

    @property
    def is_elsewhere(self) -> bool:
        return bool(_ELSEWHERE.search(self.note))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The lines of a phase, from its heading at `line` up to `end`."""

    number: str
    title: str
    line: int
    end: int


def parse_phase_name(text: str) -> PhaseName | None:
    """Read number, title and the note in parentheses off a heading; None for any other heading."""
    found = _START.match(text)
    if not found:
        return None
    title = _TICK.sub("", text[found.end() :].strip())
    if title.endswith(")"):
        opened = title.rfind("(")
        inside = title[opened + 1 : -1]
        if opened >= 0 and ")" not in inside:
            return PhaseName(found["n"], title[:opened].strip(), inside.strip())
    return PhaseName(found["n"], title, "")


def find_phases(document: Document) -> tuple[list[Stretch], list[Problem]]:
    """List the phases; a section of work without phase headings is one."""
    named = next(
        (section for section in document.sections if section.level == 2 and section.name in WORK), None
    )
    around = named or _section_with_phases(document)
    if around is None:
        return [], []
    found = list(_phases(document, around))
    problems = []
    if named is None:
        message = (
            f"the phases stand below {around.text!r}" if around.text else "the phases stand in no section"
        )
        hint = "call the section `Implementation Steps`"
        where = document.at(around.line)
        problems.append(Problem(where, message, hint, Severity.WARNING, "phases-elsewhere"))
    if any(_is_phase(section) for section in document.within(around.line + 1, around.end)):
        return found, problems
    return [Stretch("1", bare(around.text), around.line, around.end)], problems


def is_no_work(section: Section) -> bool:
    return section.name in NO_WORK or section.is_below(NO_WORK)


def _section_with_phases(document: Document) -> Section | None:
    for section in document.sections:
        if _is_phase(section) and not is_no_work(section):
            return section.parent or section
    return None


def _is_phase(section: Section) -> bool:
    return section.level in {3, 4} and parse_phase_name(section.text) is not None


def _phases(document: Document, around: Section) -> Iterator[Stretch]:
    inside = document.within(around.line + 1, around.end)
    for place, section in enumerate(inside):
        if section.level not in {3, 4} or is_no_work(section):
            continue
        name = parse_phase_name(section.text)
        if name and not name.is_elsewhere:
            end = _end(section, inside[place + 1 :], around.end)
            yield Stretch(name.number, name.title, section.line, end)


def _end(section: Section, following: Sequence[Section], last: int) -> int:
    """Give the line where a phase ends: `### Step 1` does not end a phase of its own level."""
    for other in following:
        is_step = other.level >= section.level and _STEP.match(other.text)
        if _is_phase(other) or (other.level <= section.level and not is_step):
            return other.line
    return last
