"""The evidence of a batch: what its tasks.md says now, held against the tree as it is now."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from batchexec.errors import SourceError
from batchexec.evidence import Commands, Tree, Verdict, check_all, parse_all
from batchexec.sources.checklist import read_checklist
from batchexec.verify import finding, verify_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from batchexec.model import HookLine, Task
    from batchexec.sources.checklist import Entry
    from batchexec.verification import Verification


class SiteEvidence:
    """
    What a batch's tasks.md claims, and whether it is so.

    Asked by workers, too: each answer takes a look of its own at the tree.
    """

    def __init__(
        self,
        tasks: Path | None,
        root: Path,
        redact: Callable[[str], str] = str,
        *,
        strict: bool,
        run_commands: bool,
    ) -> None:
        self.tasks = tasks
        self._redact = redact
        self._root = root
        self._strict = strict
        self._run_commands = run_commands
        self._lock = threading.Lock()
        self._first = self._signature()
        self._read: tuple[object, dict[str, tuple[HookLine, ...]]] = (self._first, {})
        self._loading = Tree(root)

    def finding(self, entry: Entry) -> str:
        """Say what is found of a listed task while the batch is loaded; runs no command."""
        return finding(entry.hooks, self._loading)

    def verdict(
        self, task: Task, cancelled: Callable[[], bool] | None = None, root: Path | None = None
    ) -> Verdict:
        """Check the hooks of a task, in the batch's own tree or another one."""
        root = root or self._root
        commands = self._commands(root, cancelled)
        hooks = check_all(parse_all(self._hooks(task, root)), Tree(root), commands)
        return Verdict(tuple(hooks), self._strict)

    def verify(self, tasks: Path, cancelled: Callable[[], bool] | None = None) -> Verification:
        """Verify the whole list, read anew. Raises SourceError where it cannot be used."""
        return verify_file(tasks, self._root, commands=self.commands(cancelled), strict=self._strict)

    def commands(self, cancelled: Callable[[], bool] | None = None) -> Commands | None:
        """Give what runs the commands of hooks, if they are to be run."""
        return self._commands(self._root, cancelled)

    def _commands(self, root: Path, cancelled: Callable[[], bool] | None) -> Commands | None:
        if not self._run_commands:
            return None
        return Commands(root, cancelled=cancelled, redact=self._redact)

    def _hooks(self, task: Task, root: Path) -> Sequence[HookLine]:
        """
        Give the hooks a task is held to: those it started with.

        A naming task may have put the right path into them; nothing else that
        was made of tasks.md meanwhile counts, whoever did it.
        """
        if not task.naming:
            return task.evidence
        found = self._now(task) if root == self._root else self._elsewhere(task, root)
        kept = len(found) == len(task.evidence) and all(map(_renamed(task), task.evidence, found))
        return found if kept else task.evidence

    def _now(self, task: Task) -> Sequence[HookLine]:
        now = self._signature()
        if self.tasks is None or now in (None, self._first):
            return task.evidence
        with self._lock:
            if self._read[0] != now:
                entries = read_checklist(self.tasks).entries.values()
                self._read = now, {entry.id.casefold(): entry.hooks for entry in entries}
            return self._read[1].get(task.id.casefold(), task.evidence)

    def _elsewhere(self, task: Task, root: Path) -> Sequence[HookLine]:
        """Read what the list says of a task in another tree."""
        if self.tasks is None or not self.tasks.is_relative_to(self._root):
            return task.evidence
        try:
            entries = read_checklist(root / self.tasks.relative_to(self._root)).entries.values()
        except SourceError:
            return task.evidence
        mine = (entry.hooks for entry in entries if entry.id.casefold() == task.id.casefold())
        return next(mine, task.evidence)

    def _signature(self) -> object:
        try:
            status = self.tasks.stat() if self.tasks else None
        except OSError:
            return None
        return status and (status.st_ino, status.st_size, status.st_mtime_ns)


def _renamed(task: Task) -> Callable[[HookLine, HookLine], bool]:
    """Make the test whether one hook is another one with nothing but a settled name put in."""
    pairs = [(naming.expected, one.path) for naming in task.naming for one in naming.candidates]

    def is_same(old: HookLine, new: HookLine) -> bool:
        forms = (old.payload, *(old.payload.replace(expected, path) for expected, path in pairs))
        return new.payload.replace('"', "") in {form.replace('"', "") for form in forms}

    return is_same
