"""Follows the list below `**Evidence:**`, whose items may do without the word."""

from __future__ import annotations


class EvidenceList:
    """
    The list below `**Evidence:**`, while it lasts.

    Its first item says how far it is indented; it ends at the first line in
    front of that, and at a paragraph beside its items.
    """

    def __init__(self) -> None:
        self.label: int | None = None
        self.items: int | None = None

    def open(self, indent: int) -> None:
        self.label, self.items = indent, None

    def close(self) -> None:
        self.label = self.items = None

    def holds(self, indent: int, *, is_item: bool) -> bool:
        """Say whether the next line, at this column, is in the list; one that is not ends it."""
        if self.label is None:
            return False
        if self.items is None and is_item and indent >= self.label:
            self.items = indent
        if self.items is None or indent < self.items or (indent == self.items and not is_item):
            self.close()
            return False
        return True
