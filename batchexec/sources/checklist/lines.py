"""Reads single lines of a tasks.md: boxes, ids and titles, and whether a heading or a status says done."""

from __future__ import annotations

import re
from dataclasses import dataclass

from batchexec.markdown import indent_of
from batchexec.sources import ids

TICKS = frozenset("xX✅☑✔")
OPEN = frozenset(" ⬜☐🔲")
_SIGNS = "✅☑✔⬜☐🔲"
_MARKER = r"(?:[-*+]|\d{1,9}[.)])"
# Kiro writes `- [ ]* 2.2 Title` for what may be left out.
_BOX = re.compile(rf"{_MARKER}\s+(?:\[([ xX~/-])\](?:\\?\*)?|([{_SIGNS}])\ufe0f?)\s+(?=\S)")
_BULLET = re.compile(r"[-*+]\s+(?=\S)")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_PLAIN_ID = re.compile(r"[A-Za-z]++-\d++(?=\s|:|$)")
_IN_BRACKETS = re.compile(r"\[([^\[\]]{1,200})\](?:\([^()]{0,1000}\))?")
_LABEL = re.compile(r"\[[A-Za-z]+\d*\]\s*")
_LABELS = re.compile(r"(?:\s*\[[A-Za-z]+\d*\])*")
_SEPARATOR = re.compile(r"\s*[:：,.)\-–—]?\s*")
_SHORT = re.compile(r"[Tt]\d")
_MOST_LABELS = 200
_TICK = r"(?:[✅☑✔]\ufe0f?|\[[xX]\])"
_WORD = r"(?:done|completed?|finished|implemented|verified)"
_TICKED_WORD = rf"(?:{_TICK}\s?)?{_WORD}(?:\s?{_TICK})?"
_DONE_FIRST = re.compile(rf"[*_`~\s]*{_TICK}", re.IGNORECASE)
_DONE_LAST = re.compile(
    rf"(?:[(\[]\s?{_TICKED_WORD}\s?[)\]]?|\s[-–—]\s{_TICKED_WORD}|{_TICK}\s?{_WORD}|{_TICK})[*_`~\s]*$",
    re.IGNORECASE,
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


def split_id(text: str) -> tuple[str | None, str]:
    """
    Split what follows the box into id and title.

    Labels such as [P] and [US1] are left out, and so are brackets around the id, a link or not.
    """
    text = _without_marks(text)
    if text[:1] == "[":
        return _split_bracketed(text)
    end = _id_end(text)
    return (text[:end], _title(text, end)) if end else (None, text)


def _split_bracketed(text: str) -> tuple[str | None, str]:
    rest = text
    while rest[:1] == "[":
        found = _IN_BRACKETS.match(rest)
        if found and ids.is_listed_id(found[1].strip()):
            return found[1].strip(), _title(rest, found.end())
        label = _LABEL.match(rest)
        if not label or len(text) - len(rest) > _MOST_LABELS:
            return None, text
        rest = rest[label.end() :]
    end = _id_end(rest)
    return (rest[:end], _title(rest, end)) if end else (None, text)


def _title(text: str, end: int) -> str:
    if labels := _LABELS.match(text, end) if "[" in text else None:
        end = labels.end()
    separator = _SEPARATOR.match(text, end)
    return text[separator.end() if separator else end :].strip()


def without_labels(text: str) -> str:
    """Leave out the labels a text starts with; `[x]` is a tick and none."""
    labels = _LABELS.match(text) if text[:1] == "[" and text[:3].lower() != "[x]" else None
    return _title(text, 0) if labels and labels.end() else text


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
    return bool(_DONE_FIRST.match(text) or _DONE_LAST.search(text))


def status_says_done(text: str) -> bool:
    """Say whether a line is a `Status:` that reports the task as done."""
    status = _STATUS.match(text) if "tatus" in text or "TATUS" in text else None
    return bool(status and _STATUS_DONE.match(status[1]) and not _NOT_DONE.search(status[1]))


def without_sign(title: str) -> str:
    """Take the check mark, or the word that says the same, off the end of a heading's title."""
    for _ in range(3):
        if done := _DONE_LAST.search(title):
            title = title[: done.start()].rstrip()
    title = title.rstrip(f"{_SIGNS}\ufe0f ")
    return title.removesuffix("[ ]").rstrip()


def _without_marks(text: str) -> str:
    if "*" in text or "`" in text:
        text = text.replace("`", "").replace("**", "")
    return text.strip()


def _id_end(text: str) -> int:
    """Find the end of the id a text starts with; 0 if it starts with none."""
    if plain := _PLAIN_ID.match(text):
        return plain.end()
    found = _ID.match(text)
    if not found:
        return 0
    end = len(found.group().rstrip("._-"))
    after = text[end : end + 2]
    ends = not after or after[0].isspace() or after[0] in ":：[," or after in {".", ". ", ")", ") "}
    return end if ends and ids.is_listed_id(text[:end]) else 0
