"""Reads the claims of a naming issue: the expected paths, the files that may be meant, the resolution."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.model import Candidate, Naming, Resolution
from batchexec.roles import role_of
from batchexec.sources import clues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.model import Role
    from batchexec.sources.parts import Parts

_SIMILAR = re.compile(r"\**`?([^`*]+?)`?\**\s*[-–—:]?\s*\((\d{1,3})(?:\.\d+)?\s*%[^)]*\)")


def take_expected(parts: Parts, value: str, line: int) -> None:
    path = clues.token(value)
    if path is not None and parts.may_name(path := clues.plain(path), line):
        parts.naming.append(Naming(expected=path, location=parts.source.at(line)))


def take_similar(parts: Parts, line: int) -> None:
    """Read the list of similar files; where code and tests are missing each gets those of its role."""
    if not parts.naming:
        return
    roles = {role_of(one.expected) for one in parts.naming}
    found: dict[Role, list[Candidate]] = {role: [] for role in roles}
    for candidate in _similar(parts, line):
        role = role_of(candidate.path)
        for fitting in roles & {role} or roles:
            found[fitting].append(candidate)
    listed = {role: tuple(candidates) for role, candidates in found.items()}
    parts.naming = [
        replace(one, candidates=one.candidates + listed[role_of(one.expected)]) for one in parts.naming
    ]


def _similar(parts: Parts, line: int) -> Iterator[Candidate]:
    for number, text in parts.bullets(line):
        similar = _SIMILAR.match(text)
        if similar and parts.may_name(path := clues.plain(similar[1].strip()), number):
            yield Candidate(path, min(int(similar[2]), 100))


def take_resolution(parts: Parts, value: str, line: int) -> None:
    word = value.strip("` ").lower()
    if word in set(Resolution):
        parts.resolution = Resolution(word)
    else:
        known = ", ".join(Resolution)
        parts.problem(line, f"{value!r} is no resolution", f"there is {known}", Severity.WARNING)


def finish(parts: Parts) -> None:
    """Give the resolution, which may stand anywhere in the section, to every expected path of it."""
    if parts.resolution:
        parts.naming = [replace(naming, resolution=parts.resolution) for naming in parts.naming]
