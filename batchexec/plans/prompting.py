"""What an executor is told of an achievement: its EXECUTION_TASK, and the changes that are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.plans.creation.choosing import subplan_of
from batchexec.rendering import render
from batchexec.sources.plan import Marker, read_execution, read_fix, read_subplan

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.plans.loading import Loaded


def prompt(loaded: Loaded, id_: str, sheet: Path, overrides: Path | None = None) -> str:
    """Write the prompt of one EXECUTION_TASK. Raises SourceError where a document cannot be read."""
    known = loaded.standing.ids
    subplan = subplan_of(loaded, id_)
    wanted = loaded.evidence.marked(Marker.FIX, id_)
    facts = {
        "plan": loaded.plan.name,
        "id": id_,
        "title": loaded.standing.titles.get(id_, ""),
        "sheet": sheet.name,
        "text": read_execution(sheet, known).text,
        "subplan": read_subplan(subplan, known) if subplan else None,
        "fix": read_fix(wanted, known) if wanted else None,
    }
    return render("plan_prompt.md.j2", facts, overrides)
