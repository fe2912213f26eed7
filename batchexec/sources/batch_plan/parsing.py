"""Makes a batch plan of the text of its file, or says all that keeps it from being one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from batchexec.errors import Problem, Severity, SourceError
from batchexec.markdown import Excerpt
from batchexec.sources.batch_plan import fields
from batchexec.sources.batch_plan.cycles import cycles
from batchexec.sources.batch_plan.edges import Head, Needs, canonical, read_needs
from batchexec.sources.batch_plan.fields import Fields, find_goal, one_text, read_fields
from batchexec.sources.batch_plan.items import files_of, gates_of, steps_of
from batchexec.sources.batch_plan.plan import BatchPlan, PlanPhase
from batchexec.sources.files import read_excerpt
from batchexec.sources.prp.dependencies import without_parentheses
from batchexec.sources.prp.document import parse_document
from batchexec.sources.prp.effort import parse_effort
from batchexec.sources.prp.header import read_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.sources.prp.document import Document, Section
    from batchexec.sources.prp.labels import Label

_PHASE = re.compile(
    r"[^\w\s]{0,4}\s*(?:\d+[.)]\s*)?(?:Pre-)?Phase\s+(?P<n>[0-9]{1,9}(?:\.[0-9]{1,9})?[A-Za-z]?)(?!\w)"
    r"\s*[:.–—-]?\s*(?P<title>.*)$",
    re.IGNORECASE,
)
_TICK = re.compile(r"[ \t]*[✅✓☑❌⏳]\ufe0f?$")
_NOTE = re.compile(r"(?<=\s)\((?P<note>[^()]*)\)$")
_EXAMPLES = {
    fields.GOAL: "Mail survives transient errors",
    fields.HOURS: "1.5",
    fields.COMPLEXITY: "low",
    fields.FILES: "shop/mail.py",
    fields.DEPENDENCIES: "Phase 1",
    fields.STEPS: "",
    fields.GATES: "",
}
_IN_ANY_CASE = frozenset({fields.GOAL, fields.DEPENDENCIES, fields.STEPS})
_LEVELS = ("low", "medium", "high")


class _Found(NamedTuple):
    head: Head
    title: str
    fields: Fields


def read_batch_plan(path: Path, *, lenient: bool = False) -> BatchPlan:
    return _parsed(read_excerpt(path), lenient=lenient)


def parse_batch_plan(text: str, path: str, *, lenient: bool = False) -> BatchPlan:
    """
    Read a plan. Raises SourceError with everything that is wrong with it.

    A lenient plan may leave out all but goals, dependencies and steps.
    """
    source = Excerpt.of(path, text.encode(errors="surrogatepass"))
    return _parsed(source, lenient=lenient)


def _parsed(source: Excerpt, *, lenient: bool) -> BatchPlan:
    header = read_header(source)
    document = parse_document(source, header.span)
    found = list(_find(document))
    needs = read_needs(
        list({one.head.number: one.head for one in reversed(found)}.values())[::-1],
        {one.head.number: one.fields[fields.DEPENDENCIES] for one in reversed(found)},
    )
    required = _IN_ANY_CASE if lenient else frozenset(_EXAMPLES)
    problems = [*_none(source, found), *_missing(found, required), *_repeated(found)]
    problems += (problem for one in needs.values() for problem in one.problems.values())
    problems += _circular(found, needs)
    warnings = list(document.problems)
    phases = tuple(_phase(one, needs[one.head.number], document, warnings) for one in found)
    if problems:
        raise SourceError.of([*problems, *warnings])
    return BatchPlan(source.file, phases, tuple(warnings))


def _find(document: Document) -> Iterator[_Found]:
    named = [
        (section, match, goal)
        for section in document.sections
        if section.level in {3, 4}
        and (match := _PHASE.match(section.text))
        and (goal := find_goal(document, section))
    ]
    ends = [section.line for section, _, _ in named[1:]]
    for place, (section, match, goal) in enumerate(named):
        end = min([section.end, *ends[place : place + 1]])
        head = Head(canonical(match["n"]), document.at(section.line))
        yield _Found(head, _title(match["title"]), _fields(document, section, end, goal))


def _fields(document: Document, section: Section, end: int, goal: Label) -> Fields:
    return read_fields(document, section.line + 1, end, goal)


def _title(text: str) -> str:
    """Give a title without a tick and a duration: `Helper (45 min) ✅`."""
    text = _TICK.sub("", text.strip()).replace("**", "").strip()
    if (found := _NOTE.search(text)) and parse_effort(found["note"]):
        return text[: found.start()].strip()
    return text


def _phase(one: _Found, needs: Needs, document: Document, warnings: list[Problem]) -> PlanPhase:
    said = one.fields
    files, outside = files_of(said[fields.FILES])
    hours_text = one_text(said[fields.HOURS]).replace("*", "").replace("`", "")
    hours = parse_effort(hours_text)
    complexity = _complexity(one_text(said[fields.COMPLEXITY]))
    for path, line in outside:
        message = f"the path {path} leads out of the repository and is ignored"
        hint = "name a file below the repository's root"
        warnings.append(Problem(document.at(line), message, hint, Severity.WARNING))
    if hours_text and hours is None:
        where = document.at(said[fields.HOURS][0].line)
        message = f"{one.head.name}: {hours_text!r} says no number of hours"
        warnings.append(Problem(where, message, "write hours, like `1.5` or `3-5`", Severity.WARNING))
    return PlanPhase(
        number=one.head.number,
        title=one.title,
        location=one.head.location,
        goal=one_text(said[fields.GOAL]),
        hours=hours,
        hours_text=hours_text,
        complexity=complexity,
        files=tuple(files),
        before=tuple(needs.before.values()),
        prps=tuple(needs.prps.values()),
        requirements=tuple(needs.requirements),
        steps=steps_of(said[fields.STEPS]),
        gates=gates_of(said[fields.GATES]),
        conflict_notes=one_text(said[fields.NOTES]),
    )


def _complexity(text: str) -> str:
    """Give the highest level named outside of notes: `low-medium` is medium."""
    text = without_parentheses(text).replace("*", "").replace("`", "").strip().lower()
    named = [level for level in _LEVELS if re.search(rf"\b{level}\b", text)]
    return named[-1] if named else text


def _none(source: Excerpt, found: Sequence[_Found]) -> Iterator[Problem]:
    if not found:
        hint = "write `### Phase 1: Title` with `**Goal**: …` below it for each"
        yield Problem(source.at(1), "no phases in this plan", hint)


def _missing(found: Sequence[_Found], required: frozenset[str]) -> Iterator[Problem]:
    for one in found:
        if not one.title:
            hint = f"write `### {one.head.name}: Title`"
            yield Problem(one.head.location, f"{one.head.name}: missing title", hint)
        for name, example in _EXAMPLES.items():
            if name in required and not any(field.says_something for field in one.fields[name]):
                shown = name.title()
                hint = (
                    f"add a line `**{shown}**: {example}`" if example else f"add a list below `**{shown}**:`"
                )
                yield Problem(one.head.location, f'{one.head.name}: missing field "{shown}"', hint)


def _repeated(found: Sequence[_Found]) -> Iterator[Problem]:
    numbers: dict[str, Head] = {}
    titles: dict[str, Head] = {}
    for one in found:
        head, title = one.head, " ".join(one.title.casefold().split())
        first = numbers.setdefault(head.number, head)
        if first is not head:
            message = f"{head.name} is defined twice: {first.location} and {head.location}"
            yield Problem(head.location, message, "number phases differently")
        first = titles.setdefault(title, head) if title else head
        if first is not head:
            message = f'{first.name} and {head.name} have one title: "{one.title}"'
            yield Problem(head.location, message, "give them different ones")


def _circular(found: Sequence[_Found], needs: Mapping[str, Needs]) -> Iterator[Problem]:
    places = {one.head.number: one.head.location for one in found}
    for ring in cycles({number: one.before for number, one in needs.items()}):
        steps = " -> ".join(f"Phase {number}" for number in (*ring, ring[0]))
        message, hint = f"Circular dependency: {steps}", "take one of these dependencies out"
        yield Problem(places[ring[0]], message, hint)
