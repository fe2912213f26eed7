"""Puts what an answer says into the stage: all of it, or nothing and every reason why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.errors import Problem, WorkspaceError
from batchexec.executors.api.answer import NAME, Gone, Hunks, Whole
from batchexec.executors.api.file_text import FileText, UnfitError
from batchexec.executors.apply.syntax import fault
from batchexec.model import Location
from batchexec.sources import clues, languages
from batchexec.symbols.skeletons import is_skeleton

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchexec.executors.api.answer import Part
    from batchexec.markdown import Fence
    from batchexec.workspace import Stage

_LARGEST_FILE = 5 * 1024 * 1024
_COPY = "copy the lines as they stand in the file, blanks included, with enough around them"


class RefusedError(Exception):
    """A part of an answer that cannot be used."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(Location(NAME, line), message, hint)


def land(parts: Sequence[Part], stage: Stage, shown: Collection[str]) -> list[Problem]:
    """
    Stage what the parts make of their files, or list why nothing is.

    `shown` are the files the model has seen: no other is replaced as a whole.
    """
    plan: dict[str, bytes | None] = {}
    problems: list[Problem] = []
    for path, same in _by_path(parts).items():
        try:
            plan[path] = _result(same, stage.read(path), shown)
        except RefusedError as refused:
            problems.append(refused.problem)
        except WorkspaceError as refused:
            problems.append(_told(refused, same[0].line))
    return problems or _write(plan, stage, {part.path: part.line for part in parts})


def _write(plan: dict[str, bytes | None], stage: Stage, lines: dict[str, int]) -> list[Problem]:
    before: dict[str, bytes | None] = {}
    for path, data in plan.items():
        try:
            before[path] = stage.read(path)
            _put(stage, path, data)
        except WorkspaceError as refused:
            del before[path]
            for done, original in before.items():
                _put(stage, done, original)
            return [_told(refused, lines[path])]
    return []


def _put(stage: Stage, path: str, data: bytes | None) -> None:
    if data is None:
        stage.delete(path)
    else:
        stage.write(path, data)


def _told(refused: WorkspaceError, line: int) -> Problem:
    problem = refused.problems[0]
    return Problem(Location(NAME, line), problem.message, problem.hint)


def _by_path(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.path, []).append(part)
    return found


def _result(parts: Sequence[Part], current: bytes | None, shown: Collection[str]) -> bytes | None:
    """Make the new content of one file; None deletes it."""
    first = parts[0]
    file = _decoded(first, current)
    match first:
        case Whole():
            result = _whole(first, file, seen=first.path in shown)
        case Gone():
            _check_gone(first, file)
            return None
        case Hunks():
            result = _edited([part for part in parts if isinstance(part, Hunks)], file)
    data = result.encode()
    if len(data) > _LARGEST_FILE:
        raise RefusedError(first.line, f"{first.path} would be larger than {_LARGEST_FILE:,} bytes")
    return data


def _decoded(part: Part, current: bytes | None) -> FileText | None:
    try:
        return None if current is None else FileText.of(current)
    except UnicodeDecodeError:
        raise RefusedError(part.line, f"{part.path} is not UTF-8 text, so it stays as it is") from None


def _whole(part: Whole, file: FileText | None, *, seen: bool) -> FileText:
    text = part.fence.text
    if file is not None and not seen and file.text != text:
        hint = "send an edit instead, or write another file"
        raise RefusedError(part.line, f"{part.path} is there and was not shown, so it is not replaced", hint)
    if is_skeleton(text, part.path):
        message = f"the block for {part.path} is a template, not an implementation"
        raise RefusedError(part.line, message, "send the code")
    if _leaves_out(part.fence, part.path, file):
        message = f"the block for {part.path} leaves parts of the file out"
        raise RefusedError(part.line, message, "send all of it, or edits")
    broken = fault(part.path, text)
    if broken:
        line, why = broken
        raise RefusedError(part.line + line - 1, f"{part.path} would not parse: {why}")
    return (file or FileText()).rewritten(text)


def _leaves_out(fence: Fence, path: str, file: FileText | None) -> bool:
    """Say whether a program has a line for what is not repeated, which it has not had before."""
    if not languages.is_program(path) or not clues.is_elided(fence, path):
        return False
    return file is None or not clues.is_elided(replace(fence, lines=tuple(file.text.split("\n"))), path)


def _edited(parts: Sequence[Hunks], file: FileText | None) -> FileText:
    path = parts[0].path
    if file is None:
        return _first(parts)
    result = file
    for part in parts:
        drift = 0
        for hunk in part.hunks:
            try:
                result = result.changed(hunk, drift)
            except UnfitError as unfit:
                raise RefusedError(hunk.line, f"the edit does not fit {path}: {unfit}", _COPY) from None
            drift += len(hunk.after) - len(hunk.before)
    broken = fault(path, result.text)
    if broken and not fault(path, file.text):
        line, why = broken
        raise RefusedError(parts[0].line, f"{path} would not parse after the edits: line {line}: {why}")
    return result


def _first(parts: Sequence[Hunks]) -> FileText:
    """Make a new file of an edit that searches for nothing."""
    path, line = parts[0].path, parts[0].line
    hunks = [hunk for part in parts for hunk in part.hunks]
    if len(hunks) != 1 or hunks[0].before:
        raise RefusedError(line, f"there is no {path} to edit", "send the whole file")
    result = FileText().changed(hunks[0])
    broken = fault(path, result.text)
    if broken:
        # The file begins below SEARCH and the divider.
        raise RefusedError(hunks[0].line + 1 + broken[0], f"{path} would not parse: {broken[1]}")
    return result


def _check_gone(part: Gone, file: FileText | None) -> None:
    if file is None:
        raise RefusedError(part.line, f"there is no {part.path} to delete")
    for hunk in part.hunks:
        try:
            file = file.changed(hunk)
        except UnfitError as unfit:
            raise RefusedError(hunk.line, f"the edit does not fit {part.path}: {unfit}", _COPY) from None
    if part.hunks and file.lines:
        raise RefusedError(part.line, f"lines of {part.path} would be left", "delete all of them, or none")
