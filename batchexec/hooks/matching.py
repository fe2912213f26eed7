"""Whether a file is what an evidence hook claims, and if not, why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.hooks.headings import has_headings, headings, without_markup
from batchexec.hooks.hook import HookType
from batchexec.hooks.patterns import is_empty_match, search
from batchexec.hooks.testing import asserts, holds_test, is_test_shaped
from batchexec.paths import may_be_empty
from batchexec.symbols import Sighted, Sighting, Source, source_of
from batchexec.symbols.python import complaint

if TYPE_CHECKING:
    from batchexec.hooks.hook import Hook

_ATTRIBUTES = {
    sign: re.compile(rf"(?<![\w-]){name}\s*+=\s*+(?:\{{?\s*+[\"'`]([^\"'`]*+)|([\w-]+))")
    for sign, name in (("#", "id"), (".", "class(?:Name)?"))
}
_UNPROVEN = {
    Sighting.ABSENT: "symbol not found",
    Sighting.STUB: "symbol is a stub",
    Sighting.UNREADABLE: "file does not parse",
}
SYMBOL_REASONS = frozenset(_UNPROVEN.values())
"""What speaks against the symbol of a hook that asks for one."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    How a file stands to a hook: the reason is one of a fixed few, and empty where the hook holds.

    `weak`: it holds, but nothing was put to the test, or a name was seen and
    no definition of it.
    """

    reason: str = ""
    weak: bool = False
    detail: str = ""


class Document:
    """A file's path and text, read no more than once for all the hooks that ask about it."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")

    @cached_property
    def source(self) -> Source:
        return source_of(self.path, self.text)

    @cached_property
    def headings(self) -> frozenset[str]:
        if not has_headings(self.path):
            return frozenset()
        return headings(self.text, restructured=self.path.endswith(".rst"))

    @cached_property
    def plain_headings(self) -> frozenset[str]:
        return frozenset(map(without_markup, self.headings))

    @cached_property
    def lacks_test(self) -> Judgement:
        """Say what is wrong with a file of tests; one that checks something in an unknown way may be one."""
        try:
            found = not is_test_shaped(self.path) or holds_test(self.text, self.path)
        except SyntaxError as error:
            where = f"{self.path}:{error.lineno or 1}"
            return Judgement("file does not parse", detail=f"{where}: {complaint(error)}")
        if found:
            return Judgement()
        if asserts(self.text, self.path):
            return Judgement(weak=True, detail=f"{self.path}: it asserts something, but no test is seen")
        return Judgement("no test found")

    @property
    def is_empty(self) -> bool:
        return (not self.text or self.text.isspace()) and not may_be_empty(self.path)


def judge(hook: Hook, document: Document) -> Judgement:
    """Say whether a file satisfies a hook; that the file is the one meant is taken for granted."""
    if hook.manual:
        return Judgement("needs a person")
    if document.is_empty:
        return Judgement("file is empty")
    symbol = _symbol(hook.definition, document)
    if symbol.reason:
        return symbol
    reason = _content(hook, document)
    if reason:
        return Judgement(reason)
    test = document.lacks_test if hook.type is HookType.TEST else Judgement()
    if test.reason:
        return test
    proof = _proof(hook)
    weak = symbol.weak or test.weak or proof.weak
    return Judgement(weak=weak, detail=symbol.detail or test.detail or proof.detail)


def _proof(hook: Hook) -> Judgement:
    """Say whether a hook puts anything to the test."""
    if not hook.has_matcher:
        return Judgement(weak=True)
    others = (hook.definition, hook.contains, hook.heading, hook.selector)
    if hook.regex is None or any(other is not None for other in others) or not is_empty_match(hook.regex):
        return Judgement()
    return Judgement(weak=True, detail="the regex is found in any text")


def _symbol(name: str | None, document: Document) -> Judgement:
    if name is None:
        return Judgement()
    sighted = document.source.look_up(name)
    reason = _UNPROVEN.get(sighted.kind, "")
    return Judgement(reason, sighted.kind is Sighting.WEAK, _detail(sighted, document.path))


def _detail(sighted: Sighted, path: str) -> str:
    if sighted.kind is Sighting.DEFINED or not (sighted.line or sighted.detail):
        return ""
    where = f"{path}:{sighted.line}" if sighted.line else path
    return f"{where}: {sighted.detail}" if sighted.detail else where


def _content(hook: Hook, document: Document) -> str:
    if hook.contains is not None and hook.contains not in document.text:
        return "contains not found"
    if hook.regex is not None and (reason := _regex(hook.regex, document.text)):
        return reason
    if hook.heading is not None and not _is_heading(hook.heading, document):
        return "heading not found"
    if hook.selector is not None and not _selects(hook.selector, document.text):
        return "selector not found"
    return ""


def _regex(pattern: str, text: str) -> str:
    try:
        return "" if search(pattern, text) else "regex not matched"
    except TimeoutError:
        return "regex took too long"


def _is_heading(wanted: str, document: Document) -> bool:
    plain = without_markup(wanted)
    return wanted in document.headings or (plain != "" and plain in document.plain_headings)


def _selects(selector: str, text: str) -> bool:
    if selector in text:
        return True
    attribute, name = _ATTRIBUTES.get(selector[:1]), selector[1:]
    if attribute is None or not name:
        return False
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(word.search(value[1] or value[2] or "") for value in attribute.finditer(text))
