"""The ways to write a task down, and how to tell which one a section uses."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from batchexec.markdown import Heading, Label

if TYPE_CHECKING:
    from batchexec.sources.sections import Section

PAIR_LABELS = frozenset({"code file", "test file"})
LIST_LABELS = frozenset({"files to create", "evidence to add", "tests to add"})
LABELS = frozenset(
    {
        "file",
        "path",
        *PAIR_LABELS,
        *LIST_LABELS,
        "expected path",
        "similar files found",
        "resolution",
        "missing symbol",
        "implementation template",
        "test template",
        "implementation",
        "existing implementation",
        "existing test",
        "existing file",
        "verification",
        "depends on",
        "dependencies",
        "priority",
        "category",
    }
)
"""Every label a prompt file can say something with."""

_REPORT_HEADINGS = frozenset(
    {
        "files to create",
        "implementation file",
        "test file",
        "existing implementation",
        "existing test",
        "test file to create",
        "implementation file to create",
        "implementation template",
        "test template",
        "evidence expectations",
        "similar files found",
        "file information",
        "symbol to add",
        "content to add",
    }
)
_LEAD = re.compile(r"[^\w({]*(?:\d[\d.]*[.)]?\s+)?")


class Dialect(StrEnum):
    """How the files of a section are written down; docs/prompts-directory.md shows each."""

    COMPACT = "A"
    REPORT = "B"
    FILE_BLOCKS = "C"
    BULLETS = "D"
    SINGLE = "E"
    FREE = "F"


def dialect_of(section: Section) -> Dialect:
    """Decide how a section is written; the first sign in this order counts, wherever it stands."""
    labels = {item.name for item in section.items if isinstance(item, Label)}
    headings = [fold_heading(item.text) for item in section.items if isinstance(item, Heading)]
    names = {text.partition(":")[0] for text in headings}
    if "file" in names:
        return Dialect.FILE_BLOCKS
    if PAIR_LABELS & (labels | {text.partition(":")[0] for text in headings if ":" in text}):
        return Dialect.COMPACT
    if names & _REPORT_HEADINGS:
        return Dialect.SINGLE if section.level == 1 else Dialect.REPORT
    return Dialect.BULLETS if LIST_LABELS & (labels | names) else Dialect.FREE


@lru_cache(maxsize=64)  # each heading is asked for twice, to tell the dialect and on the walk
def fold_heading(text: str) -> str:
    """Fold a heading for comparison: no emphasis, emoji, numbering or final colon, in lower case."""
    lead = _LEAD.match(text)
    return text[lead.end() if lead else 0 :].replace("**", "").rstrip("*_`: \t").lower()
