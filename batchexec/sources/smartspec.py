"""Reads a directory of prompt files into tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.categories import category_of
from batchexec.errors import Problem, Severity, SourceError
from batchexec.markdown import Fence, Heading, open_fence, scan
from batchexec.model import CATEGORIES, DEFAULT_PRIORITY, Location, Task
from batchexec.sources import clues, ids
from batchexec.sources.checklist import Checklist, Entry, parse_checklist, read_checklist, ticks
from batchexec.sources.dependencies import Names
from batchexec.sources.dialects import LABELS
from batchexec.sources.files import read_excerpt, shown
from batchexec.sources.prompts_dir import Kind, find_run, markdown_files, parse_file_name
from batchexec.sources.reading import Reading
from batchexec.sources.sections import task_sections, whole_file
from batchexec.sources.summary import check_summaries
from batchexec.sources.walk import read_parts
from batchexec.sources.writers import conflicts, settle_fragments

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.markdown import Excerpt, Item
    from batchexec.model import Dependency
    from batchexec.sources.parts import Parts
    from batchexec.sources.prompts_dir import FileName
    from batchexec.sources.sections import Section

    FindingOf = Callable[[Entry], str]

FAMILY = "smartspec"
_UNNAMEABLE = re.compile(r"[=*?\[\]\s:]")
_PRIORITY = re.compile(r"\W*p?([1-9])\b", re.IGNORECASE)
_URGENCY = {"critical": 1, "high": 2, "medium": 3, "low": 4}
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MANY_HEADINGS = 5
_MANY_FILES = 20


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A file of the directory: what its name says, its text, and what a scan found in it."""

    name: FileName
    source: Excerpt
    items: Sequence[Item]

    @classmethod
    def of(cls, name: FileName, source: Excerpt) -> PromptFile:
        return cls(name, source, scan(source, LABELS))


def read_smartspec(prompts_dir: Path, tasks_md: Path | None, finding_of: FindingOf | None = None) -> Reading:
    """
    Read a prompts directory and, if given, the tasks.md its tasks come from.

    `finding_of` says what is found of a listed task in the tree. It is asked
    only about tasks it makes a difference for: those that are ticked, and
    those whose prompt tells no category.
    """
    found = find_run(prompts_dir)
    checklist = read_checklist(tasks_md) if tasks_md else Checklist()
    if found.directory is None:
        return Reading((), (*found.problems, *checklist.problems))
    files, unreadable = _read_files(found.directory)
    reading = parse_prompts(files, checklist, finding_of)
    problems = [*found.problems, *checklist.problems, *unreadable, *reading.problems]
    if not reading.tasks and not unreadable:
        problems.append(_no_tasks(found.directory, files))
    problems.extend(check_summaries(found.directory, reading.tasks))
    return Reading(reading.tasks, tuple(problems))


def parse_prompts(
    files: Sequence[PromptFile], checklist: Checklist, finding_of: FindingOf | None = None
) -> Reading:
    """Make tasks of prompt files; the checklist supplies ticks, hooks, and titles that are missing."""
    return _Parser(checklist, files, finding_of).run(files)


def _read_files(directory: Path) -> tuple[list[PromptFile], list[Problem]]:
    files = []
    problems: list[Problem] = []
    for name in markdown_files(directory):
        try:
            files.append(PromptFile.of(parse_file_name(name), read_excerpt(directory / name)))
        except SourceError as error:
            problems.extend(error.problems)
    return files, problems


@dataclass(slots=True)
class _Draft:
    """A task whose dependencies still have to be looked up."""

    task: Task
    parts: Parts
    numbers: Mapping[str, str]


