"""What runs wrote into the tree, noted before each write, so that it can be taken back without git."""

from __future__ import annotations

from batchexec.journal.journal import Journal
from batchexec.journal.record import Entry, Record, Write
from batchexec.journal.undoing import Kept, Undone
from batchexec.journal.writing import Writing

__all__ = ["Entry", "Journal", "Kept", "Record", "Undone", "Write", "Writing"]
