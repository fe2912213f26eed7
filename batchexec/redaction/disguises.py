"""Which values are secrets, and the forms in which they may stand in a text."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHORTEST = 8
LINE_ENDS = b"\r\n"

_SECRET_NAME = re.compile(r"key|token|secret|password", re.IGNORECASE)
_WORDS = frozenset({"automatic", "disabled", "localhost", "optional", "required", "undefined", "unlimited"})
_LONGEST_NAME = 100
_KEY_MATERIAL = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_PIECE = 128
_MOST_PIECES = 64


def forms(environ: Mapping[str, str]) -> dict[bytes, str]:
    """Give the forms of all secrets, without the line ends in them, and the names of their variables."""
    found: dict[bytes, str] = {}
    for name, value in _secrets(environ):
        for disguise in _disguises(value):
            for form in _pieces(disguise.translate(None, LINE_ENDS)):
                if len(form) >= SHORTEST:
                    found.setdefault(form, name)
    return found


def _secrets(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(environ):
        value = environ[name].strip()
        if not _SECRET_NAME.search(name) or len(value) < SHORTEST or value.lower() in _WORDS:
            continue
        if not (value.startswith("/") and "\0" not in value and os.path.lexists(value)):
            yield re.sub(r"\W", "_", name[:_LONGEST_NAME], flags=re.ASCII), value


def _disguises(value: str) -> Iterator[bytes]:
    """Yield a value in all the forms it is looked for."""
    data = value.encode("utf-8", "surrogateescape")
    yield data
    yield from (line.encode() for line in value.split() if _KEY_MATERIAL.fullmatch(line))
    yield from (data.hex().encode(), data.hex().upper().encode())
    for text in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield text.encode()
        yield re.sub("%..", lambda found: found[0].lower(), text).encode()
    yield from _in_base64(data)
    yield from _in_json(value)


def _in_base64(data: bytes) -> Iterator[bytes]:
    """Yield the characters that depend on a value alone, wherever in a text it stands."""
    for before in range(3):
        bits = 8 * (before + len(data))
        found = b64encode(b"\0" * before + data)[-(-8 * before // 6) : bits // 6]
        yield from (found, found.translate(bytes.maketrans(b"+/", b"-_")))


def _in_json(value: str) -> Iterator[bytes]:
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        for text in (once, once.replace("/", "\\/"), json.dumps(once, ensure_ascii=ascii_only)[1:-1]):
            yield text.encode("utf-8", "surrogateescape")


def _pieces(form: bytes) -> Iterator[bytes]:
    """Cut a long form, so that no window has to be large, and so that a part of it is found."""
    if len(form) <= 2 * _PIECE:
        yield form
        return
    size = max(_PIECE, -(-len(form) // _MOST_PIECES))
    yield from (form[at : at + size] for at in range(0, len(form) - size, size))
    yield form[-size:]
