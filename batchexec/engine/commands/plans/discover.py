"""`batchexec plan_discover`: asks what of a plan can be done in parallel, and keeps an answer that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.answering import EXIT
from batchexec.engine.commands.plans.create import today
from batchexec.engine.commands.plans.opening import journal_of, open_plan, read_text
from batchexec.engine.commands.plans.project import answered, check_answerer, templates
from batchexec.engine.commands.plans.saying import SCHEMA_VERSION, say, say_json, tell
from batchexec.errors import Problem, SelectionError, Severity
from batchexec.parallel import find_parallel
from batchexec.plans.creation import Ending, discovery
from batchexec.plans.creation.places import shown
from batchexec.plans.naming import typed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.plans import Loaded
    from batchexec.plans.creation.discovery import Saved


def main(arguments: argparse.Namespace) -> int:
    scope = _scope(arguments)
    loaded = open_plan(arguments)
    level = arguments.parallel_level
    prompt = discovery.prompt(loaded, level, scope, today(), templates(loaded.workspace))
    if arguments.answer is not None:
        return _saved(loaded, read_text(arguments.answer, "the answer"), arguments)
    if arguments.run:
        return _run(loaded, prompt, arguments)
    if arguments.json:
        say_json({"schema_version": SCHEMA_VERSION, "level": level, "scope": scope or None, "prompt": prompt})
    else:
        say(prompt)
    return EXIT[Ending.DONE]


def _scope(arguments: argparse.Namespace) -> str:
    """Give what is to be looked at. Raises SelectionError where that does not go with the level."""
    level = arguments.parallel_level
    given = {"--achievement": arguments.achievement, "--priority": arguments.priority}
    needed = {1: "--achievement", 2: "--priority"}.get(level)
    if needed and not given[needed]:
        what = {"--achievement": "the id of an achievement", "--priority": "the number of a priority"}[needed]
        raise SelectionError(Problem(None, f"level {level} needs {needed}", f"give it {what}"))
    for option, value in given.items():
        if value is not None and option != needed:
            hint = f"it takes {needed}" if needed else "it is about the whole plan"
            raise SelectionError(Problem(None, f"level {level} takes no {option}", hint))
    return str(given[needed]) if needed else ""


def _run(loaded: Loaded, prompt: str, arguments: argparse.Namespace) -> int:
    there = find_parallel(loaded.plan.file.parent)
    if there and not arguments.overwrite:
        message = f"{shown(there, loaded)} is there already"
        raise SelectionError(Problem(None, message, "give --overwrite to replace it"))
    check_answerer(loaded.workspace)
    if not (arguments.quiet or arguments.json):
        tell(f"Asking what of {loaded.plan.name} can be done in parallel")
    text = answered(loaded, arguments.name, prompt)
    return _saved(loaded, text, arguments) if text else EXIT[Ending.FAILED]


def _saved(loaded: Loaded, text: str, arguments: argparse.Namespace) -> int:
    scopes = (("--achievement", arguments.achievement), ("--priority", arguments.priority))
    words = [word for option, value in scopes if value is not None for word in (option, value)]
    command = loaded.naming.command(arguments.name, "--parallel-level", str(arguments.parallel_level), *words)
    source = arguments.answer if arguments.answer not in (None, "-") else "the answer"
    asked = discovery.Asked(level=arguments.parallel_level, scope=_scope(arguments), source=source)
    saved = discovery.save(loaded, text, asked, arguments.overwrite, journal_of(loaded), command)
    if arguments.json:
        say_json(_document(saved))
    else:
        for line in _problems(saved):
            tell(line)
        say("".join(f"{line}\n" for line in _lines(saved, loaded)))
    return EXIT[saved.ending]


def _problems(saved: Saved) -> Iterator[str]:
    yield from map(str, saved.problems)
    for one in saved.findings:
        yield f"{one} ({one.hint})" if one.hint else str(one)
    if saved.kept:
        yield f"Nothing was saved; the answer is kept in {saved.kept}"


def _lines(saved: Saved, loaded: Loaded) -> Iterator[str]:
    if saved.path:
        yield f"✅ Saved {saved.path}"
        yield f"Next: {typed(loaded.naming.command('plan_subplans'))}"


def _document(saved: Saved) -> dict[str, object]:
    by_severity = {
        f"{severity}s": [one.as_json() for one in saved.findings if one.severity is severity]
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "path": saved.path or None,
        "problems": [str(problem) for problem in saved.problems],
        **by_severity,
        "kept": saved.kept or None,
        "run_id": saved.run_id or None,
    }
