"""How plans stand by their files together with what runs have to say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.engine.plans.naming import called
from batchexec.engine.plans.trying import Tried, tries, unjudged
from batchexec.plans import load

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.plans import Loaded

__all__ = ["Tried", "attempts", "load_now", "tries", "unjudged"]


def attempts(workspace: Path, plan: str) -> tuple[frozenset[str], frozenset[str]]:
    """Name the achievements of a plan that a live run is at, and those that passed last."""
    tried = tries(workspace).get(plan, Tried())
    return tried.running, tried.passed


def load_now(workspace: Path, word: str, given: str = "") -> Loaded:
    """Read a plan with what runs know of it."""
    loaded = load(workspace, word, given=given)
    tried = tries(workspace).get(called(loaded))
    if tried is None:
        return loaded
    if tried.running:
        loaded = load(workspace, word, tried.running, given=given)
    passed = frozenset(unjudged(loaded, tried))
    return replace(loaded, standing=replace(loaded.standing, passed=passed))
