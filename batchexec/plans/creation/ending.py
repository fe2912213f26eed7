"""How a command about plans came out, for whoever decides on its exit status."""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """`REFUSED` means that nothing was started: a usage error, or something that has to be done first."""

    DONE = "done"
    FAILED = "error"
    REFUSED = "usage-or-blocked"
    CANCELLED = "cancelled"
