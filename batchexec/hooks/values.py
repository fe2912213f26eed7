"""The values of a hook as people write them: what is no part of one, and what cannot be one."""

from __future__ import annotations

import re

from batchexec.paths import problem_with

_LONGEST = 2000
_CALL = re.compile(r"(?<=\w)\([^()]*\)")
_HASHES = re.compile(r"\A#{1,6}\s+(?=\S)")
_UNFILLED = re.compile(r"\?+|\.{3}|…|<.*>|\{\{.*\}\}|TODO|TBD|FIXME|N/A|FILE")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://")
_LINE = re.compile(r"(?<=[^/:])(?::\d{1,7}(?:[-:]\d{1,7})?|#L\d{1,7}(?:-L?\d{1,7})?):?\Z")
_SEVERAL = re.compile(r"\.\w{1,10}[,;](?=[^,;]*[./=])|[,;]$")
_FILL_IN = "write what proves the task, as in code path=src/cart.py symbol=Cart"
_ONE_FILE = "name one file, or a directory with / at its end"
_FROM_ROOT = "write it as seen from the root of the repository"
_ONE_HOOK = "and blanks between its keys"


def cleaned(key: str, value: str) -> str:
    """Leave out what is around a path, a symbol or a heading in running text."""
    match key:
        case "path":
            return _without_backticks(value)
        case "symbol":
            name = _without_backticks(value)
            start = name.find("(", 0, _LONGEST)
            return name[:start] if start > 0 and _CALL.fullmatch(name, start) else name
        case "heading":
            return _HASHES.sub("", value.strip(), count=1)
    return value


def problem_with_path(path: str) -> tuple[str, str] | None:
    """Say why this cannot be the path of a hook, and what would be right."""
    if _UNFILLED.fullmatch(path):
        return "the path is not filled in", _FILL_IN
    path = path.removeprefix("./")
    if not path:
        return "the hook has no path", "add path=the/file"
    if _ADDRESS.match(path):
        return "the path is a web address", "name a file of the repository"
    if _SEVERAL.search(path[-_LONGEST:]):
        return "the path holds more than a file", f"write one hook per file, {_ONE_HOOK}"
    if line := _LINE.search(path[-_LONGEST:]):
        return f"the path has the line number {line[0]}", "leave out the line number"
    wrong = problem_with(path.removesuffix("/") or path)
    return (f"the path {wrong}", _ONE_FILE if "wildcard" in wrong else _FROM_ROOT) if wrong else None


def problem_with_symbol(symbol: str) -> tuple[str, str] | None:
    if "," in symbol:
        return "the symbol holds a comma", f"write one hook per symbol, {_ONE_HOOK}"
    return None


def _without_backticks(value: str) -> str:
    value = value.strip()
    is_code = len(value) > 1 and value[0] == value[-1] == "`"
    return value.strip("`").strip() if is_code else value
