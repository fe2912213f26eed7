"""Holds evidence hooks against the tree: is there what they claim?"""

from __future__ import annotations

from batchexec.evidence.check import DIRECTORY_NOT_FOUND, MISSING, Claim, check_all, parse_all
from batchexec.evidence.commands import Commands
from batchexec.evidence.tree import FILE_NOT_FOUND, OUTSIDE, Tree
from batchexec.evidence.verdict import Verdict

__all__ = [
    "DIRECTORY_NOT_FOUND",
    "FILE_NOT_FOUND",
    "MISSING",
    "OUTSIDE",
    "Claim",
    "Commands",
    "Tree",
    "Verdict",
    "check_all",
    "parse_all",
]
