"""Creates the documents of plans: chosen, previewed, filled with what is known, written and judged."""

from __future__ import annotations

from batchexec.plans.creation import discovery, filling, marking
from batchexec.plans.creation.choosing import Choice, Unfilled, check_unfilled, choose, preview
from batchexec.plans.creation.content import content
from batchexec.plans.creation.creating import Created, create, nothing
from batchexec.plans.creation.ending import Ending
from batchexec.plans.creation.targets import Kind, Target, targets

__all__ = [
    "Choice",
    "Created",
    "Ending",
    "Kind",
    "Target",
    "Unfilled",
    "check_unfilled",
    "choose",
    "content",
    "create",
    "discovery",
    "filling",
    "marking",
    "nothing",
    "preview",
    "targets",
]
