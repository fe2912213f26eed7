"""Holds what a gate printed against what it was expected to print; one function per kind of expectation."""

from __future__ import annotations

import re
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING

from batchexec.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from batchexec.gates.printed import Printed
    from batchexec.model import Expectation

_INTEGER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})")
_COMPARE = {"=": eq, ">=": ge, "<=": le, ">": gt, "<": lt}
_DOTS = re.compile(r"\.\.\.+|…")
_SHOWN = 200


def mismatch(expectation: Expectation, printed: Printed) -> str:
    """Say how what was printed differs from what was expected; nothing where it does not."""
    check = _CHECKS.get(expectation.kind)
    return check(expectation, printed) if check else ""


def speaks_of(expectation: Expectation, line: str) -> bool:
    """Say whether an expectation that names texts would find one of them in this line."""
    match expectation.kind:
        case Kind.WORD:
            return line in expectation.parts
        case Kind.QUOTED:
            return any(_holds(part, line) for part in expectation.parts)
        case Kind.LINES:
            return any(_is(part, line) for part in expectation.parts)
    return False


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _number(expectation: Expectation, printed: Printed) -> str:
    compare = "" if expectation.compare == "=" else f"{expectation.compare} "
    lasts = [_last(stream) for stream in printed.streams()]
    last = next(filter(None, lasts), "")
    if _INTEGER.fullmatch(last) and _COMPARE[expectation.compare](
        int(last.replace(",", "")), expectation.number
    ):
        return ""
    return f"expected {compare}{expectation.number}, got {shortened(last) or 'nothing'}"


def _last(lines: Iterable[str]) -> str:
    last = ""
    for line in lines:
        last = line or last
    return last


def _empty(_expectation: Expectation, printed: Printed) -> str:
    line = next(filter(None, printed.lines()), "")
    return f"expected no output, got {shortened(line)}" if line else ""


def _word(expectation: Expectation, printed: Printed) -> str:
    if any(line in expectation.parts for line in printed.lines()):
        return ""
    return f"expected a line {_named(expectation)}"


def _quoted(expectation: Expectation, printed: Printed) -> str:
    if any(_holds(part, line) for line in printed.lines() for part in expectation.parts):
        return ""
    return f"expected {_named(expectation)} in the output"


def _lines(expectation: Expectation, printed: Printed) -> str:
    missing = [_first_missing(expectation.parts, stream) for stream in printed.streams()]
    return "" if None in missing else f'expected the line "{shortened(missing[-1] or "")}" in the output'


def _first_missing(parts: tuple[str, ...], lines: Iterable[str]) -> str | None:
    wanted = iter(parts)
    part = next(wanted, None)
    for line in lines:
        if part is None:
            break
        if _is(part, line):
            part = next(wanted, None)
    return part


def _named(expectation: Expectation) -> str:
    return " or ".join(f'"{shortened(part)}"' for part in expectation.parts)


def _holds(part: str, line: str) -> bool:
    """Say whether a line holds a text; three dots stand for whatever is between."""
    at = 0
    for piece in _pieces(part):
        found = line.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _is(part: str, line: str) -> bool:
    first, *rest = _pieces(part)
    if not rest:
        return part == line
    last = rest[-1]
    return (
        len(line) >= len(first) + len(last)
        and line.startswith(first)
        and line.endswith(last)
        and _holds("...".join(rest[:-1]), line[len(first) : len(line) - len(last)])
    )


def _pieces(part: str) -> list[str]:
    return [piece.strip() for piece in _DOTS.split(part)]


_CHECKS: dict[Kind, Callable[[Expectation, Printed], str]] = {
    Kind.NUMBER: _number,
    Kind.EMPTY: _empty,
    Kind.WORD: _word,
    Kind.QUOTED: _quoted,
    Kind.LINES: _lines,
}
