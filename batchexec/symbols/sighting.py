"""What came of looking for a name in a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sighting(StrEnum):
    """How much a text has of a name; only the first two prove it, the second not beyond doubt."""

    DEFINED = "defined"
    WEAK = "weak"
    STUB = "stub"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Sighted:
    """A sighting, the line it is at, and where there is more to say, the words for it."""

    kind: Sighting
    line: int | None = None
    detail: str = ""


ABSENT = Sighted(Sighting.ABSENT)
