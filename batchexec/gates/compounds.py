"""Reads the compound commands of a shell script, and what stands between commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from batchexec.gates.script import AndOr, Branch, Command, Link, Pipeline, Word
from batchexec.gates.words import Unreadable, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchexec.gates.script import Lists

_BLANKS = re.compile(r"(?:[ \t\r]|\\\n)+")
_OPENING = re.compile(r"\(|(?:if|while|until|for|select|case|function|\{|\[\[)(?=[\s;&|()<>]|$)")
_DO = re.compile(r"do(?=\s)")
CASE_END = re.compile(r";;&?|;&")


class Document(NamedTuple):
    """How a here-document that begins on the next line ends."""

    end: str
    indented: bool


class Compounds(Words):
    def __init__(self, text: str, depth: int = 0) -> None:
        super().__init__(text, depth)
        self.comments: list[tuple[int, str]] = []
        self.documents: list[Document] = []

    def lists(self) -> Lists:
        """Read commands up to a word or sign that ends them."""
        raise NotImplementedError

    def command(self) -> Command:
        raise NotImplementedError

    def substituted(self) -> Lists:
        return self._until(")")

    def _until(self, sign: str) -> Lists:
        lists = self.lists()
        self._expect(sign)
        return lists

    def _expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise Unreadable(f"no {sign} at {self.at}")
        self.at += len(sign)

    def blanks(self) -> None:
        """Go to what follows on the line, or to its end."""
        if found := _BLANKS.match(self.text, self.at):
            self.at = found.end()
        if self.peek() == "#":
            end = self._line_end()
            self.comments.append((self.at, self.text[self.at + 1 : end].strip()))
            self.at = end

    def _line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def gap(self, between: str = "\n") -> None:
        """Go to the next command, over newlines and what else may stand between."""
        self.blanks()
        while (char := self.peek()) and char in between and not CASE_END.match(self.text, self.at):
            self.at += 1
            if char == "\n":
                self._documents()
            self.blanks()

    def _documents(self) -> None:
        for document in self.documents:
            line = None
            while self.at < len(self.text) and line != document.end:
                end = self._line_end()
                line = self.text[self.at : end]
                line = line.lstrip("\t") if document.indented else line
                self.at = min(end + 1, len(self.text))
        self.documents.clear()

    def compound(self) -> tuple[str, tuple[Branch, ...]]:
        """Read a compound command up to its end, where one begins here; of `[[` only the sign."""
        if self.peek(2) == "((":
            self.balanced()
            return "((", ()
        found = _OPENING.match(self.text, self.at)
        opener = found.group() if found else ""
        self.at += len(opener)
        read = self._COMPOUNDS.get(opener)
        return opener, read(self) if read else ()

    def _loop(self) -> tuple[Branch, ...]:
        return (Branch(self._until("do"), self._until("done")),)

    def _group(self) -> tuple[Branch, ...]:
        return (Branch((), self._until("}")),)

    def _subshell(self) -> tuple[Branch, ...]:
        return (Branch((), self._until(")")),)

    def _if(self) -> tuple[Branch, ...]:
        branches = [Branch(self._until("then"), self.lists())]
        while self.peek(4) == "elif":
            self.at += 4
            branches.append(Branch(self._until("then"), self.lists()))
        if self.peek(4) == "else":
            self.at += 4
            branches.append(Branch((), self.lists()))
        self._expect("fi")
        return tuple(branches)

    def _case(self) -> tuple[Branch, ...]:
        branches = []
        self.blanks()
        self.word()
        self.gap()
        self._expect("in")
        self.gap()
        while self.peek(4) != "esac":
            self._patterns()
            branches.append(Branch((), self.lists()))
            if found := CASE_END.match(self.text, self.at):
                self.at = found.end()
            self.gap()
        self.at += 4
        return tuple(branches)

    def _patterns(self) -> None:
        self.at += self.peek() == "("
        self.blanks()
        self.word()
        self.blanks()
        while self.peek() == "|":
            self.at += 1
            self.blanks()
            self.word()
            self.blanks()
        self._expect(")")

    def _for(self) -> tuple[Branch, ...]:
        self.blanks()
        if self.peek(2) == "((":
            self.balanced()
        else:
            self.word()
        self.blanks()
        # `for name do` goes over the arguments; further on `do` is a word like any other.
        if not _DO.match(self.text, self.at):
            while self.peek() not in {"", ";", "\n"}:
                self.word()
                self.blanks()
            self.gap(";\n")
        self._expect("do")
        return (Branch((), self._until("done")),)

    def _function(self) -> tuple[Branch, ...]:
        self.blanks()
        self.word()
        self.blanks()
        self.at += 2 if self.peek(2) == "()" else 0
        return self.body()

    def body(self) -> tuple[Branch, ...]:
        self.gap()
        start = self.at
        body = AndOr((Link("", Pipeline((self.command(),))),), start)
        return (Branch((), (body,)),)

    def test(self) -> list[Word]:
        words = [Word("[[")]
        self.gap()
        while self.peek(2) != "]]":
            if self.peek() in {"|", "&", "(", ")", "<", ">", ";"}:
                self.at += 1
            else:
                words.append(self.word())
            self.gap()
        self.at += 2
        return words

    _COMPOUNDS: ClassVar[dict[str, Callable[[Compounds], tuple[Branch, ...]]]] = {
        "(": _subshell,
        "{": _group,
        "if": _if,
        "case": _case,
        "while": _loop,
        "until": _loop,
        "for": _for,
        "select": _for,
        "function": _function,
    }
