"""The readers: documents people or generators write become tasks here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.sources.smartspec import read_smartspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batchexec.sources.reading import Reading


READERS: dict[str, Callable[[Path, Path | None], Reading]] = {"smartspec": read_smartspec}
"""How to read a directory of each family, by the family's name."""


def load(prompts_dir: Path, tasks_md: Path | None = None) -> Reading:
    """
    Read all there is to run, and everything there is to say about it.

    Problems are collected over all files, never raised: whoever calls decides
    what an error stops. Files are named as they would be typed here.
    """
    return READERS["smartspec"](prompts_dir, tasks_md)
