"""Finds lines that come close to being a task and are none."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from batchexec.sources import ids
from batchexec.sources.checklist.lines import is_task_id, letters, parse_box, split_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from batchexec.markdown import Excerpt

_MOST = 5
_LONGEST = 80
_WORD = re.compile(r"(?:[^A-Za-z]|[xX](?=\]))*([A-Za-z][A-Za-z0-9._-]*)")
_SEPARATORS = frozenset(" \t:：")
_MARKER = re.compile(r"(?:[-*+•◦‣·–—]|\d{1,9}[.)])(?=[\s\[])\s*")
_ODD_BOX = re.compile(r"\[(?!\^|\s{0,3}\d+\s{0,3}\])[^\[\]]{0,20}\](?!\()\\?\*?\s*")
_SIGN = re.compile(r"([^\w\s!-~])[\ufe0f\u200d]?")
_BEFORE_NAME = re.compile(r"[^\w\[*`]{0,20}")
_STRONG_NAME = re.compile(r"\*\*[^*]+\*\*\W*$|[^\s:：]+[:：]|[^\s:：]+\s+[-–—]\s")
_NUMBERED = re.compile(r"\W*task\s{1,3}#?\d", re.IGNORECASE)


class Kind(Enum):
    BOX = "a box that cannot be read"
    SIGN = "a sign in place of a box"
    ITEM = "an item without a box"
    TEXT = "text"
    NAME = "text that is set off like a heading"

    @property
    def is_box(self) -> bool:
        return self in {Kind.BOX, Kind.SIGN}


@dataclass(frozen=True, slots=True)
class Near:
    kind: Kind
    id: str | None


def parse_near(text: str, prefixes: Collection[str]) -> Near | None:
    """
    Read what may be meant for a task: `- [✓] Do`, `- 🚧 Do`, `- TASK-1 Do`, `**TASK-1: Do**`.

    `prefixes` is what the ids of the file's tasks have in front of their numbers.
    """
    marker = _MARKER.match(text)
    body = (text[marker.end() :] if marker else text).replace("~~", "")
    if (box := _ODD_BOX.match(body)) and (marker or body[box.end() : box.end() + 1] != ":"):
        task_id = split_id(body[box.end() :])[0] or split_id(body)[0]
        # `- [P] tasks may run side by side` explains a label.
        is_word = body[1:2].isalpha() and body[1:3].lower() != "x]"
        return Near(Kind.SIGN if is_word else Kind.BOX, task_id) if marker or task_id else None
    if (sign := _SIGN.match(body)) and unicodedata.category(sign[1]) == "So":
        task_id = split_id(_BEFORE_NAME.sub("", body, count=1))[0]
        return Near(Kind.SIGN, task_id) if marker or task_id else None
    if body[:2] == "__":
        body = body.replace("__", "**")
    task_id = split_id(body)[0] if body[:1].isalpha() or body[:1] in "*`[" else None
    if not task_id or not (is_task_id(task_id) or (marker and letters(task_id) in prefixes)):
        return None
    if marker:
        return Near(Kind.ITEM, task_id)
    if body[:1] == "[" or (body[:1].isalpha() and body[len(task_id) : len(task_id) + 1] not in _SEPARATORS):
        return None
    return Near(Kind.NAME if _STRONG_NAME.match(body) else Kind.TEXT, task_id)


def shown(text: str) -> str:
    return repr(text[:_LONGEST])


def id_of_row(row: str) -> str | None:
    """Give the id of a task that a table row is about, from its first cell that says anything."""
    first = next((cell for cell in row.split("|") if cell.strip()), "")
    task_id = split_id(first)[0]
    return task_id if task_id and is_task_id(task_id) else None


def closest(source: Excerpt) -> str:
    """List up to five lines, in fences and comments too, as `line N: 'text'`."""
    return ", ".join(islice(_near(source), _MOST))


def _near(source: Excerpt) -> Iterator[str]:
    for number, line in enumerate(source.lines, source.first):
        text = line.strip()[:1000]
        if _is_near(text):
            yield f"line {number}: {shown(text)}"


def _is_near(text: str) -> bool:
    cells = text.split("|") if text[:1] == "|" else [text]
    return any(map(_starts_with_id, cells)) or bool(_NUMBERED.match(text) or parse_box(0, "", text))


def _starts_with_id(text: str) -> bool:
    word = _WORD.match(text)
    return word is not None and ids.is_listed_id(word[1].rstrip("._-"))
