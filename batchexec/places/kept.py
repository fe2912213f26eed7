"""Worktrees that stay until their work is merged: whoever goes on with it finds it there."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import GitError, WorkspaceError
from batchexec.places.worktree import Worktree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from batchexec.model import Edit
    from batchexec.places.place import Commit, Landing
    from batchexec.places.trunk import Trunk

_BRANCHES = "refs/heads/"


@dataclass(slots=True)
class Note:
    """
    How far the work in a worktree has come.

    `text` is the digest of what was asked. `steps` hold a tree and a message
    for each part that is done; with `done` all of them are. `made` is the tree of
    the work while its gates run there, which may change it. `path` is where the
    worktree stands.
    """

    base: str
    text: str
    done: bool = False
    steps: list[tuple[str, str]] = field(default_factory=list)
    parts: int = 0
    path: str = ""
    made: str = ""

    @classmethod
    def read(cls, file: Path) -> Note | None:
        """Read a note; one that is damaged is none."""
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            return cls(
                str(said["base"]),
                str(said["text"]),
                said["done"] is True,
                [(str(tree), str(message)) for tree, message in said["steps"]],
                int(said["parts"]),
                str(said["path"]),
                str(said.get("made", "")),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


class KeptWorktree(Worktree):
    """
    The worktree of one task, over as many runs as it takes.

    `text` is the digest of what the task says: where it says something else,
    the work goes on, and is not taken for done. `known` are commits that
    branches of the task may lead to.
    """

    def __init__(
        self,
        trunk: Trunk,
        path: Path,
        worker: Path,
        setup: Sequence[str],
        *,
        note: Path,
        text: str,
        known: Sequence[str] = (),
        judged_only: bool = False,
    ) -> None:
        """With `judged_only` work that was begun is not gone on with, only judged."""
        super().__init__(trunk, path, worker, setup)
        self._judged_only = judged_only
        self._path_of_note = note
        self._text = text
        self._known = known
        self._note = Note("", text)
        self.lost = ""
        self.notes: list[str] = []
        self.is_as_it_was = False
        """Whether this is the very work that was judged before."""

    @property
    def is_done(self) -> bool:
        """Whether the work is done, and only has to be judged."""
        return self._note.done

    @property
    def parts_done(self) -> int:
        return self._note.parts

    def begin(self) -> None:
        note = self._read_note()
        self.lost, self.is_as_it_was = "", False
        if note is None or not self._go_on(note):
            if note:
                self.lost = self._keep_unfinished(note)
            super().begin()
            self._note = Note(self._base, self._text, path=str(self.path))
        self._write_note()

    def _go_on(self, note: Note) -> bool:
        """Bring what was begun up to the base of now; false where that cannot be done."""
        self._trunk.check()
        try:
            made = note.made or self._git.worktree_tree(self.path, self._trunk.also)
            tip = self._trunk.tip
            tree, steps = made, note.steps
            if note.base != tip:
                tree = self._upon(tip, note.base, made)
                steps = [(self._upon(tip, note.base, step), said) for step, said in note.steps]
            self._git.checkout_tree(self.path, tip, tree)
        except (GitError, WorkspaceError, _Conflict):
            return False
        self._include()
        same = note.text == self._text
        self._base, self._made, self._kept = tip, "", ""
        parts = note.parts if same else 0
        done = same and (note.done or self._judged_only)
        self.is_as_it_was = done
        self._note = Note(tip, self._text, done, steps, parts, str(self.path), tree if done else "")
        return True

    def _upon(self, tip: str, base: str, tree: str) -> str:
        merged = self._git.merge(tip, self._git.commit_tree(tree, [base], "what an attempt made"))
        if merged.conflicts:
            raise _Conflict
        return merged.tree

    def _keep_unfinished(self, note: Note) -> str:
        """Keep what was begun and cannot be gone on with; says where, nothing where there is nothing."""
        try:
            tree = note.made or self._git.worktree_tree(self.path, self._trunk.also)
            if tree == self._git.tree_of(note.base):
                return ""
            ref = self._git.kept_ref("unfinished", self.path.name)
            earlier = self._git.resolve(ref)
            parents = [note.base, *([earlier] if earlier else [])]
            self._git.keep(ref, self._git.commit_tree(tree, parents, f"what was begun in {self.path.name}"))
        except (GitError, WorkspaceError):
            return ""
        return ref

    def step(self, message: str) -> None:
        tree = self._git.worktree_tree(self.path, self._trunk.also)
        before = self._note.steps[-1][0] if self._note.steps else self._git.tree_of(self._base)
        self._note.parts += 1
        if tree != before:
            self._note.steps.append((tree, message))
        self._write_note()

    def carried_out(self) -> None:
        self._note.done = True
        self._note.made = self._git.worktree_tree(self.path, self._trunk.also)
        self._write_note()

    def tidy(self, forbids: Callable[[str], bool]) -> None:  # noqa: ARG002  # all of it is taken back
        """Make the place as the work left it: what gates changed is nobody's work."""
        self._trunk.check()
        self._git.checkout_tree(self.path, self._base, self._made)
        self._note.made = ""
        self._write_note()

    def reopen(self) -> None:
        """Note that what was done is not good enough."""
        self._note.done = False
        with suppress(OSError):
            self._write_note()

    @contextmanager
    def landing(self, order: int) -> Iterator[Landing]:
        base = self._base
        with self._trunk.turn(order):
            self._follow_head()
        with super().landing(order) as landing:
            if landing.conflict:
                # It would be in conflict again: the next attempt begins anew.
                self._path_of_note.unlink(missing_ok=True)
            elif landing.moved:
                self._move_steps(base)
            yield landing

    def _follow_head(self) -> None:
        """Take in what somebody else committed meanwhile: this work has to go together with it."""
        head = self._git.head().commit
        if head and not self._git.is_ancestor(head, self._trunk.tip):
            self._trunk.look_again()

    def _move_steps(self, base: str) -> None:
        """Bring the steps up to the base of now; one that only goes with later ones is part of these."""
        steps, self._note.steps = self._note.steps, []
        self._note.base = self._base
        for tree, message in steps:
            with suppress(_Conflict):
                self._note.steps.append((self._upon(self._base, base, tree), message))

    def _chain(self, head: str) -> tuple[str, ...]:
        """Commit each step upon the one before; where the base has moved the last commit has to do."""
        found: list[str] = []
        before = self._git.tree_of(self._base)
        tree, parent = self._git.tree_of(head), head
        for step, message in self._note.steps:
            edits = self._trunk.committable(self._trunk.between(before, step))
            if edits:
                tree = self._trunk.with_edits(tree, edits)
                parent = self._git.commit_tree(tree, [parent], message)
                found.append(parent)
            before = step
        return tuple(found)

    def _branch(self, sha: str, names: Sequence[str]) -> str:
        """Let a branch lead to a commit: the first of these names that is free, or was this task's before."""
        for name in names:
            ref = f"{_BRANCHES}{name}"
            there = self._git.resolve(ref) or ""
            if there and there not in self._known:
                if any(self._git.is_ancestor(one, there) for one in self._known if self._git.resolve(one)):
                    self.notes.append(f"branch {name} has commits that are not ours, and is left as it is")
                continue
            with suppress(GitError):
                if self._git.move(ref, sha, there):
                    return name
        return ""

    def landed(self, edits: Sequence[Edit], commit: Commit | None) -> str:
        refusal = super().landed(edits, commit)
        if not refusal:
            self._trunk.rest_on_head()
        return refusal

    def remove(self) -> None:
        super().remove()
        self._path_of_note.unlink(missing_ok=True)

    def _read_note(self) -> Note | None:
        note = Note.read(self._path_of_note) if self._is_there else None
        # What somebody else put at a place that is free again is none of ours.
        return note if note and note.path == str(self.path) else None

    def _write_note(self) -> None:
        """Durable before what it says is relied upon."""
        temporary = self._path_of_note.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(asdict(self._note), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path_of_note)


