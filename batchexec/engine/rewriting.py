"""Makes paths of the repository, here or on other machines, lead to the directory an attempt works in."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from batchexec.settings import Settings


def rewriting(settings: Settings, root: Path) -> Callable[[str], str]:
    """Give what changes a text so; `root` is the directory."""
    repository = settings.repo_root
    found = {os.path.realpath(repository): str(root), str(repository): str(root)}
    for name, path in settings.path_map.items():
        inside = os.path.relpath(path, repository)
        found[name] = os.path.normpath(path if inside.startswith("..") else root / inside)
    return lambda text: _rewritten(text, found)


def _rewritten(text: str, found: Mapping[str, str]) -> str:
    for name in sorted(found, key=len, reverse=True):
        if name in text:
            text = _replaced(text, name, found[name])
    return text


def _replaced(text: str, name: str, path: str) -> str:
    """Replace a directory where it is one, and not a part of another name."""
    first, *rest = text.split(name)
    joined = [first]
    for before, after in pairwise([first, *rest]):
        is_whole = not _goes_on(after[:1], "_-.") and not _goes_on(before[-1:], "_-./")
        joined += [path if is_whole else name, after]
    return "".join(joined)


def _goes_on(char: str, more: str) -> bool:
    return char != "" and (char.isalnum() or char in more)
