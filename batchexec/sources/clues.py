"""What a label, a fence, a first line or a path says of itself: a file's name, its role, a part left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.model import BlockKind
from batchexec.sources import languages

if TYPE_CHECKING:
    from batchexec.markdown import Fence

# ```python:src/a.py · ```python title="src/a.py" · ```python {file=src/a.py}
_ATTRIBUTE = re.compile(r"""(?<![\w-])(title|file|filename)=("[^"]*"|'[^']*'|[^\s"'{},]*)(["']?)""")
_NOTHING = frozenset({"n/a", "none", "-", "–", "—", "tbd", "null", "nothing"})
_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_COMMENT = re.compile(
    r"(?:#|//|--|;|/\*|<!--)\s*(?:(?:in|file|path|filename)\b:?\s+)?`?([^\s`]+)`?\s*(?:\*/|-->)?",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_COMMENT_MARK = ("//", "#", "/*", "*", "--", "<!--", "{/*", ";", "%")
_DOTS = ("...", "…")
_ELIDED_BODY = re.compile(r"\{\s*(?:\.\.\.|…)\s*\}")
_TEST = re.compile(
    r"^[ \t]*(?:async )?def test_|(?<![\w.])(?:describe|it)\(|\bfunc Test|#\[test\]", re.MULTILINE
)
_VARIABLE = re.compile(r"""(?:export\s+)?[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|\S*)(?:\s+#.*)?""")
_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?")
_REMARK = re.compile(r"\s+(?:[-–—(:#]|<-|←)|:\s")


def token(value: str) -> str | None:
    """
    Take the path out of a file label's value: one backticked or blank-free token.

    Anything else is text, and so is a word that says there is none.
    """
    value = value.strip()
    if "](" in value and (link := _LINK.fullmatch(value)):
        value = link[1]
    value = value.strip("*") if value[:2] == "**" == value[-2:] else value
    if value[:1] == "`":
        return value[1:-1].strip() if value.count("`") == 2 and value[-1] == "`" else None
    if len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]:
        return value[1:-1].strip()
    if value.casefold() in _NOTHING or len(value.split(None, 1)) > 1 or "`" in value:
        return None
    return value


def list_item(line: str) -> str | None:
    """Take the text of a list item off its marker, and off a check box."""
    if not line or line[0] not in "-*+0123456789":
        return None
    marker = _LIST_ITEM.match(line)
    return line[marker.end() :] if marker else None


def listed_path(text: str) -> str | None:
    """Take the path off a list item, which may go on with a remark."""
    text = text.replace("**", "").strip()
    if text[:1] == "`":
        return text[1:].partition("`")[0]
    remark = _REMARK.search(text)
    path = text[: remark.start()] if remark else text
    return path if " " not in path and ("/" in path or looks_like_path(path)) else None


def plain(path: str) -> str:
    """Drop `./` before a path, the one prefix that changes nothing."""
    return path.removeprefix("./")


def is_placeholder(text: str) -> bool:
    """Say whether a text is nothing but a template's field that nobody filled in."""
    return text[:2] == "{{" and _PLACEHOLDER.fullmatch(text) is not None


def path_in_info(fence: Fence) -> tuple[str | None, str | None]:
    """Give the path a fence's info string names, or what is wrong with how it does."""
    info = fence.info
    if ":" not in info and "=" not in info:
        return None, None
    paths = []
    first = info.split(None, 1)[0].partition("{")[0]
    _, colon, rest = first.partition(":")
    if colon and "=" not in first and (not rest or looks_like_path(rest)):
        paths.append(rest)
    for key, raw, open_quote in _ATTRIBUTE.findall(info):
        if open_quote:
            return None, f"the quote after {key}= is not closed"
        value = raw.strip("\"'")
        if key != "title" or looks_like_path(value):
            paths.append(value)
    if len(set(paths)) > 1:
        return None, f"the fence names two files, {paths[0]} and {paths[1]}"
    if paths and not paths[0]:
        return None, "the fence names a file with an empty path"
    return (plain(paths[0]) if paths else None), None


def path_in_comment(fence: Fence) -> str | None:
    """Give the path of a first line that is a comment and nothing but a path."""
    if not fence.lines:
        return None
    line = fence.lines[0].strip()
    if line[:1] not in {"#", "/", "-", ";", "<"}:
        return None
    found = _COMMENT.fullmatch(line)
    if not found or not looks_like_path(found[1]) or not suits(fence, found[1]):
        return None
    return plain(found[1])


def looks_like_path(text: str) -> bool:
    """Say whether a word is a path rather than prose: a known kind of file, or a name in a directory."""
    if not text or "://" in text or text[0] in "/!" or " " in text:
        return False
    return languages.of_path(text) is not None or ("/" in text and _SUFFIX.search(text) is not None)


def suits(fence: Fence, path: str) -> bool:
    """Say whether a block can be the file, by its language; `.env` is often fenced as shell."""
    if languages.suits(fence.language, path):
        return True
    is_env = path[path.rfind("/") + 1 :].startswith(".env")
    return is_env and languages.of_language(fence.language) == "shell" and holds_variables(fence)


def holds_variables(fence: Fence) -> bool:
    """Say whether a block is nothing but `NAME=value` lines and comments."""
    said = [line for line in map(str.strip, fence.lines) if line and line[0] != "#"]
    return bool(said) and all(map(_VARIABLE.fullmatch, said))


def same_file(one: str, other: str) -> bool:
    """Say whether two ways to name a file agree: equal, or one is the end of the other."""
    return is_end_of(one, other) or is_end_of(other, one)


def is_end_of(name: str, path: str) -> bool:
    """Say whether a name is the path or its last components."""
    return path == name or path.endswith(f"/{name}")


def fragment_kind(path: str) -> BlockKind:
    return BlockKind.SYMBOL if languages.is_program(path) else BlockKind.CONTENT


def is_elided(fence: Fence, path: str) -> bool:
    """Say whether a block leaves parts of the file out: `...`, `// existing`, `rest of`."""
    text = fence.text
    if "..." not in text and "…" not in text and "xisting" not in text and "est of" not in text:
        return False
    python = languages.of_path(path) == "python"
    if not python and _ELIDED_BODY.search(text):
        return True
    before = ""
    for line in fence.lines:
        words = line.strip()
        if _leaves_out(words) and not (python and words == "..." and before.endswith((":", '"""'))):
            return True
        before = words or before
    return False


def holds_code(fence: Fence) -> bool:
    return languages.of_language(fence.language) is not None


def holds_evidence(fence: Fence) -> bool:
    """Say whether a Markdown block only shows evidence hooks, as a proposal for a tasks.md."""
    if fence.language not in {"markdown", "md"}:
        return False
    lines = [line.lstrip("-*+ `") for line in fence.lines if line.strip()]
    return bool(lines) and all(line.lower().startswith("evidence:") for line in lines)


def looks_like_test(fence: Fence) -> bool:
    text = fence.text
    # A Rust module holds its own unit tests.
    return "#[cfg(test)]" not in text and _TEST.search(text) is not None


def _leaves_out(line: str) -> bool:
    if line in _DOTS or line in {"[...]", "(...)"}:
        return True
    low = line.lower()
    if "// existing" in low or "# existing" in low:
        return True
    if not line.startswith(_COMMENT_MARK):
        return False
    words = low.lstrip("/#*-<!{;% ").rstrip("*/->} ")
    return words.startswith((*_DOTS, "existing")) or words.endswith(" ...") or "rest of" in words
