"""Repositories with a batch of PRPs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prp_bench import Prps

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def prps(tmp_path: Path) -> Prps:
    return Prps(tmp_path / "repository", tmp_path / "here")
