"""The headings of a document as its readers see them."""

from __future__ import annotations

import re
from itertools import pairwise

from batchexec.markdown import Excerpt, Heading, prose, scan

_LONGEST = 1000
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
# Nothing of these can be the text above an underline: code, a list item, a quotation, a rule.
_NO_TITLE = re.compile(r"(?: {4}|\t)|\s*(?:[-*+>]|\d{1,9}[.)])(?:\s|$)|[\W_]*$")
_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*")
_EMPHASIS = re.compile(r"(?<!\w)[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)|`+")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")


def headings(text: str, *, restructured: bool = False) -> frozenset[str]:
    """Collect the headings of a Markdown text, with `#` or underlined, or of one in reStructuredText."""
    lines = tuple(text.split("\n"))
    return frozenset(_restructured(lines) if restructured else _markdown(lines))


def without_markup(heading: str) -> str:
    """Leave out emphasis, backticks and the targets of links: what is left is what people read."""
    return _EMPHASIS.sub("", _LINK.sub(r"\1", heading[:_LONGEST])).strip()


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
