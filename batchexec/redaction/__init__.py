"""Keeps secrets out of what is written down: values of variables, and what patterns describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from batchexec.hooks.patterns import is_empty_match, problem_with_regex
from batchexec.redaction.disguises import forms
from batchexec.redaction.lines import Lines, Patterns
from batchexec.redaction.values import Values, ValueStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Redactor", "Stream", "problem_with"]


class Stream(Protocol):
    """Where bytes are written to in any pieces."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class Redactor:
    """
    Replaces secrets by `[redacted:NAME]`, and what fits a pattern by `[redacted]`.

    A secret is the value of a variable whose name contains KEY, TOKEN, SECRET
    or PASSWORD, if it has 8 characters or more besides line ends; a path that
    exists and a few words such as `disabled` are none. It is found as it
    stands, in base64 and hexadecimal, quoted for a URL and inside of JSON, also
    where line breaks cut it. A value of more than 256 bytes is found by pieces
    of 128. Nothing is found that is reversed, compressed, or cut by anything
    but line breaks.

    A pattern is searched for in every line by itself; in a line of more than
    64 KiB it finds what is up to 4 KiB long. Where it takes too long, the text is left out.
    """

    def __init__(self, environ: Mapping[str, str], patterns: Iterable[str] = ()) -> None:
        self._values = Values(forms(environ))
        self._patterns = Patterns(patterns)

    def text(self, text: str) -> str:
        pieces: list[bytes] = []
        stream = self.stream(pieces.append)
        stream.write(text.encode("utf-8", "surrogatepass"))
        stream.close()
        return b"".join(pieces).decode("utf-8", "surrogatepass")

    def stream(self, sink: Callable[[bytes], None]) -> Stream:
        """
        Pass on what is written, redacted, in any pieces.

        What may be the beginning of a secret waits for what follows, and with
        patterns a line for its end; `close` passes on the rest.
        """
        return ValueStream(self._values, Lines(self._patterns, sink))


def problem_with(pattern: str) -> tuple[str, str] | None:
    """Say what is wrong with a pattern, and what would be right; None if it can be used."""
    problem = problem_with_regex(pattern)
    if problem:
        return f"'{pattern}' is no regular expression: {problem}", ""
    if is_empty_match(pattern):
        return f"'{pattern}' fits everywhere, as it fits nothing at all", "say at least one character of it"
    return None
