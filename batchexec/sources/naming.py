"""Reads the claims of a naming issue: the expected paths, the files that may be meant, the resolution."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.model import Candidate, Naming, Resolution
from batchexec.sources import clues

if TYPE_CHECKING:
    from batchexec.sources.parts import Parts

_SIMILAR = re.compile(r"\**`?([^`*]+?)`?\**\s*[-–—:]?\s*\((\d{1,3})(?:\.\d+)?\s*%[^)]*\)")


def take_expected(parts: Parts, value: str, line: int) -> None:
    path = clues.token(value)
    if path is not None and parts.may_name(path := clues.plain(path), line):
        parts.naming.append(Naming(expected=path, location=parts.source.at(line)))


def take_similar(parts: Parts, line: int) -> None:
    """Read the list of similar files; where code and tests are missing each gets those of its role."""
    for number, text in parts.bullets(line):
        similar = _SIMILAR.match(text)
        if similar and parts.naming and parts.may_name(path := clues.plain(similar[1].strip()), number):
            _add(parts, Candidate(path, min(int(similar[2]), 100)))


def take_resolution(parts: Parts, value: str, line: int) -> None:
    word = value.strip("` ").lower()
    if word in set(Resolution):
        resolution = Resolution(word)
        parts.naming = [replace(naming, resolution=resolution) for naming in parts.naming]
    else:
        known = ", ".join(Resolution)
        parts.problem(line, f"{value!r} is no resolution", f"there is {known}", Severity.WARNING)


def _add(parts: Parts, candidate: Candidate) -> None:
    role = clues.role_of(candidate.path)
    fitting = [one for one in parts.naming if clues.role_of(one.expected) is role] or parts.naming
    parts.naming = [
        replace(one, candidates=(*one.candidates, candidate)) if one in fitting else one
        for one in parts.naming
    ]
