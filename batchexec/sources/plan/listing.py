"""Lists directories so that an entry which cannot be looked at hides no other."""

from __future__ import annotations

import os


def entries(directory: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    """List a directory in the order of its names. Raises OSError where it cannot be read."""
    with os.scandir(directory) as found:
        return sorted(found, key=_name)


def is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


def is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name
