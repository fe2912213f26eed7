"""Finds what a script prints to tell how it went, where its exit status is always 0 and tells nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.gates.escapes import decoded, plain
from batchexec.gates.script import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchexec.gates.script import AndOr, Branch, Command, Link, Lists, Pipeline, Script

_HARMLESS = frozenset({"echo", "printf", "true", ":"})
# They only prepare or clear up: that they succeed is no proof of anything.
_NEUTRAL = {
    ".", "alias", "cd", "declare", "export", "kill", "local", "mkdir", "popd", "pushd", "readonly", "rm",
    "set", "shopt", "sleep", "source", "touch", "trap", "typeset", "ulimit", "umask", "unset", "wait",
}  # fmt: skip
_SURE = frozenset({"(", "{", "for", "select"})
_FLAGS = re.compile(r"-[neE]{1,3}")
_BAD = re.compile(
    r"(?P<not>\b(?i:no|not|without|zero|0)\s+)?"
    r"(?:FAIL|ERROR|MISSING|BROKEN|[❌✗✘]|(?i:\b(?:fail(?:ed|ure|ures|s)?|errors?|missing|broken)\b))"
)
_GOOD = re.compile(r"[✓✔✅]|\b(?:PASS(?:ED)?|OK)\b")


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a script tells by what it prints.

    All of `required` must be printed and nothing of `bad`; `good` is evidence
    where it is printed. `swallows` says that a failure was kept from the exit status,
    `proves` that another one would not be.
    """

    required: frozenset[Word] = frozenset()
    good: frozenset[Word] = frozenset()
    bad: frozenset[Word] = frozenset()
    swallows: bool = False
    proves: bool = True


def told(script: Script | None) -> Told:
    """Say what a script tells; one that cannot be read tells by its exit status."""
    if script is None:
        return Told()
    teller = _Teller()
    teller.script(script.lists)
    bad = frozenset(teller.bad)
    return Told(
        frozenset(teller.required) - bad, frozenset(teller.good) - bad, bad, teller.swallows, teller.proves
    )


def looks_bad(text: str) -> bool:
    """Say whether a text speaks of a failure: `✗ Missing` does, `No errors` does not."""
    return not _GOOD.search(text) and any(not found["not"] for found in _BAD.finditer(text))


@dataclass(slots=True)
class _Teller:
    required: set[Word] = field(default_factory=set)
    good: set[Word] = field(default_factory=set)
    bad: set[Word] = field(default_factory=set)
    swallows: bool = False
    proves: bool = False

    def script(self, lists: Lists) -> None:
        lenient = False
        for one in lists:
            before = self.proves
            self._and_or(one, sure=True)
            if lenient and one is not lists[-1] and self.proves and not before:
                self.proves, self.swallows = False, True
            lenient = _is_lenient(one.first, lenient)

    def _lists(self, lists: Lists, *, sure: bool) -> None:
        for one in lists:
            self._and_or(one, sure=sure)

    def _and_or(self, one: AndOr, *, sure: bool) -> None:
        before = self.proves
        handled = _handled(one)
        self._pair(_after("&&", one.links[1:handled]), _after("||", one.links), sure=sure)
        for n, link in enumerate(one.links[:handled]):
            self.proves |= self._pipeline(link.pipeline, sure=sure and not n)
        if handled < len(one.links):
            self.proves, self.swallows = before, True

    def _pair(self, good: list[Word], bad: list[Word], *, sure: bool) -> None:
        if _any_looks_bad(good) and not _any_looks_bad(bad):
            good, bad = bad, good
        # What is printed either way tells nothing.
        self.good |= set(good) - set(bad)
        self.required |= (set(good) - set(bad)) if sure else set()
        self.bad |= set(bad) - set(good)

    def _pipeline(self, pipeline: Pipeline, *, sure: bool) -> bool:
        """Look into compound commands; say whether the status of the rest proves anything."""
        last = pipeline.commands[-1]
        if not last.opener or last.opener == "((":
            return not all(map(_is_neutral, pipeline.commands))
        if last.opener == "if":
            self._if(last.branches)
        else:
            for branch in last.branches:
                self._lists(branch.body, sure=sure and last.opener in _SURE and len(pipeline.commands) == 1)
        return False

    def _if(self, branches: Sequence[Branch]) -> None:
        texts = [list(_texts(branch.body)) for branch in branches]
        if not all(_all_harmless(branch.body) for branch in branches):
            for branch in branches:
                self._lists(branch.body, sure=False)
            return
        self.swallows = True
        bad = {text for branch in texts if _any_looks_bad(branch) for text in branch}
        self.bad |= bad
        self.good |= {text for branch in texts for text in branch} - bad if bad else set()


