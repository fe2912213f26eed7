"""A repository of Ann's, who is known by the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checkout import IDENTITY, Checkout

from batchexec.places import Trunk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_habits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "repository")
    made.commit_all({"a.txt": "1\n2\n3\n", "b.txt": "b\n"})
    return made


@pytest.fixture
def trunk(checkout: Checkout) -> Trunk:
    made = Trunk(checkout.repository, checkout.root)
    made.begin()
    return made
