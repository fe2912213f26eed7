"""Lets a few threads at a time work on files: with a hundred, each keeps the others from going on."""

from __future__ import annotations

from functools import wraps
from queue import SimpleQueue
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Given = ParamSpec("Given")
    Returned = TypeVar("Returned")

# Every call of the system gives the interpreter away, and with many who want it, it takes long to come back.
_MOST = 4

_free: SimpleQueue[None] = SimpleQueue()
for _ in range(_MOST):
    _free.put(None)


def few_at_a_time(act: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Let a function wait until few others of its kind are at work; none of them may call another one."""

    @wraps(act)
    def acted(*args: Given.args, **options: Given.kwargs) -> Returned:
        _free.get()
        try:
            return act(*args, **options)
        finally:
            _free.put(None)

    return acted
