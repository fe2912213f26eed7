"""What an agent says of its progress: it feeds a display, and nothing of it is believed but failure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from batchexec.wording import printable

_LONGEST = 1000
_DONE = re.compile(r"STATUS:[A-Z_]{1,40}:([0-9]{1,6})/([0-9]{1,6})(?![0-9]).*")
_FAILED = re.compile(r"STATUS:FAILED(?::\s*(.*))?")
_PLACEHOLDER = re.compile(r"<[^<>]*>")
_NO_REASON = "the agent gave no reason"


@dataclass(slots=True)
class Progress:
    """
    How far an attempt is, by its agent's own words; moments in them are not looked at.

    `failed` is the reason the agent gave up for, or empty.
    """

    steps_completed: int = 0
    total_steps: int = 0
    failed: str = ""
    _rest: str = field(default="", repr=False)

    @property
    def percent(self) -> int:
        return 100 * self.steps_completed // self.total_steps if self.total_steps else 0

    def hear(self, said: str) -> None:
        """Take in a piece of what the agent says; a line counts when its end was heard, so end with one."""
        *lines, rest = (self._rest + said).split("\n")
        self._rest = rest[:_LONGEST]
        for line in lines:
            self._take(line[:_LONGEST].strip())

    def _take(self, line: str) -> None:
        if not line.startswith("STATUS:"):
            return
        if found := _FAILED.fullmatch(line):
            self._fail((found[1] or "").strip())
        elif found := _DONE.fullmatch(line):
            self._advance(int(found[1]), int(found[2]))

    def _fail(self, reason: str) -> None:
        """Keep the first reason; `<reason>` is the instruction, repeated."""
        if not self.failed and not _PLACEHOLDER.fullmatch(reason):
            self.failed = printable(reason) or _NO_REASON

    def _advance(self, done: int, total: int) -> None:
        """Go forward only: an agent may speak of one phase twice."""
        if 0 < total >= done and done * max(1, self.total_steps) >= self.steps_completed * total:
            self.steps_completed, self.total_steps = done, total
