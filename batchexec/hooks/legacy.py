"""Older ways to write an evidence hook, and what each of them is read as today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import splitext
from typing import TYPE_CHECKING

from batchexec.hooks.hook import HookType
from batchexec.hooks.words import InvalidHookError, given, split, starts_with_key, without_quotes, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_README = "README.md"
_ANCHORS = {
    "npm pnpm yarn bun npx node": ("package.json",),
    "python python3 pip pip3 pytest": ("pyproject.toml", "requirements.txt", "setup.cfg"),
    "docker docker-compose compose": ("Dockerfile", "docker-compose.yml"),
    "swagger-cli": ("openapi.yaml",),
    "make go cargo mvn gradle java dotnet": (),
}
TOOLS = {tool: (*files, _README) for tools, files in _ANCHORS.items() for tool in tools.split()}
"""The programs a bare command line starts with, and the files whose presence says that they are used."""

_DOCUMENTS = frozenset({".md", ".markdown", ".rst", ".txt", ".yaml", ".yml", ".json"})
_MATCHERS = ("contains", "regex")
_METHOD = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+(?=/)", re.IGNORECASE)
_COMMAND_KEYS = ("command", "cmd", "path", *_MATCHERS)


@dataclass(frozen=True, slots=True)
class Draft:
    """A hook in today's terms, still to be checked; `was` is what was written instead."""

    type: HookType
    given: Mapping[str, str]
    was: str = ""
    alternatives: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        if not self.was:
            return ""
        # Which of the alternatives there are is not known here.
        said = {**self.given, "path": "FILE"} if self.alternatives else self.given
        told = " ".join([self.type, *(written(key, value) for key, value in said.items())])
        where = " with FILE the file it belongs to" if self.alternatives else ""
        return f"{self.was} is read as {self.type}; write `evidence: {told}`{where}"


def read_legacy(word: str, rest: str) -> Draft | None:
    """Read a hook of an old type, or a bare command line; None if it is neither."""
    if word in TOOLS:
        return command_hook("a bare command", f"{word} {rest}".rstrip(), {})
    read = _READERS.get(word.lower())
    return read(word.lower(), rest) if read else None


def modernised(draft: Draft) -> Draft:
    """Mend a hook whose type is of today, but not what it is used for."""
    path = draft.given.get("path", "")
    if path.split(" ", 1)[0] in TOOLS and " " in path:
        if "command" in draft.given:
            raise InvalidHookError("path= and command= are both a command", "write path=the/file")
        others = {key: value for key, value in draft.given.items() if key != "path"}
        return command_hook("a command as path", path, others)
    if draft.type is HookType.CODE and "heading" in draft.given and is_document(path):
        return Draft(HookType.DOCS, draft.given, "code with a heading")
    return draft


def command_hook(was: str, command: str, others: Mapping[str, str]) -> Draft:
    """Make the hook of a command; one that names no file hangs on one that its program suggests."""
    if not command.strip():
        raise InvalidHookError("the hook has no command", 'write command="what to run"')
    tool = command.split(None, 1)[0]
    anchors = () if "path" in others else TOOLS.get(tool, (_README,))
    path = others.get("path", anchors[-1] if anchors else "")
    return Draft(HookType.TEST, {"path": path, "command": command, **others}, was, anchors)


def is_document(path: str) -> bool:
    return splitext(path.lower())[1] in _DOCUMENTS


def _read_file(word: str, rest: str) -> Draft:
    keys = _keyed(rest, "path", "symbol", "heading", *_MATCHERS)
    return Draft(HookType.DOCS if is_document(keys.get("path", "")) else HookType.CODE, keys, word)


def _read_test(word: str, rest: str) -> Draft:
    return Draft(HookType.TEST, _renamed(_keyed(rest, "path", "name", *_MATCHERS), "name", "contains"), word)


def _read_route(word: str, rest: str) -> Draft:
    method = _METHOD.match(rest)
    keys = _keyed(rest[method.end() :] if method else rest, "route", "path", "method", "symbol", *_MATCHERS)
    keys.pop("method", None)
    if keys.get("path", "").startswith("/") and "route" not in keys:
        keys["route"] = keys.pop("path")
    if "route" in keys:
        keys["route"] = _METHOD.sub("", keys["route"], count=1)
    kind = HookType.CODE if "path" in keys else HookType.DOCS
    return Draft(kind, _renamed({"path": "openapi.yaml", **keys}, "route", "contains"), word)


def _read_schema(word: str, rest: str) -> Draft:
    keys = _keyed(rest, "model", "table", "path", "symbol", *_MATCHERS)
    keys = _renamed(_renamed({"path": "prisma/schema.prisma", **keys}, "table", "model"), "model", "contains")
    return Draft(HookType.CODE, keys, word)


def _read_command(word: str, rest: str) -> Draft:
    if rest.split("=", 1)[0] not in _COMMAND_KEYS:
        return command_hook(word, without_quotes(rest), {})
    keys = _renamed(given(split(rest), _COMMAND_KEYS), "cmd", "command")
    return command_hook(word, keys.pop("command", ""), keys)


_READERS: dict[str, Callable[[str, str], Draft]] = {
    **dict.fromkeys(("file_exists", "file"), _read_file),
    "test_exists": _read_test,
    **dict.fromkeys(("api_route", "route", "endpoint"), _read_route),
    **dict.fromkeys(("db_schema", "schema", "prisma"), _read_schema),
    **dict.fromkeys(("command", "cmd", "shell"), _read_command),
}


def _keyed(rest: str, bare: str, *known: str) -> dict[str, str]:
    """Read keys and values; a first word without a key is the value of the key `bare`."""
    words = split(rest)
    if words and not starts_with_key(words[0]):
        words[0] = f"{bare}={words[0]}"
    return given(words, (bare, *known))


def _renamed(keys: dict[str, str], old: str, new: str) -> dict[str, str]:
    if old in keys and new in keys:
        raise InvalidHookError(f"{old}= and {new}= ask for the same", "write two hooks")
    return {new if key == old else key: value for key, value in keys.items()}


LEGACY_TYPES = tuple(_READERS)
