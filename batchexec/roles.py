"""Tells code from tests by the path of a file."""

from __future__ import annotations

import re

from batchexec.model import Role

_TEST_NAME = re.compile(r"test_.*\.py|.*_test\..*|.*\.test\..*|.*\.spec\..*")
_TEST_DIRECTORIES = frozenset({"tests", "__tests__"})


def role_of(path: str) -> Role:
    """Judge by its path whether a file holds code or tests."""
    *directories, name = path.lower().split("/")
    if _TEST_DIRECTORIES.intersection(directories) or _TEST_NAME.fullmatch(name):
        return Role.TEST
    return Role.CODE
