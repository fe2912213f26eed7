"""How words about plans speak: to people, to programs, and with questions."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 1


def say(text: str) -> None:
    """Write to stdout what was asked for."""
    if text:
        sys.stdout.write(printable(text if text.endswith("\n") else f"{text}\n"))


def tell(text: str) -> None:
    """Write to stderr what goes with it."""
    if text:
        sys.stdout.flush()
        sys.stderr.write(printable(text if text.endswith("\n") else f"{text}\n"))
        sys.stderr.flush()


def say_json(document: Mapping[str, Any]) -> None:
    """Write one document to stdout, which holds nothing else then."""
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def can_ask() -> bool:
    return bool(sys.stdin and sys.stdin.isatty())


def ask(question: str, *, aside: bool = False) -> str | None:
    """Ask, on stderr where stdout is for programs; None where somebody would rather not answer."""
    stream = sys.stderr if aside else sys.stdout
    try:
        stream.write(printable(question))
        stream.flush()
        answer = sys.stdin.buffer.readline().decode(errors="replace")
    except KeyboardInterrupt:
        answer = ""
    if not answer:
        stream.write("\n")
        return None
    return answer.strip()


def accepts(answer: str | None) -> bool:
    return answer is not None and answer.lower() in ("y", "yes")
