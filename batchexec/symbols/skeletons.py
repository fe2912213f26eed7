"""Tells a template from an implementation: code made of stubs and nothing else."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from batchexec.symbols.languages import language_of
from batchexec.symbols.python import is_placeholder, is_stub, parse
from batchexec.symbols.text import comments, without_comments, without_comments_and_strings

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNDONE = r"(?i:todo|fixme|unimplemented|not\s+(?:yet\s+)?implemented|implement\s+(?:me|this))"
_SAYS_UNDONE = re.compile(rf"\b{_UNDONE}\b")
UNFINISHED = re.compile(r"(?i:todo|fixme|implement|unsupportedoperation)|\?\?\?")
"""A text without any of this has no stubs but of Python."""

_BRACED = frozenset(
    "javascript typescript tsx go java rust kotlin swift c cpp csharp php scala dart".split()  # noqa: SIM905  # a table
)

_HOLE = "\x01"
_CALL = "\x02"
_SAYING = rf"\s*\(\s*([\"'`])[^\"'`\n]{{0,300}}\b{_UNDONE}\b[^\"'`\n]{{0,300}}"
_REFUSAL = re.compile(
    r"\b(?:todo|unimplemented)!\s*\([^()]*\)"
    r"|\b(?:throw\s+(?:new\s+|const\s+)?)?\\?(?:\w*NotImplemented\w*|UnsupportedOperation\w*"
    r"|UnimplementedError|TODO)\s*\([^()]*\)"
    rf"|\b(?:throw\s+(?:new\s+|const\s+)?[\w.\\]+|panic|fatalError){_SAYING}\1\s*\)"
    # What comes with the error of Go is of no use to anybody.
    rf"|\breturn\b[^;{{}}()\"'`\n]{{0,100}}\b(?:errors\.New|fmt\.Errorf){_SAYING}\2[^()\n]*\)"
)
_DEEPEST = 20  # parentheses nested deeper than this are no template's
_PARENTHESES = re.compile(r"\([^()]*\)")
_IMPORT = re.compile(
    r"^[ \t]*(?:import|use)\b[^;{}\n]*\{[^{}]*\}[^;\n]*"
    r"|^[ \t]*(?:import|package|use|using|#include)\b[^\n{}]*|<\?php",
    re.MULTILINE,
)
_CONTROL = re.compile(r"\b(?:if|else|for|while|do|switch|match|try|catch|loop|interface|enum|trait)\b")
_TYPE = re.compile(r"\b(?:class|struct|impl|object|namespace|mod|module)\b")
_FUNCTION = re.compile(rf"=\s*(?:async\s+)?function\b[^={_CALL}]*{_CALL}[^=]*$")
_ONE_LINE = re.compile(rf"\s*defp?\b[^\n]*\bdo:[ \t]*raise\b[^\n]*\b{_UNDONE}\b")
_BLOCK_HEAD = re.compile(r"\s*(?:(?:defp?|defmodule|class|module|function)\b|[\w-]+[ \t]*\([ \t]*\))")
_SAYS_NOT_DONE = re.compile(rf"NotImplemented|\b{_UNDONE}\b")
_IDLE = re.compile(
    r"|#.*|:|true|\{|\}|end|(?:defp?|defmodule|class)\b.*|(?:return|exit)(?:[ \t]+\d+)?"
    rf"|raise[ \t(]+NotImplemented.*|(?:raise|echo|printf)\b.*\b{_UNDONE}\b.*"
)
_TOKEN = re.compile(r"[{};]|[^{};]+")


def is_skeleton(text: str, path: str) -> bool:
    """
    Say whether a block for a file is a template.

    In doubt it is not: constants, re-exports, types and interfaces are real code.
    """
    language = language_of(path)
    if language == "python":
        return not path.endswith(".pyi") and _is_python_skeleton(text)
    return is_hollow(text, language)


def _is_python_skeleton(text: str) -> bool:
    try:
        body = parse(text).body
    except SyntaxError:
        return False
    if not body:
        return bool(_SAYS_UNDONE.search(text))
    rest = [node for node in body if not is_stub(node)]
    if len(rest) < len(body):
        return all(isinstance(node, ast.Import | ast.ImportFrom) or is_placeholder(node) for node in rest)
    return all(map(is_placeholder, rest)) and not _only_docstring(body)


def _only_docstring(body: Sequence[ast.stmt]) -> bool:
    """A docstring alone is what many an `__init__.py` is made of."""
    return len(body) == 1 and ast.get_docstring(ast.Module(list(body), [])) is not None


def is_hollow(text: str, language: str | None) -> bool:
    """Say whether code with braces, a whole file or one definition, is made of stubs and nothing else."""
    if language not in _BRACED or not UNFINISHED.search(text):
        return False
    code = _REFUSAL.sub(_HOLE, without_comments(text, language))
    # An empty body can be meant so: something has to say that it is unfinished.
    if _HOLE not in code and not any(map(_SAYS_UNDONE.search, comments(text, language))):
        return False
    code = without_comments_and_strings(code, language)
    for _ in range(_DEEPEST):
        code = _PARENTHESES.sub(_CALL, code)
    return _is_bodies_only(_IMPORT.sub("", code))


def is_refusal(text: str, language: str | None) -> bool:
    """Say whether an expression does nothing but to say that there is none yet."""
    return _REFUSAL.sub(_HOLE, without_comments(text, language)).strip() == _HOLE


def _is_bodies_only(code: str) -> bool:
    """Say whether nothing is left but heads of definitions, braces and holes."""
    bodies, said = 0, ""
    for piece in _TOKEN.findall(code):
        if piece == "{":
            if not _is_head(said):
                return False
            bodies, said = bodies + 1, ""
        elif piece in ";}":
            if said.strip(f"{_HOLE} \t\r\n"):
                return False
            said = ""
        else:
            said = piece.lstrip(f"{_HOLE} \t\r\n")
    return bodies > 0 and not said.strip(f"{_HOLE} \t\r\n")


def _is_head(said: str) -> bool:
    said = said.strip()
    if _CONTROL.search(said):
        return False
    if "=" in said:
        return said.endswith("=>") or _FUNCTION.search(said) is not None
    return _CALL in said or _TYPE.search(said) is not None


def is_hollow_block(text: str) -> bool:
    """Say whether what Ruby, Elixir or the shell define at the start of a text says that it is unfinished."""
    head, *lines = text.split("\n")
    indent = head[: len(head) - len(head.lstrip())]
    if not _BLOCK_HEAD.match(head):
        return False
    if _ONE_LINE.match(head):
        return True
    end = next(
        (at for at, line in enumerate(lines) if line.rstrip() in {f"{indent}end", f"{indent}}}"}), None
    )
    body = [line.strip() for line in lines[: end or 0]]
    return all(map(_IDLE.fullmatch, body)) and any(map(_SAYS_NOT_DONE.search, body))
