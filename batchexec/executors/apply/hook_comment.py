"""The comment that ties a file to the task that wrote it: how it looks in which file, and where it stands."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_STYLES = {
    "# {}": "py pyi sh bash rb yaml yml toml pl r tf dockerfile makefile env",
    "// {}": "js jsx ts tsx mjs cjs mts cts go rs java kt swift c h cpp hpp cc cs php proto prisma scss",
    "/* {} */": "css",
    "<!-- {} -->": "html htm xml svg vue svelte md markdown",
    "-- {}": "sql lua hs",
    "; {}": "ini clj",
}
_STYLE_OF = {suffix: style for style, suffixes in _STYLES.items() for suffix in suffixes.split()}
_WHOLE_NAMES = {"dockerfile", "makefile", ".env"}

# What has to stay the first thing in a file; the comment goes below it.
_SHEBANG = r"\ufeff?(?:#!(?!\[)[^\n]*\n)?"
_HEADS = {
    "# {}": re.compile(
        _SHEBANG
        + r"(?:[ \t\f]*#[^\n]*?coding[:=][ \t]*[-\w.]+[^\n]*\n"
        + r"|(?:#[ \t]*(?:syntax|escape|check)[ \t]*=[^\n]*\n)*)"
    ),
    "// {}": re.compile(_SHEBANG + r"(?:<\?php\b[^\n]*\n)?"),
    "/* {} */": re.compile(r"\ufeff?(?:@charset[^\n]*\n)?"),
    "<!-- {} -->": re.compile(
        r"\ufeff?(?:---[ \t]*\r?\n(?:[^\n]*\n)*?---[ \t]*\r?(?:\n|\Z)|[ \t]*<\?xml\b[^>]*\?>[ \t]*\r?\n?)?"
    ),
    "-- {}": re.compile(_SHEBANG),
    "; {}": re.compile(_SHEBANG),
}


def hook_comment(path: str, task_id: str) -> str | None:
    """Return the comment for a file, without its newline; None where files of its kind have no comments."""
    style = _style(path)
    said = f"EVIDENCE_HOOK: {task_id}"
    if style is None or ("<!--" in style and "--" in said) or "*/" in said:
        return None
    return style.format(said)


def has_comment(text: str, task_id: str) -> bool:
    return re.search(rf"EVIDENCE_HOOK: {re.escape(task_id)}(?![\w.#-])", text) is not None


def with_comment(text: str, path: str, task_id: str) -> str:
    """Add the comment as the first line that may be one, unless it is there."""
    comment = hook_comment(path, task_id)
    if comment is None or has_comment(text, task_id):
        return text
    at = _start(text, path)
    if at is None:
        return text
    head, rest = text[:at], text[at:]
    newline = "" if not head.strip("\ufeff") or head.endswith("\n") else "\n"
    return f"{head}{newline}{comment}\n{rest}"


def _style(path: str) -> str | None:
    name = PurePosixPath(path).name.lower()
    suffix = name if name in _WHOLE_NAMES else PurePosixPath(name).suffix
    return _STYLE_OF.get(suffix.removeprefix("."))


def _start(text: str, path: str) -> int | None:
    style = _style(path)
    assert style is not None
    found = _HEADS[style].match(text)
    end = found.end() if found else 0
    # Outside its tags PHP is text for the reader of the page.
    return None if path.lower().endswith(".php") and "<?php" not in text[:end] else end
