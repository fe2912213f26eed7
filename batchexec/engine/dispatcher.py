"""Hands out doit's tasks in the order of the plan, each when all before it are finished."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from doit.control import TaskDispatcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doit.control import ExecNode, TaskControl


class _ByPlace:
    """What doit's dispatcher asks of its queue of ready tasks, ordered by place in the plan."""

    def __init__(self, order: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(order)}
        self._heap: list[tuple[int, int, ExecNode]] = []
        self._count = 0

    def append(self, node: ExecNode) -> None:
        # A task outside the plan is one that a planned task waits for.
        place = self._places.get(node.task.name, -1)
        self._count += 1
        heapq.heappush(self._heap, (place, self._count, node))

    def popleft(self) -> ExecNode:
        return heapq.heappop(self._heap)[2]

    def __bool__(self) -> bool:
        return bool(self._heap)


class PlanDispatcher(TaskDispatcher):
    """
    doit's dispatcher, except that a task that becomes ready goes where the plan has it.

    doit itself puts a task that was waiting at the end of its queue.
    """

    def __init__(self, control: TaskControl, selected: Sequence[str]) -> None:
        super().__init__(control.tasks, control.targets, selected)
        self.ready = _ByPlace(selected)

    def processed(self, node: ExecNode) -> None:
        """Take note that nothing more will happen to a task: what waits for it may go on."""
        self._update_waiting(node)

    def _get_next_node(self, ready: Any, tasks_to_run: list[str]) -> ExecNode | None:
        while tasks_to_run:
            node = self._gen_node(None, tasks_to_run.pop())
            if node:
                ready.append(node)
        return ready.popleft() if ready else None
