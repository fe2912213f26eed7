"""Puts a fragment into its file, or says why it does not go there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from batchexec.executors.apply.hook_comment import has_comment, hook_comment
from batchexec.executors.apply.lines import UnfitError, newline_of, split
from batchexec.executors.apply.outcomes import failed, needs_work, passed
from batchexec.executors.apply.python_fragment import merge_python
from batchexec.executors.apply.syntax import fault
from batchexec.model import BlockKind, CodeBlock, Location, Outcome
from batchexec.symbols import accepts, defines, language_of

if TYPE_CHECKING:
    from batchexec.model import Task

_APPENDED = {".md", ".txt", ".env", ".gitignore"}
_PARAGRAPHS = {".md", ".txt"}


@dataclass(frozen=True, slots=True)
class Placed:
    """The file with a fragment in it, as it was where the outcome is not passed."""

    text: str
    outcome: Outcome


def place(task: Task, block: CodeBlock, current: str, *, reworded: bool = False) -> Placed:
    """
    Bring a fragment into the text of its file; what does not fit is left out and needs work.

    With `reworded` it went in before in other words. Those may be anybody's by
    now: they are not replaced, and not doubled either.
    """
    comment = None if has_comment(current, task.id) else hook_comment(block.path, task.id)
    symbol = block.kind is BlockKind.SYMBOL or (
        block.kind is not BlockKind.CONTENT and language_of(block.path)
    )
    python = symbol and language_of(block.path) == "python"
    if reworded and not python and not _holds(current, block.text):
        return _left_alone(block, current, "the fragment says something else than when it was put in")
    try:
        if python:
            return _merge_python(block, current, comment, strict=reworded)
        if symbol:
            return _append_code(block, current, comment)
        return _append_content(block, current, comment)
    except UnfitError as unfit:
        return _left_alone(block, current, str(unfit))


def _left_alone(block: CodeBlock, current: str, why: str) -> Placed:
    return Placed(current, needs_work(f"{block.path}: {why}", "put the fragment in by hand", block.location))


def _merge_python(block: CodeBlock, current: str, comment: str | None, *, strict: bool) -> Placed:
    broken = fault(block.path, current)
    if broken:
        line, why = broken
        where = Location(block.path, line)
        return Placed(current, failed(f"does not parse as it is: {why}", "mend the file first", where))
    try:
        merged = merge_python(current, block.text, block.symbol, comment)
    except SyntaxError as error:
        where = Location(block.location.file, block.location.line + (error.lineno or 1) - 1)
        return Placed(
            current, failed(f"the fragment for {block.path} does not parse: {error.msg}", "", where)
        )
    if merged.differing:
        names = ", ".join(merged.differing)
        if strict or block.kind is BlockKind.MERGE:
            summary = f"{block.path} defines {names} in other words; a fragment replaces only stubs"
            return Placed(current, needs_work(summary, "change it by hand", block.location))
        return Placed(merged.text, passed(f"kept {names} in {block.path}: defined already"))
    return Placed(merged.text, passed())


def _append_code(block: CodeBlock, current: str, comment: str | None) -> Placed:
    language = language_of(block.path)
    if _holds(current, block.text):
        return Placed(current, passed())
    if block.symbol and defines(current, block.symbol, language):
        return Placed(current, passed(f"kept {block.symbol} in {block.path}: defined already"))
    if block.symbol and "." in block.symbol:
        raise UnfitError(f"{block.symbol} belongs inside {block.symbol.rpartition('.')[0]}, not at the end")
    result = _appended(current, block.text, comment, blank=True)
    accepted = accepts(result, language)
    if accepted is None:
        kind = f" for {language}" if language else ""
        hint = "install batchexec[langs], or put the fragment in by hand"
        return Placed(
            current, needs_work(f"{block.path}: no grammar{kind} to check it with", hint, block.location)
        )
    if not accepted:
        raise UnfitError("with the fragment at its end it would not parse")
    return Placed(result, passed())


def _append_content(block: CodeBlock, current: str, comment: str | None) -> Placed:
    name = PurePosixPath(block.path).name.lower()
    suffix = name if name in _APPENDED else PurePosixPath(name).suffix
    if _holds(current, block.text):
        return Placed(current, passed())
    if suffix not in _APPENDED:
        raise UnfitError("where the fragment belongs is not said")
    return Placed(_appended(current, block.text, comment, blank=suffix in _PARAGRAPHS), passed())


def _holds(current: str, fragment: str) -> bool:
    """Say whether the lines of a fragment stand in a text, one after the other."""
    wanted = [line.rstrip() for line in split(fragment.strip("\n"))]
    lines = [line.rstrip() for line in split(current)]
    starts = range(len(lines) - len(wanted) + 1)
    return any(lines[at : at + len(wanted)] == wanted for at in starts)


def _appended(current: str, fragment: str, comment: str | None, *, blank: bool) -> str:
    newline = newline_of(current)
    head = current if not current or current.endswith(("\n", "\r")) else current + newline
    space = "\n" if blank and head.strip() and not head.endswith(newline * 2) else ""
    said = f"{comment}\n" if comment else ""
    ended = fragment if fragment.endswith("\n") else f"{fragment}\n"
    return head + f"{space}{said}{ended}".replace("\n", newline)
