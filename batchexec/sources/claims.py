"""Finds evidence hooks in the lines of a tasks.md, in the ways people write them down."""

from __future__ import annotations

import re
from posixpath import splitext
from typing import TYPE_CHECKING

from batchexec.model import Role
from batchexec.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_LABELS = frozenset({"evidence", "evidence hooks"})
_EVIDENCE = re.compile(
    r"(?:[-*+]\s+)?(?:\[[ xX]\]\s+)?`?(?:\*\*)?evidence(?:\*\*)?:(?:\*\*)?\s*`?(?P<payload>[^\s*`].*)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[-*+]\s+(?:\[[ xX]\]\s+)?`?\**(?P<type>[A-Za-z_]+)\**:\**\s*(?P<rest>\S.*)")
_PICTURED = re.compile(r"(?:[-*+]\s+)?📄\s*`([^`]+)`")
_CONTAINS = re.compile(
    r"`?(?P<path>[^\s`]+)`?\s+(?P<matcher>contains|symbol|regex|heading|selector)\s+(?P<text>\S.*)"
)
_KEY = re.compile(r"(?:^|\s)[A-Za-z_]\w*=")
_TYPES = frozenset({"code", "test", "docs", "ui"})
_LEGACY_TYPES = frozenset(
    {"file_exists", "file", "test_exists", "api_route", "route", "endpoint", "db_schema", "schema", "prisma"}
    | {"command", "cmd", "shell"}
)
_TOOLS = frozenset(
    {"npm", "pnpm", "yarn", "bun", "npx", "node", "python", "python3", "pip", "pip3", "pytest", "make", "go"}
    | {"docker", "docker-compose", "compose", "cargo", "mvn", "gradle", "java", "dotnet", "swagger-cli"}
)
_UNFILLED = ("todo", "tbd", "???")
_DOCUMENTS = frozenset({".md", ".markdown", ".rst", ".txt"})


def parse_hook(text: str, *, in_list: bool = False) -> str | None:
    """
    Give what a line claims after `evidence:`, or None for a line that claims nothing.

    Below `**Evidence:**` (`in_list`) a list item may go without the word.
    """
    low = text.lower()
    if "evidence" in low and (found := _EVIDENCE.match(text)):
        payload = _unquoted(found["payload"])
        return payload if _is_claim(payload) else None
    if not in_list:
        return None
    if pictured := _PICTURED.match(text):
        return f"{_type_of(pictured[1])} path={_quoted(pictured[1])}"
    item = _ITEM.match(text)
    return _listed(item["type"].lower(), _unquoted(item["rest"])) if item else None


def parse_cells(row: str) -> Iterator[str]:
    """Yield what the cells of a table row claim."""
    if "evidence:" not in row.lower():
        return
    for cell in row.strip("|").split("|"):
        at = cell.lower().rfind("evidence:")
        payload = parse_hook(cell[at:].strip()) if at >= 0 else None
        if payload is not None:
            yield payload


def opens_list(text: str) -> bool:
    """Say whether a line is the label above a list of hooks: `**Evidence:**`."""
    return text.strip("-+ *:`").lower() in LIST_LABELS and ":" in text


def _listed(kind: str, rest: str) -> str | None:
    if kind == "verification":
        words = rest.split(None, 1)
        command = words[1] if len(words) > 1 and words[0].lower() == "run" else rest
        return command.strip("` .")
    if kind not in _TYPES | _LEGACY_TYPES:
        return None
    if _KEY.search(rest):
        return f"{kind} {rest}"
    if claim := _CONTAINS.fullmatch(rest):
        return f"{kind} path={_quoted(claim['path'])} {claim['matcher'].lower()}={claim['text'].strip('`')}"
    return f"{kind} path={_quoted(rest.strip('`'))}"


def _is_claim(payload: str) -> bool:
    word = payload.split(None, 1)[0].lower()
    return (
        word in _TYPES
        or word in _LEGACY_TYPES
        or word in _TOOLS
        or word.startswith(_UNFILLED)
        or _KEY.search(payload) is not None
    )


def _type_of(path: str) -> str:
    if role_of(path) is Role.TEST:
        return "test"
    return "docs" if splitext(path.lower())[1] in _DOCUMENTS else "code"


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


def _unquoted(payload: str) -> str:
    """Drop the backtick that closes a hook written as code."""
    payload = payload.strip()
    if payload.endswith("`") and payload.count("`") % 2:
        payload = payload[:-1]
    return payload.rstrip()
