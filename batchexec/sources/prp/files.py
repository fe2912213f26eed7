"""Gathers the files a PRP says it touches, from wherever it says so."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from batchexec.errors import Problem, Severity
from batchexec.sources.prp import paths
from batchexec.sources.prp.document import Line
from batchexec.sources.prp.prp import Action, DeclaredFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.sources.prp.document import Document, Section
    from batchexec.sources.prp.header import Header
    from batchexec.sources.prp.labels import Label
    from batchexec.sources.prp.paths import Listed
    from batchexec.sources.prp.phases import Stretch
    from batchexec.sources.prp.prp import Step

_Placed = TypeVar("_Placed", "Stretch", "Step")
_NAMED = re.compile(r"files? (?P<what>modified|created|affected|deleted|to (?:create|modify|delete))")
_ACTIONS = {
    "modified": Action.MODIFY,
    "to modify": Action.MODIFY,
    "created": Action.CREATE,
    "to create": Action.CREATE,
    "deleted": Action.DELETE,
    "to delete": Action.DELETE,
    "affected": Action.UNSAID,
    "file": Action.UNSAID,
    "create": Action.CREATE,
    "update": Action.MODIFY,
    "modify": Action.MODIFY,
}
_FIELDS = {
    "files_modified": Action.MODIFY,
    "files_created": Action.CREATE,
    "files_deleted": Action.DELETE,
}
_BY_PHASE = frozenset({"file", "create", "update", "modify"})
_CREATES = re.compile(r"Create\s+(?=`)")
_STRENGTH = (Action.UNSAID, Action.MODIFY, Action.DELETE, Action.CREATE)


@dataclass(slots=True)
class Files:
    """The files found, by path, and what is wrong with others."""

    document: Document
    found: dict[str, DeclaredFile] = field(default_factory=dict)
    ignored: dict[str, Problem] = field(default_factory=dict)

    def add(self, listed: Listed, line: int, action: Action = Action.UNSAID, step: int | None = None) -> None:
        path = paths.normal(listed.path)
        if path is None:
            self._ignore(listed.path, line)
            return
        said = listed.action or action
        if "*" in path or "?" in path:
            said = Action.UNSAID  # no file of that name can be missed
        creates = step if said is Action.CREATE else None
        here = DeclaredFile(path, said, self.document.at(line), creates)
        before = self.found.setdefault(path, here)
        stronger = max(before.action, said, key=_STRENGTH.index)
        self.found[path] = replace(before, action=stronger, step=before.step or creates)

    def _ignore(self, path: str, line: int) -> None:
        message = f"the path {path} leads out of the repository and is ignored"
        hint = "name a file below the repository's root"
        problem = Problem(self.document.at(line), message, hint, Severity.WARNING, "path-outside")
        self.ignored.setdefault(path, problem)


def read_files(
    document: Document, header: Header, stretches: Sequence[Stretch], steps: Sequence[Step]
) -> Files:
    """Unite what the header, sections, labels and steps say; where one of them says more, it counts."""
    files = Files(document)
    _from_header(files, header)
    for section in document.sections:
        if found := _NAMED.fullmatch(_without_note(section.name)):
            _from_section(files, section, _ACTIONS[found["what"]])
    for label in document.labels:
        if found := _NAMED.fullmatch(label.name):
            _from_label(files, label, _ACTIONS[found["what"]])
        elif label.name in _BY_PHASE and (phase := _at(stretches, label.line)) and label.line < phase.end:
            step = _at(steps, label.line)
            number = step.number if step and step.line > phase.line else None
            for listed in paths.comma_text(label.value):
                files.add(listed, label.line, _ACTIONS[label.name], number)
    _from_steps(files, steps)
    return files


def _without_note(name: str) -> str:
    return name.partition(" (")[0]


def _from_header(files: Files, header: Header) -> None:
    for key, action in _FIELDS.items():
        value = header.values.get(key)
        at = header.lines.get(key, [1])
        if isinstance(value, list):
            for text, line in zip(value, at[1:], strict=False):
                if listed := paths.listed(_said(text)):
                    files.add(listed, line, action)
        elif isinstance(value, str):
            for listed in paths.comma_text(value):
                files.add(listed, at[0], action)


def _said(entry: object) -> str:
    """Give what one entry of a list says: `- a.py: why` without quotes is a mapping to YAML."""
    if isinstance(entry, dict):
        return ", ".join(f"{key}: {value}" for key, value in entry.items())
    return entry if isinstance(entry, str) else ""


def _from_section(files: Files, section: Section, action: Action) -> None:
    for event in files.document.walk(section.line + 1, section.end):
        if isinstance(event, Line) and (listed := paths.item(event.text)):
            files.add(listed, event.number, action)


def _from_label(files: Files, label: Label, action: Action) -> None:
    """Take what stands beside a label, or the list or table below it."""
    for listed in paths.comma_text(label.value):
        files.add(listed, label.line, action)
    if label.value:
        return
    for event in files.document.walk(label.line + 1, files.document.source.end):
        if not isinstance(event, Line) or (event.text.strip() and not paths.is_item(event.text)):
            return
        if found := paths.item(event.text):
            files.add(found, event.number, action)


def _from_steps(files: Files, steps: Iterable[Step]) -> None:
    for step in steps:
        if found := _CREATES.match(step.title):
            listed = paths.listed(step.title[found.end() :])
            if listed:
                files.add(listed, step.line, Action.CREATE, step.number)


def _at(places: Sequence[_Placed], line: int) -> _Placed | None:
    """Give the last of these that begins on the line or before."""
    after = bisect_right(places, line, key=attrgetter("line"))
    return places[after - 1] if after else None
