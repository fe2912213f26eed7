"""Where the attempts of a run work: one at a time in the user's tree, or each in a worktree of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec import git
from batchexec.build import Tree
from batchexec.engine.checker import section_digest
from batchexec.engine.commits import commit_changes
from batchexec.engine.half_done import BEFORE
from batchexec.errors import BatchError, Problem, WorkspaceError
from batchexec.places import InPlace, Keeping, KeptWorktree, Pool, Trunk, Worktree
from batchexec.places.copies import CopiedMemory
from batchexec.places.memory import GitMemory
from batchexec.places.tools import make_tools
from batchexec.wording import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchexec.engine.prps.batch import PrpBatch
    from batchexec.engine.site import Site
    from batchexec.git import Repository
    from batchexec.model import Change, Task
    from batchexec.places import Place

_MOST_NAMED = 5


class Isolation:
    """
    The places of one run.

    `slots` is how many attempts go on at a time: one, where an executor that
    needs a place of its own cannot be given a worktree.
    """

    def __init__(self, site: Site, slots: int, *, needed: bool) -> None:
        self.slots = slots
        self.notices: list[str] = []
        self.tools: Path | None = None
        self._site = site
        self._root = site.settings.repo_root
        self._needed = needed
        self._prps = site.prps
        # In a worktree even where one goes on at a time: what is kept of it is there for the next.
        self._always = self._prps is not None and site.settings.worktrees
        self._commits = site.settings.commit == "task" or self._prps is not None
        self._keeping: Keeping | None = None
        self._places: dict[str, tuple[Place, str]] = {}
        self._trunk: Trunk | None = None
        self._pool: Pool | None = None
        self._here: InPlace | None = None
        repository = git.repository(self._root) if needed or self._commits else None
        why = "" if repository else _refusal(self._root)
        if repository and repository.is_ignored:
            repository = None
        if self._prps and not self._always:
            self.slots = 1
        if needed and slots > 1 and repository is None and not self._prps:
            self.slots = 1
            self.notices.append(f"{why or 'Not a git repository'}: one task at a time, in place.")
        self._repository = repository

    @property
    def in_worktrees(self) -> bool:
        return self._needed and (self.slots > 1 or self._always)

    @property
    def head(self) -> str:
        """The commit work starts from, empty where there is none."""
        return (self._repository.head().commit or "") if self._repository else ""

    @property
    def in_place(self) -> bool:
        return self._needed and not self.in_worktrees

    def problems(self, ours: Mapping[str, str]) -> list[Problem]:
        """
        List what would go wrong later, with what would be right.

        `ours` are the files the batch itself left, by digest: they may be uncommitted.
        """
        if self._repository is None:
            out = "run PRPs in one" if self._prps else "leave `commit: task` out"
            hint = f"run `git init`, or {out}"
            message = f"{self._root} is no git repository; nothing can be committed"
            return [Problem(None, message, hint)] if self._commits else []
        if not (self.in_worktrees or self._commits):
            return []
        found = self._repository.obstacles(isolated=self.in_worktrees, detached_ok=not self._commits)
        if self.in_worktrees and not found:
            found += [*self._dirt(self._repository, ours), *self._unwritable()]
        return found

    def _dirt(self, repository: Repository, ours: Mapping[str, str]) -> list[Problem]:
        if self._site.settings.allow_dirty:
            return []
        prefix = repository.prefix
        found = [
            path
            for path in repository.dirty()
            if not path.startswith(prefix) or not self._is_ours(path.removeprefix(prefix), ours)
        ]
        if not found:
            return []
        shown = ", ".join(found[:_MOST_NAMED])
        more = len(found) - _MOST_NAMED
        rest = f" and {plural(more, 'other file')}" if more > 0 else ""
        hint = "commit it, or let --allow-dirty take the tree as it is"
        return [Problem(None, f"{shown}{rest} changed since the last commit", hint)]

    def _is_ours(self, path: str, ours: Mapping[str, str]) -> bool:
        return path in ours and self._site.workspace.digest(path) == ours[path]

    def _unwritable(self) -> list[Problem]:
        directory = self._directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            hint = "set XDG_STATE_HOME to a directory you can write into"
            return [Problem(None, f"{directory}: no worktrees can be made here: {error.strerror}", hint)]
        if os.access(directory, os.W_OK | os.X_OK):
            return []
        hint = "set XDG_STATE_HOME to a directory you can write into"
        return [Problem(None, f"{directory}: no worktrees can be made here: it is not writable", hint)]

    @property
    def _directory(self) -> Path:
        """Where worktrees stand."""
        assert self._repository
        whose = "-prps" if self._prps else ""
        return _worktrees() / f"{self._repository.top.name}-{self._batch}{whose}"

    @property
    def _batch(self) -> str:
        """Tell batches apart that work in one repository, or are named alike."""
        return hashlib.sha256(os.fsencode(self._site.home.resolve())).hexdigest()[:12]

    @property
    def _ref(self) -> str:
        return f"refs/batchexec/tip/{self._batch}"

    def _clear(self) -> None:
        """Take away what a killed run left of its worktrees, where this one has none."""
        for left in _worktrees().glob(f"*-{self._batch}"):
            shutil.rmtree(left, ignore_errors=True)
            repository = git.repository(self._root)
            if repository:
                repository.forget_worktrees(left)
                repository.drop(self._ref)

    def begin(self) -> None:
        """Be ready to give places; needs the lock of the batch."""
        if not self.in_worktrees:
            self._clear()
        if self._repository is not None and self._needed:
            self._trunk = Trunk(
                self._repository,
                self._root,
                self._ignored(self._repository),
                self._ref,
                # What is committed of a PRP has to be good without them.
                untracked=not self._always,
            )
            self._trunk.trust()
            there = self._repository
            self.tools = make_tools(
                self._site.state / "tools",
                there.program,
                there.common,
                os.path.relpath(self._site.state, there.top),
            )
        if self.in_worktrees:
            assert self._trunk
            self._trunk.begin()
            workers = self._site.state / "workers"
            if self._prps:
                self._keep(self._prps, self._trunk, workers)
                return
            self._pool = Pool(self._trunk, self._directory, workers, self._site.settings.setup)
            self._pool.begin()

    def _keep(self, prps: PrpBatch, trunk: Trunk, workers: Path) -> None:
        """Be ready to give PRPs the worktrees they were in before."""
        setup = self._site.settings.setup
        self._keeping = Keeping(trunk, self._directory, workers, setup)
        self._keeping.begin()
        for task in self._site.graph.tasks.values():
            if prps.completion.holds(task.id):
                self._keeping.clear(prps.place_name(task))

    def _kept_place(self, keeping: Keeping, prps: PrpBatch, task: Task) -> Place:
        settings, prp = self._site.settings, prps.prp(task)
        declared = settings.use_declared_worktrees and prp.worktree_path and self._repository
        path = (
            Path(os.path.normpath(self._repository.top / prp.worktree_path))
            if declared and self._repository
            else None
        )
        return keeping.take(
            prps.place_name(task),
            section_digest(task),
            prps.commits(task.id),
            path=path,
            fresh=settings.fresh or prps.completion.holds(task.id),
            judged_only=any(id_ == task.id for id_, _ in prps.confirming),
        )

    def _ignored(self, repository: Repository) -> frozenset[str]:
        """Find out which files git would not show us that tasks are to write."""
        outputs = {output.path for task in self._site.graph.tasks.values() for output in task.outputs}
        paths = [f"{repository.prefix}{path}" for path in sorted(outputs) if self._may_be_written(path)]
        return frozenset(repository.ignored(paths))

    def _may_be_written(self, path: str) -> bool:
        """Leave out what lies behind a link or in another repository: git refuses to answer about it."""
        try:
            self._site.workspace.exists(path)
        except WorkspaceError:
            return False
        return True

    def place(self, task: Task, run: str) -> Place:
        """Give a task its place, the same one until it is released."""
        if task.name not in self._places:
            self._places[task.name] = self._new_place(task, run), run
        return self._places[task.name][0]

    def _new_place(self, task: Task, run: str) -> Place:
        if self._keeping and self._prps:
            return self._kept_place(self._keeping, self._prps, task)
        return self._pool.take() if self._pool else self._in_place(run)

    def _in_place(self, run: str) -> InPlace:
        if self._here is None:
            state = self._site.state
            memory = (
                GitMemory(self._trunk, git.kept_ref(run, BEFORE))
                if self._trunk
                else CopiedMemory(self._root, state / BEFORE / run, state / "kept")
            )
            self._here = InPlace(self._root, memory)
        return self._here

    def set_aside(self, task: Task) -> None:
        """Keep what a task has in its place, and take it out; most often that is done."""
        place, run = self._places.get(task.name, (None, ""))
        if place is not None:
            with suppress(BatchError, OSError):
                place.keep(run, task.name)
                place.abandon()

    def release(self, task: Task, *, passed: bool) -> None:
        """Take a place back from a finished task; what is no good does not stay in the user's tree."""
        if not passed:
            self.set_aside(task)
        place, _ = self._places.pop(task.name, (None, ""))
        if isinstance(place, KeptWorktree):
            if passed and self._site.settings.merge:
                place.remove()
        elif self._pool and isinstance(place, Worktree):
            self._pool.give_back(place)
        elif isinstance(place, InPlace):
            place.finish()

    def tree(self, task: Task, text: str) -> Tree:
        """Say what an executor that writes into the user's tree by itself has to heed there."""
        trunk, order = self._trunk, self._order(task)
        in_worktrees = trunk if self._pool else None

        def commit(changes: Sequence[Change]) -> str:
            assert self._repository
            return commit_changes(self._repository, changes, text)

        return Tree(
            forbids=self._site.forbids(task),
            turn=(lambda: in_worktrees.turn(order)) if in_worktrees else nullcontext,
            published=in_worktrees.advance_by if in_worktrees else lambda _: None,
            commit=commit if self._commits else lambda _: "",
        )

    def _order(self, task: Task) -> int:
        return self._site.order.get(task.name, 0)

    def close(self) -> None:
        if self._pool:
            self._pool.close()
        if self._keeping:
            self._keeping.close()
        if self._trunk and self._trunk.tip:
            self._trunk.close()


def _worktrees() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    home = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return home / "batchexec" / "worktrees"


def _refusal(root: Path) -> str:
    """Say what git has against a directory that is more than that it is no repository."""
    problem = git.refusal(root)
    return f"{problem.message} ({problem.hint})" if "belongs to somebody" in problem.message else ""
