"""Who has which tool, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shed.tools import Tool


@dataclass(frozen=True)
class Loan:
    """A tool in somebody's hands; `days` is for how long it was asked for."""

    tool: Tool
    member: str
    since: date
    days: int = 7


def due_date(loan: Loan) -> date:
    """Return the day on which the tool has to be back; the shed is closed at weekends."""
    raise NotImplementedError
