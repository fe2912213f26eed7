"""Repositories with a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plan_run_bench import PlanRun

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plan(tmp_path: Path) -> PlanRun:
    return PlanRun(tmp_path / "repository", tmp_path / "here")
