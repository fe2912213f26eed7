"""The lines of a PLAN that name achievements or their priorities: index, definitions, headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.sources.plan.hours import split_effort
from batchexec.sources.plan.ids import ID

if TYPE_CHECKING:
    from batchexec.sources.plan.plan import Hours

_INDEX = re.compile(
    rf"\s*(?:[-*+]\s+|\d{{1,9}}[.)]\s+)?(?:\[[ xX]\]\s*)?[^\w*]*(?:\*\*)?"
    rf"Achievement\s+({ID})(?:\*\*)?:\s*(\S.*)",
    re.ASCII,
)
_BOLD_ID = re.compile(rf"\*\*Achievement\s+({ID})\*\*:\s*(\S.*)", re.ASCII)
_BOLD_ALL = re.compile(rf"\*\*Achievement\s+({ID}):\s*(.+?)\*\*(.*)", re.ASCII)
_HEADING = re.compile(
    rf"#{{2,4}}\s\W*Achievement\s+({ID})(?:\*\*)?\s*[:—-]\s*(\S.*)",
    re.ASCII,
)
_PRIORITY = re.compile(
    r"(?:#{2,4}\s\W*|\*\*)Priority\s+(?P<n>\d{1,9}(?:\.\d{1,9})?)\s*[:—-]\s*(?P<name>.*?)(?:\*\*)?"
    r"(?:\s*\((?P<note>[^()]*)\))?",
    re.ASCII,
)
_PICTURES = "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]"
_MARK = re.compile(
    rf"(?:\s*[-–—:])?\s*(?:{_PICTURES}|\*\*[A-Z][A-Z ]{{2,30}}\*\*"
    rf"|{_PICTURES}\s*\(?(?:COMPLETED?|DONE)\)?)\Z"
)
_LONGEST = 1000
_LONGEST_PRIORITY = 200
_TAIL = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """An achievement as one line names it; `written_id` is its id with the zeros it may have in front."""

    written_id: str
    raw_title: str
    line: int


@dataclass(frozen=True, slots=True)
class Priority:
    number: str
    name: str


def index_entry(line: str, number: int) -> Entry | None:
    """Read an entry of an index: in a list, numbered, with a box, in bold or plain."""
    if "Achievement" not in line:
        return None
    line = line[:_LONGEST]
    return _bold_all(line, number) or _entry(_INDEX.match(line), number)


def definition(line: str, number: int) -> Entry | None:
    """Read a line that starts the description of an achievement; a mention of one is none."""
    if "Achievement" not in line:
        return None
    line = line[:_LONGEST]
    if line[0] == "#":
        return _entry(_HEADING.match(line), number)
    return _entry(_BOLD_ID.match(line), number) or _bold_all(line, number)


def priority_heading(line: str) -> Priority | None:
    if "Priority" not in line or line[0] not in "#*":
        return None
    found = _PRIORITY.fullmatch(line[:_LONGEST_PRIORITY].rstrip())
    return Priority(found["n"], found["name"].strip("* ")) if found else None


def clean_title(raw: str) -> str:
    """Take marks like `✅` or `**COMPLETE**` and the effort off the end of a title."""
    return _taken_apart(raw)[0] or raw.strip()


def effort_at_end(raw: str) -> Hours | None:
    """Read the effort at the end of a title, before or after such marks."""
    return _taken_apart(raw)[1]


def _taken_apart(raw: str) -> tuple[str, Hours | None]:
    title, effort = raw.rstrip(), None
    while True:
        bare, found = split_effort(title)
        effort = effort or found
        shorter = _without_mark(bare.rstrip())
        if shorter == title:
            return _unwrapped(title), effort
        title = shorter


def _entry(found: re.Match[str] | None, number: int) -> Entry | None:
    return Entry(found[1], found[2].strip(), number) if found else None


def _bold_all(line: str, number: int) -> Entry | None:
    found = _BOLD_ALL.match(line) if line[:2] == "**" else None
    return Entry(found[1], f"{found[2].strip()} {found[3].strip()}".strip(), number) if found else None


def _without_mark(title: str) -> str:
    tail = max(0, len(title) - _TAIL)
    found = _MARK.search(title, tail)
    if found and found.start():
        return title[: found.start()].rstrip()
    return title.removesuffix("**").rstrip() if title.count("**") % 2 else title


def _unwrapped(title: str) -> str:
    inner = title[2:-2]
    return inner.strip() if title[:2] == title[-2:] == "**" and "**" not in inner else title
