"""Which paths a task may name, judged by their text alone; what is on disk is the workspace's business."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_PROTECTED = frozenset({".git", ".hg", ".svn", ".jj", ".batchexec", ".gitmodules"})
# What git's own directories are called where file systems keep short names.
_SHORT_NAME = re.compile(r"(?:git|gitmod|gi7eba)~\d+")
# Characters that some file systems, or people's eyes, do not count.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_DRIVE = re.compile(r"[A-Za-z]:")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MAY_BE_EMPTY = frozenset({"__init__.py", "__init__.pyi", "py.typed", ".gitkeep", ".keep", ".nojekyll"})
_LONGEST_PATH = 1024
_LONGEST_NAME = 255


def problem_with(path: str) -> str | None:
    """Say why a task may not write to this path, in words that follow it (`is absolute`); None if it may."""
    if not path:
        return "is empty"
    return _character(path) or _start(path) or _size(path) or _components(path)


def may_be_empty(path: str) -> bool:
    """Say whether a file has something to say by its name alone."""
    return path[path.rfind("/") + 1 :] in _MAY_BE_EMPTY


def collision_key(path: str) -> str:
    """Fold what file systems may fold: two paths with one key can be one file."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def glob_pattern(glob: str) -> re.Pattern[str]:
    """
    Compile a glob for paths: `*` and `?` stay within a component, `**` stands for any number of them.

    What names a directory means all that is below it.
    """
    parts = [part for part in glob.split("/") if part]
    while parts and parts[-1] == "**":
        parts.pop()
    if not parts:
        return re.compile(r".+\Z", re.DOTALL)
    regex = "".join("(?:[^/]+/)*" if part == "**" else _component(part) + "/" for part in parts)
    return re.compile(rf"{regex.removesuffix('/')}(?:/.*)?\Z", re.DOTALL)


def _component(glob: str) -> str:
    # A class of characters, a wildcard, or a character that means itself.
    return re.sub(r"\[!?[^]/]+\]|.", lambda found: _translated(found[0]), glob, flags=re.DOTALL)


def _translated(part: str) -> str:
    if part == "*":
        return "[^/]*"
    if part == "?":
        return "[^/]"
    if len(part) > 1:
        inside = part[1:-1].replace("\\", "\\\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return re.escape(part)


def file_name(text: str) -> str:
    """Make a file name of a task's name or another short text; two texts never share one."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:100].strip(".-")
    if name == text:
        return name
    return f"{name}-{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:8]}"


def _character(path: str) -> str | None:
    if "\0" in path:
        return "holds a NUL character"
    if not (path.isascii() and path.isprintable()):
        for char in path:
            if "\udc80" <= char <= "\udcff":
                # This is how Python reads a byte that is no text.
                return "is not UTF-8"
            if unicodedata.category(char) in _INVISIBLE:
                return f"holds the invisible character U+{ord(char):04X}"
    if "\\" in path:
        return "holds a backslash; components are separated by /"
    for wildcard in "*?":
        if wildcard in path:
            return f"holds the wildcard {wildcard}"
    return None


def _start(path: str) -> str | None:
    if path[0] == "/":
        return "is absolute"
    if path[0] == "~":
        return "starts with ~"
    if _DRIVE.match(path):
        return "starts with a drive letter"
    return None


def _size(path: str) -> str | None:
    if len(path) * 4 > _LONGEST_NAME:
        if len(path.encode()) > _LONGEST_PATH:
            return f"is longer than {_LONGEST_PATH:,} bytes"
        if any(len(name.encode()) > _LONGEST_NAME for name in path.split("/")):
            return f"has a component longer than {_LONGEST_NAME} bytes"
    return None


def _components(path: str) -> str | None:
    names = path.split("/")
    if not names[-1]:
        return "names a directory, not a file"
    for name in names:
        if not name:
            return "has an empty component"
        if name in {".", ".."}:
            return f"has the component {name}"
        if _is_protected(name):
            return f"has the protected component {name}"
    return None


def _is_protected(name: str) -> bool:
    if name.isascii():
        # Every protected name starts with a dot or holds a tilde.
        if name[0] != "." and "~" not in name:
            return False
        folded = name.lower()
    else:
        folded = _IGNORABLE.sub("", unicodedata.normalize("NFKC", name)).casefold()
    # NTFS reads `.git.` and `.git::$INDEX_ALLOCATION` as `.git`.
    folded = folded.partition(":")[0].rstrip(" .")
    return folded in _PROTECTED or _SHORT_NAME.fullmatch(folded) is not None
