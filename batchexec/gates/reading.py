"""Reads a shell script into its lists and pipelines; what this cannot read is left to bash alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.gates.compounds import CASE_END, Compounds, Document
from batchexec.gates.script import AndOr, Command, Link, Pipeline, Script
from batchexec.gates.words import Unreadable

if TYPE_CHECKING:
    from batchexec.gates.script import Lists, Word

_PREFIX = re.compile(r"(?:!|time(?:[ \t]+-p)?)(?=[ \t])")
_REDIRECTION = re.compile(r"(?P<number>\d{0,3})(?P<sign>&>>|&>|<<<|<<-|<<|<>|<&|>&|>>|>\||[<>](?!\())")
_RESERVED = re.compile(r"(?:then|else|elif|fi|do|done|esac|\})(?=[\s;&|()<>]|$)")
_NO_FILES = frozenset({"/dev/stdout", "/dev/stderr", "/dev/tty"})


def read(text: str) -> Script | None:
    """Read a script; None where it cannot be read."""
    reader = _Reader(text)
    try:
        lists = reader.everything()
    except Unreadable:
        return None
    return Script(text, lists, tuple(reader.comments))


class _Reader(Compounds):
    def everything(self) -> Lists:
        lists = self.lists()
        if self.at < len(self.text):
            raise Unreadable(f"nothing can stand at {self.at}")
        return lists

    def separate(self, text: str) -> Lists:
        self.deeper(1)
        lists = _Reader(text, self.depth).everything()
        self.deeper(-1)
        return lists

    def lists(self) -> Lists:
        lists = []
        while not self._is_over():
            lists.append(self._and_or())
            if self.peek() == "&":
                self.at += 1
            elif self.peek() not in {";", "\n"}:
                break
        return tuple(lists)

    def _is_over(self) -> bool:
        self.gap(";\n")
        over = self.peek() in {"", ")"} or CASE_END.match(self.text, self.at)
        return bool(over or _RESERVED.match(self.text, self.at))

    def _and_or(self) -> AndOr:
        start = self.at
        links = [Link("", self._pipeline())]
        while (operator := self.peek(2)) in {"&&", "||"}:
            self.at += 2
            self.gap()
            links.append(Link(operator, self._pipeline()))
        return AndOr(tuple(links), start)

    def _pipeline(self) -> Pipeline:
        negated = False
        while found := _PREFIX.match(self.text, self.at):
            negated ^= found.group() == "!"
            self.at = found.end()
            self.blanks()
        commands = [self.command()]
        while self.peek() == "|" and self.peek(2) != "||":
            self.at += 2 if self.peek(2) == "|&" else 1
            self.gap()
            commands.append(self.command())
        return Pipeline(tuple(commands), negated)

    def command(self) -> Command:
        outer, self.inner = self.inner, []
        self.deeper(1)
        start = self.at
        opener, branches = self.compound()
        words: list[Word] = []
        if opener == "[[":
            opener, words = "", self.test()
        silent = self._simple(words, closed=bool(opener or words))
        if self.peek(2) == "()" and len(words) == 1:
            self.at += 2
            opener, words, branches = "function", [], self.body()
            self.blanks()
        if self.at == start:
            raise Unreadable(f"no command at {start}")
        self.deeper(-1)
        inner, self.inner = tuple(self.inner), outer
        return Command(words=tuple(words), opener=opener, branches=branches, silent=silent, inner=inner)

    def _simple(self, words: list[Word], *, closed: bool) -> bool:
        """Read words and redirections, after a closed command only the latter; say if it is silent."""
        silent = False
        while True:
            self.blanks()
            if found := _REDIRECTION.match(self.text, self.at):
                silent |= self._redirection(found)
            elif closed or self.peek() in {"", "\n", "|", "&", ";", "(", ")"}:
                return silent
            else:
                words.append(self.word())

    def _redirection(self, found: re.Match[str]) -> bool:
        sign = found["sign"]
        self.at = found.end()
        self.blanks()
        target = self.word().text
        if sign in {"<<", "<<-"}:
            self.documents.append(Document(target, sign == "<<-"))
        if sign[0] == "<" or found["number"] not in {"", "1"} or target in _NO_FILES:
            return False
        return sign != ">&" or not target.isdigit()
