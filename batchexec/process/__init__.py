"""Starts programs, each as a group of its own that is watched and leaves nobody behind."""

from __future__ import annotations

from batchexec.process.environment import inherited
from batchexec.process.following import Followed, follow
from batchexec.process.limits import Ended, Limits
from batchexec.process.output import LINE_LIMIT
from batchexec.process.running import OUTPUT_LIMIT, Done, capture, run

__all__ = [
    "LINE_LIMIT",
    "OUTPUT_LIMIT",
    "Done",
    "Ended",
    "Followed",
    "Limits",
    "capture",
    "follow",
    "inherited",
    "run",
]
