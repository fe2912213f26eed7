"""Evidence hooks: the claims of a tasks.md about files, how they are written and whether they hold."""

from __future__ import annotations

from batchexec.hooks.hook import Hook, HookType
from batchexec.hooks.matching import SYMBOL_REASONS, Document, Judgement, judge
from batchexec.hooks.parsing import parse_hook

__all__ = ["SYMBOL_REASONS", "Document", "Hook", "HookType", "Judgement", "judge", "parse_hook"]
