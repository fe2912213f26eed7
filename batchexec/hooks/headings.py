"""The headings of a document as its readers see them."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from batchexec.markdown import Excerpt, Heading, prose, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 1000
_PROSE = frozenset(
    ".md .markdown .mdx .mdown .mkd .mkdn .qmd .rmd .txt .text .rst .adoc .asciidoc".split()  # noqa: SIM905  # a table
)
_TEMPLATES = frozenset({".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".hbs", ".erb", ".in"})
_NO_PROSE = frozenset({"makefile", "dockerfile", "containerfile", "jenkinsfile", "procfile", "justfile"})
# What a front matter has on its first line that is neither blank nor a comment.
_KEY = re.compile(r"""["']?\w[\w .-]{0,100}["']?[ \t]*:(?:\s|$)""")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
# Nothing of these can be the text above an underline: code, a list item, a quotation, a rule.
_NO_TITLE = re.compile(r"(?: {4}|\t)|\s*(?:[-*+>]|\d{1,9}[.)])(?:\s|$)|[\W_]*$")
_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*")
_EMPHASIS = re.compile(r"(?<!\w)[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)|`+")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")


def has_headings(path: str) -> bool:
    """Say whether a `#` may begin a heading: in a script or in data it is a comment."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(path).suffixes]
    while suffixes and suffixes[-1] in _TEMPLATES:
        suffixes.pop()
    name = PurePosixPath(path).name.lower()
    return suffixes[-1] in _PROSE if suffixes else not (name in _NO_PROSE or name.startswith("."))


def headings(text: str, *, restructured: bool = False) -> frozenset[str]:
    """Collect the headings of a Markdown text, with `#` or underlined, or of one in reStructuredText."""
    lines = _without_front_matter(text.split("\n"))
    return frozenset(_restructured(lines) if restructured else _markdown(lines))


def without_markup(heading: str) -> str:
    """Leave out emphasis, backticks and the targets of links: what is left is what people read."""
    return _EMPHASIS.sub("", _LINK.sub(r"\1", heading[:_LONGEST])).strip()


def _without_front_matter(lines: Sequence[str]) -> tuple[str, ...]:
    fence = lines[0].rstrip()[:4]
    if fence not in {"---", "+++"}:
        return tuple(lines)
    ends = {fence, "..."} if fence == "---" else {fence}
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() in ends), 0)
    said = next((line for line in lines[1:end] if line.strip() and line[0] != "#"), "")
    # A rule may be above a heading as well.
    is_data = fence == "+++" or (_KEY.match(said) if said else end > 1)
    return ("",) * (end + 1) + tuple(lines[end + 1 :]) if end and is_data else tuple(lines)


def _markdown(lines: tuple[str, ...]) -> set[str]:
    source = Excerpt("", lines)
    items = scan(source)
    atx = {item.line: item.text for item in items if isinstance(item, Heading)}
    found = set(atx.values())
    above, last = "", 0
    for number, raw in prose(source, items):
        line = raw[:_LONGEST].rstrip()
        if number != last + 1 or number in atx:
            above = ""
        if above and _SETEXT.fullmatch(line):
            found.add(above)
            above = ""
        else:
            above = "" if number in atx or _NO_TITLE.match(line) else line.strip()
        last = number
    return found


def _restructured(lines: tuple[str, ...]) -> set[str]:
    pairs = pairwise(line[:_LONGEST].strip() for line in lines)
    return {above for above, line in pairs if _UNDERLINE.fullmatch(line) and not _NO_TITLE.match(above)}
