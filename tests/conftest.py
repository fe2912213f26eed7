"""What all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import Batch
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pathlib import Path


# How long an example takes is the machine's business, and what others do on it meanwhile.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)