class _Parser:
    def __init__(
        self, checklist: Checklist, files: Sequence[PromptFile], finding_of: FindingOf | None
    ) -> None:
        self.finding_of = finding_of
        self.listed = checklist.entries
        self.entries = {task_id.casefold(): entry for task_id, entry in checklist.entries.items()}
        self.problems: list[Problem] = []
        self.readme_ticks = {
            task_id: ticked
            for file in files
            if file.name.kind is Kind.TICKS
            for task_id, ticked in ticks(parse_checklist(file.source))
        }
        self.places: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def run(self, files: Sequence[PromptFile]) -> Reading:
        drafts = [draft for file in files for draft in self._file(file)]
        names = Names(self.names, self.listed)
        tasks = list(settle_fragments(self._with_deps(draft, names) for draft in drafts))
        self.problems.extend(conflicts(tasks))
        return Reading(tuple(tasks), tuple(self.problems))

    def _file(self, file: PromptFile) -> list[_Draft]:
        kind = file.name.kind
        if kind is Kind.CONTEXT:
            return []
        self.problems.extend(_text_problems(file))
        if kind is Kind.TICKS:
            return []
        sections = task_sections(file.source, file.items, self.listed)
        if not sections and kind is Kind.TASKS:
            return self._single(file)
        if not sections:
            self._warn_unread(file)
        numbers: dict[str, str] = {}
        alone = ids.id_in_name(file.name.stem) if kind is Kind.TASKS and len(sections) == 1 else None
        drafts = []
        for section in sections:
            task_id = section.id or alone or self._made_up(section, file)
            if draft := self._draft(section, file, task_id, numbers):
                drafts.append(draft)
                if section.number:
                    numbers.setdefault(section.number, draft.task.name)
        return drafts

    def _single(self, file: PromptFile) -> list[_Draft]:
        stem = file.name.stem
        section = whole_file(file.source, file.items, ids.id_in_name(stem) or stem)
        if not section.body.text.strip():
            self._problem(file, 1, "the prompt is empty", "say what is to be done")
        draft = self._draft(section, file, section.id or stem, {})
        return [draft] if draft else []

    def _made_up(self, section: Section, file: PromptFile) -> str:
        stem = file.name.stem
        base = ids.numbered_id(stem, section.number) if section.number else ids.hashed_id(stem, section.title)
        made = self._counted_on(base, self.places)
        self._problem(
            file, section.line, f"the task has no id and is called {made}", "write one first", Severity.NOTICE
        )
        return made

    def _draft(
        self, section: Section, file: PromptFile, task_id: str, numbers: Mapping[str, str]
    ) -> _Draft | None:
        place = f"{section.body.file}:{section.line}"
        first = self.places.setdefault(task_id.casefold(), place)
        parts = read_parts(section)
        self.problems.extend(parts.problems)
        if first != place:
            self._problem(file, section.line, f"{task_id} is already the id of {first}", "give it another id")
            return None
        name = self._name(task_id)
        self.names[task_id] = name
        return _Draft(self._task(section, file, task_id, name, parts), parts, numbers)

    def _name(self, task_id: str) -> str:
        name = self._counted_on(f"{FAMILY}:{_UNNAMEABLE.sub('-', task_id)}", self.taken)
        self.taken.add(name.casefold())
        return name

    def _counted_on(self, base: str, taken: Container[str]) -> str:
        """Add a number to a name that is taken; the count goes on where it stopped for the name before."""
        made = base
        while made.casefold() in taken:
            count = self.counts[base] = self.counts.get(base, 1) + 1
            made = f"{base}-{count}"
        return made

    def _task(self, section: Section, file: PromptFile, task_id: str, name: str, parts: Parts) -> Task:
        entry = self.entries.get(task_id.casefold())
        category = file.name.category or _said_category(section)
        finding = self._finding(entry) if entry and (entry.ticked or not category) else None
        category = category or finding or "uncategorised"
        is_claimed = bool(entry and entry.ticked and finding)
        return Task(
            name=name,
            family=FAMILY,
            id=task_id,
            title=self._title(section, file) or (entry.title if entry else task_id),
            category=category,
            priority=1 if is_claimed else self._priority(section, file, category),
            prompt=section.body.text,
            location=file.source.at(section.line),
            inputs=tuple(parts.inputs),
            outputs=tuple(parts.outputs.values()),
            blocks=tuple(parts.blocks),
            naming=tuple(parts.naming),
            evidence=entry.hooks if entry else (),
            ticked=entry.ticked if entry else self.readme_ticks.get(task_id),
        )

    def _finding(self, entry: Entry) -> str | None:
        """Name the category of what the tree lacks; None where nothing is known to be missing."""
        if self.finding_of is None or not entry.hooks:
            return None
        finding = self.finding_of(entry)
        return finding if finding in CATEGORIES else None

    def _title(self, section: Section, file: PromptFile) -> str:
        if clues.is_placeholder(section.title):
            message = f"the title {section.title} is a field nobody filled in"
            self._problem(file, section.line, message, "write the title")
        return section.title

    def _priority(self, section: Section, file: PromptFile, category: str) -> int:
        default = file.name.priority or DEFAULT_PRIORITY[category]
        if "priority" not in section.said:
            return default
        text, line = section.said["priority"]
        priority = _parse_priority(text)
        if priority is None:
            message = f"{text!r} is no priority; {default} is used"
            hint = "1 to 4, or Critical, High, Medium, Low"
            self._problem(file, line, message, hint, Severity.WARNING)
        return priority or default

    def _with_deps(self, draft: _Draft, names: Names) -> Task:
        if not draft.parts.deps:
            return draft.task
        deps: dict[str, Dependency] = {}
        for value, line in draft.parts.deps:
            location = replace(draft.task.location, line=line)
            for found in names.parse(value, location, draft.numbers):
                if isinstance(found, Problem):
                    self.problems.append(found)
                else:
                    deps.setdefault(found.name, found)
        return replace(draft.task, deps=tuple(deps.values()))

    def _warn_unread(self, file: PromptFile) -> None:
        self._problem(
            file,
            1,
            "no heading here speaks of a task, so the file is ignored",
            "start a task with `## TASK-001: Title`",
            Severity.WARNING,
        )

    def _problem(
        self, file: PromptFile, line: int, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> None:
        self.problems.append(Problem(file.source.at(line), message, hint, severity))


def _said_category(section: Section) -> str | None:
    return category_of(section.said["category"][0].strip("*` ")) if "category" in section.said else None


def _parse_priority(text: str) -> int | None:
    if number := _PRIORITY.match(text):
        return int(number[1])
    words = re.findall(r"[a-z]+", text.lower())
    return _URGENCY.get(words[0]) if words else None


def _text_problems(file: PromptFile) -> Iterator[Problem]:
    """Yield what is wrong with a file's characters: some reorder text, some end lines for some tools only."""
    source = file.source
    text = source.text
    if not text.isascii():
        for number, line in enumerate(source.lines, source.first):
            if not line.isascii() and (found := _BIDI.search(line)):
                message = f"U+{ord(found[0]):04X} changes the order in which this line is shown"
                yield Problem(source.at(number), message, "look at it with care", Severity.WARNING)
    for item in file.items:
        if isinstance(item, Fence):
            yield from open_fence(source, item)
        elif "\r" in text and "\r" in source.lines[item.line - source.first]:
            yield Problem(
                source.at(item.line), "a carriage return ends no line here", "end lines with LF or CRLF"
            )


def _no_tasks(directory: Path, files: Iterable[PromptFile]) -> Problem:
    looked = [_described(file) for file in files]
    if len(looked) > _MANY_FILES:
        looked = [*looked[:_MANY_FILES], f"{len(looked) - _MANY_FILES} more"]
    seen = "; ".join(looked) if looked else "there is no .md file in it"
    return Problem(
        Location(shown(directory), 1),
        f"no task found: {seen}",
        "a task starts with a heading like `## TASK-001: Title`",
    )


def _described(file: PromptFile) -> str:
    headings = [item.text[:80] for item in file.items if isinstance(item, Heading)]
    more = f" and {len(headings) - _MANY_HEADINGS} more" if len(headings) > _MANY_HEADINGS else ""
    listed = ", ".join(map(repr, headings[:_MANY_HEADINGS])) + more if headings else "none"
    return (
        f"{file.source.file} has the headings {listed}" if headings else f"{file.source.file} has no heading"
    )
