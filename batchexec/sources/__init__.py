"""The readers: documents people or generators write become tasks here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.sources.smartspec import read_smartspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batchexec.sources.checklist import Entry
    from batchexec.sources.reading import Reading

    FindingOf = Callable[[Entry], str]

READERS: dict[str, Callable[[Path, Path | None, FindingOf | None], Reading]] = {"smartspec": read_smartspec}
"""How to read a directory of each family, by the family's name."""


def load(prompts_dir: Path, tasks_md: Path | None = None, finding_of: FindingOf | None = None) -> Reading:
    """
    Read all there is to run, and everything there is to say about it.

    Problems are collected over all files, never raised: whoever calls decides
    what an error stops. Files are named as they would be typed here. What is
    found of a listed task, by `finding_of`, decides how urgent a ticked one is.
    """
    return READERS["smartspec"](prompts_dir, tasks_md, finding_of)
