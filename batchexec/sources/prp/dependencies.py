"""Reads what a PRP says it depends on: ids in any of the forms people write, and things that are no PRP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.model import Location
from batchexec.sources.prp import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOTHING = frozenset({"", "none", "null", "nil", "n/a", "tbd", "~", "-"})
# ASCII digits: an id is compared as text, and other digits would make another one.
_NAMED = re.compile(r"(?<![\w.])PRP-([0-9]{1,18}(?:\.[0-9]{1,18}){0,2}|[A-Z])(?!\w|\.\d)")
_BARE = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18}){1,2}")
_SOFT = re.compile(r"\bsoft\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edge:
    """
    A PRP that has to come first, in the words of the PRP that says so.

    A soft one puts the two in order and no more: the later goes ahead where
    the earlier failed or is not there.
    """

    id: str
    soft: bool
    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class Dependencies:
    edges: tuple[Edge, ...] = ()
    requirements: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One of the things that have to come first, as written, and the line it stands on."""

    text: str
    line: int


def parse_dependencies(value: object, file: str, lines: Iterable[int] = (1,)) -> Dependencies:
    """
    Read the value of a header's `dependencies`: text, a list or nothing.

    `lines` holds the line of the value, or one for every item of a list.
    """
    at = list(lines) or [1]
    if isinstance(value, dict):
        message = "the dependencies are a mapping"
        problem = Problem(Location(file, at[0]), message, "write a list of ids", code="dependency-mapping")
        return Dependencies(problems=(problem,))
    if isinstance(value, list):
        numbers = at if len(at) == len(value) else at[:1] * len(value)
        items = [
            Item(text, line) for entry, line in zip(value, numbers, strict=True) for text in _texts(entry)
        ]
    else:
        items = [Item(text, at[0]) for text in split_at_commas(str(value or ""))]
    return _read(items, file)


def split_at_commas(text: str) -> list[str]:
    """Split at the commas that stand in no parentheses."""
    depth, start, found = 0, 0, []
    for place, char in enumerate(text):
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif char == "," and not depth:
            found.append(text[start:place])
            start = place + 1
    return [*found, text[start:]]


def without_parentheses(text: str) -> str:
    """Take out what stands in parentheses, and all from one that is never closed."""
    if "(" not in text:
        return text
    opened: list[int] = []
    kept: list[str] = []
    for char in text:
        if char == "(":
            opened.append(len(kept))
        if char == ")" and opened:
            del kept[opened.pop() :]
        else:
            kept.append(char)
    return "".join(kept[: opened[0]] if opened else kept)


def _texts(entry: object) -> Iterator[str]:
    """Yield what one entry of a list says: `- PRP-21: Title` without quotes is a mapping to YAML."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            yield f"{key}: {value}" if isinstance(value, str) else str(key)
    elif isinstance(entry, list):
        for inner in entry:
            yield from _texts(inner)
    elif entry is not None:
        yield str(entry)


def _read(items: Iterable[Item], file: str) -> Dependencies:
    edges: dict[str, Edge] = {}
    requirements: dict[str, None] = {}
    for item in items:
        text = without_parentheses(item.text).strip().strip("\"'").strip()
        if text.casefold() in _NOTHING:
            continue
        found = _ids(text)
        for prp_id in found:
            soft = bool(_SOFT.search(item.text))
            edge = Edge(prp_id, soft, item.text.strip(), Location(file, item.line))
            _keep(edges, edge)
        if not found:
            requirements.setdefault(text)
    return Dependencies(tuple(edges.values()), tuple(requirements))


def _keep(edges: dict[str, Edge], edge: Edge) -> None:
    if edges.setdefault(edge.id, edge).soft and not edge.soft:
        edges[edge.id] = edge


def _ids(text: str) -> list[str]:
    numbers = [text] if _BARE.fullmatch(text) else _NAMED.findall(text)
    return [found for number in numbers if (found := names.canonical(number))]
