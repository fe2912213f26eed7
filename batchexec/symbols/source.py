"""One text that is asked for names: read once, in the best way there is for its language."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec.symbols import grammars, python
from batchexec.symbols.languages import language_of
from batchexec.symbols.plain import PlainView
from batchexec.symbols.sighting import ABSENT, Sighted, Sighting
from batchexec.symbols.views import PythonView, TreeView

if TYPE_CHECKING:
    from collections.abc import Sequence

# Nobody writes so much into one file, and a tree takes a hundred times the memory of its text.
_LARGEST = 2_000_000
# A grammar takes its time to make sense of what is none.
_LARGEST_FOR_GRAMMARS = 300_000
_SEPARATOR = re.compile(r"\.|::|->|\\|(?<=\w)#")


class Source:
    """
    A text that can be asked for many names.

    `declares` is for a file whose definitions have no bodies by rule: there
    are no stubs in it. Unless `with_grammars`, a language other than Python is
    read as if the extra `langs` were not installed.
    """

    def __init__(
        self, text: str, language: str | None, *, declares: bool = False, with_grammars: bool = True
    ) -> None:
        self._text = text.removeprefix("\ufeff")
        self._language = language
        self._declares = declares
        self._with_grammars = with_grammars
        self._known: dict[str, Sighted] = {}

    def look_up(self, name: str) -> Sighted:
        """Look for the definition of a name; `A.b`, or `A::b`, is the member b of A."""
        if name not in self._known:
            self._known[name] = self._look_up(name)
        return self._known[name]

    def _look_up(self, name: str) -> Sighted:
        parts = _SEPARATOR.split(name)
        if not all(part.strip() for part in parts):
            return ABSENT
        found = self._view.look_up(parts)
        if self._declares and found.kind is Sighting.STUB:
            return Sighted(Sighting.DEFINED, found.line)
        return found

    @cached_property
    def _view(self) -> PythonView | TreeView | PlainView | _Unreadable:
        if len(self._text) > _LARGEST:
            return _Unreadable(None, "too large to be read as code")
        if self._language == "python":
            return _read_python(self._text)
        by_grammar = self._with_grammars and len(self._text) <= _LARGEST_FOR_GRAMMARS
        root = grammars.tree(self._text, self._language) if by_grammar else None
        return PlainView(self._text, self._language) if root is None else TreeView(root, self._language)


def source_of(path: str, text: str) -> Source:
    """Take the text of a file for what the name of the file says it is."""
    return Source(text, language_of(path), declares=path.lower().endswith(".pyi"))


class _Unreadable:
    def __init__(self, line: int | None, why: str) -> None:
        self._sighted = Sighted(Sighting.UNREADABLE, line, why)

    def look_up(self, parts: Sequence[str]) -> Sighted:  # noqa: ARG002  # nothing can be found here
        return self._sighted


def _read_python(text: str) -> PythonView | _Unreadable:
    try:
        return PythonView(python.parse(text))
    except SyntaxError as error:
        return _Unreadable(error.lineno or 1, python.complaint(error))
