"""parallel.json: the dependency graph of a plan, read in all its dialects, checked, and held to the PLAN."""

from __future__ import annotations

from batchexec.parallel.comparing import compare
from batchexec.parallel.parallel import Checked, Finding, Parallel, Work
from batchexec.parallel.reading import find_parallel, parse_parallel, passed_over, read_parallel
from batchexec.parallel.schema import LEVELS, SCHEMA
from batchexec.parallel.source import written
from batchexec.parallel.telling import as_json, fails, told
from batchexec.sources.plan import PARALLEL_FILES

__all__ = [
    "LEVELS",
    "PARALLEL_FILES",
    "SCHEMA",
    "Checked",
    "Finding",
    "Parallel",
    "Work",
    "as_json",
    "compare",
    "fails",
    "find_parallel",
    "parse_parallel",
    "passed_over",
    "read_parallel",
    "told",
    "written",
]
