"""What a source file defines: Python by its syntax tree, other languages by a grammar or a careful look."""

from __future__ import annotations

from batchexec.symbols.grammars import accepts
from batchexec.symbols.languages import language_of
from batchexec.symbols.sighting import Sighted, Sighting
from batchexec.symbols.source import Source, source_of

__all__ = ["Sighted", "Sighting", "Source", "accepts", "defines", "language_of", "source_of"]


def defines(text: str, name: str, language: str | None = "python") -> bool:
    """
    Say whether a text has a definition of a name, be it a stub.

    Where there is no grammar for a language, the name as a word of the code
    has to do.
    """
    kind = Source(text, language).look_up(name).kind
    return kind in {Sighting.DEFINED, Sighting.WEAK, Sighting.STUB}
