"""The walk of a task whose executor's word counts for nothing: what changed in its place is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from batchexec.build.built import PUBLISHED, Built, cleaned, conflicting, halted, held_to, unnameable
from batchexec.build.protection import Protection
from batchexec.build.recorded import Recorded, record, replayed
from batchexec.errors import BatchError, GitError, WorkspaceConflict, WorkspaceError
from batchexec.model import BlockKind, Change, Outcome, Status, Trouble, added
from batchexec.places.changing import as_diff
from batchexec.places.place import Commit, Wording
from batchexec.workspace import Stage, Workspace, discard, publish, stage_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from batchexec.evidence import Verdict
    from batchexec.executors import Attempt, Executor
    from batchexec.model import Edit, Task, Usage
    from batchexec.places import Landing, Place


_WHOLE = frozenset({BlockKind.FILE, BlockKind.MERGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What a walk is held to.

    `check` holds what the task is judged by against a directory, `held` what
    comes of that to an outcome. `forbids` tells what a task
    may not change, and `protects` whether files are named there that are to be
    watched whatever git overlooks. `again` says whether an outcome leads to another attempt
    here. `order` is the task's place in the plan; `wording` what its
    commit says, None where nothing is committed. `fresh` starts anew, else the
    attempt goes on with what the one before it left. `parts` are carried out one
    after the other in place of the task; what is done of them stays done, and `whole` is what
    follows where all are. `noted` is told
    what will become of files before that happens. `turn` waits until the
    task may come home, and is false if that will not be.
    """

    check: Callable[[Path], Verdict]
    forbids: Callable[[str], bool]
    prepared: Callable[[Outcome, Sequence[Change], str], None]
    again: Callable[[Outcome], bool]
    held: Held | None = None
    protects: bool = False
    order: int = 0
    wording: Callable[[Verdict], Wording | None] = lambda _: None
    fresh: bool = True
    recorded: Recorded | None = None
    parts: Sequence[Part] = ()
    whole: Part | None = None
    noted: Callable[[Sequence[Edit]], None] = lambda _: None
    turn: Callable[[], bool] = lambda: True


class Part(NamedTuple):
    """A piece of a task as its executor gets it, and the message of a commit of its own, if it has one."""

    task: Task
    message: str = ""


class Held(Protocol):
    """What decides, in place of evidence, whether work is good."""

    def refusal(self, root: Path, edits: Sequence[Edit]) -> str:
        """Say what is wrong with the work as it stands, without asking anybody else."""

    def outcome(self, verdict: Verdict, outcome: Outcome, *, merged: bool) -> Outcome:
        """Say what a verdict makes of an outcome; `merged` is work together with what changed meanwhile."""


def build_isolated(
    task: Task,
    executor: Executor,
    place: Place,
    workspace: Workspace,
    directory: Path,
    attempt: Attempt,
    rules: Rules,
) -> Built:
    """
    Carry a task out in a place of its own; all of what is good is brought into the user's tree, or nothing.

    What is not good enough is kept aside, unless another attempt goes on with it.
    """
    walk = _Walk(task, executor, place, workspace, directory, attempt, rules)
    try:
        built = walk.begun() or walk.run()
    except WorkspaceConflict as conflict:
        built = walk.ended(conflicting(conflict))
    except WorkspaceError as refused:
        first = refused.problems[0]
        built = walk.ended(_bad(Status.FAILED, first.message, first.hint))
    except GitError as trouble:
        built = walk.ended(_stuck(trouble))
    except UnicodeEncodeError as error:
        built = Built(unnameable(error))
    except OSError as error:
        built = halted(error)
    discard(directory)
    outcome = replace(built.outcome, usage=built.outcome.usage or walk.usage)
    return replace(built, outcome=cleaned(outcome, attempt.redact))


