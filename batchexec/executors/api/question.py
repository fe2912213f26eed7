"""What is asked of whom, and what has been heard of the answer so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from batchexec.model import Usage

LARGEST_ANSWER = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request; `key` names the variable its key stands in, `secret` is the key."""

    provider: str
    model: str
    text: str
    system: str
    temperature: float | None
    max_tokens: int
    base_url: str | None
    timeout_s: float
    silence_s: float
    key: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class Heard:
    """
    An answer as it comes in.

    `stop` is why it ended: `end`, `length` or `refusal`; None as long as it has
    not. Of the usage, what is not reported stays None.
    """

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    stop: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    last: float = field(default_factory=time.monotonic)

    def add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.size += len(piece)

    @property
    def text(self) -> str:
        """All that was said; halves of a character that came in two pieces are put together."""
        text = "".join(self.pieces)
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text

    @property
    def usage(self) -> Usage | None:
        if self.input_tokens is None and self.output_tokens is None:
            return None
        return Usage(self.input_tokens or 0, self.output_tokens or 0, self.cached_tokens)
