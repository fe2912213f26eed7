"""What the ids of achievements look like, how they are ordered, and how files are numbered after them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ID = r"\d{1,9}(?:\.\d{1,9}){1,2}"
NUMBER = r"(?:\d{1,9}(?:-\d{1,9}){1,2}|\d{2,27})"

_VALID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){1,2}", re.ASCII)
_WITH_ZEROS = re.compile(r"[0-9]+(?:\.[0-9]+){1,2}", re.ASCII)
_IN_TEXT = re.compile(rf"(?<![\w.]){ID}(?!\w|\.\d)", re.ASCII)
_LONGEST_NUMBER = 4000
"""Python reads no longer one: what is longer comes after all others."""


def valid_id(text: str) -> str:
    """Say what would be right where a text is no id of an achievement; "" where it is one."""
    if _VALID.fullmatch(text):
        return ""
    if _WITH_ZEROS.fullmatch(text):
        return f"write {canonical(text)}"
    return "write X.Y or X.Y.Z, as in 1.2"


def canonical(text: str) -> str:
    """Take the leading zeros off the parts of an id."""
    return ".".join(part.lstrip("0") or "0" for part in text.split("."))


def id_key(id_: str) -> tuple[int, ...]:
    """Sort 1.9 before 1.10."""
    return tuple(_number(part) for part in id_.split("."))


def ids_in(text: str) -> list[str]:
    """List the ids in a text as they are written, each once; `v1.2` and `1.2.3.4` are none."""
    return list(dict.fromkeys(_IN_TEXT.findall(text)))


def file_number(id_: str) -> str:
    """Write an id for a file name so that no two ids have the same: `12` for 1.2, `2-12` for 2.12."""
    parts = id_.split(".")
    return "".join(parts) if len(parts) == 2 and len(id_) == 3 else "-".join(parts)


def digits(id_: str) -> str:
    return id_.replace(".", "")


def by_digits(ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Arrange ids by the plain digits that may stand for them in a file name."""
    found: dict[str, tuple[str, ...]] = {}
    for one in ids:
        found[digits(one)] = (*found.get(digits(one), ()), one)
    return found


def only_reading(number: str) -> str:
    """Give the id a file number means in whatever plan; "" where that depends on the plan."""
    if "-" in number:
        return canonical(number.replace("-", "."))
    return f"{number[0]}.{number[1]}" if len(number) == 2 else ""


def _number(part: str) -> int:
    if not (part.isascii() and part.isdecimal()):
        return -1
    return int(part) if len(part) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER + len(part)
