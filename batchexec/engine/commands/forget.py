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
                self.outstream.write(f"forgetting {name}\n")
        self.dep_manager.close()
        return 0
