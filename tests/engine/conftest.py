"""Repositories for agents to work in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from isolated_bench import Isolated

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def isolated(tmp_path: Path) -> Isolated:
    return Isolated(tmp_path / "repository", tmp_path / "here")
