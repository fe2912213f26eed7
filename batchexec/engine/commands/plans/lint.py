"""`batchexec plan_lint`: what is wrong with a PLAN, the files around it and its parallel.json."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.opening import workspace_of
from batchexec.engine.commands.plans.saying import say, say_json
from batchexec.engine.commands.plans.standing import load_now
from batchexec.errors import BatchError, SelectionError
from batchexec.parallel import Checked, Finding, as_json, compare, fails, read_parallel, told
from batchexec.plans.declared import problems as declared_problems
from batchexec.sources.files import shown
from batchexec.sources.plan import PARALLEL_FILES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from batchexec.errors import Problem
    from batchexec.plans import Loaded

_INVALID = 1
_OF_PLANS = frozenset({"W30", "W31", "W32", "W39"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InDocument(Finding):
    """Something about a document, which has lines and no pointers."""

    def __str__(self) -> str:
        return f"{self.severity} {self.code} {self.file}:{self.line}: {self.message}"


def main(arguments: argparse.Namespace) -> int:
    file = arguments.file or _json_file(arguments.path)
    if file:
        checked = read_parallel(Path(file))
        return _told(checked, _compared(checked, _around(arguments, file)), (), arguments)
    word = arguments.plan or arguments.path
    workspace, given = workspace_of(arguments, word)
    loaded = load_now(workspace, word, given)
    declared = () if loaded.parallel else declared_problems(loaded.plan)
    said = [_in_document(one) for one in (*loaded.plan.problems, *declared, *loaded.evidence.problems)]
    checked = loaded.parallel or Checked(path=loaded.plan.file)
    return _told(checked, _compared(checked, loaded), said, arguments, _lacking(loaded))


def _lacking(loaded: Loaded) -> str:
    """Say why there is no graph to speak of."""
    if loaded.parallel:
        return ""
    if loaded.foreign:
        return f"the dependency graph beside it is that of {loaded.foreign}; a directory has one"
    return f"no dependency graph beside it; looked for {', '.join(PARALLEL_FILES)}"


def _json_file(path: str | None) -> str | None:
    return path if path and path.endswith(".json") and not path.startswith("@") else None


def _around(arguments: argparse.Namespace, file: str) -> Loaded | None:
    """Read the plan a file is of, if it is of any: it may lie anywhere, and have any name."""
    directory = Path(file).absolute().parent
    try:
        workspace, _ = workspace_of(arguments, file)
    except BatchError:
        workspace = directory
    try:
        return load_now(workspace, file if file.endswith(".json") else str(directory))
    except SelectionError:
        return None


def _compared(checked: Checked, loaded: Loaded | None) -> tuple[Finding, ...]:
    """Hold a graph to its PLAN; where there is none, to the files alone."""
    if checked.model is None or loaded is None:
        return ()
    found = compare(checked.model, loaded.plan, loaded.evidence, dict(loaded.standing.statuses))
    return found if loaded.plan.file.is_file() else tuple(one for one in found if one.code not in _OF_PLANS)


def _in_document(problem: Problem) -> Finding:
    where = problem.location
    return InDocument(
        code=problem.code or "plan",
        severity=problem.severity,
        pointer="",
        message=problem.message,
        file=where.file if where else "",
        line=where.line if where else 0,
        hint=problem.hint,
    )


def _told(
    checked: Checked,
    compared: Sequence[Finding],
    said: Sequence[Finding],
    arguments: argparse.Namespace,
    lacking: str = "",
) -> int:
    strict = arguments.strict
    if arguments.json:
        say_json(as_json(checked, (*compared, *said), strict=strict))
    else:
        first, *rest = told(checked, (*compared, *said), strict=strict).split("\n")
        if lacking:
            verdict = "❌ Invalid" if fails(said, strict=strict) else "✅ Valid"
            first = f"{verdict} PLAN: {shown(checked.path)} ({lacking})"
        elif fails(said, strict=strict) and not fails((*checked.findings, *compared), strict=strict):
            first = f"❌ Valid parallel.json: {shown(checked.path)}, but there are problems around it"
        say("\n".join((first, *rest)))
    return _INVALID if fails((*checked.findings, *compared, *said), strict=strict) else 0
