"""Finds the lines of a file without tasks that come closest to being one."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from batchexec.sources import ids
from batchexec.sources.tasks_lines import parse_box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.markdown import Excerpt

_MOST = 5
_LONGEST = 80
_WORD = re.compile(r"(?:[^A-Za-z]|[xX](?=\]))*([A-Za-z][A-Za-z0-9._-]*)")
_NUMBERED = re.compile(r"\W*task\s{1,3}#?\d", re.IGNORECASE)


def closest(source: Excerpt) -> str:
    """List up to five lines, in fences and comments too, as `line N: 'text'`."""
    return ", ".join(islice(_near(source), _MOST))


def _near(source: Excerpt) -> Iterator[str]:
    for number, line in enumerate(source.lines, source.first):
        text = line.strip()[:1000]
        if _is_near(text):
            yield f"line {number}: {text[:_LONGEST]!r}"


def _is_near(text: str) -> bool:
    cells = text.split("|") if text[:1] == "|" else [text]
    return any(map(_starts_with_id, cells)) or bool(_NUMBERED.match(text) or parse_box(0, "", text))


def _starts_with_id(text: str) -> bool:
    word = _WORD.match(text)
    return word is not None and ids.is_listed_id(word[1].rstrip("._-"))