class _Conflict(Exception):  # noqa: N818  # an answer of git's
    """What was begun does not go together with the base of now."""


class Keeping:
    """The kept worktrees of a batch, below a directory of its own."""

    def __init__(self, trunk: Trunk, directory: Path, workers: Path, setup: Sequence[str] = ()) -> None:
        self._trunk = trunk
        self._directory = directory
        self._workers = workers
        self._setup = setup
        self._elsewhere: dict[Path, str] = {}

    def begin(self) -> None:
        """Be ready to give worktrees. Raises OSError where nothing can be written."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._trunk.repository.forget_worktrees(self._directory)

    def take(
        self,
        name: str,
        text: str,
        known: Sequence[str] = (),
        *,
        path: Path | None = None,
        fresh: bool = False,
        judged_only: bool = False,
    ) -> KeptWorktree:
        """
        Give the worktree of this name; a `fresh` one has nothing in it yet.

        It stands at `path` if one is said, unless something is there that is not this very worktree.
        """
        worker = self._workers / name
        worker.mkdir(mode=0o700, parents=True, exist_ok=True)
        where = path if path and self._may_stand(name, path) else self._directory / name
        note = self._directory / f"{name}.json"
        made = KeptWorktree(
            self._trunk,
            where,
            worker,
            self._setup,
            note=note,
            text=text,
            known=known,
            judged_only=judged_only,
        )
        if path and where != path:
            made.notes.append(f"its worktree cannot be made at {path}, and is at {where}")
        if fresh:
            made.remove()
        return made

    def _may_stand(self, name: str, path: Path) -> bool:
        """Tell whether a worktree may be made, and taken away again, where people want to have it."""
        note = Note.read(self._directory / f"{name}.json")
        ours = bool(note and note.path == str(path)) and (path / ".git").is_file()
        free = not os.path.lexists(path) and os.access(path.parent, os.W_OK | os.X_OK)
        return (ours or free) and self._elsewhere.setdefault(path, name) == name

    def clear(self, name: str) -> None:
        """Take away the worktree of work that was merged, if a run died before it could."""
        file = self._directory / f"{name}.json"
        if file.exists():
            note = Note.read(file)
            self.take(name, "", path=Path(note.path) if note else None, fresh=True)

    def close(self) -> None:
        """Leave what is still needed."""
        with suppress(OSError):
            self._directory.rmdir()
        if not self._directory.exists():
            shutil.rmtree(self._workers, ignore_errors=True)
