"""What the settings of a project mean for its plans: its templates, and who answers questions."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchexec import settings
from batchexec.build.built import PUBLISHED
from batchexec.engine.commands.plans.saying import tell
from batchexec.errors import ExecutorError, Problem
from batchexec.executors import Attempt
from batchexec.model import Location, Output, Task
from batchexec.workspace import Stage, Workspace, create_new, digest_of, publish

if TYPE_CHECKING:
    from batchexec.engine.site import Site
    from batchexec.journal import Journal
    from batchexec.model import Outcome
    from batchexec.plans import Loaded

_ANSWER = "answer.md"
_HOW = """

## Where the answer goes

Write the whole answer, and nothing else, into the file `{answer}` in the directory you are in.
The project lies in {project}. Read there what you need, and change nothing.
"""


def templates(workspace: Path) -> Path | None:
    """Find the project's own templates, which go before ours."""
    return settings.load(workspace, environ=os.environ).templates


def check_answerer(workspace: Path) -> None:
    """Raise ExecutorError where nobody can answer a question, before anything is done about it."""
    _answerers(_site(workspace))


def answered(loaded: Loaded, word: str, prompt: str) -> str:
    """
    Have the project's executor answer a question, the next one where it cannot; says why where none could.

    Executors work in directories and say nothing: each writes its answer into a file.
    """
    site = _site(loaded.workspace)
    for name in _answerers(site):
        with TemporaryDirectory(prefix="batchexec-") as directory:
            text, outcome = _answer(site, name, _task(loaded, word, prompt), Path(directory))
        if text.strip():
            return text
        why = outcome.summary or f"it wrote no {_ANSWER}"
        tell(f"error: {name} gave no answer: {why}{f'; {outcome.hint}' if outcome.hint else ''}")
    return ""


def keep(journal: Journal, word: str, text: str) -> str:
    """Keep an answer that is of no use as it is: somebody may have paid for it."""
    data = text.encode(errors="replace")
    state = journal.state()
    path = f"answers/{word}-{time.strftime('%Y%m%d_%H%M%S', time.gmtime())}-{digest_of(data)[:8]}.txt"
    create_new(state, path, data)
    return str(state / path)


def _site(workspace: Path) -> Site:
    from batchexec.engine.site import Site

    return Site(workspace)


def _answerers(site: Site) -> list[str]:
    """Name the executors of the settings that can answer; `apply` cannot, it knows no words of its own."""
    chosen = site.settings
    kinds = {name: chosen.executors.get(name, {"kind": name})["kind"] for name in chosen.executor}
    able = [name for name, kind in kinds.items() if kind != "apply"]
    if not able:
        message = f"the executor {', '.join(chosen.executor)} applies code blocks and answers no questions"
        hint = (
            "name another one with `executor:` in batchexec.yaml, or take the prompt elsewhere and come"
            " back with --answer"
        )
        raise ExecutorError(Problem(None, message, hint))
    if problems := [problem for name in able for problem in site.unfit(name)]:
        raise ExecutorError(*problems)
    return able


def _task(loaded: Loaded, word: str, prompt: str) -> Task:
    name = f"{word}:{loaded.plan.name}"
    here = Location(str(loaded.plan.file), 1)
    how = _HOW.format(answer=_ANSWER, project=loaded.workspace)
    return Task(
        name=name,
        family=word,
        id=name,
        title=f"Write {_ANSWER}",
        category=word,
        priority=1,
        prompt=f"{prompt.rstrip()}{how}",
        location=here,
        outputs=(Output(path=_ANSWER, location=here),),
    )


def _answer(site: Site, name: str, task: Task, directory: Path) -> tuple[str, Outcome]:
    place = directory / "place"
    place.mkdir()
    stage = Stage(Workspace(place), directory / "stage" / "1")
    attempt = Attempt(run=task.name.partition(":")[0], redact=site.redact, budget_usd=_limit(site))
    outcome = site.executor(name).execute(task, stage, attempt)
    if outcome.status not in PUBLISHED:
        return "", outcome
    publish(stage.workspace, stage.directory, stage.seal())
    data = stage.workspace.read(_ANSWER) or b""
    return data.decode(errors="replace"), outcome


def _limit(site: Site) -> float | None:
    """Say what an answer may cost: as much as a task."""
    return min((float(limit) for limit in site.settings.budget.values()), default=None)