def _is_lenient(command: Command, before: bool) -> bool:
    if command.name != "set" or not command.arguments:
        return before
    flags = command.arguments[0].text
    return flags[0:1] == "+" if "e" in flags else before


def _handled(one: AndOr) -> int:
    """Find the `||` at which all failures before it end, or the end of the links."""
    real = max((n for n, link in enumerate(one.links) if not _is_harmless(link.pipeline)), default=0)
    after = range(real + 1, len(one.links))
    return next((n for n in after if one.links[n].operator == "||"), len(one.links))


def _after(operator: str, links: Iterable[Link]) -> list[Word]:
    return [text for link in links if link.operator == operator for text in _printed(link.pipeline)]


def _any_looks_bad(texts: Iterable[Word]) -> bool:
    return any(looks_bad(text.text) for text in texts)


def _is_neutral(command: Command) -> bool:
    return command.name in _NEUTRAL or not (command.name or command.opener) or _never_fails(command)


def _never_fails(command: Command) -> bool:
    if command.opener:
        return command.opener in {"(", "{"} and all(_all_harmless(branch.body) for branch in command.branches)
    if command.name in {"exit", "return"}:
        return [word.text for word in command.arguments] == ["0"]
    return command.name in _HARMLESS


def _is_harmless(pipeline: Pipeline) -> bool:
    first, *rest = pipeline.commands
    return _never_fails(first) and all(command.name == "tee" for command in rest) and not pipeline.negated


def _all_harmless(lists: Lists) -> bool:
    return all(_is_harmless(link.pipeline) for one in lists for link in one.links)


def _texts(lists: Lists) -> Iterator[Word]:
    for one in lists:
        for link in one.links:
            yield from _printed(link.pipeline)


def _printed(pipeline: Pipeline) -> Iterator[Word]:
    """Yield what a pipeline prints that only prints."""
    command = pipeline.commands[0]
    if not _is_harmless(pipeline) or command.silent:
        return
    for branch in command.branches:
        yield from _texts(branch.body)
    if command.name == "echo":
        yield from _echoed(command.arguments)
    elif command.name == "printf" and command.arguments:
        yield from _formatted(command.arguments[0])


def _echoed(words: tuple[Word, ...]) -> Iterator[Word]:
    flags = ""
    while words and words[0].whole and _FLAGS.fullmatch(words[0].text):
        flags += words[0].text
        words = words[1:]
    whole = next((n for n, word in enumerate(words) if not word.whole), len(words))
    text = " ".join(word.text for word in words[: whole + 1])
    yield from _as_lines(decoded(text) if "e" in flags else text, whole == len(words) and "n" not in flags)


def _formatted(form: Word) -> Iterator[Word]:
    text, percent, _ = form.text.partition("%")
    yield from _as_lines(decoded(text), form.whole and not percent)


def _as_lines(text: str, whole: bool) -> Iterator[Word]:
    """Cut a text into lines as they will be seen; where it is not whole the last one is a beginning."""
    *lines, last = plain(text).split("\n")
    for line in lines:
        if line.strip():
            yield Word(line.strip())
    if last.strip():
        yield Word(last.strip() if whole else last.lstrip(), whole)
