"""An evidence hook: how it is written, and whether a text satisfies it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.paths import problem_with
from batchexec.symbols import defines, language_of

if TYPE_CHECKING:
    from batchexec.model import HookLine, Location


class HookType(StrEnum):
    CODE = "code"
    TEST = "test"
    DOCS = "docs"
    UI = "ui"


_KEYS = {
    HookType.CODE: {"path", "symbol", "contains", "regex"},
    HookType.TEST: {"path", "contains", "regex", "command"},
    HookType.DOCS: {"path", "heading", "contains", "regex"},
    HookType.UI: {"path", "selector", "contains", "regex", "screen", "route", "component", "states"},
}
_TOLERATED = {"implements", "t_ref", "acceptance"}
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A claim about one file, and where it is made; a key that is not given is None."""

    type: HookType
    path: str
    location: Location
    symbol: str | None = None
    contains: str | None = None
    regex: str | None = None
    heading: str | None = None
    selector: str | None = None
    command: str | None = None


def parse_hook(line: HookLine) -> Hook | Problem:
    """Parse a hook; one that is invalid is a problem at its line, never dropped and never proof."""
    try:
        return _parse(line)
    except _InvalidError as invalid:
        return Problem(line.location, invalid.message, invalid.hint)


class _InvalidError(Exception):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def _parse(line: HookLine) -> Hook:
    word, rest = (*line.payload.split(None, 1), "", "")[:2]
    try:
        kind = HookType(word.lower())
    except ValueError:
        raise _InvalidError(f"unknown evidence type {word!r}", "it is one of code, test, docs, ui") from None
    given = _given(_tokens(rest), _KEYS[kind] | _TOLERATED)
    given["path"] = given.get("path", "").removeprefix("./")
    if not given["path"]:
        raise _InvalidError("the hook has no path", "add path=the/file")
    wrong = problem_with(given["path"].rstrip("/"))
    if wrong:
        raise _InvalidError(f"the path {wrong}", "write it as seen from the root of the repository")
    if "regex" in given:
        _check_regex(given["regex"])
    path = given.pop("path")
    known = {key: value for key, value in given.items() if key in Hook.__slots__}
    return Hook(type=kind, path=path, location=line.location, **known)


def _tokens(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        raise _InvalidError(
            "a quote is not closed", 'put the value in double quotes: contains="don\'t"'
        ) from None
    bare = _unquoted(text)
    if "\\" in bare:
        raise _InvalidError(
            "a backslash stands outside quotes", 'put the value in double quotes: regex="class\\s+X"'
        )
    return tokens


def _unquoted(text: str) -> str:
    """Leave out what stands in quotes; the quotes are known to be closed."""
    return re.sub(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", "", text)


def _given(tokens: list[str], known: set[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for token in tokens:
        key, equals, value = token.partition("=")
        if not equals:
            raise _InvalidError(
                f"{token!r} has no =", "write key=value, and quotes around a value with blanks"
            )
        if key not in known:
            raise _InvalidError(
                f"unknown key {key!r}", f"the keys are {', '.join(sorted(known - _TOLERATED))}"
            )
        if key in given:
            raise _InvalidError(f"the key {key!r} is there twice", "write two hooks")
        given[key] = _without_quotes(value)
    return given


def _without_quotes(value: str) -> str:
    """Remove one pair of quotes around the whole; two quoted words are no pair."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted and value[0] not in value[1:-1] else value


def _check_regex(regex: str) -> None:
    try:
        re.compile(regex)
    except re.error as error:
        raise _InvalidError(
            f"the regex cannot be read: {error}", "it is a Python regular expression"
        ) from None


def matches(hook: Hook, text: str) -> str | None:
    """Say why the text of the hook's file does not satisfy it; None if it does."""
    if hook.symbol is not None and not defines(text, hook.symbol, language_of(hook.path)):
        return "symbol not found"
    if hook.contains is not None and hook.contains not in text:
        return "contains not found"
    if hook.regex is not None and not re.search(hook.regex, text, re.MULTILINE):
        return "regex not matched"
    if hook.heading is not None and hook.heading not in headings(text):
        return "heading not found"
    if hook.selector is not None and not _selects(hook.selector, text):
        return "selector not found"
    return None


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*")


def headings(text: str) -> set[str]:
    """Collect the texts of the Markdown headings outside fences."""
    found: set[str] = set()
    fence, above = "", ""
    for line in (raw.rstrip("\r")[:1000] for raw in text.split("\n")):
        mark = _FENCE.fullmatch(line)
        if fence:
            closes = mark and mark[1].startswith(fence) and not mark[2].strip()
            fence = "" if closes else fence
            above = ""
        elif mark:
            fence, above = mark[1], ""
        elif heading := _ATX.fullmatch(line):
            found.add((heading[1] or "").strip())
            above = ""
        elif above and _SETEXT.fullmatch(line):
            found.add(above)
            above = ""
        else:
            above = line.strip()
    return found


def _selects(selector: str, text: str) -> bool:
    if selector in text:
        return True
    attribute = {"#": "id", ".": "class(?:Name)?"}.get(selector[:1])
    if attribute is None:
        return False
    value = rf"[^\"']*(?<![\w-]){re.escape(selector[1:])}(?![\w-])"
    return re.search(rf"\b{attribute}\s*=\s*[\"']{value}", text) is not None
