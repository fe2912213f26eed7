"""Checks what an executor is told about itself before it is set up."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from batchexec.errors import ExecutorError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def only(kind: str, spec: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse a parameter the kind does not know."""
    unknown = [key for key in spec if key not in known]
    if unknown:
        raise ExecutorError(
            *(Problem(None, f"{kind} has no parameter {key!r}", near(key, known)) for key in unknown)
        )


def one_of(kind: str, key: str, value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise ExecutorError(Problem(None, f"{kind}: {key} cannot be {value!r}", near(str(value), known)))
    return value


def near(word: str, known: Collection[str]) -> str:
    """Suggest the nearest of the known words, or list them."""
    found = get_close_matches(word, known, n=1)
    return f"did you mean {found[0]}?" if found else f"it is one of {', '.join(known)}"
