"""Whether the evidence of a task holds, asked again only where a file it is about changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.evidence import Tree, Verdict, check_all, parse_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.engine.digests import FileDigests
    from batchexec.evidence import Commands
    from batchexec.hooks import Hook
    from batchexec.model import Task


_WEAK, _COMMAND = "", " "
_MARKS = (_WEAK, _COMMAND)
"""Stand in a proof among the paths, none of which is like them: a hook is weak, or names a command."""


class Proofs:
    """
    What the tree proves of tasks that are not running.

    Commands of hooks are run for it only where tasks are carried out, too: a
    plan runs nothing.
    """

    def __init__(self, root: Path, files: FileDigests, commands: Commands | None, *, strict: bool) -> None:
        self._root = root
        self._commands = commands
        self._files = files
        self._strict = strict

    def verdict(self, task: Task) -> Verdict:
        hooks = check_all(parse_all(task.evidence), Tree(self._root), self._commands)
        return Verdict(tuple(hooks), self._strict)

    def forget(self) -> None:
        """Run commands anew: the tree they ran in has changed."""
        if self._commands:
            self._commands.forget()

    def proven(self, task: Task) -> bool:
        """
        Tell whether every hook of a task holds.

        A file that exists is no proof: a hook has to find something in it.
        """
        claims = parse_all(task.evidence)
        if any(isinstance(hook, Problem) or self._is_missing(hook) for _, hook in claims):
            return False
        return self.verdict(task).proven

    def _is_missing(self, hook: Hook) -> bool:
        # Most tasks that did not run yet lack a file: found out without listing directories.
        return not hook.alternatives and not os.path.lexists(f"{self._root}/{hook.path}")

    def stand(self, proof: Mapping[str, str] | None) -> bool:
        """Tell whether every file a proof rests on is as it was, and the proof as good as is asked for."""
        if proof is None or (self._strict and _WEAK in proof) or (self._commands and _COMMAND in proof):
            return False
        return all(self._files.get(path) == digest for path, digest in proof.items() if path not in _MARKS)

    def of(self, verdict: Verdict | None) -> dict[str, str] | None:
        """Take the digests of the files a verdict rests on; None where it does not rest on files alone."""
        if verdict is None or not verdict.holds:
            return None
        hooks = [hook.hook for hook in verdict.hooks if hook.hook and not hook.hook.manual]
        digests = {hook.path: self._files.get(hook.path) for hook in hooks}
        known = {path: digest for path, digest in digests.items() if digest}
        marks = {_WEAK: any(hook.weak for hook in verdict.hooks), _COMMAND: any(h.command for h in hooks)}
        marked = {mark: "" for mark, is_there in marks.items() if is_there}
        return {**known, **marked} if len(known) == len(digests) else None
