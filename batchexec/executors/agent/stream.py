"""Follows what an agent prints: one value that says how far it is, and safe looks into foreign JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchexec.model import Usage

Event = Mapping[str, Any]

_WIDEST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an agent says went wrong; `code` is its own word for it, `http` what its model server answered."""

    text: str
    code: str = ""
    http: int | None = None
    retry_at_utc: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    What an event stream says so far.

    An `error` may still be overcome: the next thing that goes well takes it
    back. `denials` are what it was not allowed to do, `message` is the last
    thing it said, `turn` the answer of the model that `usage` was counted to.
    """

    finished: bool = False
    message: str = ""
    session: str = ""
    turn: str = ""
    usage: Usage | None = None
    cost_usd: float | None = None
    denials: tuple[str, ...] = ()
    error: Fault | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """How one program's output is read: its events, and its lines that are none."""

    event: Callable[[Said, Event], Said]
    line: Callable[[Said, str], Said] | None = None


class Listener:
    """Takes a program's lines one by one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.said = Said()

    def line(self, data: bytes) -> bool:
        """Take a line and say whether the stream is over with it."""
        event = parse_event(data) if data.startswith(b"{") else None
        if event is not None:
            self.said = self._reader.event(self.said, event)
        elif self._reader.line is not None:
            self.said = self._reader.line(self.said, data[:_WIDEST].decode(errors="replace"))
        return self.said.finished


def parse_event(line: bytes) -> Event | None:
    """Read a line as a JSON object; None where it is anything else."""
    try:
        value = json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def at(event: Event, *keys: str) -> object:
    found: object = event
    for key in keys:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def text(event: Event, *keys: str) -> str:
    found = at(event, *keys)
    return found if isinstance(found, str) else ""


def number(event: Event, *keys: str) -> float | None:
    found = at(event, *keys)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if 0 <= found < 1e15 and isfinite(found) else None


def count(event: Event, *keys: str) -> int:
    return int(number(event, *keys) or 0)


def listed(event: Event, *keys: str) -> list[Event]:
    found = at(event, *keys)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
