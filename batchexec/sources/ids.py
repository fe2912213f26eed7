"""What the id of a task looks like, in a prompt file and in a tasks.md."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_SHORT = re.compile(r"T\d{1,5}(?:\.\d+)?", re.IGNORECASE)
_LISTED = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_SHORT_LISTED = re.compile(r"T\d{1,5}(?:\.\d+)?[a-z]?")
# The tail of an id, looked at from its last dash or underscore on.
_COUNT = re.compile(r"\d+(?:\.\d+)*")
_COUNT_LETTER = re.compile(r"\d+(?:\.\d+)*[a-z]?")
_GENERATED = re.compile(r"[\w.-]+#(?:\d[\d.]*(?:-\d+)?|[0-9a-f]{8}(?:-\d+)?)(?![\w#])")
_SEPARATOR = re.compile(r"\s*[:：.)–—]\s*|\s+-\s+|\s+|$")
_TASK_WORDS = frozenset({"TASK", "TSK"})


def is_task_id(word: str) -> bool:
    """Say whether a word speaks of a task by its form alone: `TSK-CART-014`, `T012`."""
    if not word[-1:].isdigit():
        return False
    if _SHORT.fullmatch(word):
        return True
    *parts, count = word.upper().split("-")
    return (
        not _TASK_WORDS.isdisjoint(parts)
        and all(parts)
        and word.isascii()
        and "".join(parts).isalnum()
        and _COUNT.fullmatch(count) is not None
    )


def is_listed_id(word: str) -> bool:
    """Say whether a word can be an id in a tasks.md, where more forms are read: `AUTH-17`, `US_4.2b`."""
    if _SHORT_LISTED.fullmatch(word):
        return True
    cut = max(word.rfind("-"), word.rfind("_"))
    name = word[:cut] if cut > 0 else ""
    return (
        bool(_LISTED.fullmatch(name))
        and name[-1].isalnum()
        and _no_double_separator(name)
        and bool(_COUNT_LETTER.fullmatch(word[cut + 1 :]))
    )


def is_other_id(word: str) -> bool:
    """Say whether a word has the form of an id that only a tasks.md can vouch for: `AUTH-17`."""
    cut = word.rfind("-")
    return cut > 0 and bool(_COUNT.fullmatch(word[cut + 1 :])) and is_listed_id(word)


def leading_task_id(text: str) -> tuple[str, str] | None:
    """Split `TASK-001: title` into id and title; brackets around the id are allowed."""
    return _leading(text, _RUN, is_task_id)


def leading_listed_id(text: str) -> tuple[str, str] | None:
    """Split what follows `Task 3:` into id and title if it starts with an id of any form."""
    if "#" in text and (generated := _GENERATED.match(text)):
        return _split(text, generated.end(), generated.group())
    return _leading(text, _LISTED, is_listed_id) or leading_task_id(text)


def leading_other_id(text: str) -> tuple[str, str] | None:
    return _leading(text, _LISTED, is_other_id)


def id_in_name(stem: str) -> str | None:
    """Find the id in a file name: `prompt_003_TSK-X-003` and `03-TASK-003-login` hold one."""
    for word in re.split(r"[_ ]", stem):
        parts = word.split("-")
        for start in range(len(parts)):
            for end in range(len(parts), start, -1):
                candidate = "-".join(parts[start:end])
                if not candidate[0:1].isdigit() and is_task_id(candidate):
                    return candidate
    return None


def numbered_id(stem: str, number: str) -> str:
    return f"{stem}#{number}"


def hashed_id(stem: str, title: str) -> str:
    """Make an id of a title: it stays while the task moves, and changes with its name."""
    return f"{stem}#{sha256(title.encode()).hexdigest()[:8]}"


def _leading(text: str, run: re.Pattern[str], is_id: Callable[[str], bool]) -> tuple[str, str] | None:
    opened = text.startswith("[")
    found = run.match(text, 1 if opened else 0)
    if not found:
        return None
    word = found.group().rstrip(".-_")
    end = found.start() + len(word)
    # `TASK-001.Title`: what follows the last count is no part of the id.
    while word and not is_id(word):
        word = word.rpartition(".")[0]
        end = found.start() + len(word)
    if not word:
        return None
    return _split(text, end + (opened and text[end : end + 1] == "]"), word)


def _split(text: str, end: int, word: str) -> tuple[str, str] | None:
    separator = _SEPARATOR.match(text, end)
    return (word, text[separator.end() :].strip()) if separator else None


def _no_double_separator(name: str) -> bool:
    return all(part for part in re.split(r"[-_.]", name))
