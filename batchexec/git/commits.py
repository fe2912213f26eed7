"""Commits: of trees for ourselves, and of a task's files for people, whose hooks then have their say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchexec import process
from batchexec.errors import GitError, Problem
from batchexec.git.index import Index
from batchexec.git.program import identity
from batchexec.git.refs import Refs
from batchexec.git.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NOBODY = {
    f"GIT_{who}_{what}": name
    for who in ("AUTHOR", "COMMITTER")
    for what, name in (("NAME", "batchexec"), ("EMAIL", "batchexec@localhost"))
}
_UNKNOWN = ("tell me who you are", "auto-detect", "empty ident name", "useConfigOnly", "no email was given")
_HOOK_TIMEOUT_S = 1800.0
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit, or None and what the hook that was against it printed."""

    sha: str | None
    output: str = ""


@dataclass(frozen=True, slots=True)
class _Hooks:
    """The user's own hooks, run as `git commit` runs them."""

    program: str
    cwd: Path
    index: Path
    cancelled: Callable[[], bool] | None

    def run(self, name: str, *words: str) -> process.Done:
        command = [self.program, "-c", "advice.ignoredHook=false", "hook", "run", "--ignore-missing", name]
        return process.run(
            [*command, "--", *words],
            self.cwd,
            timeout_s=_HOOK_TIMEOUT_S,
            environ=process.inherited() | identity() | self._environ(),
            cancelled=self.cancelled,
        )

    def _environ(self) -> dict[str, str]:
        return {
            "GIT_EDITOR": ":",
            "GIT_INDEX_FILE": str(self.index),
            "GIT_PREFIX": "",
            "GIT_TERMINAL_PROMPT": "0",
        }


class Commits(Snapshots, Refs, Index):
    def commit_tree(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Commit a tree, as the user or, if nobody said who that is, as batchexec; no ref leads to it yet."""
        # Git refuses a NUL, and half a character cannot be stored.
        text = message.replace("\0", "").encode(errors="replace")
        words = ("commit-tree", *(word for parent in parents for word in ("-p", parent)), "-F", "-", tree)
        answer = self.ask(*words, stdin=text)
        if answer.code and any(what in answer.said for what in _UNKNOWN):
            answer = self.ask(*words, stdin=text, environ=_NOBODY)
        if answer.code:
            raise self.error(words, answer)
        return answer.output.decode().strip()

    def commit_in(
        self, path: Path, message: str, *, parent: str, cancelled: Callable[[], bool] | None = None
    ) -> Committed:
        """Commit what `checkout_tree` staged in a worktree, if the hooks let it pass; no branch moves."""
        hooks = _Hooks(self.program, path, self.index_of(path), cancelled)
        made = self._commit(hooks, message, [parent])
        if made.sha is None:
            return made
        head = self.index_of(path).with_name("HEAD")
        head.write_text(f"{made.sha}\n", encoding="utf-8")
        return Committed(made.sha, made.output + hooks.run("post-commit").output)

    def commit_paths(
        self,
        paths: Sequence[str],
        message: str,
        *,
        cancelled: Callable[[], bool] | None = None,
        empty: bool = False,
    ) -> Committed:
        """
        Commit these paths of the work tree as they are now, and nothing else, if the hooks let it pass.

        What else is changed or staged stays so. Where nothing is different
        there is no commit, unless it may be `empty`, and the output says so. Raises GitError where the
        branch was moved meanwhile.
        """
        for _ in range(_TRIES):
            made = self._commit_paths(paths, message, cancelled, empty=empty)
            if made:
                return made
        hint = "leave the branch alone for a moment, and run again"
        raise GitError(Problem(None, "HEAD was moved again and again by somebody else", hint))

    def _commit_paths(
        self, paths: Sequence[str], message: str, cancelled: Callable[[], bool] | None, *, empty: bool
    ) -> Committed | None:
        head = self.head()
        old = self.tree_of(head.commit) if head.commit else self.empty_tree()
        with self.private_index(self.own_index) as index:
            # What the index knows of unchanged files is kept, and needs not be read again.
            self.tell("read-tree", "--reset", old, index=index)
            self._add(paths, index, self.top)
            if not empty and self.line("write-tree", index=index) == old:
                return Committed(None, "nothing to commit: these files are as HEAD has them\n")
            hooks = _Hooks(self.program, self.top, index, cancelled)
            made = self._commit(hooks, message, [head.commit] if head.commit else [])
            if made.sha is None:
                return made
            if not self._move_on(head.branch or "HEAD", made.sha, head.commit or "", paths):
                return None
            self.refresh_index(self._touched(paths, old, made.sha), old)
            return Committed(made.sha, made.output + hooks.run("post-commit").output)

    def _touched(self, paths: Sequence[str], old: str, new: str) -> list[str]:
        """A hook may have added files to those that were asked for."""
        return [*paths, *(one.path for one in self.differences(old, new))]

    def _move_on(self, ref: str, new: str, old: str, paths: Sequence[str]) -> bool:
        if self.move(ref, new, old, "commit by batchexec"):
            return True
        now = self.resolve(ref)
        theirs = {one.path for one in self.differences(old, now)} if now and old else set(paths)
        if theirs.intersection(paths):
            message = f"{ref} was moved by somebody else, who changed the same files"
            raise GitError(Problem(None, message, "look at what both made of them, and run again"))
        return False

    def _commit(self, hooks: _Hooks, message: str, parents: Sequence[str]) -> Committed:
        with TemporaryDirectory(prefix="batchexec-") as directory:
            file = Path(directory) / "COMMIT_EDITMSG"
            file.write_bytes(message.replace("\0", "").encode(errors="replace"))
            output = ""
            for name, words in (
                ("pre-commit", ()),
                ("prepare-commit-msg", (str(file), "message")),
                ("commit-msg", (str(file),)),
            ):
                done = hooks.run(name, *words)
                output += done.output
                if done.code:
                    return Committed(None, output or f"{name} ended with exit status {done.code}\n")
            text = file.read_bytes().decode(errors="replace").strip()
        tree = self.line("write-tree", index=hooks.index)
        return Committed(self.commit_tree(tree, parents, f"{text}\n"), output)
