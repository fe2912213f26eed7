"""What a source file defines: Python by its syntax tree, other languages by a grammar or a careful look."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from batchexec.symbols import grammars, python
from batchexec.symbols.grammars import accepts
from batchexec.symbols.text import without_comments_and_strings

__all__ = ["accepts", "defines", "language_of"]

_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript",
    ".cjs": "javascript", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
    ".go": "go", ".java": "java", ".rs": "rust", ".kt": "kotlin", ".swift": "swift", ".c": "c", ".h": "c",
    ".cpp": "cpp", ".hpp": "cpp", ".cc": "cpp", ".cs": "csharp", ".php": "php", ".scala": "scala",
    ".rb": "ruby", ".sh": "shell", ".sql": "sql", ".proto": "proto", ".prisma": "prisma",
}  # fmt: skip
_HASH_COMMENTS = {"ruby", "shell"}
_DEFINING = (
    r"[ \t]*(?!(?:import|using|from|return)\b)(?:[\w()]+[ \t]+)*"
    r"(?:class|interface|enum|record|struct|trait|object|protocol|module|model|namespace|type|function\*?"
    r"|func(?:[ \t]*\([^)]*\))?|fun|fn|def|const|let|var|static|mut)[ \t]+%s(?!\w)"
)
_IMPORTING = re.compile(r"^[ \t]*(?:import|using|from|use|#include|require)\b[^\n]*", re.MULTILINE)


def language_of(path: str) -> str | None:
    """Name the programming language of a file by its suffix; None for text, data and the unknown."""
    return _LANGUAGES.get(PurePosixPath(path).suffix.lower())


def defines(text: str, name: str, language: str | None = "python") -> bool:
    """
    Say whether a text defines a name: not a longer one, nor in a comment, a string or an import.

    Python that does not parse defines nothing. Where there is no grammar for
    a language, the name as a word of the code has to do.
    """
    if language == "python":
        try:
            return bool(python.find(python.parse(text), name))
        except SyntaxError:
            return False
    by_grammar = grammars.defines(text, name, language)
    return _seems_to_define(text, name.rpartition(".")[2], language) if by_grammar is None else by_grammar


def _seems_to_define(text: str, name: str, language: str | None) -> bool:
    code = without_comments_and_strings(text, hashes=language in _HASH_COMMENTS)
    lines = code.split("\n")
    pattern = re.compile(_DEFINING % re.escape(name))
    if any(pattern.match(line[:1000]) for line in lines):
        return True
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", _IMPORTING.sub("", code)) is not None
