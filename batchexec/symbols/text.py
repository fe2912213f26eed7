"""Code seen without its comments and strings, by what little all programs of a language agree on."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Every repetition is possessive and every end optional: nothing is looked at twice, however broken the text.
_LINE = r"//[^\n]*"
_BLOCK = r"/\*.*?(?:\*/|\Z)"
_HASH = r"(?<!\S)\#[^\n]*"
_DASHES = r"--[^\n]*"
_HTML = r"<!--.*?(?:-->|\Z)"
_DOUBLE = r'"(?:[^"\\\n]|\\.)*+"?'
_SINGLE = r"'(?:[^'\\\n]|\\.)*+'?"
_LONG_DOUBLE = r'"(?:[^"\\]|\\.)*+"?'
_LONG_SINGLE = r"'(?:[^'\\]|\\.)*+'?"
_TRIPLE = r'""".*?(?:"""+|\Z)'
_TRIPLE_SINGLE = r"'''.*?(?:'''|\Z)"
_CHAR = r"'(?:\\[^\n]|\\[^\n']{1,10}|[^'\\\n]{1,4})'"
_RAW = r"`[^`]*+`?"
# A lifetime has one quote, a character two.
_RUST_CHAR = r"'(?:\\[^\n]|\\[^\n']{1,10}|[^'\\\n])'"
_RUST_RAW = r'(?<!\w)[bc]?r(?P<hashes>\#{0,20})".*?(?:"(?P=hashes)|\Z)'
_CPP_RAW = r'R"(?P<mark>[^()\\\s"]{0,16})\(.*?(?:\)(?P=mark)"|\Z)'
_VERBATIM = r'(?:@\$?|\$@)"(?:[^"]|"")*+"?'
_SWIFT_RAW = r'\#"[^\n]*?(?:"\#|(?=\n)|\Z)'
_HEREDOC = r"<<[<~-]?[ \t]*(?P<q>['\"]?)(?P<tag>[A-Za-z_]\w*)(?P=q)[^\n]*\n.*?(?:^[ \t]*(?P=tag)\b|\Z)"
_LUA_LONG = r"\[\[.*?(?:\]\]|\Z)"


def _template(deep: int) -> str:
    return rf"`(?:[^`\\$]|\\.|\$\{{{_inside(deep - 1)}\}}?|\$)*+`?" if deep else _RAW


def _inside(deep: int) -> str:
    braces = rf"|\{{{_inside(deep - 1)}\}}?" if deep else ""
    return rf"""(?:[^{{}}`"']|{_DOUBLE}|{_SINGLE}|{_template(deep)}{braces})*+"""


# A slash begins a regular expression where a value may stand.
_REGEX = (
    r"(?P<before>(?:[(,=:\[!&|?{};+]|\breturn)[ \t]{0,20}+)"
    r"/(?![*/])(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n]){0,200}+\]){1,300}+/"
)
_SCRIPT = (f"{_LINE}|{_BLOCK}", f"{_DOUBLE}|{_SINGLE}|{_template(3)}|{_REGEX}")
_FAMILIES = {
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "go": (f"{_LINE}|{_BLOCK}", f"{_DOUBLE}|{_CHAR}|{_RAW}"),
    "java": (f"{_LINE}|{_BLOCK}", f"{_TRIPLE}|{_DOUBLE}|{_CHAR}"),
    "rust": (f"{_LINE}|{_BLOCK}", f"{_RUST_RAW}|{_LONG_DOUBLE}|{_RUST_CHAR}"),
    "kotlin": (f"{_LINE}|{_BLOCK}", f"{_TRIPLE}|{_DOUBLE}|{_CHAR}"),
    "scala": (f"{_LINE}|{_BLOCK}", f"{_TRIPLE}|{_DOUBLE}|{_CHAR}"),
    "swift": (f"{_LINE}|{_BLOCK}", f"{_SWIFT_RAW}|{_TRIPLE}|{_DOUBLE}"),
    "c": (f"{_LINE}|{_BLOCK}", f"{_DOUBLE}|{_CHAR}"),
    "cpp": (f"{_LINE}|{_BLOCK}", f"{_CPP_RAW}|{_DOUBLE}|{_CHAR}"),
    "csharp": (f"{_LINE}|{_BLOCK}", f"{_VERBATIM}|{_TRIPLE}|{_DOUBLE}|{_CHAR}"),
    "php": (rf"{_LINE}|{_BLOCK}|\#(?!\[)[^\n]*", f"{_HEREDOC}|{_LONG_DOUBLE}|{_LONG_SINGLE}"),
    "ruby": (rf"^=begin\b.*?(?:^=end\b|\Z)|{_HASH}", f"{_HEREDOC}|{_DOUBLE}|{_SINGLE}"),
    "shell": (_HASH, rf"{_HEREDOC}|\\.|{_LONG_DOUBLE}|{_LONG_SINGLE}"),
    "dart": (f"{_LINE}|{_BLOCK}", f"{_TRIPLE}|{_TRIPLE_SINGLE}|{_DOUBLE}|{_SINGLE}"),
    "elixir": (_HASH, f"{_TRIPLE}|{_DOUBLE}|{_CHAR}"),
    "sql": (f"{_DASHES}|{_BLOCK}", "'(?:[^']|'')*+'?"),
    "proto": (f"{_LINE}|{_BLOCK}", f"{_DOUBLE}|{_SINGLE}"),
    "prisma": (_LINE, _DOUBLE),
    "lua": (f"--{_LUA_LONG}|{_DASHES}", f"{_LUA_LONG}|{_DOUBLE}|{_SINGLE}"),
}
# Of an unknown language: what is a comment or a string in most, unless a path or prose looks the same.
_UNKNOWN_COMMENT = (
    rf"(?<!:)//[^\n]*|(?<!\S)/\*(?=[\s*!]).*?(?:\*/|\Z)|{_HTML}|(?<!\S)--(?=\s)[^\n]*"
    r"|(?<!\S)\#(?!(?:include|import|define|undef|if|ifdef|ifndef|else|endif|pragma)\b)[^\n]*"
)
_UNKNOWN_STRING = rf"{_DOUBLE}|(?<!\w)'(?:[^'\\\n]|\\[^\n]){{0,500}}+'|`[^`\n]*+`?"


@cache
def _tokens(language: str | None) -> re.Pattern[str]:
    comment, string = _FAMILIES.get(language or "", (_UNKNOWN_COMMENT, _UNKNOWN_STRING))
    return re.compile(rf"(?P<comment>{comment})|(?P<string>{string})", re.DOTALL | re.MULTILINE)


def without_comments(text: str, language: str | None) -> str:
    return _tokens(language).sub(lambda match: match["string"] or " ", text)


def without_comments_and_strings(text: str, language: str | None) -> str:
    return _tokens(language).sub(lambda match: _before(match) + '""' if match["string"] else " ", text)


def comments(text: str, language: str | None) -> Iterator[str]:
    return (match["comment"] for match in _tokens(language).finditer(text) if match["comment"])


def blanked(text: str, language: str | None) -> str:
    """Write blanks over comments and strings: what is left stands where it stood."""
    return _tokens(language).sub(
        lambda match: _before(match) + blank(match.group()[len(_before(match)) :]), text
    )


def blank(text: str) -> str:
    if "\n" not in text:
        return " " * len(text)
    return "\n".join(" " * len(line) for line in text.split("\n"))


def _before(match: re.Match[str]) -> str:
    return match.groupdict().get("before") or ""
