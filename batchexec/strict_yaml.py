"""YAML as we accept it: one document without anchors or repeated keys, and the line of everything in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from batchexec.errors import Problem
from batchexec.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20

_NULL = frozenset({"", "~", "null", "Null", "NULL"})

Place = tuple[str | int, ...]
"""How to get to a value: keys and positions from the top."""


@dataclass(frozen=True)
class Document:
    """
    What a text says, in dicts, lists, str and None.

    A scalar is text whatever it looks like; those at the `plain` places stand
    without quotes, and what type they are is for the reader of the value to
    say. `lines` tells for every place the line it begins on. A document with
    problems holds what could be read of it.
    """

    file: str
    value: object = None
    lines: Mapping[Place, int] = field(default_factory=dict)
    plain: frozenset[Place] = frozenset()
    problems: tuple[Problem, ...] = ()

    def location(self, place: Place) -> Location:
        """Name the line of a place, or of the closest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return Location(self.file, self.lines.get(place, 1))


def parse(data: bytes, file: str) -> Document:
    """Parse one document; whatever is wrong with it is among its problems."""
    if len(data) > MAX_BYTES:
        return _broken(file, 1, f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _broken(file, data.count(b"\n", 0, error.start) + 1, "the file is not UTF-8")
    return _Parser(file).parse(text)


def _broken(file: str, line: int, message: str) -> Document:
    return Document(file, problems=(Problem(Location(file, line), message),))


class _TooDeepError(Exception):
    pass


class _Parser:
    """One walk over the events of a text."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.plain: set[Place] = set()
        self.problems: list[Problem] = []
        self.events: Iterator[yaml.Event] = iter(())

    def parse(self, text: str) -> Document:
        self.events = iter(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        value = None
        try:
            value = self._documents()
        except yaml.YAMLError as error:
            self._refuse(_line(error, text), _reason(error))
        except _TooDeepError:
            pass
        return Document(self.file, value, self.lines, frozenset(self.plain), tuple(self.problems))

    def _documents(self) -> object:
        value, count = None, 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count == 2:
                    self._refuse(_at(event), "a second document begins here; there may be one")
            elif isinstance(event, yaml.NodeEvent):
                node = self._node(event, ())
                value = node if count == 1 else value
        return value

    def _node(self, event: yaml.Event, place: Place) -> object:
        line = _at(event)
        self.lines.setdefault(place, line)
        self._check(event, line, len(place))
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event, place)
            case yaml.SequenceStartEvent():
                return [self._node(item, (*place, at)) for at, item in enumerate(self._until_end())]
            case yaml.MappingStartEvent():
                return self._mapping(place)
        return None

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> str | None:
        if event.style in (None, ""):
            self.plain.add(place)
            return None if event.value in _NULL else str(event.value)
        return str(event.value)

    def _mapping(self, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        for event in self._until_end():
            key = self._key(event)
            if key in found:
                first = self.lines[*place, key]
                self._refuse(_at(event), f"'{key}' is said twice; the first is in line {first}")
            self.lines.setdefault((*place, key), _at(event))
            found[key] = self._node(next(self.events), (*place, key))
        return found

    def _key(self, event: yaml.Event) -> str:
        if isinstance(event, yaml.ScalarEvent):
            self._check(event, _at(event), 0)
            return str(event.value)
        self._refuse(_at(event), "a key must be a word")
        self._node(event, ("?",))
        return "?"

    def _until_end(self) -> Iterator[yaml.Event]:
        for event in self.events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _check(self, event: yaml.Event, line: int, depth: int) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(line, f"the alias *{anchor} cannot be used here; write the value itself")
        elif anchor:
            self._refuse(line, f"the anchor &{anchor} cannot be used here; write each value where it belongs")
        if tag not in (None, "!"):
            self._refuse(line, f"the tag {tag} cannot be used here; write the plain value")
        if depth > MAX_DEPTH:
            self._refuse(line, f"this is nested more than {MAX_DEPTH} levels deep")
            raise _TooDeepError

    def _refuse(self, line: int, message: str) -> None:
        self.problems.append(Problem(Location(self.file, line), message))


def _at(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _line(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    return text.count("\n", 0, getattr(error, "position", None) or 0) + 1


def _reason(error: yaml.YAMLError) -> str:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return f"this is not YAML: {said}"
