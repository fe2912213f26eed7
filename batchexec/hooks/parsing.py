"""Reads an evidence hook as it stands in a tasks.md; what cannot be read is told with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.hooks.hook import Hook, HookType
from batchexec.hooks.legacy import LEGACY_TYPES, TOOLS, Draft, modernised, read_legacy
from batchexec.hooks.patterns import problem_with_regex
from batchexec.hooks.values import problem_with_path, problem_with_symbol
from batchexec.hooks.words import InvalidHookError, given, nearest, shown, split, starts_with_key, unknown_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from batchexec.model import HookLine, Location

_FIELDS = ("symbol", "contains", "regex", "heading", "selector", "command")
_MANUAL = ("screen", "route", "component", "states")
_KEYS = {
    HookType.CODE: ("path", "symbol", "contains", "regex"),
    HookType.TEST: ("path", "contains", "regex", "command"),
    HookType.DOCS: ("path", "heading", "contains", "regex"),
    HookType.UI: ("path", "selector", "contains", "regex"),
}
# Read as well: the old keys of ui, and a heading of a document that is called code.
_ALSO = {HookType.CODE: ("heading",), HookType.UI: _MANUAL}
_TYPES = {str(kind): kind for kind in HookType}
_UNFILLED = re.compile(r"(?:todo|tbd|fixme|n/a|none)\b|[?…<]|\.{3}|-+$|\{\{", re.IGNORECASE)
_FILE_NAME = re.compile(r"[\w./@-]{1,200}(?:/|\.\w{1,10})")
_ONE_OF = "it is one of code, test, docs, ui"
_FILL_IN = "write what proves the task, as in code path=src/cart.py symbol=Cart"


def parse_hook(line: HookLine) -> Hook | Problem:
    """Parse a hook; one that is invalid is a problem at its line, never dropped and never proof."""
    try:
        return _hook(_draft(line.payload.strip()), line.location)
    except InvalidHookError as invalid:
        return Problem(line.location, invalid.message, invalid.hint)


def _draft(payload: str) -> Draft:
    word, rest = (*payload.split(None, 1), "", "")[:2]
    kind = _TYPES.get(word.lower())
    if kind is None:
        draft = read_legacy(word, rest)
        if draft is None:
            raise _unknown_type(word)
        return draft
    return modernised(Draft(kind, given(split(rest), _KEYS[kind], _ALSO.get(kind, ()))))


def _unknown_type(word: str) -> InvalidHookError:
    if not word or _UNFILLED.match(word):
        return InvalidHookError("the hook is not filled in", _FILL_IN)
    if starts_with_key(word):
        return InvalidHookError("the hook has no type", f"start with it: {_ONE_OF}")
    if _FILE_NAME.fullmatch(word):
        return InvalidHookError(
            f"{shown(word)} is no evidence type", "write code path=… for a file, or test or docs"
        )
    hint = nearest(word, _TYPES, LEGACY_TYPES, TOOLS) or _ONE_OF
    return InvalidHookError(f"unknown evidence type {shown(word)}", hint)


def _hook(draft: Draft, where: Location) -> Hook:
    said = draft.given
    manual = draft.type is HookType.UI and any(key in said for key in _MANUAL)
    if not manual:
        _check_keys(said, _KEYS[draft.type])
    path = said.get("path", "")
    if "path" in said or not manual:
        _refuse(problem_with_path(path))
    _refuse(problem_with_symbol(said.get("symbol", "")))
    if "regex" in said:
        _check_regex(said["regex"])
    return Hook(
        type=draft.type,
        path=path.removeprefix("./"),
        location=where,
        alternatives=draft.alternatives,
        manual=manual,
        notice=draft.notice,
        **{key: said[key] for key in _FIELDS if key in said},
    )


def _check_keys(said: Mapping[str, str], known: Collection[str]) -> None:
    for key in said:
        if key not in known:
            raise unknown_key(key, known)


def _refuse(problem: tuple[str, str] | None) -> None:
    if problem:
        raise InvalidHookError(*problem)


def _check_regex(regex: str) -> None:
    wrong = problem_with_regex(regex)
    if wrong:
        raise InvalidHookError(f"the regex cannot be read: {wrong}", "it is a Python regular expression")
