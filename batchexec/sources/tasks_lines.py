"""Reads single lines of a tasks.md: boxes, ids and titles, and whether a heading or a status says done."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from batchexec.markdown import indent_of
from batchexec.sources import ids

TICKS = frozenset("xX✅☑✔")
OPEN = frozenset(" ⬜☐🔲")
_SIGNS = "✅☑✔⬜☐🔲"
_MARKER = r"(?:[-*+]|\d{1,9}[.)])"
_BOX = re.compile(rf"{_MARKER}\s+(?:\[([ xX~/-])\]|([{_SIGNS}])\ufe0f?)\s+(?=\S)")
_ODD_BOX = re.compile(rf"(?:{_MARKER}\s*)?\[\s?[^\s0-9\]]?\s?\]\s*(?=\S)")
_ODD_SIGN = re.compile(rf"(?:{_MARKER}\s+)?([^\w\s\[*`|>#-])\ufe0f?\s+(?=\S)")
_BULLET = re.compile(r"[-*+]\s+(?=\S)")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_LABELS = re.compile(r"(?:\s*\[[A-Za-z]+\d*\])*")
_SEPARATOR = re.compile(r"\s*[:：\-–—]?\s*")
_SHORT = re.compile(r"[Tt]\d")
_TICK = r"(?:[✅☑✔]\ufe0f?|\[[xX]\])"
_WORD = r"(?:done|completed?|finished|implemented|verified)"
_HEADING_DONE = re.compile(
    rf"^[*_`~\s]*{_TICK}|{_TICK}[*_`~\s]*$|(?:[(\[]|\s[-–—]\s){_WORD}[)\]*_]*$", re.IGNORECASE
)
_STATUS = re.compile(r"(?:[-*+]\s+)?[*_]*status[*_]*\s?[:：][*_]*\s*(.*)", re.IGNORECASE)
_STATUS_DONE = re.compile(rf"[^\w\[⬜☐🔲❌✗✘]*?(?:{_TICK}|\b{_WORD}\b)", re.IGNORECASE)
_NOT_DONE = re.compile(
    r"\b(?:(?:not|never|in progress|partial(?:ly)?|partly)\b|(?!100)\d{1,3} ?%)", re.IGNORECASE
)


@dataclass(slots=True)
class Item:
    """A line that may be a task: where its text starts, its box if it has one, and what it says."""

    number: int
    indent: int
    box: str
    id: str | None
    title: str


def parse_box(number: int, line: str, text: str) -> Item | None:
    """Read a list item with a check box."""
    box = _BOX.match(text)
    if not box:
        return None
    task_id, title = split_id(text[box.end() :])
    return Item(number, indent_of(line), box[1] or box[2], task_id, title)


def parse_bullet(number: int, line: str, text: str) -> Item | None:
    """Read `- ID: title`, a task where the file has no boxes."""
    bullet = _BULLET.match(text)
    if not bullet:
        return None
    text = _without_marks(text[bullet.end() :])
    end = _id_end(text)
    labels = _LABELS.match(text, end) if end else None
    rest = text[labels.end() :].lstrip() if labels else ""
    if rest[:1] not in {":", "："} or not is_called_task(text[:end]):
        return None
    return Item(number, indent_of(line), "", text[:end], rest[1:].strip())


def parse_odd_box(number: int, line: str, text: str) -> Item | None:
    """Read what is meant for a task with a box, but is none: `- [] TASK-1`, `- [✓] TASK-1`, `- 🚧 TASK-1`."""
    odd = _ODD_BOX.match(text)
    if not odd and (sign := _ODD_SIGN.match(text)) and unicodedata.category(sign[1]) == "So":
        odd = sign
    task_id, title = split_id(text[odd.end() :]) if odd else (None, "")
    return Item(number, indent_of(line), "", task_id, title) if task_id else None


def split_id(text: str) -> tuple[str | None, str]:
    """Split what follows the box into id and title; labels such as [P] and [US1] are left out."""
    text = _without_marks(text)
    end = _id_end(text)
    if not end:
        return None, text
    labels = _LABELS.match(text, end)
    separator = _SEPARATOR.match(text, labels.end() if labels else end)
    return text[:end], text[separator.end() if separator else end :].strip()


def is_called_task(task_id: str) -> bool:
    upper = task_id.upper()
    return "TASK" in upper or "TSK" in upper


def is_task_id(task_id: str) -> bool:
    """Say whether an id speaks of a task wherever its box stands: `TASK-2`, `T002`."""
    return is_called_task(task_id) or _SHORT.match(task_id) is not None


def letters(task_id: str) -> str:
    """Give what an id has in front of its number: tasks of one list share it."""
    return task_id.casefold().rstrip("abcdefghijklmnopqrstuvwxyz").rstrip("0123456789.-_")


def heading_says_done(text: str) -> bool:
    return _HEADING_DONE.search(text.strip()) is not None


def status_says_done(text: str) -> bool:
    """Say whether a line is a `Status:` that reports the task as done."""
    status = _STATUS.match(text) if "tatus" in text or "TATUS" in text else None
    return bool(status and _STATUS_DONE.match(status[1]) and not _NOT_DONE.search(status[1]))


def without_sign(title: str) -> str:
    """Take the check mark off the end of a heading's title."""
    title = title.rstrip(f"{_SIGNS}\ufe0f ")
    return title.removesuffix("[x]").removesuffix("[X]").removesuffix("[ ]").rstrip()


def _without_marks(text: str) -> str:
    if "*" in text or "`" in text:
        text = text.replace("`", "").replace("**", "")
    return text.strip()


def _id_end(text: str) -> int:
    """Find the end of the id a text starts with; 0 if it starts with none."""
    found = _ID.match(text)
    end = found.end() if found else 0
    after = text[end : end + 1]
    ends = not after or after.isspace() or after in ":：["
    return end if ends and ids.is_listed_id(text[:end]) else 0
