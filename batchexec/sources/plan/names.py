"""What the files around a plan are called, and what their names say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from batchexec.sources.plan.ids import NUMBER, file_number
from batchexec.sources.plan.plan import Marker

_NAME = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_PLAN_NAME = re.compile(_NAME, re.ASCII)
_USUAL_PLAN_NAME = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", re.ASCII)
_SUBPLAN = re.compile(
    rf"SUBPLAN_(?P<plan>{_NAME})_(?P<num>{NUMBER})(?P<suffix>_[A-Z0-9_]+)?\.md",
    re.ASCII,
)
_EXECUTION = re.compile(
    rf"EXECUTION_TASK_(?P<plan>{_NAME})_(?P<num>{NUMBER})_(?P<exec>\d{{2,9}})"
    r"(?P<suffix>_(?:V\d+|RECOVERY|ARCHIVED|NESTED_ARCHIVED))?\.md",
    re.ASCII,
)
_MARKER = re.compile(
    rf"(?:(?P<kind>APPROVED|FIX|SKIPPED)_(?P<num>{NUMBER})|FIX_(?P<answered>{NUMBER})_RESOLUTION)\.md",
    re.ASCII,
)
_NAMED_PLAN = re.compile(rf"PLAN_({_NAME})", re.ASCII)
_LONGEST = 1000

PARALLEL_FILES = (
    "parallel.json",
    "PARALLEL-EXECUTION-ANALYSIS.json",
    "parallel-execution.json",
    "parallel_analysis.json",
)
"""What the dependency graph beside a PLAN may be called; the first that is there counts."""


class Kind(StrEnum):
    SUBPLAN = "SUBPLAN"
    EXECUTION = "EXECUTION_TASK"
    MARKER = "marker"


@dataclass(frozen=True, slots=True)
class FileName:
    """
    What a name says; `plan` is "" for a marker, `execution` 0 for all but an EXECUTION_TASK.

    A file put into an archive is no evidence of anything any more.
    """

    kind: Kind
    num: str
    plan: str = ""
    execution: int = 0
    marker: Marker | None = None
    archived: bool = False


def parse_name(name: str) -> FileName | None:
    """Read the name of a file around a plan; None where it is none of ours."""
    if found := _SUBPLAN.fullmatch(name):
        archived = (found["suffix"] or "").endswith("ARCHIVED")
        return FileName(Kind.SUBPLAN, found["num"], found["plan"], archived=archived)
    if found := _EXECUTION.fullmatch(name):
        archived = (found["suffix"] or "").endswith("ARCHIVED")
        return FileName(Kind.EXECUTION, found["num"], found["plan"], int(found["exec"]), archived=archived)
    if found := _MARKER.fullmatch(name):
        marker = Marker(found["kind"]) if found["kind"] else Marker.RESOLUTION
        return FileName(Kind.MARKER, found["num"] or found["answered"], marker=marker)
    return None


def subplan_name(plan: str, id_: str) -> str:
    return f"SUBPLAN_{plan}_{file_number(id_)}.md"


def execution_name(plan: str, id_: str, number: int) -> str:
    return f"EXECUTION_TASK_{plan}_{file_number(id_)}_{number:02d}.md"


def marker_name(marker: Marker, id_: str) -> str:
    if marker is Marker.RESOLUTION:
        return f"FIX_{file_number(id_)}_RESOLUTION.md"
    return f"{marker}_{file_number(id_)}.md"


def is_plan_file(name: str) -> bool:
    return name.startswith("PLAN_") and name.endswith(".md") and len(name) > len("PLAN_.md")


def plan_name_of(file_name: str) -> str:
    return file_name.removesuffix(".md").removeprefix("PLAN_")


def problem_with_plan_name(name: str) -> str:
    """Say what no file named after a plan of this name can have right; "" where all is well."""
    if _USUAL_PLAN_NAME.fullmatch(name):
        return ""
    if _PLAN_NAME.fullmatch(name):
        return "has small letters"
    return "has other characters than letters, digits and single hyphens"


def plan_named_in(value: str) -> str:
    """Take a plan's name out of `MY-PLAN`, `PLAN_X.md` or `1.1 of PLAN_MY-PLAN`; "" if none is in it."""
    value = value[:_LONGEST]
    if found := _NAMED_PLAN.search(value):
        return found[1]
    bare = value.strip("`*_ ").removesuffix(".md")
    return bare if _PLAN_NAME.fullmatch(bare) else ""


def names_plan(text: str, plan: str) -> bool:
    """Say whether a text speaks of a plan by its whole name."""
    start = text.find(plan) if plan else -1
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(plan) : start + len(plan) + 1]
        if not (_goes_on(before) or _goes_on(after)):
            return True
        start = text.find(plan, start + 1)
    return False


def _goes_on(char: str) -> bool:
    return char.isalnum() or char == "-"
