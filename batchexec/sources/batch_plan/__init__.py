"""Reads a batch plan, the phases that become the PRPs of a batch."""

from __future__ import annotations

from batchexec.sources.batch_plan.parsing import parse_batch_plan, read_batch_plan
from batchexec.sources.batch_plan.plan import BatchPlan, Before, Item, PlanPhase

__all__ = ["BatchPlan", "Before", "Item", "PlanPhase", "parse_batch_plan", "read_batch_plan"]
