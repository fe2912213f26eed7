"""What a place owes an attempt, and the batch afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from batchexec.model import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """
    What is said in the commit of a task, and so whether there is one at all.

    With `merge` a merge commit with that message brings it to the branch, and
    `branches` are the names, best first, of one that leads to it. `empty`
    commits also where nothing changed, `stays` leaves it at that branch. `also`
    is committed together with the work.
    """

    message: str
    merge: str = ""
    branches: tuple[str, ...] = ()
    empty: bool = False
    stays: bool = False
    also: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """
    A commit of one task's files, or what a hook or git said against it.

    `tip` is what the user's branch is to lead to: the commit `sha`, or the one
    that merges it, unless it `stays` where it is. `chain` are the commits below
    `sha` that are the task's, too, the oldest first.
    An `empty` one is made although no file changed.
    `edits` is what it brings, where that is more than it was asked for: a hook
    may change files. A refusal is `final` where no other attempt could mend it.
    """

    sha: str = ""
    tip: str = ""
    chain: tuple[str, ...] = ()
    branch: str = ""
    merge: str = ""
    stays: bool = False
    parent: str = ""
    message: str = ""
    edits: tuple[Edit, ...] = ()
    empty: bool = False
    refusal: str = ""
    final: bool = False


def mixed_up(paths: Sequence[str]) -> Commit:
    """Refuse to commit files together with what somebody else changed in them before."""
    return Commit(refusal=f"{', '.join(paths)} held changes that are not committed", final=True)


@dataclass(frozen=True, slots=True)
class Landing:
    """
    What an attempt's work comes to in the user's tree as it is now.

    `conflict` says in git's words why the two do not go together, in the files `conflicts`. `moved` says
    that the tree changed since the attempt began, so that what is below the
    place's root now was never looked at before.
    """

    edits: tuple[Edit, ...] = ()
    conflict: str = ""
    moved: bool = False
    conflicts: tuple[str, ...] = ()


class Place(Protocol):
    """
    A directory one attempt works in, and no other one meanwhile.

    In one that is `shared` people may be at work, too: nothing is taken out of
    it that was not kept before.
    """

    @property
    def shared(self) -> bool: ...

    @property
    def root(self) -> Path: ...

    @property
    def is_done(self) -> bool:
        """Whether the work is there already, and only has to be judged."""

    @property
    def parts_done(self) -> int:
        """How many parts of the work are done, of those that are carried out one after the other."""

    @property
    def worker(self) -> Path | None:
        """A directory for what programs keep of their own, where several work at a time."""

    def begin(self) -> None:
        """Start from what the user's tree is now; what was left here before is gone, unless it is kept."""

    def step(self, message: str) -> None:
        """Note that a part of the work is done that gets a commit of its own, if there is anything in it."""

    def carried_out(self) -> None:
        """Note that the work is done, and only has to be judged and brought home."""

    def edits(self) -> tuple[Edit, ...]:
        """List what is different from how it began. Raises WorkspaceError for what no task may leave."""

    def take_back(self, edits: Sequence[Edit]) -> None:
        """Make some of what is different as it was when it began."""

    def tidy(self, forbids: Callable[[str], bool]) -> None:
        """Let nothing of what checks left get into the user's tree where it is forbidden."""

    def keep(self, run: str, task: str) -> str:
        """Keep the work where nothing deletes it; returns where, empty where there is none."""

    def abandon(self) -> None:
        """Leave nothing of the work in the user's tree. Raises BatchError where that cannot be done."""

    def undone(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that made a file as HEAD has it, which it was not when the attempt began."""

    def standing(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find the edits that stood in the user's tree when work began, and are in no commit."""

    def landing(self, order: int) -> AbstractContextManager[Landing]:
        """Take the turn to bring work into the user's tree; those that wait go by their order."""

    def commit(self, landing: Landing, wording: Wording) -> Commit:
        """Commit what a landing brings, with the user's hooks, as far as that goes before it has landed."""

    def landed(self, edits: Sequence[Edit], commit: Commit | None) -> str:
        """Note that edits stand in the user's tree, and finish their commit; says what git had against it."""
