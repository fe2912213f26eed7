from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checkout import IDENTITY, Checkout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_habits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git knows nobody here but Ann, who is known by the environment."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "repository")
