"""Reads a PLAN: its list of achievements from the index or the definitions, and what is said of each."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.sources.files import read_excerpt
from batchexec.sources.plan import names
from batchexec.sources.plan.body import Body, read_body
from batchexec.sources.plan.document import Document, is_section_heading
from batchexec.sources.plan.entries import (
    Entry,
    clean_title,
    definition,
    effort_at_end,
    index_entry,
    priority_heading,
)
from batchexec.sources.plan.heads import TITLE
from batchexec.sources.plan.ids import ID, canonical, valid_id
from batchexec.sources.plan.places import WORK_SPACE, is_flat
from batchexec.sources.plan.plan import Achievement, Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from batchexec.markdown import Excerpt
    from batchexec.sources.plan.document import Section
    from batchexec.sources.plan.entries import Priority

_HANDOFF = re.compile(r"current status.*handoff", re.IGNORECASE)
_NEXT = re.compile(r"\bnext\b", re.IGNORECASE)
_MENTION = re.compile(rf"Achievement\s+({ID})(?!\w|\.\d)", re.ASCII)
_LONGEST = 1000
_IN_INDEX = 2
_LINES = (700, 900)
_HOURS = (30, 40)


def read_plan(file: Path, workspace: Path) -> Plan:
    """Read a PLAN document. Raises SourceError if it cannot be read; what it says never raises."""
    flat = is_flat(file, workspace)
    directory = workspace / WORK_SPACE if flat else file.parent
    return parse_plan(read_excerpt(file), file, directory, flat=flat)


def parse_plan(source: Excerpt, file: Path, directory: Path, *, flat: bool = False) -> Plan:
    return _Reader(Document(source)).plan(file, directory, flat=flat)


@dataclass(slots=True)
class _Found:
    """The lines that count, in document order."""

    index: list[Entry] = field(default_factory=list)
    definitions: list[Entry] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    priorities: dict[int, Priority] = field(default_factory=dict)
    title: str = ""


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = list(document.problems)
        self.found = _Found()
        self.sections = document.sections
        self.starts = [section.line for section in self.sections]

    def plan(self, file: Path, directory: Path, *, flat: bool) -> Plan:
        self._scan()
        lines = self.document.lines
        count = len(lines) - (lines[-1:] == ("",))
        achievements = self._achievements()
        plan_name = names.plan_name_of(file.name)
        self._check(plan_name, count, achievements)
        return Plan(
            name=plan_name,
            title=self.found.title or self.document.header.heading or plan_name,
            file=file,
            directory=directory,
            flat=flat,
            achievements=achievements,
            metadata=self.document.header.values,
            goal=self.document.section_text("Goals?"),
            next_hint=self._next_hint({one.id for one in achievements}),
            lines=count,
            problems=tuple(self.problems),
        )

    def _scan(self) -> None:
        """Look at every line once; a priority is in force up to the next section that names no other."""
        found = self.found
        priority = None
        in_index = False
        for number, line in self.document.visible():
            entry = definition(line, number)
            if line[:1] == "#":
                heading = priority_heading(line)
                if is_section_heading(line):
                    in_index = "achievement index" in line.lower()
                    priority = priority if entry else None
                priority = heading or priority
                self._heading(number, line)
            elif line[:2] == "**":
                priority = priority_heading(line) or priority
            listed = index_entry(line, number) if in_index else None
            if listed:
                found.index.append(listed)
            if entry:
                found.definitions.append(entry)
            if priority and (entry or listed):
                found.priorities[number] = priority

    def _heading(self, number: int, line: str) -> None:
        if line[:2] == "##" and line[:4] != "####":
            self.found.headings.append(number)
        elif not self.found.title and (title := TITLE.match(line[:_LONGEST])):
            self.found.title = title[1].strip()

    def _achievements(self) -> tuple[Achievement, ...]:
        chosen = self._definitions()
        index = self._index()
        if not index:
            ordered = sorted(chosen.values(), key=_line)
            return tuple(self._achievement(entry, entry) for entry in ordered)
        for entry in sorted(chosen.values(), key=_line):
            if canonical(entry.written_id) not in index:
                self._not_listed(entry)
        return tuple(self._achievement(entry, chosen.get(id_)) for id_, entry in index.items())

    def _index(self) -> dict[str, Entry]:
        index: dict[str, Entry] = {}
        for entry in self.found.index:
            self._check_id(entry)
            first = index.setdefault(canonical(entry.written_id), entry)
            if first is not entry:
                message = f"achievement {first.written_id} is listed twice, first in line {first.line}"
                self._warn(entry.line, message, "list it once", "listed-twice")
        return index

    def _definitions(self) -> dict[str, Entry]:
        """Choose for each id the line that describes it: sections of achievements first, the index last."""
        ranked = sorted(self.found.definitions, key=lambda entry: (self._rank(entry.line), entry.line))
        chosen: dict[str, Entry] = {}
        for entry in ranked:
            id_ = canonical(entry.written_id)
            if id_ not in chosen and (self._rank(entry.line) < _IN_INDEX or self._body(entry).says_anything):
                chosen[id_] = entry
                if not self.found.index:
                    self._check_id(entry)
        return chosen

    def _rank(self, line: int) -> int:
        section = self._section(line)
        name = section.name.lower() if section else ""
        if "achievement index" in name:
            return _IN_INDEX
        return 0 if "achievement" in name and "index" not in name and "log" not in name else 1

    def _section(self, line: int) -> Section | None:
        place = bisect_right(self.starts, line) - 1
        return self.sections[place] if place >= 0 else None

    def _achievement(self, entry: Entry, defined: Entry | None) -> Achievement:
        body = self._body(defined) if defined else Body()
        best = defined or entry
        first, last = (best.line + 1, self._end(best)) if defined else (0, 0)
        id_ = canonical(entry.written_id)
        priority = self.found.priorities.get(best.line) or self.found.priorities.get(entry.line)
        return Achievement(
            id=id_,
            title=clean_title(best.raw_title),
            raw_title=best.raw_title,
            location=self.document.at(best.line),
            priority=priority.number if priority else id_.partition(".")[0],
            priority_name=priority.name if priority else "",
            effort=body.effort or effort_at_end(best.raw_title) or effort_at_end(entry.raw_title),
            dependencies=body.dependencies,
            parts=body.parts,
            others=body.others,
            body=self.document.text(first, last) if defined else "",
            defined=defined is not None,
        )

    def _body(self, entry: Entry) -> Body:
        return read_body(self.document, entry.line + 1, self._end(entry))

    def _end(self, entry: Entry) -> int:
        """Give the line where a description ends: the next one, or a heading of level 2 or 3."""
        ends = [len(self.document.lines) + 1]
        for lines in (self.bounds, self.found.headings):
            place = bisect_right(lines, entry.line)
            ends += lines[place : place + 1]
        return min(ends)

    @cached_property
    def bounds(self) -> list[int]:
        return [entry.line for entry in self.found.definitions]

    def _next_hint(self, ids: Collection[str]) -> str:
        """Give the achievement the handoff calls the next one, on that line or the first one after it."""
        handoff = next((one for one in self.sections if _HANDOFF.search(one.name[:_LONGEST])), None)
        if not handoff:
            return ""
        announced = False
        for _, line in self.document.visible(handoff.line + 1, handoff.end):
            announced = announced or bool(_NEXT.search(line[:_LONGEST]))
            mention = _MENTION.search(line[:_LONGEST]) if announced else None
            if mention and canonical(mention[1]) in ids:
                return canonical(mention[1])
        return ""

    def _check(self, name: str, lines: int, achievements: Sequence[Achievement]) -> None:
        if trouble := names.problem_with_plan_name(name):
            message = f"the plan's name {name} {trouble}"
            self._warn(1, message, "use capital letters, digits and hyphens, as in MY-PLAN", "plan-name")
        if not self.found.title:
            self._warn(1, "there is no title `# PLAN: …`", "start with one", "no-title")
        if not achievements:
            hint = "list them below `## Achievement Index`, as in `- Achievement 1.1: title`"
            self._warn(1, "no achievements are found", hint, "no-achievements")
        if limit := _exceeded(lines, _LINES):
            self._warn(1, f"the PLAN has {lines:,} lines, more than {limit}", "split it", "plan-lines")
        hours = sum(one.effort.high for one in achievements if one.effort)
        if limit := _exceeded(hours, _HOURS):
            message = f"the PLAN may take {hours:,g} hours, more than {limit}"
            self._warn(1, message, "split it", "plan-hours")

    def _check_id(self, entry: Entry) -> None:
        if hint := valid_id(entry.written_id):
            message = f"{entry.written_id} is no id of an achievement"
            self.problems.append(Problem(self.document.at(entry.line), message, hint, code="id"))

    def _not_listed(self, entry: Entry) -> None:
        message = f"achievement {entry.written_id} is described here and not listed in the index"
        self._warn(entry.line, message, "list it there if it is to be worked on", "not-listed")

    def _warn(self, line: int, message: str, hint: str, code: str) -> None:
        self.problems.append(Problem(self.document.at(line), message, hint, Severity.WARNING, code))


def _exceeded(value: float, limits: Sequence[int]) -> int:
    return max((limit for limit in limits if value > limit), default=0)


def _line(entry: Entry) -> int:
    return entry.line
