"""Repositories with a plan, and workspaces for the words about plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plan_bench import Workspace
from plan_run_bench import PlanRun

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plan(tmp_path: Path) -> PlanRun:
    return PlanRun(tmp_path / "repository", tmp_path / "here")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A plan that is half done."""
    found = Workspace(tmp_path / "project")
    found.half_done()
    return found