@dataclass(slots=True)
class _Walk:
    """`usage` is what the attempt was paid with, however it ends."""

    task: Task
    executor: Executor
    place: Place
    workspace: Workspace
    directory: Path
    attempt: Attempt
    rules: Rules
    usage: Usage | None = None
    protection: Protection | None = None

    def begun(self) -> Built | None:
        """Make the place ready; says how that failed, where it did."""
        if self.rules.fresh:
            try:
                self.place.begin()
            except GitError as trouble:
                return Built(_stuck(trouble))
        if self.rules.protects:
            self.protection = Protection(self.place.root, self.rules.forbids)
        return None

    def run(self) -> Built:
        if self.place.is_done:
            return self._judged(Outcome(status=Status.PASSED))
        paid = replayed(self.rules.recorded, self.place.root) if self.rules.recorded else None
        if paid is not None:
            built = self._judged(paid)
            if built.outcome.passed or built.outcome.status is Status.CONFLICT:
                return built
            # What was recorded is not good enough any more: it is asked for anew.
            self._abandoned(built.outcome)
            self.place.begin()
        outcome = self._execute()
        if outcome.status not in PUBLISHED:
            return self.ended(outcome)
        if self.rules.recorded and outcome.passed:
            record(self.rules.recorded, self.place.edits(), outcome)
        if outcome.passed:
            self.place.carried_out()
        return self._judged(outcome)

    def _execute(self) -> Outcome:
        """Have the executor carry out what is left of the task, or all of it once more."""
        done = self.place.parts_done
        outcome = Outcome(status=Status.PASSED)
        whole = self.rules.whole or Part(self.task)
        for number, part in enumerate(self.rules.parts[done:] or [whole], done + 1):
            outcome = self._carry_out(part.task, self.directory / f"answer-{number}")
            if not outcome.passed:
                break
            if part.message:
                self.place.step(part.message)
        return outcome

    def _carry_out(self, task: Task, directory: Path) -> Outcome:
        """Have the executor work in the place, or put there what it staged."""
        stage = Stage(Workspace(self.place.root), directory)
        outcome = self.executor.execute(task, stage, self.attempt)
        self.usage = added(self.usage, outcome.usage)
        if outcome.status in PUBLISHED:
            publish(stage.workspace, stage.directory, stage.seal())
        return replace(outcome, usage=self.usage)

    def _judged(self, outcome: Outcome) -> Built:
        watched = self.protection.changes() if self.protection else ()
        edits = self.place.edits()
        seen = {edit.path for edit in watched}
        forbidden = [edit for edit in edits if edit.path not in seen and self.rules.forbids(edit.path)]
        if forbidden or watched:
            return self.ended(self._denied([*watched, *forbidden], outcome, taken_back=forbidden))
        undone = self._undone(edits)
        if undone:
            return self.ended(self._reverted(undone, outcome))
        if self.protection:
            self.protection.tidy()
        refusal = self.rules.held.refusal(self.place.root, edits) if self.rules.held else ""
        if refusal:
            return self.ended(replace(outcome, status=Status.FAILED, summary=refusal))
        verdict = self.rules.check(self.place.root)
        self.place.tidy(self.rules.forbids)
        outcome = self._held(verdict, outcome, edits)
        if not outcome.passed:
            return self.ended(outcome, verdict)
        wording = self.rules.wording(verdict)
        if not edits and not (wording and (wording.empty or self._standing())):
            return Built(outcome, verdict=verdict)
        return self._land(outcome, verdict)

    def _standing(self) -> Sequence[Edit]:
        """Find what is left to commit of an answer that is used again, and stands in the tree already."""
        recorded = self.rules.recorded
        return self.place.standing(recorded.edits) if recorded and recorded.used else ()

    def _undone(self, edits: Sequence[Edit]) -> list[Edit]:
        """Find uncommitted work of somebody else that is as HEAD has it again."""
        declared = {output.path for output in self.task.outputs}
        return [edit for edit in self.place.undone(edits) if edit.path not in declared]

    def _reverted(self, undone: Sequence[Edit], outcome: Outcome) -> Outcome:
        self.place.take_back(undone)
        paths = ", ".join(edit.path for edit in undone)
        return replace(
            outcome,
            status=Status.DENIED,
            summary=f"it threw away what was not committed of {paths}; that was put back",
            hint="resetting or cleaning the tree takes away the work of others; leave it alone",
            trouble=Trouble.QUALITY,
        )

    def _denied(self, forbidden: Sequence[Edit], outcome: Outcome, *, taken_back: Sequence[Edit]) -> Outcome:
        """Take back what was changed although it is protected, and say what it was."""
        self.attempt.log(f"\nbatchexec: taken back, for it is protected:\n{as_diff(forbidden)}".encode())
        if self.protection:
            self.protection.restore(self.protection.changes())
        self.place.take_back(taken_back)
        paths = ", ".join(edit.path for edit in forbidden)
        return replace(
            outcome,
            status=Status.DENIED,
            summary=f"it changed {paths}, which is protected; that was taken back",
            hint="leave it as it is; or declare it as a file of the task",
            trouble=Trouble.QUALITY,
        )

    def _held(self, verdict: Verdict, outcome: Outcome, edits: Sequence[Edit]) -> Outcome:
        if self.rules.held:
            return self.rules.held.outcome(verdict, outcome, merged=False)
        held = held_to(verdict, outcome)
        if held.passed and not verdict.holds:
            held = self._effective(held, edits)
        return held if held.passed else replace(held, trouble=held.trouble or Trouble.QUALITY)

    def _effective(self, outcome: Outcome, edits: Sequence[Edit]) -> Outcome:
        """Hold an outcome that nothing speaks for to the files the task declares."""
        declared = [] if self.task.naming else [output.path for output in self.task.outputs]
        if (
            declared
            and not self._had_done(declared)
            and not {edit.path for edit in edits}.intersection(declared)
        ):
            names = ", ".join(declared)
            summary = f"it changed nothing of what it declares to change: {names}"
            return replace(outcome, status=Status.NO_EFFECT, summary=summary, trouble=Trouble.QUALITY)
        workspace = Workspace(self.place.root)
        missing = [path for path in declared if not workspace.exists(path)]
        if missing:
            summary = f"it did not write {', '.join(missing)}, which it declares"
            return replace(outcome, status=Status.NEEDS_WORK, summary=summary, trouble=Trouble.QUALITY)
        return outcome

    def _had_done(self, declared: Sequence[str]) -> bool:
        """Tell whether nothing had to change, for it stands there already."""
        if self.rules.recorded is not None and self.rules.recorded.used:
            return True
        workspace, written = Workspace(self.place.root), self.attempt.written
        return all(path in written and workspace.digest(path) == written[path].content for path in declared)

    def _land(self, outcome: Outcome, verdict: Verdict) -> Built:
        if not self.rules.turn():
            return self.ended(replace(outcome, status=Status.INTERRUPTED, summary=_BEFORE_HOME), verdict)
        with self.place.landing(self.rules.order) as landing:
            if landing.conflict:
                return self.ended(_conflict(landing))
            if landing.moved:
                verdict = self.rules.check(self.place.root)
                self.place.tidy(self.rules.forbids)
                outcome = self._held_together(verdict, outcome)
                if not outcome.passed:
                    return self.ended(outcome, verdict)
            return self._publish(outcome, verdict, landing)

    def _held_together(self, verdict: Verdict, outcome: Outcome) -> Outcome:
        if self.rules.held:
            return self.rules.held.outcome(verdict, outcome, merged=True)
        held = held_to(verdict, outcome)
        if held.passed:
            return held
        note = "it held before it was put together with what changed meanwhile"
        return replace(held, notes=(*held.notes, note), trouble=Trouble.QUALITY)

    def _publish(self, outcome: Outcome, verdict: Verdict, landing: Landing) -> Built:
        wording = self.rules.wording(verdict)
        if wording:
            landing = replace(landing, edits=(*landing.edits, *self._standing(), *wording.also))
        commit = self.place.commit(landing, wording) if wording else None
        if commit and commit.refusal:
            return self.ended(_uncommitted(commit, outcome), verdict)
        if wording and wording.stays:
            return Built(outcome, verdict=verdict, commit=commit)
        edits = commit.edits if commit and commit.edits else landing.edits
        whole = {block.path for block in self.task.blocks if block.kind in _WHOLE}
        changes = stage_edits(self.workspace, self.directory, edits, whole)
        self.rules.noted(edits)
        self.rules.prepared(outcome, changes, commit.tip if commit else "")
        publish(self.workspace, self.directory, changes)
        refusal = self.place.landed(edits, commit)
        if refusal:
            return self.ended(_uncommitted(Commit(refusal=refusal), outcome), verdict)
        return Built(outcome, changes, verdict=verdict, commit=commit)

    def ended(self, outcome: Outcome, verdict: Verdict | None = None) -> Built:
        """Leave the place to the next attempt, or keep aside what was done in it."""
        outcome = self._protected(outcome)
        again = self.rules.again(outcome)
        if self.rules.recorded and outcome.trouble is Trouble.QUALITY:
            self.rules.recorded.answers.drop(self.rules.recorded.key)
        if again and outcome.trouble is Trouble.QUALITY:
            return Built(outcome, verdict=verdict)
        if outcome.trouble is not Trouble.USAGE_LIMIT and not (again and outcome.trouble):
            outcome = self._kept(outcome)
        return Built(self._abandoned(outcome), verdict=verdict)

    def _protected(self, outcome: Outcome) -> Outcome:
        """Make protected files as they were, also where nobody came to judge."""
        try:
            if self.protection:
                self.protection.restore(self.protection.changes())
        except (BatchError, OSError) as trouble:
            return replace(outcome, notes=(*outcome.notes, f"a protected file is not as it was: {trouble}"))
        return outcome

    def _abandoned(self, outcome: Outcome) -> Outcome:
        try:
            if self.place.shared:
                outcome = self._kept(outcome)
            self.place.abandon()
        except (BatchError, OSError) as trouble:
            return replace(outcome, notes=(*outcome.notes, f"its work is still in the tree: {trouble}"))
        return outcome

    def _kept(self, outcome: Outcome) -> Outcome:
        try:
            where = self.place.keep(self.attempt.run, self.task.name)
        except BatchError as trouble:
            return replace(outcome, notes=(*outcome.notes, f"its work is not kept: {trouble}"))
        return replace(outcome, notes=(*outcome.notes, f"its work is kept: {where}")) if where else outcome


def _bad(status: Status, summary: str, hint: str = "") -> Outcome:
    return Outcome(status=status, summary=summary, hint=hint, trouble=Trouble.QUALITY)


def _stuck(trouble: GitError) -> Outcome:
    first = trouble.problems[0]
    return Outcome(status=Status.ERROR, summary=first.message, hint=first.hint, trouble=Trouble.DETERMINISTIC)


_BEFORE_HOME = "stopped before it was brought home"


def _conflict(landing: Landing) -> Outcome:
    what = landing.conflict
    first, *_ = [line for line in what.splitlines() if "CONFLICT" in line] or [what]
    return Outcome(
        status=Status.CONFLICT,
        summary=f"its work does not go together with what changed meanwhile: {first}",
        hint="what it made is kept; take it from there, or run it again",
        paths=landing.conflicts,
    )


def _uncommitted(commit: Commit, outcome: Outcome) -> Outcome:
    mend = "commit those first, then run it again" if commit.final else "mend what the hook complains of"
    return replace(
        outcome,
        status=Status.FAILED,
        summary=f"it was not committed: {commit.refusal.strip()}",
        hint=f"commit it yourself from where it is kept, or {mend}",
        trouble=None if commit.final else Trouble.QUALITY,
    )
