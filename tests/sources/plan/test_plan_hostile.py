"""Texts made to keep the readers busy take no longer than their length allows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from batchexec.markdown import Excerpt
from batchexec.sources.plan import parse_execution, parse_fix, parse_plan, parse_subplan

SIZE = 200_000
START = "# PLAN: x\n## Achievements\n**Achievement 1.1**: A\n"


@pytest.mark.parametrize(
    "unit",
    [
        "**Goal**: x\n",
        "Goal: x\n",
        "- **Dependencies**: 1.1 (1.2\n",
        "**Achievement 1.1**: T\n",
        "- Achievement 1.1: x (" + "1" * 300 + "\n",
        "### Priority 1: " + "( " * 400 + "\n",
        "### Priority 1: " + " " * 800 + "x\n",
        "**Achievement 1.1: " + "✅" * 800 + "\n",
        "**Achievement 1.1: " + " **COMPLETE**" * 70 + "\n",
        "## Achievement Index\n",
        "## A Approac\n",
        "Effort: " + "1" * 300 + "\n",
        "A" + " " * 59 + "(" * 800 + "\n",
        "## Current Status Handoff\nnext Achievement 1.\n",
        "```x\n",
        "1." * 400 + "\n",
        "*" * 900 + "\n",
        "(" * 60 + "\n",
        "**Time**: " + "." * 900 + "\n",
        "x",
        "#",
    ],
)
def test_hostile_text_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    text = START + unit * (SIZE // len(unit))
    source = Excerpt("x.md", tuple(text.split("\n")))
    before = time.process_time()

    parse_plan(source, Path("PLAN_X.md"), Path())
    parse_subplan(source, Path("SUBPLAN_X_11.md"))
    parse_execution(source, Path("EXECUTION_TASK_X_11_01.md"))
    parse_fix(source, Path("FIX_11.md"))

    # A tenth of a second each where nothing measures; a reader that is not linear takes minutes.
    assert time.process_time() - before < 5


def test_a_plan_of_ten_thousand_achievements_is_read() -> None:
    entries = "".join(f"- Achievement {n}.1: Title\n" for n in range(10_000))
    bodies = "".join(f"**Achievement {n}.1**: Title\n- **Effort**: 2h\n" for n in range(10_000))
    text = f"# PLAN: x\n## Achievement Index\n{entries}## Achievements\n{bodies}"

    plan = parse_plan(Excerpt("x.md", tuple(text.split("\n"))), Path("PLAN_X.md"), Path())

    assert len(plan.ids) == 10_000
    assert all(one.effort for one in plan.achievements)
