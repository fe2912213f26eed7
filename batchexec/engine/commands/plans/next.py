"""`batchexec plan_next`: what to do next about a plan, and the prompt for it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.answering import EXIT
from batchexec.engine.commands.plans.opening import journal_of, open_plan
from batchexec.engine.commands.plans.project import templates
from batchexec.engine.commands.plans.saying import SCHEMA_VERSION, say, say_json, tell
from batchexec.engine.plans.sheets import jobs
from batchexec.errors import Problem, SelectionError
from batchexec.plans import Group
from batchexec.plans.creation import Ending, filling
from batchexec.plans.creation.choosing import subplan_of
from batchexec.plans.naming import typed
from batchexec.plans.prompting import prompt
from batchexec.plans.recommending import Step, command_for, next_ids, step_for
from batchexec.rendering import render
from batchexec.sources.plan import read_subplan, valid_id

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchexec.plans import Loaded


def main(arguments: argparse.Namespace) -> int:
    loaded = open_plan(arguments)
    _check(loaded, arguments.ids)
    advice = loaded.recommendation
    ids = arguments.ids or _due(loaded)
    asked = "\n".join(prompt for id_ in ids for prompt in _prompts(loaded, id_))
    if arguments.json:
        say_json(
            {
                "schema_version": SCHEMA_VERSION,
                "step": str(advice.step),
                "ids": list(advice.ids),
                "text": advice.text,
                "command": typed(advice.command) or None,
                "prompt_ids": list(ids),
                "prompt": asked or None,
            }
        )
    else:
        (tell if asked else say)(str(advice))
        say(asked)
    return EXIT[Ending.REFUSED if advice.step is Step.BLOCKED and not asked else Ending.DONE]


def _due(loaded: Loaded) -> tuple[str, ...]:
    """Choose what comes first; there is nothing to ask for where only somebody's word is missing."""
    if loaded.recommendation.step is Step.APPROVE:
        return ()
    return tuple(id_ for id_ in next_ids(loaded.standing) if id_ in loaded.standing.ready)[:1]


def _check(loaded: Loaded, ids: Sequence[str]) -> None:
    """Raise SelectionError with everything that cannot be worked on now, and why."""
    problems = [problem for id_ in ids if (problem := _trouble(loaded, id_))]
    if problems:
        raise SelectionError(*problems)


def _trouble(loaded: Loaded, id_: str) -> Problem | None:
    standing = loaded.standing
    if id_ not in standing.statuses:
        hint = valid_id(id_) or f"there are: {', '.join(standing.ids) or 'none'}"
        return Problem(None, f"{loaded.plan.name} has no achievement {id_}", hint)
    if blockers := standing.blocked.get(id_):
        return Problem(None, f"{id_} is blocked by {', '.join(blockers)}", "these have to be complete first")
    if standing.group(id_) is not Group.READY:
        return Problem(None, f"{id_} is {standing.statuses[id_]}", "there is nothing to do about it")
    return None


def _prompts(loaded: Loaded, id_: str) -> Iterator[str]:
    """Write the prompts for what is due: carrying it out, filling its documents, or designing it."""
    overrides = templates(loaded.workspace)
    files = filling.wanted(loaded, [id_])
    if files:
        with suppress(OSError):  # where nothing can be noted, an answer goes by the files as they are then
            filling.remember(journal_of(loaded), files)
        yield filling.prompt(loaded, files, overrides)
    elif loaded.standing.has_execution(id_):
        yield from (prompt(loaded, id_, job.sheet.file, overrides) for job in jobs(loaded, id_))
    else:
        yield _described(loaded, id_, overrides)


def _described(loaded: Loaded, id_: str, overrides: Path | None) -> str:
    """Say what is known of an achievement whose next document is not there yet."""
    is_design = step_for(loaded.standing, id_) is Step.CREATE_SUBPLANS
    subplan = subplan_of(loaded, id_)
    achievement = next((one for one in loaded.plan.achievements if one.id == id_), None)
    facts = {
        "plan": loaded.plan.name,
        "id": id_,
        "title": loaded.standing.titles.get(id_, ""),
        "document": "SUBPLAN" if is_design else "EXECUTION_TASK",
        "command": typed(command_for(loaded.standing, id_, loaded.naming, loaded.basis)),
        "body": achievement.body if achievement else "",
        "subplan_name": subplan.name if subplan else "",
        "subplan": read_subplan(subplan).text if subplan else "",
    }
    return render("plan_next.md.j2", facts, overrides)
