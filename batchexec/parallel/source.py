"""The text of a parallel.json, and findings that know their place in it."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from batchexec.errors import Severity
from batchexec.parallel.parallel import Finding
from batchexec.parallel.scanning import JsonArray, JsonObject, Scanned
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 1000  # characters of a message that any reader needs
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Source:
    file: str
    text: str = field(default="", repr=False)
    scanned: Scanned = field(default_factory=lambda: Scanned(None, 0), repr=False)

    def error(self, code: str, pointer: str, message: str, hint: str = "") -> Finding:
        return self.finding(Severity.ERROR, code, pointer, message, hint)

    def warning(self, code: str, pointer: str, message: str, hint: str = "") -> Finding:
        return self.finding(Severity.WARNING, code, pointer, message, hint)

    def finding(self, severity: Severity, code: str, pointer: str, message: str, hint: str = "") -> Finding:
        line, column = self.position(self._offset(pointer)) if self.text else (0, 0)
        return Finding(
            code=code,
            severity=severity,
            pointer=printable(pointer),
            message=_one_line(message),
            file=self.file,
            line=line,
            column=column,
            hint=hint,
        )

    def position(self, offset: int) -> tuple[int, int]:
        """Tell line and column of an offset, both counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n?|\n", self.text))]

    def _offset(self, pointer: str) -> int:
        """Find where a value begins, or the closest thing around it."""
        value: Any = self.scanned.value
        offset = self.scanned.at
        for key in keys_of(pointer):
            if isinstance(value, JsonObject) and key in value:
                value, offset = value[key], value.places[key]
            elif isinstance(value, JsonArray) and key.isdecimal() and int(key) < len(value):
                value, offset = value[int(key)], value.places[int(key)]
            else:
                break
        return offset


def written(value: Any) -> str:
    """Write a value as a parallel.json is written: to be read by people, and UTF-8 whatever is in it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def pointer_of(keys: Iterable[str | int]) -> str:
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def keys_of(pointer: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def _one_line(message: str) -> str:
    text = printable(message).replace("\n", " ").replace("\t", " ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
