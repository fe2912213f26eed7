"""Reads JSON so that every value knows where it stands in the text."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 200
"""Of objects and lists in each other; what passes a file on may go down into it level by level."""


class JsonObject(dict[str, Any]):
    """A JSON object that begins at offset `at`, and the offsets of its values."""

    __slots__ = ("at", "places")

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at
        self.places: dict[str, int] = {}


class JsonArray(list[Any]):
    """A JSON array that begins at offset `at`, and the offsets of its items."""

    __slots__ = ("at", "places")

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at
        self.places: list[int] = []


Container = JsonObject | JsonArray
Keys = tuple[str | int, ...]


class NotJsonError(Exception):
    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Scanned:
    """A JSON text; of a key that stands twice in an object the last value counts, and `twice` has its way."""

    value: Any
    at: int
    twice: tuple[Keys, ...] = ()


_INSIDE = r'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+'
_STRING = f'{_INSIDE}"'
_OPENED = re.compile(rf"{_INSIDE}\\?")
_TOKEN = re.compile(
    rf"""[ \t\n\r]*+(?:
      (?P<key>{_STRING})[ \t\n\r]*+:
    | (?P<string>{_STRING})
    | (?P<comma>,)
    | (?P<opened>[\[{{])
    | (?P<closed>[\]}}])
    | (?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?(?![0-9.eE+-]))
    | (?P<word>(?:true|false|null)(?![A-Za-z0-9_]))
    | (?P<end>\Z)
    | (?P<wrong>.)
    )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_NO_NUMBERS = re.compile(r"-?(?:NaN|Infinity)")

# What may come next.
_VALUE, _FIRST_ITEM, _KEY, _FIRST_KEY, _MORE, _OVER = range(6)
_WANTED = {
    _VALUE: "a value is missing",
    _FIRST_ITEM: "a value or ']' is missing",
    _KEY: "a key in double quotes is missing",
    _FIRST_KEY: "a key in double quotes or '}' is missing",
    _OVER: "there is more after the end of the value",
}


def scan(text: str) -> Scanned:
    """Read a text that is one JSON value; raises NotJsonError at the first character that is wrong."""
    return _Scanner(text).scan()


@dataclass(slots=True)
class _Scanner:
    text: str
    state: int = _VALUE
    value: Any = None
    at: int = 0
    key: str = ""
    holder: Container | None = None
    around: list[tuple[Container | None, str]] = field(default_factory=list)
    twice: list[Keys] = field(default_factory=list)

    def scan(self) -> Scanned:
        takers: dict[str | None, Callable[[str, int], None]] = {
            name: getattr(self, f"_{name}") for name in _TOKEN.groupindex
        }
        for token in _TOKEN.finditer(self.text):
            name = token.lastgroup
            takers[name](token[name or 0], token.start(name or 0))
            if name == "end":
                break
        return Scanned(self.value, self.at, tuple(self.twice))

    def _put(self, value: Any, at: int) -> None:
        if self.state > _FIRST_ITEM:
            raise self._unexpected(at)
        holder = self.holder
        if holder is None:
            self.value, self.at, self.state = value, at, _OVER
            return
        if isinstance(holder, JsonArray):
            holder.append(value)
            holder.places.append(at)
        else:
            holder[self.key] = value
            holder.places[self.key] = at
        self.state = _MORE

    def _string(self, raw: str, at: int) -> None:
        if self.state in {_KEY, _FIRST_KEY}:
            raise NotJsonError("a ':' is missing after the key", at + len(raw))
        self._put(self._unescaped(raw, at), at)

    def _number(self, raw: str, at: int) -> None:
        number = float(raw)
        if math.isinf(number):
            raise NotJsonError("the number is too large", at)
        self._put(number if "." in raw or "e" in raw or "E" in raw else int(raw), at)

    def _word(self, raw: str, at: int) -> None:
        self._put(_WORDS[raw], at)

    def _opened(self, raw: str, at: int) -> None:
        if len(self.around) == MAX_DEPTH:
            raise NotJsonError(f"more than {MAX_DEPTH} objects and lists are in each other", at)
        holder: Container = JsonObject(at) if raw == "{" else JsonArray(at)
        outer, key = self.holder, self.key
        self._put(holder, at)
        self.around.append((outer, key))
        self.holder, self.state = holder, _FIRST_KEY if raw == "{" else _FIRST_ITEM

    def _closed(self, raw: str, at: int) -> None:
        first = _FIRST_KEY if raw == "}" else _FIRST_ITEM
        right = isinstance(self.holder, JsonObject if raw == "}" else JsonArray)
        if not right or self.state not in {_MORE, first}:
            raise self._unexpected(at)
        self.holder, self.key = self.around.pop()
        self.state = _OVER if self.holder is None else _MORE

    def _comma(self, _: str, at: int) -> None:
        if self.state != _MORE:
            raise self._unexpected(at)
        self.state = _KEY if isinstance(self.holder, JsonObject) else _VALUE

    def _key(self, raw: str, at: int) -> None:
        if self.state <= _FIRST_ITEM:
            raise NotJsonError("the ':' is out of place", at + len(raw))
        if self.state not in {_KEY, _FIRST_KEY}:
            raise self._unexpected(at)
        self.key = self._unescaped(raw, at)
        holder = self.holder
        if isinstance(holder, JsonObject) and self.key in holder:
            self.twice.append(self._way())
        self.state = _VALUE

    def _end(self, _: str, at: int) -> None:
        if self.state != _OVER:
            raise NotJsonError("the text ends too early", at)

    def _wrong(self, _: str, at: int) -> None:
        if self.text[at] == '"' and self.state != _MORE:
            raise self._broken_string(at)
        if (word := _NO_NUMBERS.match(self.text, at)) and self.state <= _FIRST_ITEM:
            raise NotJsonError(f"JSON has no number {word[0]}", at)
        raise self._unexpected(at)

    def _unexpected(self, at: int) -> NotJsonError:
        closing = "}" if isinstance(self.holder, JsonObject) else "]"
        return NotJsonError(_WANTED.get(self.state, f"',' or '{closing}' is missing"), at)

    def _broken_string(self, at: int) -> NotJsonError:
        opened = _OPENED.match(self.text, at)
        end = opened.end() if opened else at
        if self.text[end : end + 1] in {"", "\n", "\r"}:
            return NotJsonError("the string is not closed", at)
        return NotJsonError("a control character in a string has to be escaped", end)

    def _unescaped(self, raw: str, at: int) -> str:
        if "\\" not in raw:
            return raw[1:-1]
        try:
            return str(json.loads(raw))
        except json.JSONDecodeError as error:
            raise NotJsonError("there is no such escape in JSON strings", at + error.pos) from None

    def _way(self) -> Keys:
        """Tell how to get to the current key from the top."""
        holders = [*(holder for holder, _ in self.around[1:]), self.holder]
        keys = [*(key for _, key in self.around[1:]), self.key]
        return tuple(
            key if isinstance(holder, JsonObject) else len(holder or ()) - 1
            for holder, key in zip(holders, keys, strict=True)
        )
