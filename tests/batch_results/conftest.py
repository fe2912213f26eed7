"""What the tests of batch results share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from batch_results.result_run import Run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)
