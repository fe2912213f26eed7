"""Reads plans: their folders, the PLAN itself, and the SUBPLANs, EXECUTION_TASKs and markers around it."""

from __future__ import annotations

from batchexec.sources.plan.document import UNFILLED, unfilled
from batchexec.sources.plan.evidence import read_evidence
from batchexec.sources.plan.finding import Found, find_file, find_plan
from batchexec.sources.plan.hours import parse_hours
from batchexec.sources.plan.ids import file_number, id_key, valid_id
from batchexec.sources.plan.names import (
    PARALLEL_FILES,
    execution_name,
    marker_name,
    parse_name,
    subplan_name,
)
from batchexec.sources.plan.places import WORK_SPACE, find_workspace, places, plan_files
from batchexec.sources.plan.plan import (
    Achievement,
    Evidence,
    ExecutionTask,
    Fix,
    Hours,
    Marker,
    Part,
    Plan,
    Sheet,
    Subplan,
)
from batchexec.sources.plan.reading import parse_plan, read_plan
from batchexec.sources.plan.sheets import (
    parse_execution,
    parse_fix,
    parse_subplan,
    read_execution,
    read_fix,
    read_subplan,
)

__all__ = [
    "PARALLEL_FILES",
    "UNFILLED",
    "WORK_SPACE",
    "Achievement",
    "Evidence",
    "ExecutionTask",
    "Fix",
    "Found",
    "Hours",
    "Marker",
    "Part",
    "Plan",
    "Sheet",
    "Subplan",
    "execution_name",
    "file_number",
    "find_file",
    "find_plan",
    "find_workspace",
    "id_key",
    "marker_name",
    "parse_execution",
    "parse_fix",
    "parse_hours",
    "parse_name",
    "parse_plan",
    "parse_subplan",
    "places",
    "plan_files",
    "read_evidence",
    "read_execution",
    "read_fix",
    "read_plan",
    "read_subplan",
    "subplan_name",
    "unfilled",
    "valid_id",
]
