"""Reads the words of a shell script, quotes and expansions too, in one pass without a way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.gates.escapes import decoded
from batchexec.gates.script import Word

if TYPE_CHECKING:
    from batchexec.gates.script import Lists

_DEEPEST = 40
_BLANKS = " \t\r\n"
_BREAKS = _BLANKS + "|&;()<>"
_PLAIN = re.compile(r"[^ \t\r\n|&;()<>'\"\\$`]+")
_QUOTED = re.compile(r"[^\"\\$`]+")
_BRACED = re.compile(r"[^}\"'\\$`]+")
_PARENTHESIS = re.compile(r"[()]")
_NAME = re.compile(r"\w+|[@*#?$!-]")


class Unreadable(Exception):  # noqa: N818  # no error of ours: such a script is run all the same
    """Why a script is left to bash alone."""


class _Known:
    """Gathers what is known of a word, up to its first expansion."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.whole = True
        self.begun = False

    def add(self, text: str) -> None:
        self.begun = True
        if self.whole:
            self.parts.append(text)

    def cut(self) -> None:
        self.begun = True
        self.whole = False


class Words:
    """Knows where in a script we are, and reads the next word."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self.depth = depth
        self.inner: list[Lists] = []

    def substituted(self) -> Lists:
        """Read the lists of a command substitution, up to its closing parenthesis."""
        raise NotImplementedError

    def separate(self, text: str) -> Lists:
        """Read the text between backquotes, which has a level of escapes of its own."""
        raise NotImplementedError

    def deeper(self, step: int) -> None:
        self.depth += step
        if self.depth > _DEEPEST:
            raise Unreadable("too deep")

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def word(self) -> Word:
        known = _Known()
        while (char := self.peek()) and (char not in _BREAKS or self._is_inside(char, known)):
            self._part(char, known)
        if not known.begun:
            raise Unreadable(f"no word at {self.at}")
        return Word("".join(known.parts), known.whole)

    def _is_inside(self, char: str, known: _Known) -> bool:
        """Say whether a character that ends words is part of one here: `<(…)` and `a=(…)`."""
        if char in "<>":
            return self.peek(2)[1:] == "("
        return char == "(" and known.parts[-1:] != [] and known.parts[-1].endswith("=")

    def _part(self, char: str, known: _Known) -> None:
        match char:
            case "'":
                known.add(self._until_quote())
            case '"':
                self._double(known)
            case "\\":
                known.add(self.peek(2)[1:].removeprefix("\n"))
                self.at += 2
            case "$":
                self._dollar(known, bare=True)
            case "`":
                self._backquoted(known)
            case "<" | ">":
                self.at += 2
                self._substitution(known)
            case "(":
                self._array(known)
            case _:
                known.add(self._run(_PLAIN))

    def _run(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found:
            raise Unreadable(f"no text at {self.at}")
        self.at = found.end()
        return found.group()

    def _until_quote(self) -> str:
        start = self.at + 1
        end = self.text.find("'", start)
        if end < 0:
            raise Unreadable("a quote is open")
        self.at = end + 1
        return self.text[start:end]

    def _double(self, known: _Known) -> None:
        self.at += 1
        known.add("")
        while (char := self.peek()) != '"':
            match char:
                case "\\":
                    pair = self.peek(2)
                    known.add(pair[1:].removeprefix("\n") if pair[1:] in '$`"\\\n' else pair)
                    self.at += 2
                case "$":
                    self._dollar(known, bare=False)
                case "`":
                    self._backquoted(known)
                case "":
                    raise Unreadable("a quote is open")
                case _:
                    known.add(self._run(_QUOTED))
        self.at += 1

    def _dollar(self, known: _Known, *, bare: bool) -> None:
        self.at += 1
        match self.peek():
            case "(" if self.peek(2) == "((":
                known.cut()
                self.balanced()
            case "(":
                self.at += 1
                self._substitution(known)
            case "{":
                self._braced(known)
            case "'" if bare:
                known.add(self._with_escapes())
            case '"' if bare:
                self._double(known)
            case _:
                self._named(known)

    def _named(self, known: _Known) -> None:
        found = _NAME.match(self.text, self.at)
        if not found:
            known.add("$")
            return
        known.cut()
        self.at = found.end()

    def _substitution(self, known: _Known) -> None:
        known.cut()
        self.deeper(1)
        self.inner.append(self.substituted())
        self.deeper(-1)

    def _braced(self, known: _Known) -> None:
        known.cut()
        self.deeper(1)
        self.at += 1
        while (char := self.peek()) != "}":
            match char:
                case '"':
                    self._double(known)
                case "'":
                    self._until_quote()
                case "\\":
                    self.at += 2
                case "$":
                    self._dollar(known, bare=True)
                case "`":
                    self._backquoted(known)
                case "":
                    raise Unreadable("a brace is open")
                case _:
                    self._run(_BRACED)
        self.at += 1
        self.deeper(-1)

    def _backquoted(self, known: _Known) -> None:
        known.cut()
        parts = []
        self.at += 1
        while (char := self.peek()) != "`":
            if not char:
                raise Unreadable("a backquote is open")
            pair = self.peek(2)
            parts.append(pair[1:] if char == "\\" and pair[1:] in "`\\$" else pair if char == "\\" else char)
            self.at += 2 if char == "\\" else 1
        self.at += 1
        self.inner.append(self.separate("".join(parts)))

    def _with_escapes(self) -> str:
        start = self.at = self.at + 1
        while (char := self.peek()) != "'":
            if not char:
                raise Unreadable("a quote is open")
            self.at += 2 if char == "\\" else 1
        self.at += 1
        return decoded(self.text[start : self.at - 1])

    def _array(self, known: _Known) -> None:
        self.deeper(1)
        self.at += 1
        while (char := self.peek()) != ")":
            if char and char in _BLANKS:
                self.at += 1
            else:
                self.word()
        self.at += 1
        self.deeper(-1)
        known.cut()

    def balanced(self) -> None:
        """Leave out arithmetic, up to the parenthesis that closes the one we stand at."""
        deep = 0
        for found in _PARENTHESIS.finditer(self.text, self.at):
            deep += 1 if found.group() == "(" else -1
            if not deep:
                self.at = found.end()
                return
        raise Unreadable("a parenthesis is open")
