"""Takes paths off the ways PRPs list files: bullets, tables, comma text, notes beside them."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from batchexec.sources.prp import labels
from batchexec.sources.prp.dependencies import split_at_commas
from batchexec.sources.prp.prp import Action

_SUFFIX = re.compile(r"[\w)\]}*-]\.[A-Za-z]\w{0,9}$|^\.\w[\w.-]*$")
_LINES = re.compile(r":\d+(?:[-:,]\d+)*$")
_REMARK = re.compile(r"\s+(?:[-–—(:#→←=]|<-|->)|:(?=\s|$)")
_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?")
_NONE = re.compile(r"\W*(?:none|n/a|nothing|tbd)\b", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[^a-zA-Z]*([a-zA-Z]+)")
_LONGEST = 2000
_ACTIONS = {
    "create": Action.CREATE,
    "created": Action.CREATE,
    "new": Action.CREATE,
    "delete": Action.DELETE,
    "deleted": Action.DELETE,
    "remove": Action.DELETE,
    "removed": Action.DELETE,
    "modify": Action.MODIFY,
    "modified": Action.MODIFY,
    "update": Action.MODIFY,
    "updated": Action.MODIFY,
}


class Listed(NamedTuple):
    """A path as written, and what the note beside it says becomes of the file."""

    path: str
    action: Action = Action.UNSAID


def item(line: str) -> Listed | None:
    """Read one line of a list or a table."""
    line = line[:_LONGEST].strip()
    if line.startswith("|"):
        cells = line.strip("|").split("|")
        return listed(cells[0], " ".join(cells[1:2]))
    marker = _MARKER.match(line)
    return listed(line[marker.end() :]) if marker else None


def is_item(line: str) -> bool:
    return line.lstrip().startswith("|") or bool(_MARKER.match(line[:_LONGEST]))


def comma_text(text: str) -> list[Listed]:
    """Read paths on one line, each maybe with a note."""
    return [found for part in split_at_commas(text[:_LONGEST]) if (found := listed(part))]


def listed(text: str, note: str = "") -> Listed | None:
    """Read a path and the note after it; None where there is no path."""
    text = text.replace("**", "").strip().strip("\"'")
    if _NONE.match(text):
        return None
    if span := labels.leading_span(text):
        path, rest = span
    else:
        remark = _REMARK.search(text)
        path, rest = (text[: remark.start()], text[remark.start() :]) if remark else (text, "")
    path = path.strip()
    is_path = "/" in path or bool(_SUFFIX.search(_LINES.sub("", path)))
    if not is_path or "://" in path or any(char.isspace() for char in path):
        return None
    return Listed(path, _action(rest) or _action(note))


def normal(path: str) -> str | None:
    """Write a path without `./`, `..` and a line number; None where it leads out of the repository."""
    path = _LINES.sub("", path)
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", path):
        return None
    path = posixpath.normpath(path)
    return None if path in {"..", "."} or path.startswith("../") else path


def _action(note: str) -> Action:
    found = _FIRST_WORD.match(note)
    return _ACTIONS.get(found[1].lower(), Action.UNSAID) if found else Action.UNSAID
