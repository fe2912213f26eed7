"""What keeps a repository from being worked in, told before anything is spent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.git.program import OLDEST, version
from batchexec.git.refs import Head, Refs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OPERATIONS = {
    "MERGE_HEAD": ("a merge", "git merge --continue", "git merge --abort"),
    "rebase-merge": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "rebase-apply": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --continue", "git revert --abort"),
    "BISECT_LOG": ("a bisect", "git bisect good or bad", "git bisect reset"),
}
_MODULE = b"160000 "


class Obstacles(Refs):
    def obstacles(self, *, isolated: bool, detached_ok: bool = False) -> list[Problem]:
        """
        List what keeps tasks from being committed here, or from working in worktrees of their own.

        A HEAD before the first commit is in the way of worktrees only.
        """
        old = old_version(self.program)
        if old:
            return [old]
        found = [*self._of_head(self.head(), isolated=isolated, detached_ok=detached_ok)]
        found += [*self._in_progress(), *self._locks()]
        return [*found, *self._of_isolation()] if isolated else found

    def _of_head(self, head: Head, *, isolated: bool, detached_ok: bool) -> Iterator[Problem]:
        if head.commit is None and isolated:
            yield Problem(None, f"{self.top}: there is no commit yet", "commit once, and run again")
        if head.branch is None and not detached_ok:
            yield Problem(None, f"{self.top}: HEAD is on no branch", "`git switch` to the branch work is for")

    def _in_progress(self) -> Iterator[Problem]:
        for name, (what, on, back) in _OPERATIONS.items():
            if (self.directory / name).exists():
                yield Problem(None, f"{self.top}: {what} is in progress", f"end it by `{on}` or `{back}`")

    def _locks(self) -> Iterator[Problem]:
        head = self.ask("symbolic-ref", "--quiet", "HEAD").output.decode().strip()
        paths = [self.directory / "index.lock", self.directory / "HEAD.lock"]
        paths += [self.common / f"{name}.lock" for name in ("config", "packed-refs", head) if name]
        for path in dict.fromkeys(paths):
            age = _age_s(path)
            if age is not None:
                hint = "wait for the git that holds it, or delete the file if there is none"
                yield Problem(None, f"{path}: a lock, {_spoken(age)} old", hint)

    def _of_isolation(self) -> Iterator[Problem]:
        entries = self.tell("ls-files", "-z", "--stage").split(b"\0")
        modules = [entry.partition(b"\t")[2] for entry in entries if entry.startswith(_MODULE)]
        if modules:
            message = f"{self.top}: has submodules, such as {modules[0].decode(errors='replace')}"
            yield Problem(
                None,
                message,
                "worktrees do not get them: run one task at a time, or PRPs with `worktrees: false`",
            )
        if self.ask("config", "--type=bool", "core.sparseCheckout").output.strip() == b"true":
            message = f"{self.top}: only a part of the files is checked out"
            yield Problem(
                None,
                message,
                "`git sparse-checkout disable`, or run one task at a time, or PRPs with `worktrees: false`",
            )


def old_version(git: str) -> Problem | None:
    found = version(git)
    if found is None or found >= OLDEST:
        return None
    have, need = (".".join(map(str, number)) for number in (found, OLDEST))
    return Problem(None, f"{git} is version {have}", f"install git {need} or newer")


def _age_s(path: Path) -> float | None:
    try:
        return max(0.0, time.time() - path.lstat().st_mtime)
    except OSError:
        return None


def _spoken(seconds: float) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{int(seconds)} seconds"
