"""Real agents for the tests here, each with a repository and a home of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from agent_bench import PROGRAMS, WHERE, Bench, program, repository

if TYPE_CHECKING:
    from pathlib import Path

_OURS = ("ANTHROPIC_", "CLAUDE", "OPENAI_", "CODEX_")


def _bench(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    found = program(name)
    if found is None:
        pytest.skip(f"{name} is not installed: neither {WHERE} nor PATH leads to it")
    # Nobody's login, settings or history take part, and none is touched.
    for variable in [variable for variable in os.environ if variable.startswith(_OURS)]:
        monkeypatch.delenv(variable)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return Bench(name=name, program=found, root=repository(tmp_path / "tree"), home=home)


@pytest.fixture(params=PROGRAMS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return _bench(request.param, tmp_path, monkeypatch)


@pytest.fixture
def claude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return _bench("claude", tmp_path, monkeypatch)


@pytest.fixture
def codex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return _bench("codex", tmp_path, monkeypatch)
