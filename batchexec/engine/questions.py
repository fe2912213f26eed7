"""Names what a task asks its executor, so that an answer that was paid for is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.answers import key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.engine.site import Site
    from batchexec.model import Task


def question(site: Site, executor: str, components: Mapping[str, object], previous: str) -> str:
    inputs = components["inputs"]
    assert isinstance(inputs, dict)
    return key(str(components["section"]), inputs, site.executor(executor).fingerprint(), previous)


def is_asked_anew(site: Site, task: Task) -> bool:
    """Tell whether a task wants another answer than the one there may be."""
    chosen = site.settings
    return not chosen.cache or task.id in chosen.refresh or task.name in chosen.refresh
