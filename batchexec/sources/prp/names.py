"""What PRP files and PRPs are called, and in what order their ids come."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FILE = re.compile(r"PRP-(?P<id>[0-9]{1,18}(?:\.[0-9]{1,18}){0,2}|[A-Z])(?:-(?P<slug>.+))?\.md")
_COMPANION = re.compile(
    r"(?:^|-)(?:INITIAL|PLAN|SUMMARY|NOTES|REVIEW|GUIDE|SCHEDULE|REPORT|TEMPLATE|FRAMEWORK)(?:-|$)"
)
_ID = re.compile(r"(?:PRP-)?([0-9]{1,18}(?:\.[0-9]{1,18}){0,2}|[A-Z])")

Key = tuple[tuple[int, str], ...]
"""What ids are sorted by: their numbers as numbers, a letter after every number."""


@dataclass(frozen=True, slots=True)
class FileName:
    """What the name of a PRP file says; `batch` is None where the id has not three parts."""

    id: str
    slug: str
    batch: int | None
    is_companion: bool

    @property
    def is_in_batch(self) -> bool:
        return self.batch is not None and not self.is_companion


def parse_file_name(name: str) -> FileName | None:
    """Read the name of a PRP file; None where the file is none."""
    found = _FILE.fullmatch(name)
    if not found:
        return None
    slug = found["slug"] or ""
    number = _without_zeros(found["id"])
    parts = number.split(".")
    batch = int(parts[0]) if len(parts) == 3 else None
    return FileName(f"PRP-{number}", slug, batch, bool(_COMPANION.search(slug)))


def canonical(text: str) -> str | None:
    """Write an id in full and without leading zeros: `PRP-001` is `PRP-1`; None where the text is no id."""
    found = _ID.fullmatch(text.strip())
    return f"PRP-{_without_zeros(found[1])}" if found else None


def parts_of(prp_id: str) -> tuple[int, ...]:
    """Give the numbers of an id; a letter has none."""
    number = prp_id.removeprefix("PRP-")
    return tuple(map(int, number.split("."))) if number[:1].isdigit() else ()


def sort_key(prp_id: str) -> Key:
    """Sort PRP-47.2.1 before PRP-47.10.1."""
    number = prp_id.removeprefix("PRP-")
    return tuple((int(part), "") for part in parts_of(prp_id)) or ((0, number),)


def _without_zeros(number: str) -> str:
    return ".".join(part.lstrip("0") or "0" if part.isdigit() else part for part in number.split("."))
