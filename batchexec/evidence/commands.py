"""Runs the commands that test hooks name, where somebody asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COMMAND_TIMEOUT_S = 600.0


@dataclass(slots=True)
class Commands:
    """
    Runs the commands of test hooks, each once however many hooks name it.

    What is told of their output goes through `redact`: it ends up in reports.
    """

    root: Path
    timeout_s: float = _COMMAND_TIMEOUT_S
    cancelled: Callable[[], bool] | None = None
    redact: Callable[[str], str] = str
    _done: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        self._done.clear()

    def complaint(self, command: str) -> str:
        """Say how a command failed; nothing where it succeeded."""
        if command not in self._done:
            self._done[command] = self._run(command)
        return self._done[command]

    def _run(self, command: str) -> str:
        environ = process.inherited()
        done = process.run(
            command, self.root, timeout_s=self.timeout_s, environ=environ, cancelled=self.cancelled
        )
        if done.code == 0:
            return ""
        lines = self.redact(done.output).strip().splitlines()
        said = f": {lines[-1].strip()[:200]}" if lines else ""
        how = f"no end after {self.timeout_s:g} s" if done.timed_out else f"exit status {done.code}"
        return f"{command}: {how}{said}"
