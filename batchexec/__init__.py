"""
batchexec: make for prompts.

    from batchexec import load, resolve

    graph = resolve(load(Path(".spec/prompts/latest")).tasks)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchexec.engine import batch
    from batchexec.errors import BatchError, Problem
    from batchexec.graph import Graph, resolve
    from batchexec.model import Outcome, Status, Task
    from batchexec.report import render
    from batchexec.sources import load
    from batchexec.verification import Verification
    from batchexec.verify import verify_file

__version__ = "0.1.0"

__all__ = [
    "BatchError",
    "Graph",
    "Outcome",
    "Problem",
    "Status",
    "Task",
    "Verification",
    "batch",
    "load",
    "render",
    "resolve",
    "verify_file",
]

_HOMES = {
    "BatchError": "errors",
    "Graph": "graph",
    "Outcome": "model",
    "Problem": "errors",
    "Status": "model",
    "Task": "model",
    "Verification": "verification",
    "batch": "engine",
    "load": "sources",
    "render": "report",
    "resolve": "graph",
    "verify_file": "verify",
}


def __getattr__(name: str) -> Any:
    # doit imports this package for every command of every project: nothing is loaded before it is asked for.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
