"""Takes out of lines what patterns describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.hooks.patterns import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import regex

_WINDOW = 64 * 1024
_OVERLAP = 4 * 1024
_SECONDS = 0.25
_PATIENCE = 20
_REDACTED = "[redacted]"


class Patterns:
    """Patterns, and what is left of a line without what they find."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = [_compiled(pattern) for pattern in patterns]
        self._patience = _PATIENCE

    def line(self, line: str) -> str:
        if len(line) <= _WINDOW:
            return _without(line, self._spans(line))
        data, pieces, at = line.encode("utf-8", "surrogateescape"), [], 0
        while len(data) - at > _WINDOW:
            piece, used = self.part(data[at : at + _WINDOW])
            pieces.append(piece)
            at += used
        rest = data[at:].decode("utf-8", "surrogateescape")
        return "".join((*pieces, _without(rest, self._spans(rest))))

    def part(self, window: bytes) -> tuple[str, int]:
        """Redact as much of a window as does not depend on what follows; returns how much that was, too."""
        text = window.decode("utf-8", "surrogateescape")
        spans, end = self._spans(text), max(1, len(text) - _OVERLAP)
        for start, stop in spans:
            if start < end < stop:
                end = start if start > len(text) // 2 else stop
        used = len(text[:end].encode("utf-8", "surrogateescape"))
        return _without(text[:end], [span for span in spans if span[1] <= end]), used

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if self._patience <= 0:
            return [(0, len(text))]
        try:
            found = [
                match.span()
                for pattern in self.patterns
                for match in pattern.finditer(text, timeout=_SECONDS)
            ]
        except TimeoutError:
            self._patience -= 1
            return [(0, len(text))]
        return sorted(span for span in found if span[0] < span[1])


def _compiled(pattern: str) -> regex.Pattern[str]:
    import regex  # noqa: PLC0415  # slow

    return regex.compile(plain(pattern), regex.VERSION0)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return text
    pieces, at = [], 0
    for start, stop in spans:
        if stop > at:
            pieces += [text[at:start], _REDACTED] if start >= at else []
            at = stop
    return "".join((*pieces, text[at:]))


class Lines:
    def __init__(self, patterns: Patterns, sink: Callable[[bytes], None]) -> None:
        self._patterns = patterns
        self._sink = sink
        self._rest = bytearray()

    def write(self, data: bytes) -> None:
        if not self._patterns.patterns:
            self._sink(data)
            return
        self._rest += data
        if b"\n" in data:
            end = self._rest.rindex(b"\n")
            lines = bytes(self._rest[:end]).decode("utf-8", "surrogateescape").split("\n")
            del self._rest[: end + 1]
            self._pass_on("".join(self._ended(line) for line in lines))
        while len(self._rest) > _WINDOW:
            piece, used = self._patterns.part(bytes(self._rest[:_WINDOW]))
            del self._rest[:used]
            self._pass_on(piece)

    def close(self) -> None:
        rest = self._rest.decode("utf-8", "surrogateescape")
        self._rest.clear()
        if rest:
            self._pass_on(self._patterns.line(rest))

    def _ended(self, line: str) -> str:
        text = line.removesuffix("\r")
        return f"{self._patterns.line(text)}{line[len(text) :]}\n"

    def _pass_on(self, text: str) -> None:
        self._sink(text.encode("utf-8", "surrogateescape"))
