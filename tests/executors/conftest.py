from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apply_bench import Bench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "tree").mkdir()
    return Bench(tmp_path / "tree", tmp_path / "stage")
