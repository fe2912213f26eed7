"""Reads what a gate is expected to print, or how its commands are expected to end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from batchexec.gates.reading import read
from batchexec.model import Expectation, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST = 2000
_EXIT = re.compile(
    r"\bexit(?:s|ed)?(?:\s+with)?(?:\s+an?)?(?:\s+exit)?\s+(?:code|status)(?:\s+code)?"
    r"[\s:=*_`\"']{0,9}(?:(?:is|of|should\s+be|must\s+be)[\s:*_`\"']{1,9})?(?P<number>\d{1,3})"
    r"(?!\d|\.\d|\s{0,9}[-–]\s{0,9}\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<compare>>=|<=|[≥≤<>=])?\s{0,9}(?P<number>[-+]?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15}))"
)
_EMPTY = re.compile(r"\b(?:empty|no)\s+output\b", re.IGNORECASE)
_WORDS = ("PASS", "OK", "Found")
_QUOTED = re.compile(r"\"(?P<quote>[^\"]+)\"|“(?P<curly>[^”]+)”|(?P<ticks>`{1,3})(?P<code>[^`]+)(?P=ticks)")
_BETWEEN = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:,\s*)?(?P<or>or\b)?\s*", re.IGNORECASE)
_AT_LEAST = {"≥": ">=", "≤": "<=", "": "="}
_ONLY_DOTS = re.compile(r"[.…\s]*")
_HINT = re.compile(r"#\s*expected(?:\s+output)?\s*:", re.IGNORECASE)
_SAID = re.compile(r"expected(?:\s+output)?\s*:\s*(?P<text>.*)", re.IGNORECASE)
_CHECKED = (Kind.EXIT, Kind.NUMBER, Kind.EMPTY, Kind.WORD, Kind.QUOTED, Kind.LINES)


class Label(NamedTuple):
    """A label of a gate, what stands behind it, and the fence below it."""

    name: str
    text: str = ""
    fence: str | None = None


def parse_expectation(text: str, fence: str | None = None) -> Expectation:
    """Read what stands behind `**Expected**:`, and the fence below it; what no check is for is for people."""
    text = text.strip()
    said = text[:_LONGEST]
    found = _exit(said) or _number(said) or _empty(said) or _word(said) or _quoted(said) or _lines(fence)
    if found:
        return Expectation(
            kind=found.kind,
            text=text or (fence or "").strip(),
            number=found.number,
            compare=found.compare,
            parts=found.parts,
        )
    shown = text or (fence or "").strip()
    return Expectation(kind=Kind.PROSE if shown else Kind.NOTHING, text=shown)


def expectation_of(labels: Sequence[Label | tuple[str, str, str | None]], script: str = "") -> Expectation:
    """
    Choose between all that is said of one gate, the comment that ends its script among it.

    What comes first in the order of kinds counts, except that status 0 is expected anyway.
    """
    every = [_labelled(*label) for label in labels]
    comment = expected_comment(script)
    every += [parse_expectation(comment)] if comment else []
    return min(every, key=_rank, default=Expectation())


def expected_comment(script: str) -> str:
    """Find the comment `# Expected: …` that ends a script, if it is the only one."""
    if len(_HINT.findall(script)) != 1:
        return ""
    read_script = read(script)
    if not read_script or not read_script.comments:
        return ""
    at, comment = read_script.comments[-1]
    said = _SAID.match(comment)
    rest = script[at:].partition("\n")[2]
    return said["text"].strip() if said and not rest.strip() else ""


def is_checked(expectation: Expectation) -> bool:
    return expectation.kind in _CHECKED


def _labelled(name: str, text: str, fence: str | None = None) -> Expectation:
    if name.strip(" *:").lower() in {"exit code", "exit status"}:
        status = parse_expectation(f"exit code {text.strip()}")
        return status if status.kind is Kind.EXIT else Expectation(kind=Kind.PROSE, text=text.strip())
    return parse_expectation(text, fence)


def _rank(expectation: Expectation) -> float:
    order = (*_CHECKED, Kind.PROSE, Kind.NOTHING)
    if expectation.kind is Kind.EXIT and expectation.number == 0:
        return len(_CHECKED) - 0.5
    return order.index(expectation.kind)


def _exit(text: str) -> Expectation | None:
    found = _EXIT.search(text)
    return Expectation(kind=Kind.EXIT, number=int(found["number"])) if found else None


def _number(text: str) -> Expectation | None:
    bare = "".join(_outside_parentheses(text)).translate(str.maketrans("", "", "\"'`“”‘’*_")).strip()
    found = _NUMBER.fullmatch(bare.removesuffix("."))
    if not found:
        return None
    compare = found["compare"] or ""
    number = int(found["number"].replace(",", ""))
    return Expectation(kind=Kind.NUMBER, number=number, compare=_AT_LEAST.get(compare, compare))


def _outside_parentheses(text: str) -> Iterator[str]:
    deep = 0
    for char in text:
        deep += char == "("
        if not deep:
            yield char
        deep -= char == ")" and deep > 0


def _empty(text: str) -> Expectation | None:
    return Expectation(kind=Kind.EMPTY) if _EMPTY.search(text) or text == '""' else None


def _word(text: str) -> Expectation | None:
    word = text.strip("*_").removesuffix(".")
    return Expectation(kind=Kind.WORD, parts=(word,)) if word in _WORDS else None


def _quoted(text: str) -> Expectation | None:
    parts: list[str] = []
    at = len(text) - len(text.lstrip("*_ "))
    any_of = False
    while found := _QUOTED.match(text, at):
        parts.append((found["quote"] or found["curly"] or found["code"]).strip())
        between = _BETWEEN.match(text, found.end())
        at = between.end() if between else len(text)
        any_of |= bool(between and between["or"])
    parts = [part for part in parts[: None if any_of else 1] if not _ONLY_DOTS.fullmatch(part)]
    return Expectation(kind=Kind.QUOTED, parts=tuple(parts)) if parts else None


def _lines(fence: str | None) -> Expectation | None:
    lines = [line.strip() for line in (fence or "").splitlines()]
    parts = tuple(line for line in lines if not _ONLY_DOTS.fullmatch(line))
    return Expectation(kind=Kind.LINES, parts=parts) if parts else None
