"""Examples that are typed in a repository of their own, in a fresh clone of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clone import Clone
from terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_HOME_CONFIG = "[user]\n\tname = Somebody\n\temail = somebody@example.org\n[init]\n\tdefaultBranch = main\n"


class ExampleClone(Clone):
    """An example in a fresh clone, for which everything is asked in its `work`, a repository of its own."""

    def __init__(self, top: Path, example: str) -> None:
        super().__init__(top)
        self.top = top
        self.root = top / example / "work"

    def terminal(self, programs: Path) -> Terminal:
        """Give a terminal as one has it in the clone, before the example is begun."""
        programs.mkdir()
        work, self.root = self.root, self.top
        terminal = Terminal(self, programs)
        self.root = work
        return terminal


def at_home(scratch: Path, patch: pytest.MonkeyPatch) -> Path:
    """Let a directory be where programs keep what is their own, and git know somebody there."""
    (scratch / "home").mkdir()
    (scratch / "home/.gitconfig").write_text(_HOME_CONFIG, encoding="utf-8")
    patch.setenv("HOME", str(scratch / "home"))
    patch.setenv("XDG_STATE_HOME", str(scratch / "state"))
    return scratch
