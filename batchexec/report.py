"""What came of a run, as numbers, as JSON and as a page to read."""

from __future__ import annotations

import re
import shlex
import time
from collections import Counter
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, TypedDict

from batchexec.errors import Problem, SourceError
from batchexec.model import CATEGORIES, Location
from batchexec.wording import duration, local_time, percent, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jinja2 import Environment

SCHEMA_VERSION = 1
DIRECTORY = ".spec/reports"

SUCCESSFUL = ("done", "up_to_date")
_MARKS = {"done": "✅", "up_to_date": "⏭️", "needs_work": "⚠️", "failed": "❌", "not_run": "⏸️"}
# What an author's template can stumble over while it is rendered; in a template of ours it is a bug.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&~$]|:(?=//))")


class Result(TypedDict):
    """How one task came out; `state` is done, up_to_date, needs_work, failed or not_run."""

    task_id: str
    title: str
    category: str
    priority: int
    state: str
    success: bool
    error: str | None
    file: str | None
    line: int | None
    fix: str | None
    files_created: list[str]
    files_modified: list[str]
    notes: list[str]
    unverified: bool
    reason: str | None
    source: str
    seconds: float | None


class RunFacts(TypedDict):
    """What is known at the end of a run; `stopped` says why it ended early, or is empty."""

    run: str
    started_utc: float
    completed_utc: float
    prompts_dir: str | None
    tasks_md: str | None
    interrupted: bool
    stopped: str
    results: list[Result]


class Counts(TypedDict):
    total: int
    successful: int
    failed: int
    needs_work: int
    not_run: int


class FileOperation(TypedDict):
    op: str
    path: str
    task_id: str


class Report(TypedDict):
    """The JSON report, and all that a template gets to see."""

    schema_version: int
    run: str
    started: str
    completed: str
    duration_seconds: float
    stopped: str
    total_tasks: int
    successful: int
    failed: int
    needs_work: int
    not_run: int
    by_category: dict[str, Counts]
    results: list[Result]
    verification_before: None
    verification_after: None
    operations: list[FileOperation]


def summarise(facts: RunFacts) -> Report:
    """Count what came out; times are local, results stay in the order they were given."""
    results = [_printable_result(result) for result in facts["results"]]
    counts = count(results)
    return Report(
        schema_version=SCHEMA_VERSION,
        run=facts["run"],
        started=local_time(facts["started_utc"]),
        completed=local_time(facts["completed_utc"]),
        duration_seconds=round(max(0.0, facts["completed_utc"] - facts["started_utc"]), 3),
        stopped=facts["stopped"] or ("interrupted" if facts["interrupted"] else ""),
        total_tasks=counts["total"],
        successful=counts["successful"],
        failed=counts["failed"],
        needs_work=counts["needs_work"],
        not_run=counts["not_run"],
        by_category=_by_category(results),
        results=results,
        verification_before=None,
        verification_after=None,
        operations=[operation for result in results for operation in _operations(result)],
    )


def count(results: Iterable[Result]) -> Counts:
    states = Counter(result["state"] for result in results)
    return Counts(
        total=states.total(),
        successful=sum(states[state] for state in SUCCESSFUL),
        failed=states["failed"],
        needs_work=states["needs_work"],
        not_run=states["not_run"],
    )


def _by_category(results: Sequence[Result]) -> dict[str, Counts]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result["category"], []).append(result)
    order = [*(name for name in CATEGORIES if name in found), *sorted(found.keys() - CATEGORIES)]
    return {name: count(found[name]) for name in order}


def _operations(result: Result) -> Iterable[FileOperation]:
    for op, paths in (("create", result["files_created"]), ("modify", result["files_modified"])):
        for path in paths:
            yield FileOperation(op=op, path=path, task_id=result["task_id"])


def _printable_result(result: Result) -> Result:
    cleaned: Any = {key: _printable(value) for key, value in result.items()}
    kept: Result = cleaned
    return kept


def _printable(value: object) -> object:
    match value:
        case str():
            return printable(value)
        case list():
            return [_printable(item) for item in value]
    return value


def paths(root: Path, completed_utc: float) -> tuple[str, str]:
    """Name the Markdown and the JSON file of a run that ends now, relative to `root`; neither exists."""
    stem = time.strftime("batch_execution_%Y%m%d_%H%M%S", time.localtime(completed_utc))
    at = 1
    while True:
        name = f"{DIRECTORY}/{stem}" if at == 1 else f"{DIRECTORY}/{stem}_{at}"
        found = f"{name}.md", f"{name}.json"
        if not any((root / path).exists() for path in found):
            return found
        at += 1


def render(report: Report, name: str, overrides: Path | None = None, *, saved_to: str = "") -> str:
    """
    Render a report by the template `NAME.j2`.

    A template of the project goes before ours. It is not trusted with more
    than text: it runs in a sandbox. What is wrong with it is a SourceError
    that names its line. `saved_to` is where the report will stand.
    """
    template = f"{name}.j2"
    context = {"report": report, "saved_to": saved_to}
    if overrides is None or not (overrides / template).is_file():
        return _environment(None).get_template(template).render(context)
    from jinja2 import TemplateError  # noqa: PLC0415  # slow, and only reports need it

    try:
        return _environment(overrides).get_template(template).render(context)
    except (TemplateError, *_MISTAKES) as error:
        raise SourceError(_template_problem(error, overrides, template)) from error


def _environment(overrides: Path | None) -> Environment:
    # Lazy for speed: most runs of doit render nothing.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  # slow
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415  # slow

    kind = ImmutableSandboxedEnvironment if overrides else Environment
    directories = [overrides, templates()] if overrides else [templates()]
    # Markdown and JSON: escaping for HTML would spoil them.
    environment = kind(
        loader=FileSystemLoader(directories),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": True, "allow_nan": False}
    environment.filters |= {"md": escape, "code": code, "fenced": fenced, "quoted": shlex.quote}
    environment.globals |= {"mark": _MARKS.get, "percent": percent, "duration": duration, "plural": plural}
    return environment


def templates() -> Path:
    """Find the templates that come with us: in the wheel, or beside the package in a source tree."""
    package = Path(__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def _template_problem(error: Exception, overrides: Path, name: str) -> Problem:
    """Place a mistake: where Jinja says, else the innermost line of a template that was being rendered."""
    frames = ((frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__))
    lines = [Location(file, line) for file, line in frames if Path(file).parent == overrides]
    told = getattr(error, "lineno", None)
    if told is not None:
        lines.append(Location(getattr(error, "filename", None) or str(overrides / name), told))
    where = lines[-1] if lines else Location(str(overrides / name), 1)
    return Problem(where, f"this template cannot be rendered: {error}")


def escape(text: str) -> str:
    """Make text mean itself in Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Show a path or a command as code, whatever backticks it holds."""
    text = " ".join(text.split())
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(text: str) -> str:
    """Show lines as they are, in a fence that nothing inside can close."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}text\n{text.rstrip()}\n{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
