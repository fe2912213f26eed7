"""`doit list`: the plan of a run, and why each task is in it; nothing is carried out."""

from __future__ import annotations

import sys

from doit.cmd_list import List as StockList

from batchexec.engine.project import InBatch

_JSON = {
    "name": "json",
    "long": "json",
    "type": bool,
    "default": None,
    "help": "print the plan as one JSON document",
    "section": "batchexec",
}
_STOCK_LISTING = ("subtasks", "status", "private", "list_deps", "template", "sort")


class List(InBatch, StockList):
    """
    The plan in a batch, doit's own listing elsewhere.

    Any of doit's options for its listing, but -q, brings doit's listing back.
    """

    stock = StockList
    added = (_JSON,)

    def prepare(self) -> None:
        if not self.given(_STOCK_LISTING):
            self._execute = self._list_plan

    def _list_plan(self, quiet: bool) -> int:
        from batchexec.engine.asked import asked
        from batchexec.engine.invocation import show_remarks
        from batchexec.engine.outlook import outlook
        from batchexec.engine.plan import Planner, as_text, reworded
        from batchexec.engine.plan_document import document
        from batchexec.engine.selection import select

        assert self.site
        known = {task.name: task for task in self.task_list}
        settings = self.site.settings
        words = list(self.sel_tasks) if self.sel_tasks else None
        backend = self.dep_manager.backend
        about = asked(self.site, words, backend.database.last_plan)
        selection = select(
            self.site.graph,
            known,
            about.words,
            only=settings.only_category,
            skip=settings.skip_category,
            single=about.single,
        )
        checker = self.site.checker(backend.database)
        prps = self.site.prps
        steps = Planner(self.site.graph, checker, backend, prps).steps(selection, always=about.always)
        show_remarks(self.site)
        if prps:
            tasks = [step.task for step in steps]
            lines = (f"⚠️ {text}\n" for text in reworded(prps, tasks, backend, self.site))
            sys.stderr.writelines(lines)
        if self.params["json"]:
            text = document(steps, self.site, backend.database)
        elif quiet:
            text = "".join(f"{step.task.name}\n" for step in steps)
        else:
            text = as_text(steps, prps) + outlook(steps, self.site, backend.database)
        self.outstream.write(text)
        return 0
