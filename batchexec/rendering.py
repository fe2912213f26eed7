"""Turns facts into text by a template: ours, or the project's of the same name."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from batchexec.errors import Problem, SourceError
from batchexec.model import Location
from batchexec.wording import duration, percent, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

# What an author's template can stumble over while it is rendered; in a template of ours it is a bug.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&~$]|:(?=//))")


def render(
    template: str,
    facts: Mapping[str, Any],
    overrides: Path | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """
    Render facts by the template of this name.

    A template of the project, in `overrides`, goes before ours. It is not
    trusted with more than text: it runs in a sandbox. What is wrong with it
    is a SourceError that names its line. Facts are data: nothing in them is
    read as a template.
    """
    named = tuple((functions or {}).items())
    if overrides is None or not (overrides / template).is_file():
        return _environment(None, named).get_template(template).render(facts)
    from jinja2 import TemplateError  # noqa: PLC0415  # slow, and only what is rendered needs it

    try:
        return _environment(overrides, named).get_template(template).render(facts)
    except (TemplateError, *_MISTAKES) as error:
        raise SourceError(_template_problem(error, overrides, template)) from error


@lru_cache(maxsize=4)  # it keeps what it has compiled, which takes longer than to render it
def _environment(
    overrides: Path | None, functions: tuple[tuple[str, Callable[..., Any]], ...]
) -> Environment:
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
    environment.globals |= {"percent": percent, "duration": duration, "plural": plural, **dict(functions)}
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
