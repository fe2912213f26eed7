"""Chooses how a run is shown: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
from typing import Any

from batchexec.engine.reporter import PlainReporter, QuietReporter


def make_reporter(out: Any, *, quiet: bool, slots: int) -> PlainReporter:
    """Be live only on a terminal that can be redrawn; `slots` above 1 means that tasks overlap."""
    if quiet:
        return QuietReporter(out, slots)
    if out.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI"):
        from batchexec.engine.live import LiveReporter

        return LiveReporter(out, slots)
    return PlainReporter(out, slots)
