"""The statements that bring in names from elsewhere or pass them on: none of them defines a name."""

from __future__ import annotations

import re
from functools import cache

from batchexec.symbols.text import blank

# All are matched in text whose strings are blanks.
_SCRIPT = (
    r"import\b(?![ \t]*[(.])[^;={}()]{0,500}?(?:\{[^{}]*+\}[^;\n]*|(?<!,)(?=[;\n=]))[^;\n]*"
    r"|export[ \t]*(?:type[ \t]*)?(?:\*[^;\n]*|\{[^{}]*+\}[^;\n]*)"
    r"|(?:export[ \t]+)?(?:const|let|var)[ \t]+(?:[\w$]+|\{[^{}]*+\})[ \t]*=[ \t]*"
    r"(?:await[ \t]+import|require)[ \t]*\([^()\n]*\)(?:\.\w+)*[ \t]*;?[ \t]*$"
)
_DOTTED = r"(?:@\w+[ \t]+)?(?:import|package)\b[^;\n]*"
_INCLUDE = r"\#[ \t]*(?:include|import)\b[^\n]*"
# `class A;` tells of a class that is defined elsewhere.
_FORWARD = r"(?:friend[ \t]+)?(?:enum[ \t]+class|class|struct|enum|union)[ \t]+\w+[ \t]*;"
_GO = r"import[ \t]*\([^)]*+\)?|(?:import|package)\b[^\n]*"
_RUST = r"(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:use|extern[ \t]+crate)\b[^;]{0,5000}+;?"
_PYTHON = r"from\b[^\n(]*\bimport\b[ \t]*(?:\([^)]*+\)?|[^\n]*)"
_RUBY = r"(?:require\w*|load|include|extend|prepend|autoload)\b[^\n]*"
_LUA = r"(?:local[ \t]+)?\w+[ \t]*=[ \t]*require\b[^\n]*"
_IMPORTS = {
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "go": _GO,
    "java": _DOTTED,
    "kotlin": _DOTTED,
    "swift": _DOTTED,
    "proto": _DOTTED,
    "scala": r"import\b[^;\n{]*(?:\{[^{}]*+\})?[^;\n]*|package\b[^;\n{]*",
    "rust": _RUST,
    "c": f"{_INCLUDE}|{_FORWARD}",
    "cpp": rf"{_INCLUDE}|{_FORWARD}|using\b(?![^;\n]*=)[^;\n]*",
    "csharp": r"(?:global[ \t]+)?(?:using|extern[ \t]+alias)\b(?![ \t]*(?:\(|var\b))[^;\n]*",
    "php": r"(?:<\?php[ \t]+)?(?:use|namespace|require\w*|include\w*)\b[^;]{0,2000}+;?",
    "ruby": _RUBY,
    "shell": r"(?:source|\.)[ \t][^\n]*",
    "lua": _LUA,
    "dart": r"(?:import|export|part|library)\b(?![ \t]*[(=.])[^;]{0,2000}+;?",
    "elixir": r"(?:alias|import|require|use)\b[^\n{]*(?:\{[^{}]*+\})?[^\n]*",
    "sql": "(?!)",
    "prisma": "(?!)",
}
_USE = r"(?:using|use|require)\b[^;\n{]*(?:\{[^{}]*+\})?[^;\n]*"
_UNKNOWN = f"{_PYTHON}|{_SCRIPT}|{_GO}|{_INCLUDE}|{_LUA}|{_USE}"


@cache
def _imports(language: str | None) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*+(?:{_IMPORTS.get(language or '', _UNKNOWN)})", re.MULTILINE)


def without_imports(code: str, language: str | None) -> str:
    """Write blanks over the imports of a text that has no comments and strings any more."""
    return _imports(language).sub(lambda match: blank(match.group()), code)
