"""Finds the forms of secrets in a stream of bytes, however it is cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.redaction.disguises import LINE_ENDS, SHORTEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from batchexec.redaction import Stream

_SHORT_TEXT = 1024
_GAP = 4  # characters of line ends in a row: one blank line


class Values:
    """The forms of secrets, and where they are in a text."""

    def __init__(self, names: Mapping[bytes, str]) -> None:
        self.names = names
        self._longest = max(map(len, self.names), default=0)
        self._alphabet = bytes(sorted(set(b"".join(self.names))))
        self._starts = {form[:size] for form in self.names for size in range(1, SHORTEST + 1)}
        self._by_start: dict[bytes, list[bytes]] = {}
        for form in self.names:
            self._by_start.setdefault(form[:SHORTEST], []).append(form)
        self._run = re.compile(b"[%s]{%d,}" % (re.escape(self._alphabet) or b"^\x00-\xff", SHORTEST))
        self._compiled: dict[bytes, re.Pattern[bytes]] = {}

    def spans(self, data: bytes) -> list[tuple[int, int, str]]:
        """Find all secrets: where they begin, longest first, where they end, and their names."""
        spans = [(*span, self.names[form]) for form in self._found(data) for span in self._all(form, data)]
        return sorted(spans, key=lambda span: (span[0], -span[1]))

    def _found(self, data: bytes) -> list[bytes]:
        """Say which forms there are, the way that is faster: what may be a start, or one by one."""
        if len(data) < SHORTEST or not self.names:
            return []
        squeezed = data.translate(None, LINE_ENDS)
        if len(squeezed) > _SHORT_TEXT:
            return [form for form in self.names if form in squeezed]
        starts = {
            run[at : at + SHORTEST]
            for run in self._run.findall(squeezed)
            for at in range(len(run) - SHORTEST + 1)
        }
        starts &= self._by_start.keys()
        return [form for start in starts for form in self._by_start[start] if form in squeezed]

    def _all(self, form: bytes, data: bytes) -> Iterator[tuple[int, int]]:
        """Find a form wherever it begins, also where it overlaps with itself."""
        if form not in self._compiled:
            gap = b"[\r\n]{0,%d}+" % _GAP
            self._compiled[form] = re.compile(gap.join(re.escape(bytes([byte])) for byte in form))
        found = self._compiled[form].search(data)
        while found:
            yield found.span()
            found = self._compiled[form].search(data, found.start() + 1)

    def undecided(self, data: bytes) -> int:
        """Say from where on the end of the data may be the beginning of a secret."""
        tail = data[-(1 + _GAP) * self._longest :].translate(None, LINE_ENDS) if self.names else b""
        run = tail[len(tail.rstrip(self._alphabet)) :][-self._longest :]
        for at in range(len(run)):
            if run[at : at + SHORTEST] in self._starts and self._begins(run[at:]):
                return _back(data, len(run) - at)
        return len(data)

    def _begins(self, end: bytes) -> bool:
        forms = self._by_start.get(end[:SHORTEST], ())
        return len(end) < SHORTEST or any(len(form) > len(end) and form.startswith(end) for form in forms)


def _back(data: bytes, count: int) -> int:
    """Go back from the end so many bytes, those of line ends not counted."""
    at = len(data)
    while count:
        at -= 1
        count -= data[at] not in LINE_ENDS
    return at


class ValueStream:
    def __init__(self, values: Values, out: Stream) -> None:
        self._values = values
        self._out = out
        self._held = b""
        self._covered = 0  # bytes held that a secret already told of goes up to
        self._last = ""  # its name, where nothing stands between it and what is held

    def write(self, data: bytes) -> None:
        data = self._held + data
        self._pass_on(data, self._values.undecided(data))

    def close(self) -> None:
        self._pass_on(self._held, len(self._held))
        self._out.close()

    def _pass_on(self, data: bytes, end: int) -> None:
        """Pass on what comes before `end`; a secret that begins there is known in full."""
        at, pieces = self._covered, []
        for start, stop, name in self._values.spans(data):
            if start >= end or stop <= at:
                continue
            if start > at:
                pieces.append(data[at:start])
            if start > at or name != self._last:
                pieces.append(b"[redacted:%s]" % name.encode())
            pieces.append(b"\n" * data.count(b"\n", max(at, start), stop))
            at, self._last = stop, name
        if at < end:
            pieces.append(data[at:end])
            self._last = ""
        self._held, self._covered = data[end:], max(0, at - end)
        if passed := b"".join(pieces):
            self._out.write(passed)
