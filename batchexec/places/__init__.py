"""Where an attempt works whose word counts for nothing: a place of its own, held against what it was."""

from __future__ import annotations

from batchexec.places.in_place import InPlace
from batchexec.places.kept import Keeping, KeptWorktree
from batchexec.places.place import Landing, Place
from batchexec.places.pool import Pool
from batchexec.places.trunk import Trunk
from batchexec.places.worktree import Worktree

__all__ = ["InPlace", "Keeping", "KeptWorktree", "Landing", "Place", "Pool", "Trunk", "Worktree"]
