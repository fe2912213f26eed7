"""`batchexec plan_graph`: the dependency graph of a plan, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import open_plan
from batchexec.engine.commands.plans.saying import say
from batchexec.plans.drawing import draw

if TYPE_CHECKING:
    import argparse


def main(arguments: argparse.Namespace) -> int:
    say(draw(open_plan(arguments).standing, arguments.format))
    return 0
