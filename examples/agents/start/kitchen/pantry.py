"""What is on the shelves, and until when it is good."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Jar:
    what: str
    grams: int
    good_until: date
