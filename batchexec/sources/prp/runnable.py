"""Says why a gate's commands are for a person and not for us to run."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from batchexec.sources.prp.commands import take_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.sources.prp.commands import Commands, Word

_SLASH_COMMAND = re.compile(r"/[a-z][\w-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_OPTION = re.compile(r"-{0,2}[\w-]+=(?=[/~])")
_PLACEHOLDER = re.compile(r"(?<![$@%#\\{])\{[A-Za-z_][\w-]*\}")
_ANGLED = re.compile(r"(?<![<\w])<[A-Za-z][\w.-]*(?: [\w.-]+)*>")
_DELAY = re.compile(r"\d+(?:\.\d+)?[smhd]?")

_INTERACTIVE = frozenset(
    {"watch", "vi", "vim", "nvim", "view", "nano", "pico", "emacs", "ed", "ex", "micro", "hx", "code", "subl"}
    | {"top", "htop"}
)
_GIT_MOVES = frozenset(
    {"checkout", "switch", "reset", "merge", "rebase", "commit", "push", "stash", "worktree"}
    | {"pull", "cherry-pick", "revert", "am"}
)
_GIT_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace"})
_KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "exec"})
_CARRIERS = frozenset({"env", "command", "builtin", "nohup", "nice", "timeout", "xargs", "stdbuf"})
# Their words are files, be they quoted or not; elsewhere what is quoted may be a pattern.
_OF_FILES = frozenset(
    {"cd", "ls", "cat", "head", "tail", "wc", "test", "[", "[[", "stat", "file", "source", ".", "find", "cp"}
    | {"mv", "rm", "mkdir", "rmdir", "touch", "ln", "bash", "sh", "python", "python3", "node", "diff", "cmp"}
)
_SHARED = ("/dev", "/tmp", "/bin", "/usr")  # noqa: S108  # nothing is written here


NO_COMMAND = "no command"


def reason_against(script: str, roots: Sequence[str] = ()) -> str:
    """
    Say why a script is not run; empty if it can be.

    `roots` are directories whose absolute paths are meant: the repository's
    own, and those that a setting maps to it.
    """
    apart = take_apart(script)
    if apart.has_open_quote:
        return "not bash: a quote is never closed"
    if not apart.words:
        return NO_COMMAND
    for words in apart.words:
        if reason := _command(words, roots):
            return reason
    return _outside(apart.files, roots) or _placeholder(apart)


def _command(words: Sequence[Word], roots: Sequence[str]) -> str:
    place = _start(words)
    own = words[place:]
    name = own[0].text if own else ""
    if _SLASH_COMMAND.fullmatch(name):
        return f"slash command {name}"
    program = posixpath.basename(name)
    if program == "sudo":
        return "sudo"
    if program in _INTERACTIVE:
        return f"interactive program {program}"
    moves = _git_move(own) if program == "git" else ""
    if moves:
        return f"git {moves} moves HEAD or publishes"
    files = [word for word in words if not word.quoted or word is own[0] or program in _OF_FILES]
    return _outside(files, roots)


def _start(words: Sequence[Word]) -> int:
    """Find the word that names the program, behind assignments and what only carries a command."""
    carried = False
    for place, word in enumerate(words):
        text = word.text
        if text in _CARRIERS and not _asks(words[place : place + 2]):
            carried = True
        elif not (
            text in _KEYWORDS
            or _ASSIGNMENT.match(text)
            or (carried and (text.startswith("-") or _DELAY.fullmatch(text)))
        ):
            return place
    return len(words)


def _asks(words: Sequence[Word]) -> bool:
    """Say whether this is `command -v vim`, which starts nothing."""
    return [word.text for word in words] in (["command", "-v"], ["command", "-V"])


def _git_move(words: Sequence[Word]) -> str:
    rest = iter(words[1:])
    for word in rest:
        if word.text in _GIT_WITH_VALUE:
            next(rest, None)
        elif not word.text.startswith("-"):
            return word.text if word.text in _GIT_MOVES else ""
    return ""


def _outside(words: Sequence[Word], roots: Sequence[str]) -> str:
    for path in _paths(words):
        if not _is_inside(path, roots):
            return f"path outside the repository: {path}"
    return ""


def _paths(words: Sequence[Word]) -> Iterator[str]:
    for word in words:
        text = word.text
        if option := _OPTION.match(text):
            text = text[option.end() :]
        if text.startswith("/") or (text.startswith("~") and not word.quoted):
            yield text


def _is_inside(path: str, roots: Sequence[str]) -> bool:
    path = posixpath.normpath(path).replace("//", "/", 1)
    return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in (*_SHARED, *roots))


def _placeholder(apart: Commands) -> str:
    found = _PLACEHOLDER.search(apart.bare) or _ANGLED.search(apart.bare)
    return f"placeholder {found.group()}" if found else ""
