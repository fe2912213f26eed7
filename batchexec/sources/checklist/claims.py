"""Finds evidence hooks in the lines of a tasks.md, in the ways people write them down."""

from __future__ import annotations

import re
from posixpath import splitext
from typing import TYPE_CHECKING

from batchexec.model import Role
from batchexec.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_LABELS = frozenset({"evidence", "evidences", "evidence hook", "evidence hooks"})
MARKER = r"(?:[-*+]|\d{1,9}[.)])\s+"
BOX = r"(?:\[[ xX~/-]\]\s+|[✅☑✔⬜☐🔲]\ufe0f?\s+)"
LABEL = r"`?[*_]{0,3}evidences?(?:\s?hooks?)?[*_]{0,3}\s?[:：][*_]{0,3}\s*"
_EVIDENCE = re.compile(
    rf"(?:{MARKER})?{BOX}?(?P<label>{LABEL})(?:{LABEL})?`?(?P<payload>[^\s*`].*)", re.IGNORECASE
)
_IN_CELL = re.compile(r"evidences?(?:\s?hooks?)?[*_]{0,3}\s?[:：]", re.IGNORECASE)
_CELL_END = re.compile(r"(?<!\\)\||<br\s?/?>", re.IGNORECASE)
LISTED = re.compile(rf"{MARKER}{BOX}?(?=\S)")
_TYPED = re.compile(r"`?\**(?P<type>[A-Za-z_]+)\**[:：]\**\s*(?P<rest>\S.*)")
_PICTURED = re.compile(r"📄\ufe0f?\s*\**`([^`]+)`")
_SAID = re.compile(
    r"(?:`(?P<code>[^`]+)`|(?P<path>[^\s`]+))\s+"
    r"(?P<matcher>contains|symbol|regex|heading|selector)\s+(?P<text>\S.*)",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?:^|\s)[A-Za-z_]\w*=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|' r"'[^']*'")
_IN_TICKS = re.compile(r"`([^`]+)`")
_REMARK = re.compile(r"\s(?:[-–—]+\s|\()")
_RUN = re.compile(r"run\b:?\s*", re.IGNORECASE)
TYPES = frozenset({"code", "test", "docs", "ui"})
_COMMANDS = frozenset({"command", "cmd", "shell"})
_LEGACY_TYPES = _COMMANDS | frozenset(
    {"file_exists", "file", "test_exists", "api_route", "route", "endpoint", "db_schema", "schema", "prisma"}
)
_TOOLS = frozenset(
    {"npm", "pnpm", "yarn", "bun", "npx", "node", "python", "python3", "pip", "pip3", "pytest", "make", "go"}
    | {"docker", "docker-compose", "compose", "cargo", "mvn", "gradle", "java", "dotnet", "swagger-cli"}
)
_FUNCTION_WORDS = frozenset(
    {"a", "an", "the", "this", "that", "these", "those", "it", "its", "all", "any", "each", "every", "our"}
    | {"to", "for", "with", "of", "in", "on", "at", "from", "by", "as", "through", "over", "into", "back"}
    | {"and", "or", "but", "if", "when", "not", "sure", "sense", "certain", "packages", "your", "their"}
    | {"is", "are", "was", "were", "has", "have", "can", "must", "should", "will", "works", "see", "there"}
)
_UNFILLED = re.compile(r"(?:todo|tbd|fixme)\b|\?\?\?", re.IGNORECASE)
KEYS = "path|symbol|contains|regex|heading|selector|command"
KEYED = re.compile(rf"\b(?:code|test|docs|ui)[`*:：]{{0,4}}\s{{1,4}}`?(?:{KEYS})=", re.IGNORECASE)
_DOCUMENTS = frozenset({".md", ".markdown", ".rst", ".txt", ".yaml", ".yml", ".json"})


def parse_hook(text: str, *, in_list: bool = False) -> str | None:
    """
    Give what a line claims after `evidence:`, or None for a line that claims nothing.

    Below `**Evidence:**` (`in_list`) a list item may go without the word.
    """
    if "evidence" in text.lower() and (found := _EVIDENCE.match(text)):
        return _claim(_unwrapped(found["payload"], found["label"]))
    return _listed(text) if in_list else None


def parse_cells(row: str) -> Iterator[str]:
    """Yield what the cells of a table row claim; the label may have a cell of its own."""
    if not _IN_CELL.search(row):
        return
    is_labelled = False
    for cell in _CELL_END.split(row):
        text = cell.replace("\\|", "|").strip()
        found = _IN_CELL.search(text)
        if not found and is_labelled and KEYED.match(text.lstrip("`* ")):
            text = f"evidence: {text}"
        elif not found:
            continue
        payload = parse_hook(text[found.start() :] if found else text)
        if payload is not None:
            yield payload
        is_labelled = is_labelled or opens_list(text)


def opens_list(text: str) -> bool:
    """Say whether a line is the label above a list of hooks: `**Evidence:**`."""
    return text.strip("-+ *_:：`").lower() in LIST_LABELS and text[-1] in ":：*_"


def quoted(value: str) -> str:
    """Write a value so that a hook says exactly this, in quotes where it needs them."""
    if value and not any(char.isspace() or char in "\"'\\" for char in value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _claim(payload: str) -> str | None:
    """Tell a hook, good or bad, from a note such as `see PR #12`."""
    word = payload.split(None, 1)[0].lower()
    if word[-1] in ":：" and word[:-1] in TYPES | _LEGACY_TYPES:
        typed = _TYPED.match(payload)
        return _typed(word[:-1], typed["rest"]) if typed else payload
    is_hook = word in TYPES or word in _LEGACY_TYPES or _is_tool(payload.lower())
    return payload if is_hook or _UNFILLED.match(word) or _KEY.search(payload) else None


def _listed(text: str) -> str | None:
    """Read an item of a list of hooks, which may do without the word `evidence`."""
    start = LISTED.match(text)
    if not start:
        return None
    text = text[start.end() :]
    if pictured := _PICTURED.match(text):
        return f"{type_of(pictured[1])} path={quoted(pictured[1])}"
    if typed := _TYPED.match(text):
        return _typed(typed["type"].lower(), _unwrapped(typed["rest"]))
    bare = _unwrapped(text.removeprefix("`"))
    word = bare.split(None, 1)[0].lower() if bare else ""
    return bare if word in TYPES | _LEGACY_TYPES and _KEY.search(bare) else None


def _typed(kind: str, rest: str) -> str | None:
    """Write `code: p contains "t"` the way a hook is written."""
    if kind == "verification":
        return _command(rest)
    if kind not in TYPES and kind not in _LEGACY_TYPES:
        return None
    whole = _IN_TICKS.fullmatch(rest)
    rest = whole[1].strip() if whole else rest
    if kind in _COMMANDS or _KEY.match(rest):
        return f"{kind} {rest}"
    if said := _SAID.fullmatch(rest):
        path = quoted(said["code"] or said["path"])
        return f"{kind} path={path} {said['matcher'].lower()}={_value(said['text'])}"
    if _KEY.search(rest):
        path, more = rest.split(None, 1)
        return f"{kind} path={quoted(path.strip('`'))} {more}"
    return f"{kind} path={_path(rest)}"


def _command(rest: str) -> str | None:
    """Give the command line of `Run npm test`; other advice on how to check is a note."""
    run = _RUN.match(rest)
    text = rest[run.end() :] if run else rest
    if marked := _IN_TICKS.search(text):
        command = marked[1].strip()
        return command if _is_tool(command) else f"command {command}"
    if text[-1:] == "." and text[-2:-1].isalnum():
        text = text[:-1]
    return text if run or _is_tool(text) else None


def _is_tool(command: str) -> bool:
    """Say whether a text starts like a command line, and not like `make sure that`."""
    words = command.split(None, 2)
    if not words or words[0] not in _TOOLS:
        return False
    second = words[1].strip(",.;:") if len(words) > 1 else ""
    # `make all` is a command, `make all tests pass` is none.
    return second.lower() not in _FUNCTION_WORDS or (second in {"all", "packages"} and len(words) == 2)


def _path(rest: str) -> str:
    """Give the path an item starts with; what follows a dash or stands in parentheses is a remark."""
    if marked := _IN_TICKS.match(rest):
        return quoted(marked[1])
    remark = _REMARK.search(rest)
    return _value(rest[: remark.start()].rstrip() if remark else rest)


def _value(text: str) -> str:
    if _QUOTED.fullmatch(text):
        return text
    wrapped = len(text) > 1 and text[0] + text[-1] in {"``", "“”"}
    return quoted(text[1:-1] if wrapped else text)


def type_of(path: str) -> str:
    if splitext(path.lower())[1] in _DOCUMENTS:
        return "docs"
    return "test" if role_of(path) is Role.TEST else "code"


def _unwrapped(payload: str, label: str = "") -> str:
    """Drop the backtick, or the asterisks, that close what was opened in front of the payload."""
    payload = payload.rstrip()
    if payload.endswith("`") and payload.count("`") % 2:
        payload = payload[:-1].rstrip()
    marks = label.strip("` ")
    opened = marks[: len(marks) - len(marks.lstrip("*_"))]
    if opened and not label.rstrip("` ").endswith(opened) and not marks.rstrip(" :：").endswith(opened):
        payload = payload.removesuffix(opened)
    return payload
