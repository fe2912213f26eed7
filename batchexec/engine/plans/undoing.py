"""What a run of a plan writes, as one run of the journal: work and markers are taken back together."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from batchexec.journal import Writing


class RunJournal(Journal):
    """A journal whose `run` is always the same one, open until `close`."""

    def __init__(self, home: Path, root: Path, words: Sequence[str]) -> None:
        super().__init__(home, root)
        self._words = words
        self._stack = ExitStack()

    @cached_property
    def writing(self) -> Writing:
        return self._stack.enter_context(super().run(("doit", *self._words)))

    def run(self, command: Sequence[str]) -> AbstractContextManager[Writing]:  # type: ignore[override]  # noqa: ARG002  # a part
        return nullcontext(self.writing)

    def close(self) -> None:
        self._stack.close()
