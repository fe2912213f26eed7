"""Takes a shell script apart as far as needed to see what it would start, without judging its grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r]+|\\\n)
    | (?P<newline>\n)
    | (?P<single>'[^']*')
    | (?P<ansi>\$'(?:[^'\\]|\\.)*')
    | (?P<arithmetic>\$\(\([^()]*\)\)|\$\{[^{}"'`]*\}|<<<)
    | (?P<open>\$\(\(|\(\(|\$\(|[<>]\(|\()
    | (?P<tick>`)
    | (?P<close>\))
    | (?P<double>")
    | (?P<document><<-?[ \t]*(?:'[^'\n]*'|"[^"\n]*"|\\?[\w.!/-]+))
    | (?P<redirect>\d*(?:&>>?|>>|>\||<>|[<>]&?))
    | (?P<operator>[;&|]+)
    | (?P<escape>\\.)
    | (?P<text>[^\s'"\\$`()<>|&;\#]+|[\s\S])
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_QUOTES = re.compile(r'[^"\\$`]+|\\.|(?P<open>\$\()|(?P<tick>`)|(?P<end>")|[\\$]', re.DOTALL)
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotes; `quoted` says that it begins with one."""

    text: str
    quoted: bool


@dataclass(slots=True)
class Commands:
    """
    The words of every simple command, and the files that are read or written beside them.

    `bare` is the script without what stands in quotes, comments and here-documents.
    """

    words: list[list[Word]] = field(default_factory=list)
    files: list[Word] = field(default_factory=list)
    bare: str = ""
    has_open_quote: bool = False


def take_apart(script: str) -> Commands:
    return _Reader(script).run()


@dataclass(slots=True)
class _Frame:
    """What we are inside of, the script, a substitution or double quotes, and how far we got there."""

    closer: str = ""
    command: list[Word] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    quoted: bool = False
    to_file: bool = False
    is_arithmetic: bool = False


class _Reader:
    def __init__(self, script: str) -> None:
        self.script = script
        self.at = 0
        self.done = Commands()
        self.bare: list[str] = []
        self.frames = [_Frame()]
        self.documents: list[str] = []

    def run(self) -> Commands:
        while self.at < len(self.script):
            if self.frames[-1].closer == '"':
                self._quoted()
            else:
                self._plain()
        self.done.has_open_quote |= any(frame.closer == '"' for frame in self.frames)
        while self.frames:
            self._end_command()
            self.frames.pop()
        self.done.bare = "".join(self.bare)
        return self.done

    def _quoted(self) -> None:
        found = _IN_QUOTES.match(self.script, self.at)
        frame = self.frames[-1]
        if found is None or found["end"]:
            self.at += 1
            self.frames.pop()
            self._add("".join(frame.parts), quoted=True)
            return
        self.at = found.end()
        if found["open"] or found["tick"]:
            self.frames.append(_Frame(")" if found["open"] else "`"))
        else:
            frame.parts.append(found[0])

    def _plain(self) -> None:
        found = _TOKEN.match(self.script, self.at)
        self.at = found.end() if found else self.at + 1
        piece = found[0] if found else ""
        match found.lastgroup if found else "":
            case "blank":
                self._end_word()
                self.bare.append(" ")
            case "newline" | "operator":
                self._end_command()
                self._skip_documents(piece)
            case "single" | "ansi":
                self._add(piece.strip("$").strip("'"), quoted=True)
            case "double":
                self.frames.append(_Frame('"'))
            case "document":
                self._document(piece)
            case "redirect":
                self._redirect(piece)
            case "open" | "close" | "tick":
                self._nest(piece)
            case "arithmetic":
                self._add("$")
            case _:
                self._text(piece)

    def _text(self, text: str) -> None:
        if text == "#" and not self.frames[-1].parts:
            end = self.script.find("\n", self.at)
            self.at = len(self.script) if end < 0 else end
            return
        if text == "'":
            self.done.has_open_quote = True
            self.at = len(self.script)
            return
        self._add(text[1:] if text[0] == "\\" and text[1:] else text)
        self.bare.append(text)

    def _add(self, text: str, *, quoted: bool = False) -> None:
        frame = self.frames[-1]
        if not frame.parts:
            frame.quoted = quoted
        frame.parts.append(text)

    def _redirect(self, sign: str) -> None:
        self._end_word()
        self.frames[-1].to_file = not sign.endswith("&")
        self.bare.append(sign.lstrip("0123456789"))

    def _nest(self, sign: str) -> None:
        if sign == ")" or (sign == "`" and self.frames[-1].closer == "`"):
            if self.frames[-1].closer in {")", "`"}:
                self._end_command()
                self.frames.pop()
            else:
                self._end_command()
            return
        if sign in {"(", "(("}:
            self._end_command()
        else:
            self._add("$")
        counts = sign.endswith("((") or (sign == "(" and self.frames[-1].is_arithmetic)
        self.frames.append(_Frame("`" if sign == "`" else ")", is_arithmetic=counts))
        if sign.endswith("(("):
            self.frames.append(_Frame(")", is_arithmetic=True))

    def _end_word(self) -> None:
        frame = self.frames[-1]
        if frame.is_arithmetic:
            frame.parts = []
        elif frame.parts:
            word = Word("".join(frame.parts), frame.quoted)
            (self.done.files if frame.to_file else frame.command).append(word)
            frame.parts, frame.to_file = [], False

    def _end_command(self) -> None:
        self._end_word()
        frame = self.frames[-1]
        if frame.command:
            self.done.words.append(frame.command)
            frame.command = []
        self.bare.append("\n")

    def _document(self, piece: str) -> None:
        self._end_word()
        if not self.frames[-1].is_arithmetic:
            self.documents.append(piece.lstrip("<- \t").strip("'\"\\"))

    def _skip_documents(self, piece: str) -> None:
        for end in self.documents if piece == "\n" else ():
            line = None
            while self.at < len(self.script) and line != end:
                stop = self.script.find("\n", self.at)
                stop = len(self.script) if stop < 0 else stop
                line = self.script[self.at : stop].strip("\t")
                self.at = stop + 1
        if piece == "\n":
            self.documents.clear()
