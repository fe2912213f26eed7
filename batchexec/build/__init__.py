"""The walk of one task, from what its executor does to what stands in the tree."""

from __future__ import annotations

from batchexec.build.built import Built, Halt
from batchexec.build.isolated import Part, Rules, build_isolated
from batchexec.build.recovery import recover
from batchexec.build.staged import Tree, build

__all__ = ["Built", "Halt", "Part", "Rules", "Tree", "build", "build_isolated", "recover"]
