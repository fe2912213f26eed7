"""Runs the gates of a task, and judges them by evidence alone."""

from __future__ import annotations

from batchexec.gates.checking import check, check_all
from batchexec.gates.deciding import NOTHING_VERIFIED, Counts, decides, summary
from batchexec.gates.expectations import Label, expectation_of, expected_comment, parse_expectation
from batchexec.gates.running import syntax_error

__all__ = [
    "NOTHING_VERIFIED",
    "Counts",
    "Label",
    "check",
    "check_all",
    "decides",
    "expectation_of",
    "expected_comment",
    "parse_expectation",
    "summary",
    "syntax_error",
]
