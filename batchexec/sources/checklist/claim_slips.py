"""Finds lines of a tasks.md that seem to claim something and are read as text, or only in part."""

from __future__ import annotations

import re
from posixpath import splitext

from batchexec.sources.checklist.claims import BOX, KEYED, KEYS, LABEL, LISTED, MARKER, TYPES, quoted, type_of

_OTHER_NAMES = {
    **dict.fromkeys(("tests", "unit test", "unit tests", "test file", "test files"), "test"),
    **dict.fromkeys(("doc", "document", "documents", "documentation"), "docs"),
    **dict.fromkeys(("source", "sources", "implementation", "code file", "code files"), "code"),
}
_NAMED = re.compile(r"\**([A-Za-z]+(?: [A-Za-z]+)?)\**[:：]\**\s*\S")
_REST = re.compile(rf"(?:{MARKER})?`?(?:{KEYS}|implements|t_ref|acceptance)=", re.IGNORECASE)
_LABELLED = re.compile(rf"(?:{MARKER})?{BOX}?{LABEL}(?=\S)", re.IGNORECASE)
_FILE = re.compile(r"[\w.@][\w.@()\[\]-]*(?:/[\w.@()\[\]-]*)*")
_SUFFIX = re.compile(r"\.[A-Za-z]\w{0,9}")
_SECOND = re.compile(r"[^`]*[:：]\**\s*`[^`]+`\s*(?:[,;&+]|and\b)?\s*`")
_LONGEST = 1000
_WRITE_OUT = "write it on a line of its own that starts with `evidence: `"


def is_rest(text: str) -> bool:
    """Say whether a line below a hook carries it on: `symbol=Cart`."""
    return "=" in text and _REST.match(text) is not None


def hint_for(text: str, *, in_list: bool = False) -> str | None:
    """Give the hint for a line that seems to claim something and is read as text."""
    text = text[:_LONGEST]
    says_evidence = "evidence" in text.lower()
    if text[:1] == ">" or not (says_evidence or in_list or "=" in text):
        return None
    if keyed := KEYED.search(text):
        is_all = not text[: keyed.start()].strip("-+*` ")
        return _WRITE_OUT if says_evidence or is_all else None
    text = text.lstrip("| ")
    if says_evidence and (label := _LABELLED.match(text)):
        return _slip_of(text[label.end() :])
    item = LISTED.match(text) if in_list else None
    return _slip_of(text[item.end() :]) if item else None


def second_path(text: str) -> bool:
    """Say whether an item that is read as a claim of one file names another: ``Code: `a`, `b` ``."""
    return "`" in text and _SECOND.match(text[:_LONGEST]) is not None


def _slip_of(text: str) -> str | None:
    """Give the hint for `src/a.py`, `code src/a.py` and `Tests: a.py`."""
    text = text.lstrip("|*_` ")
    if named := _NAMED.match(text):
        kind = named[1].lower()
        kind = kind if kind in TYPES else _OTHER_NAMES.get(kind, "")
        return f"write `evidence: {kind} path=…`" if kind else None
    words = text.split(None, 2)
    bare = words[1:] if words and words[0].lower() in TYPES else words
    path = bare[0].strip("*_`,;") if bare else ""
    if not _is_path(path):
        return None
    return f"write `evidence: {type_of(path)} path={quoted(path)}`"


def _is_path(word: str) -> bool:
    if not _FILE.fullmatch(word):
        return False
    return word[-1] == "/" or word.count("/") > 1 or _SUFFIX.fullmatch(splitext(word)[1]) is not None
