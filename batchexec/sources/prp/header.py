"""Finds what a PRP says of itself at its top: front matter, a late block, a YAML fence, or bold lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec import strict_yaml
from batchexec.errors import Problem, Severity
from batchexec.sources.prp import fences, labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchexec.markdown import Excerpt
    from batchexec.sources.prp.labels import Label

KNOWN = frozenset(
    {
        "prp_id",
        "feature_name",
        "name",
        "title",
        "status",
        "batch_id",
        "batch",
        "stage",
        "phase",
        "order",
        "execution_order",
        "merge_order",
        "dependencies",
        "files_modified",
        "files_created",
        "files_deleted",
        "estimated_hours",
        "effort_hours",
        "complexity",
        "branch_name",
        "branch",
        "worktree_path",
        "conflict_potential",
    }
)
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:\s|$)")
_SECTION = re.compile(r" {0,3}##")
_NEAR = 15
_YAML = frozenset({"yaml", "yml"})


@dataclass(slots=True)
class Header:
    """
    The values of a header and the lines they stand on, for lists also those of their items.

    `span` is the first line of a front matter and the line after it.
    """

    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    problems: list[Problem] = field(default_factory=list)

    def text(self, *keys: str) -> str:
        """Give the first of these that says anything."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return ""

    def take(self, found: Iterable[Label]) -> None:
        """Take what bold lines below the title say, where nothing else is a header."""
        for label in found:
            key = label.name.replace(" ", "_")
            if key in KNOWN and key not in self.values:
                span = labels.leading_span(label.value)
                self.values[key] = span[0] if span and not span[1] else label.value
                self.lines[key] = [label.line]


def read_header(source: Excerpt) -> Header:
    """Read front matter, be it late, and a YAML block above the first section."""
    header = _front_matter(source)
    fenced = _fenced(source, header.span[1] if header.span else 1)
    if fenced.values:
        header = _merged(header, fenced)
    return header


def _merged(header: Header, fenced: Header) -> Header:
    """Put two headers together; where they disagree the one with an id is right."""
    low, high = (header, fenced) if fenced.text("prp_id") and not header.text("prp_id") else (fenced, header)
    values, lines = low.values | high.values, low.lines | high.lines
    return Header(values, lines, header.span, header.problems + fenced.problems)


def _front_matter(source: Excerpt) -> Header:
    for start, line in _top(source):
        if line.rstrip() == "---":
            end = _rule_after(source.lines, start)
            is_first = start == 1
            if end and (is_first or _says_something(source.lines[start : end - 1])):
                header = _parsed(source, start + 1, source.lines[start : end - 1])
                if header.values or header.problems:
                    header.span = (start, end + 1)
                    return header
            elif is_first and _KEY.match(_first_text(source.lines[1:])):
                message = "the header that starts here is never closed, and is read as text"
                hint = "close it with a line `---`"
                problem = Problem(source.at(1), message, hint, Severity.WARNING, "open-header")
                return Header(problems=[problem])
    return Header()


def _top(source: Excerpt) -> Iterator[tuple[int, str]]:
    """Yield the first lines that are not blank."""
    count = 0
    for number, line in enumerate(source.lines, 1):
        if line.strip():
            yield number, line
            count += 1
            if count == _NEAR:
                return


def _rule_after(lines: Sequence[str], start: int) -> int:
    """Give the number of the next line that is `---`."""
    return next(
        (number for number in range(start + 1, len(lines) + 1) if lines[number - 1].rstrip() == "---"), 0
    )


def _says_something(lines: Sequence[str]) -> bool:
    """Say whether what stands between two rules is a header: it starts with a key, and one is known."""
    return bool(_KEY.match(_first_text(lines))) and any(
        found[1] in KNOWN for found in map(_KEY.match, lines) if found
    )


def _first_text(lines: Sequence[str]) -> str:
    return next((line for line in lines if line.strip()), "")


def _fenced(source: Excerpt, start: int) -> Header:
    """Read a YAML block that stands before the first section."""
    ends: fences.Ends | None = None
    place = start - 1
    while place < len(source.lines) and not _SECTION.match(source.lines[place]):
        first = fences.opener(source.lines[place])
        if first is None:
            place += 1
            continue
        ends = ends or fences.Ends(source.lines)
        end, closed = ends.of(place, first)
        inside = source.lines[place + 1 : end]
        if closed and first.info.lower() in _YAML and _has_known_key(inside):
            return _parsed(source, place + 2, ["" if line.strip() == "---" else line for line in inside])
        place = end + 1
    return Header()


def _has_known_key(lines: Sequence[str]) -> bool:
    return any(found[1] in KNOWN for found in map(_KEY.match, lines) if found)


def _parsed(source: Excerpt, first: int, lines: Sequence[str]) -> Header:
    """Read YAML whose first line is number `first` of the file."""
    above = "\n" * (first - 1)  # so that all lines are those of the file
    document = strict_yaml.parse((above + "\n".join(lines)).encode(errors="replace"), source.file)
    hint = "" if document.value else "the header is ignored until that is mended"
    problems = [
        Problem(problem.location, problem.message, hint, Severity.WARNING, "header-yaml")
        for problem in document.problems[:1]
    ]
    if not isinstance(document.value, dict):
        return Header(problems=problems)
    at = document.lines
    found = {
        key: [at.get((key,), first), *_item_lines(value, key, at)] for key, value in document.value.items()
    }
    return Header(document.value, found, problems=problems)


def _item_lines(value: object, key: str, at: Mapping[strict_yaml.Place, int]) -> list[int]:
    return [at.get((key, place), at[key,]) for place in range(len(value))] if isinstance(value, list) else []
