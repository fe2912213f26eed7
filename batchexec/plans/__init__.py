"""How plans stand: status, order, times, what to do next, and how that is shown."""

from __future__ import annotations

from batchexec.plans.loading import Loaded, load
from batchexec.plans.standing import Standing, standing
from batchexec.plans.status import TERMINAL, TRANSITIONS, Group, PlanStatus, may_become

__all__ = [
    "TERMINAL",
    "TRANSITIONS",
    "Group",
    "Loaded",
    "PlanStatus",
    "Standing",
    "load",
    "may_become",
    "standing",
]
