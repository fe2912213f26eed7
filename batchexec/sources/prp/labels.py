"""Bold labels, `**Command**: value`, the words PRPs say most things with."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = re.compile(
    r"\s*(?:(?:[-*+]|\d{1,4}[.)])\s+)?(?:\[[ xX]\]\s+)?(?:[^\w\s*`\[-]{1,3}\s*)?"
    r"\*\*(?P<name>[^*]{1,80}?)\s*(?::\*\*|\*\*\s*(?:\([^()]{0,80}\)\s*)?:)\s*"
)
_NOTE = re.compile(r"\s*\(.*")
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Label:
    """`**Name**: value`: the name in lower case, without a note in parentheses."""

    name: str
    value: str
    line: int
    indent: int


def parse_label(text: str, line: int) -> Label | None:
    if "**" not in text or ":" not in text:
        return None
    found = _LABEL.match(text)
    if not found:
        return None
    name = " ".join(_NOTE.sub("", found["name"]).lower().split())
    return Label(name, text[found.end() :].strip(), line, len(text) - len(text.lstrip()))


def leading_span(text: str) -> tuple[str, str] | None:
    """Split a text that begins with a code span into the span's content and what follows it."""
    if not text.startswith("`"):
        return None
    runs = _TICKS.finditer(text)
    first = next(runs)
    size = first.end()
    for run in runs:
        if run.end() - run.start() == size:
            return text[size : run.start()].strip(), text[run.end() :].strip()
    return None


def trailing_span(text: str) -> tuple[str, str] | None:
    """Split a text that ends with a code span into what stands before it and the span's content."""
    if not text.endswith("`"):
        return None
    runs = [(run.start(), run.end()) for run in _TICKS.finditer(text)]
    start, end = runs.pop()
    for first, last in reversed(runs):
        if last - first == end - start:
            return text[:first].strip(), text[last:start].strip()
    return None
