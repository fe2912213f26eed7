"""`doit forget`: lets tasks run again, whatever they did before."""

from __future__ import annotations

from doit.cmd_forget import Forget as StockForget

from batchexec.engine.project import InBatch


class Forget(InBatch, StockForget):
    """Takes the same words as `run`; without any it forgets every task."""

    stock = StockForget

    def prepare(self) -> None:
        self._execute = self._forget_batch

    def _forget_batch(self, forget_sub: bool, forget_disable_default: bool, forget_all: bool) -> int:
        from batchexec.engine.selection import select

        assert self.site
        if not self.sel_tasks and forget_disable_default and not forget_all:
            self.outstream.write("no tasks specified, pass task name, --enable-default or --all\n")
            return 0
        known = {task.name: task for task in self.task_list}
        words = list(self.sel_tasks) if self.sel_tasks and not forget_all else None
        settings = self.site.settings
        selection = select(
            self.site.graph,
            known,
            words,
            only=settings.only_category,
            skip=settings.skip_category,
            single=not forget_sub,
        )
        self.dep_manager.backend.claim()
        with self.dep_manager.backend.database.transaction():
            for name in (*selection.others, *selection.tasks):
                self.dep_manager.remove(name)
                if name in selection.names:
                    self._mark(name)
                self.outstream.write(f"forgetting {name}\n")
        self.dep_manager.close()
        return 0

    def _mark(self, name: str) -> None:
        """Keep evidence that holds from letting a task rest that is to run again."""
        backend = self.dep_manager.backend
        backend.set(name, "_values_:", {"forgotten": True})
        backend.set(name, "deps:", ())
