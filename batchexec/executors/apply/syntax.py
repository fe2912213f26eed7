"""Says where a file would not parse, before it is written."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.parsers import expat

import yaml

from batchexec.symbols.python import parse

if TYPE_CHECKING:
    from collections.abc import Callable

Fault = tuple[int, str]
"""The line where a text stops making sense, and why."""

_AT_LINE = re.compile(r"(?P<why>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)
_COMMENTED_JSON = re.compile(
    r"(?:^|/)(?:[jt]sconfig[^/]*|\.(?:eslintrc|babelrc|swcrc)|devcontainer|\.devcontainer)\.json$|(?:^|/)\.vscode/"
)
_DEEPEST = 200
_TEMPLATE = re.compile(r"\{\{|\{%")


def fault(path: str, text: str) -> Fault | None:
    """Check Python, JSON, TOML, XML and YAML by the suffix of the file; anything else passes."""
    check = _CHECKS.get(PurePosixPath(path).suffix.lower())
    if check is None or _COMMENTED_JSON.search(path):
        return None
    return check(text)


def _python(text: str) -> Fault | None:
    try:
        parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    return None


def _json(text: str) -> Fault | None:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    except RecursionError:
        return 1, "nested too deeply"
    return None


def _toml(text: str) -> Fault | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.fullmatch(str(error))
        end = text.rstrip("\n").count("\n") + 1
        return (int(found["line"] or end), found["why"]) if found else (1, str(error))
    return None


def _xml(text: str) -> Fault | None:
    parser = expat.ParserCreate()
    try:
        parser.Parse(text.encode(), True)  # expat takes no keyword here
    except expat.ExpatError as error:
        return error.lineno, expat.ErrorString(error.code)
    return None


def _yaml(text: str) -> Fault | None:
    if _TEMPLATE.search(text):  # a Helm chart, a playbook: YAML only once it is rendered
        return None
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:  # every level makes the parser slower
                return (event.start_mark.line + 1 if event.start_mark else 1), "nested too deeply"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return (mark.line + 1 if mark else 1), error.problem or error.context or "not YAML"
    except yaml.reader.ReaderError as error:
        return text.count("\n", 0, error.position) + 1, error.reason
    return None


_CHECKS: dict[str, Callable[[str], Fault | None]] = {
    ".py": _python,
    ".pyi": _python,
    ".json": _json,
    ".toml": _toml,
    ".xml": _xml,
    ".svg": _xml,
    ".yaml": _yaml,
    ".yml": _yaml,
}
