"""The only package that knows doit; what a dodo.py needs of it is `batch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from doit.task import Task as DoitTask

MARKER = "batchexec"
"""The key of DOIT_CONFIG that tells a batch from any other doit project."""


STATE = ".batchexec"
"""The directory of a batch's state, below its home."""


def batch(
    home: str | Path = ".", *, first: Sequence[str] = ()
) -> tuple[dict[str, Any], Callable[[], Iterator[DoitTask]]]:
    """
    Make a dodo.py a batch.

    Its one line is `DOIT_CONFIG, task_batch = batch()`.

    `home` is the directory of batchexec.yaml and of the state, `first` names
    doit tasks of the same dodo.py to be done before any prompt task.
    """
    from batchexec.engine.site import Site

    site = Site(Path(home).absolute(), tuple(first))

    def task_batch() -> Iterator[DoitTask]:
        from batchexec.engine.tasks import targets

        yield from targets(site)

    config = {MARKER: site, "backend": "batchexec", "dep_file": str(site.state / "run.db")}
    return config, task_batch
