"""Looks for names in code of a language there is no grammar for: by the words before them, else as a word."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING

from batchexec.symbols.imports import without_imports
from batchexec.symbols.places import Marks, Places
from batchexec.symbols.sighting import ABSENT, Sighted, Sighting
from batchexec.symbols.skeletons import UNFINISHED, is_hollow, is_hollow_block, is_refusal
from batchexec.symbols.text import blanked

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = r"class|interface|enum|record|struct|trait|object|protocol|module|model|namespace|type"
_FUNCTIONS = r"function\*?|func(?:[ \t]*\([^)\n]*\))?|fun|fn|def(?:p|module|macro)?"
_VALUES = "const|let|var|static|mut"
# In these languages a type stands where others have the name: `static User user`, `const User *user`.
_TYPED = {"c", "cpp", "csharp", "java", "php"}
# What follows where a name of C is used, not defined: `struct User *user`.
_C = {"c", "cpp"}
_DEFINED = re.compile(r"[ \t]*(?:[{:<=]|final\b|$)", re.MULTILINE)
_WORD = {"javascript": r"[\w$]", "typescript": r"[\w$]", "tsx": r"[\w$]", "shell": r"[\w-]", None: r"[\w-]"}
_ENDS = (
    *f"{_TYPES}|{_VALUES}".split("|"),
    "function",
    "function*",
    "func",
    ")",
    "fun",
    "fn",
    "def",
    "defp",
    "defmodule",
    "defmacro",
)
_WIDEST = 1000
_MOST = 50
_LONGEST = 4000
_TOKEN = re.compile(r"[(){};\n]")
# A body without braces: what stands behind the sign is all of it.
_PLACEHOLDER = re.compile(r"[^\n{};]{0,500}?=[ \t]*(?:TODO[ \t]*\(|\?\?\?)")
_ARROW = re.compile(r"[^\n{};=]{0,500}+=>\s{0,200}+(?P<body>[^;\n]{0,500}+)")
# A method has no word before it; something else may be hollow around the name of its base.
_METHOD = re.compile(r"[ \t]*(?:<[^<>\n]{0,200}>)?[ \t]*[(=:]")
_BLOCKS = {"ruby", "shell", "elixir"}
_ARROWS = {"csharp", "dart", "php"}
_SHELL_FUNCTION = re.compile(r"[ \t]*\([ \t]*\)")


@cache
def _head(language: str | None) -> re.Pattern[str]:
    words = [_TYPES, _FUNCTIONS] if language in _TYPED else [_TYPES, _FUNCTIONS, _VALUES]
    return re.compile(
        r"[ \t]*+(?!(?:import|using|from|return)\b)(?:[\w()]+[ \t]+)*"
        rf"(?:{'|'.join(words)})[ \t]+"
    )


class PlainView:
    """A text as far as it can be read without knowing its language."""

    def __init__(self, text: str, language: str | None) -> None:
        self._text = text.replace("\r\n", "\n")
        self._language = language
        self._letter = _WORD.get(language, r"\w")
        self._known: dict[str, Sighted] = {}

    def look_up(self, parts: Sequence[str]) -> Sighted:
        """Nothing tells what a name is inside of: the outer names have to be there, and proof is weak."""
        *owners, name = parts
        if not all(self._is_word(owner) for owner in owners):
            return ABSENT
        if name not in self._known:
            self._known[name] = self._look_up(name)
        found = self._known[name]
        if owners and found.kind is Sighting.DEFINED:
            return Sighted(
                Sighting.WEAK, found.line, f"{name} is there, but perhaps not in {'.'.join(owners)}"
            )
        return found

    @cached_property
    def _code(self) -> str:
        return blanked(self._text, self._language)

    @cached_property
    def _own(self) -> str:
        return without_imports(self._code, self._language)

    @cached_property
    def _places(self) -> Places:
        return Places(self._code, self._letter)

    @cached_property
    def _own_places(self) -> Places:
        return Places(self._own, self._letter)

    @cached_property
    def _unfinished(self) -> Marks:
        return Marks(self._text, UNFINISHED)

    def _look_up(self, name: str) -> Sighted:
        stub: int | None = None
        weak: int | None = None
        for at, start in enumerate(self._own_places.of(name)):
            end = start + len(name)
            defined = self._is_definition(start, end)
            hollow = at < _MOST and (defined or _METHOD.match(self._own, end)) and self._is_stub(start, end)
            if defined and not hollow:
                return Sighted(Sighting.DEFINED, self._line(start))
            stub = start if hollow and stub is None else stub
            weak = start if weak is None else weak
        if stub is not None:
            return Sighted(Sighting.STUB, self._line(stub))
        if weak is not None:
            return Sighted(
                Sighting.WEAK, self._line(weak), f"{name} is a word of the code, perhaps no definition"
            )
        return ABSENT

    def _is_word(self, name: str) -> bool:
        return next(self._places.of(name), None) is not None

    def _line(self, at: int) -> int:
        return self._own_places.line(at)

    def _line_start(self, at: int) -> int:
        return self._own.rfind("\n", max(0, at - _WIDEST), at) + 1 or max(0, at - _WIDEST)

    def _is_definition(self, at: int, end: int) -> bool:
        start = self._line_start(at)
        if self._language in _C and not _DEFINED.match(self._own, end):
            return False
        if self._language == "shell" and _SHELL_FUNCTION.match(self._own, end):
            return not self._own[start:at].strip()
        # Most words can be told by the one before them.
        before = self._own[start:at].rsplit(maxsplit=1)[-1:]
        if not before or not before[0].endswith(_ENDS):
            return False
        return _head(self._language).fullmatch(self._own, start, at) is not None

    def _is_stub(self, at: int, end: int) -> bool:
        start = self._line_start(at)
        if not self._unfinished.between(start, end + _LONGEST):
            return False
        if self._language in _BLOCKS:
            return is_hollow_block(self._text[start : start + _LONGEST])
        if self._language in {"kotlin", "scala"} and _PLACEHOLDER.match(self._own, end):
            return True
        if self._language in _ARROWS and (arrow := _ARROW.match(self._own, end)):
            return is_refusal(self._text[arrow.start("body") : arrow.end()], self._language)
        last = _end_of_body(self._own, end)
        return last is not None and is_hollow(self._text[start:last], self._language)


def _end_of_body(code: str, start: int) -> int | None:
    """Find where the body in braces ends that belongs to a name; None where the name has none."""
    round_, curly = 0, 0
    for token in _TOKEN.finditer(code, start, start + _LONGEST):
        match token.group():
            case "(":
                round_ += 1
            case ")":
                round_ -= 1
            case "{":
                curly += round_ == 0
            case "}":
                curly -= round_ == 0
                if curly == 0 and round_ == 0:
                    return token.end()
            case _ if curly == 0 and round_ == 0 and not _goes_on(code, token):
                return None
        if round_ < 0 or curly < 0:
            return None
    return None


def _goes_on(code: str, token: re.Match[str]) -> bool:
    """Say whether a head goes on after the end of a line, as it does before a brace."""
    return token.group() == "\n" and code[token.end() : token.end() + 200].lstrip().startswith("{")
