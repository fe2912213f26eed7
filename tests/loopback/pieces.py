"""Cuts a text into the pieces it is streamed in."""

from __future__ import annotations


def pieces(text: str) -> list[str]:
    """Return at most nine pieces of at least twenty characters, the last may be shorter."""
    size = max(20, -(-len(text) // 8))
    return [text[start : start + size] for start in range(0, len(text), size)]
