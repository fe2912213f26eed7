"""The verifications of one run: before it, after each category if asked for, and at its end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from batchexec.errors import SourceError, WorkspaceError
from batchexec.model import CATEGORIES
from batchexec.verification import INVALID_EVIDENCE, VERIFIED, regressed
from batchexec.verify import save
from batchexec.wording import percent, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from batchexec.engine.site import Site
    from batchexec.model import Task
    from batchexec.rundb import RunDatabase
    from batchexec.verification import Verification

Findings = dict[str, str]
_FAILING = frozenset({*CATEGORIES, INVALID_EVIDENCE})


class Verifications:
    """
    What tasks.md amounts to as a run goes on, noted in the run database.

    A tasks.md that became unusable in the meantime ends no run; `failed` says so.
    """

    def __init__(self, site: Site, database: RunDatabase, tasks: Iterable[Task]) -> None:
        self.failed = False
        self.cancelled: Callable[[], bool] = lambda: False
        self._site = site
        self._database = database
        self._run: int | None = None
        self._before: Findings | None = None
        self._after: Findings | None = None
        self._last: Findings = {}
        self._failing: set[str] = set()
        self._report = ""
        self._left = Counter(task.category for task in tasks)
        self._ran: set[str] = set()

    def begin(self, run: int) -> None:
        """Verify ahead of the first write."""
        self._run = run
        self._before = self._take("before")

    def finished(self, task: Task, *, ran: bool) -> None:
        """Take note of a task that came out; the last one of a category that did something may be due."""
        self._left[task.category] -= 1
        if ran:
            self._ran.add(task.category)
        due = self._site.settings.verify_after_each and task.category in self._ran
        if due and not self._left[task.category]:
            self._take("category", task.category)

    def end(self) -> Verification | None:
        """Verify what the run left, and write that down where reports stand."""
        verification = self._verified()
        if verification is None:
            return None
        now = time.time()
        overrides = self._site.settings.templates
        try:
            self._report, _ = save(self._site.settings.repo_root, verification, now, overrides)
        except SourceError as error:
            self._say(error)
            self._report, _ = save(self._site.settings.repo_root, verification, now)
        except WorkspaceError as error:
            self._say(error)
        self._after = self._note("after", "", verification)
        return verification

    @property
    def regressed(self) -> list[str]:
        """The tasks that were verified before the run and are not any more."""
        return regressed(self._before or {}, self._last)

    def fails(self, task: Task) -> bool:
        """Tell whether the last verification found that the evidence of a task does not hold."""
        return bool(task.evidence) and task.id.casefold() in self._failing

    def lines(self) -> list[str]:
        """Say in a few lines what the run made of tasks.md."""
        if self._after is None:
            return []
        before, after, total = _verified(self._before or {}), _verified(self._after), len(self._after)
        change = f"{before} → {after}" if self._before is not None else str(after)
        found = [f"🔎 Verified: {change} of {total} ({percent(after, total)})"]
        if self.regressed:
            found.append(f"   ❌ Not verified any more: {', '.join(self.regressed)}")
        if self._report:
            found.append(
                f"   Report: {self._site.shown(self._site.settings.repo_root / self._report)}/report.md"
            )
        return found

    def _take(self, moment: str, category: str = "") -> Findings | None:
        verification = self._verified()
        return self._note(moment, category, verification) if verification else None

    def _verified(self) -> Verification | None:
        tasks = self._site.settings.tasks
        if tasks is None:
            return None
        try:
            found = self._site.evidence.verify(tasks, self.cancelled)
        except SourceError as error:
            self._say(error)
            return None
        # What a command that was stopped says is no finding.
        return None if self.cancelled() else found

    def _say(self, error: SourceError | WorkspaceError) -> None:
        self.failed = True
        sys.stderr.write(f"ERROR: {printable(str(error))}\n")

    def _note(self, moment: str, category: str, verification: Verification) -> Findings:
        findings = {task.id: task.finding for task in verification.tasks}
        if moment != "before":
            self._last = findings
            self._failing = {id_.casefold() for id_, found in findings.items() if found in _FAILING}
        if self._run is not None:
            with self._database.transaction():
                self._database.save_verification(
                    self._run, moment, category, time.time(), findings, self._report
                )
        return findings


def _verified(findings: Findings) -> int:
    return sum(found == VERIFIED for found in findings.values())
