"""How ids, titles, paths and values are written so that they are read back as they were."""

from __future__ import annotations

import re

from batchexec.markdown import parse_label
from batchexec.paths import problem_with
from batchexec.rendering import escape
from batchexec.sources import clues
from batchexec.sources.dialects import LABELS
from batchexec.wording import printable

_LONGEST_HEADING = 970  # readers cut headings at 1,000 characters
_LONGEST_TITLE = 400
_LONGEST_PATH = 900
_CLOSING = re.compile(r"(?<![^ \t])#+$")
_SHARE = re.compile(r"\(\d+[^)]*%")
_LIST_MARK = re.compile(r"(\d{0,9})([-+.)])(?=[ -]|$)")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9][\w./+@-]*")


def one_line(text: str) -> str:
    """Make text that stays on its line and in its place there, and else says what it said."""
    return printable(text).replace("\n", " ")


def plain_title(title: str) -> str:
    """
    Give a title the form in which it can be read off a heading.

    Readers of tasks.md and of prompts take off `**` and backticks, so a title
    has none; and it is cut where it is no title any more.
    """
    title = one_line(title).replace("`", "").replace("**", "").strip()
    if len(_shown(title)) <= _LONGEST_HEADING:
        return title
    return f"{title[:_LONGEST_TITLE].rstrip()}…"


def heading(task_id: str, title: str) -> str:
    """Write what a task's heading says after `Task 1: `."""
    # A title that looks like a field to fill in would be refused; the reader has it from tasks.md.
    if title in {"", task_id} or clues.is_placeholder(title):
        return task_id
    return f"{task_id} - {_shown(title)}"


def _shown(title: str) -> str:
    """Keep links from being read as their text, and a last # as the end of the heading: by backticks."""
    return _CLOSING.sub(r"`\g<0>`", title.replace("](", "]`(`"))


def named(path: str) -> str:
    """Write a path as a `File:` label takes it; empty for one that no task may name."""
    if problem_with(path) or clues.is_placeholder(path) or len(path) > _LONGEST_PATH:
        return ""
    is_plain = _PLAIN_PATH.fullmatch(path) and "__" not in path
    forms = (*((path,) if is_plain else ()), f"`{path}`", f'"{path}"')
    return next((form for form in forms if clues.token(form) == path), "")


def is_listable(path: str) -> bool:
    """Say whether a path can stand in a list of similar files, before its `(85% similar)`."""
    return bool(named(path)) and "`" not in path and not _SHARE.search(path)


def exact(text: str) -> str:
    """Show a value as code, with all its blanks and whatever backticks it holds."""
    text = one_line(text)
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    touches = text.startswith("`") or text.endswith("`")
    # Markdown takes one blank off both ends if there is one at both.
    pad = " " if touches or (text.startswith(" ") and text.endswith(" ") and text.strip(" ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def beside(text: str) -> str:
    """Write a text as an item of a list: it looks as it did, and is neither label nor heading nor list."""
    text = escape(one_line(text))
    if mark := _LIST_MARK.match(text):
        text = rf"{mark[1]}\{text[mark.start(2) :]}"
    if parse_label(f"- {text}", LABELS):
        text = text.replace(":", r"\:", 1).replace("：", "&#65306;", 1)
    return text
