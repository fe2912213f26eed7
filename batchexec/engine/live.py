"""The live display of a run on a terminal: a bar, what is running for how long, counts, time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from batchexec.engine.reporter import PlainReporter, prompt_task
from batchexec.model import Status
from batchexec.wording import duration, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from doit.task import Task as DoitTask

_MOST_SHOWN = 8
"""Running tasks shown by name; the rest is a number."""


class LiveReporter(PlainReporter):
    """The plain entries scroll by above; those of tasks that had nothing to do are only counted."""

    def __init__(self, out: Any, slots: int = 1) -> None:
        super().__init__(out, slots)
        self._one_by_one = False
        self._running: dict[str, tuple[str, float]] = {}
        self._waiting_until = 0.0
        self._console = Console(file=out, highlight=False, markup=False, emoji=False)
        self._bar = Progress(
            BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(), TextColumn("left"), console=self._console,
        )  # fmt: skip
        self._all = self._bar.add_task("", total=None, counts="")
        self._live = Live(
            get_renderable=self._render, console=self._console, refresh_per_second=8, transient=True
        )

    def initialize(self, tasks: Mapping[str, DoitTask], selected: Sequence[str]) -> None:
        super().initialize(tasks, selected)
        self._bar.update(self._all, total=self.total)
        self._live.start()

    def execute_task(self, task: DoitTask) -> None:
        ours = prompt_task(task)
        shown = printable(f"{ours.id}: {ours.title}") if ours else task.name
        self._running[task.name] = (shown, time.monotonic())

    def came_out(self, task: DoitTask, status: str, *lines: str) -> None:
        self._running.pop(task.name, None)
        if status == "up_to_date" and prompt_task(task):
            self._shown += 1
            self._count(task, status)
        else:
            super().came_out(task, status, *lines)
        if prompt_task(task):
            self._bar.update(self._all, advance=1, counts=self._counted())

    def waiting(self, until_utc: float, why: str) -> None:
        if until_utc != self._waiting_until:
            super().waiting(until_utc, why)
        self._waiting_until = until_utc

    def complete_run(self) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        self._console.print(Text(printable(text)), end="", soft_wrap=True)

    def flush(self) -> None:
        pass

    def _counted(self) -> str:
        bad = sum(n for status, n in self.counts.items() if status not in (Status.PASSED, "up_to_date"))
        parts = (
            (self.counts.get(Status.PASSED, 0), "✅"),
            (bad, "❌"),
            (self.counts.get("up_to_date", 0), "⏭️"),
        )
        return "  ".join(f"{sign} {count}" for count, sign in parts if count)

    def _render(self) -> Group:
        now = time.monotonic()
        running = sorted(self._running.values(), key=lambda item: item[1])
        lines = [Text(f"  ⏳ {now - since:3.0f}s  {shown}") for shown, since in running[:_MOST_SHOWN]]
        for line in lines:
            line.truncate(self._console.width - 1, overflow="ellipsis")
        if len(running) > _MOST_SHOWN:
            lines.append(Text(f"  … and {len(running) - _MOST_SHOWN} more"))
        left = self._waiting_until - time.time()
        if left > 0:
            lines.append(Text(f"  ⏳ the usage limit ends in {duration(left)}"))
        return Group(*lines, self._bar)
