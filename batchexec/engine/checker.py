"""Decides what is out of date, by content, and says why."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchexec.engine.digests import FileDigests
from batchexec.engine.proofs import Proofs
from batchexec.engine.tries import said
from batchexec.model import BlockKind, Reason, Status, Written
from batchexec.rundb import RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.evidence import Commands
    from batchexec.graph import Graph
    from batchexec.model import Change, Outcome, Task
    from batchexec.rundb import LastAttempt, RunDatabase

Components = dict[str, Any]

_PARTS = (BlockKind.SYMBOL, BlockKind.CONTENT)


class Checker:
    """
    Compares what a task is made of now with what it was made of when it last passed.

    Where there is `completed`, what that says of a task's id decides instead.
    `taken_back` says why a task that passed does not count any more.

    The components are stored one by one with the task's record, so that each
    rerun can name the one that changed. Files that our own tasks edit in turn
    do not make each other stale: an edit of ours is no change.
    """

    def __init__(
        self,
        graph: Graph,
        fingerprint: Callable[[Task], str],
        root: Path,
        database: RunDatabase,
        commands: Commands | None = None,
        *,
        strict: bool = False,
        refresh: Container[str] = (),
        completed: Callable[[str], bool] | None = None,
        taken_back: Callable[[Task], str] | None = None,
    ) -> None:
        self._graph = graph
        self._refresh = refresh
        self._completed = completed
        self._taken_back = taken_back
        self._fingerprint = fingerprint
        self._root = str(root)
        self._last: Mapping[str, LastAttempt] | None = None
        self._words: Mapping[str, Outcome] | None = None
        self._database = database
        self._edits = database.edits()
        self.written: dict[str, Written] = database.written()
        self.files = FileDigests(root, database.digests())
        self.proofs = Proofs(root, self.files, commands, strict=strict)

    def components(self, task: Task) -> Components:
        """Take the digests of all a task is made of, as they are at this moment."""
        return {
            "section": section_digest(task),
            "executor": self._fingerprint(task),
            "evidence": _evidence_digest(task),
            "inputs": {path: self.files.get(path) for path in self._inputs(task)},
            "wholes": self._wholes(task),
            "fragments": _fragments(task),
        }

    def _inputs(self, task: Task) -> Iterator[str]:
        own = {output.path for output in task.outputs}
        seen = set()
        for path in (*task.inputs, *self._upstream(task)):
            if path not in own and path not in seen:
                seen.add(path)
                yield path

    def _upstream(self, task: Task) -> Iterator[str]:
        for name in self._graph.deps.get(task.name, ()):
            yield from (output.path for output in self._graph.tasks[name].outputs)

    def _wholes(self, task: Task) -> dict[str, str | None]:
        """
        Take what other tasks wrote whole where this one puts its fragments.

        The file itself is no use as an input: this task changes it.
        """
        if task.name not in self._graph.follows and task.name not in self._graph.deps:
            return {}
        fragments = {block.path for block in task.blocks if block.kind in _PARTS}
        return {
            path: written.whole
            for path in sorted(fragments)
            if (written := self.written.get(path)) is not None
        }

    def stale(self, task: Task, record: Mapping[str, Any] | None) -> bool:
        return next(self.reasons(task, record), None) is not None

    def reasons(self, task: Task, record: Mapping[str, Any] | None) -> Iterator[Reason]:
        """Say why a task has to run; nothing where it is up to date."""
        if self._completed:
            yield from self._not_completed(task)
            return
        then = (record or {}).get("components")
        if then is not None and self._taken_back and (why := self._taken_back(task)):
            yield Reason("record", why)
        if task.name in self._refresh or task.id in self._refresh:
            yield Reason("record", "its answer is asked for anew")
        if record is None or then is None:
            if (record or {}).get("forgotten"):
                yield Reason("record", "its last result was forgotten")
            elif not self._was_there(task):
                yield self._no_record(task)
            return
        yield from self._text_changes(task, then)
        yield from self._evidence_changes(task, record)
        yield from self._output_changes(task)
        if then["inputs"] or task.inputs or task.name in self._graph.deps:
            yield from self._input_changes(task, then["inputs"])
        wholes = self._wholes(task)
        for path, old in then["wholes"].items():
            if wholes.get(path, old) != old:
                by = self._id(self.written[path].writer)
                yield Reason("input", f"{path} was written anew by {by}", old, wholes[path])

    def _not_completed(self, task: Task) -> Iterator[Reason]:
        assert self._completed
        if self._completed(task.id):
            return
        last = self._last_attempt(task)
        why = f"; {self._no_record(task).detail}" if last and last.status != Status.PASSED else ""
        yield Reason("record", f"it is not completed yet{why}")

    def _text_changes(self, task: Task, then: Components) -> Iterator[Reason]:
        section = section_digest(task)
        if then["section"] != section:
            yield Reason("section", f"its text at {task.location} changed", then["section"], section)
        executor = self._fingerprint(task)
        if then["executor"] != executor:
            yield Reason(
                "executor",
                f"it is carried out differently: {_spoken(then['executor'], executor)}",
                then["executor"],
                executor,
            )

    def _evidence_changes(self, task: Task, record: Mapping[str, Any]) -> Iterator[Reason]:
        """Ask the evidence again where it changed, or a file it is about; the executor only if it fails."""
        if not task.evidence:
            return
        old, new = record["components"]["evidence"], _evidence_digest(task)
        # A name that was settled may be unsettled again in tasks.md: that is no change of a file it is about.
        if old == new and not task.naming and self.proofs.stand(record.get("proven")):
            return
        complaint = self.proofs.verdict(task).complaint
        if complaint:
            changed = "" if old == new else "its evidence hooks changed: "
            yield Reason("evidence", f"{changed}{complaint}", old, new)

    def _was_there(self, task: Task) -> bool:
        """Tell whether what a task is to bring about was there before the batch ever did it."""
        if not task.evidence:
            return False
        last = self._last_attempt(task)
        forgotten = last is not None and last.status == Status.PASSED
        return not forgotten and self.proofs.proven(task)

    def _output_changes(self, task: Task) -> Iterator[Reason]:
        for output in task.outputs:
            path = output.path
            if not os.path.lexists(f"{self._root}/{path}"):
                yield Reason("output", f"{path} is missing")
                continue
            written = self.written.get(path)
            if written and written.writer not in (None, task.name) and _writes_whole(task, path):
                yield Reason("output", f"{path} was written anew by {self._id(written.writer)}")

    def _id(self, name: str | None) -> str:
        task = self._graph.tasks.get(name or "")
        return task.id if task else f"{name}, which is no task any more"

    def _input_changes(self, task: Task, then: Mapping[str, str | None]) -> Iterator[Reason]:
        now = {path: self.files.get(path) for path in self._inputs(task)}
        for path, digest in now.items():
            if path not in then:
                yield Reason("input", f"{path} is a new input", None, digest)
            elif digest != then[path] and not self._ours(path, then[path], digest):
                what = "is gone" if digest is None else "changed" if then[path] else "appeared"
                yield Reason("input", f"{path} {what}", then[path], digest)
        for path in then.keys() - now.keys():
            yield Reason("input", f"{path} is no input any more", then[path], None)

    def _ours(self, path: str, before: str | None, after: str | None) -> bool:
        """Tell whether our own tasks' edits lead from one content of a file to another."""
        if path not in self._edits or before is None:
            return False
        edits = self._edits[path]
        seen, todo = {before}, [before]
        while todo:
            for step in edits.get(todo.pop(), ()):
                if step == after:
                    return True
                if step not in seen:
                    seen.add(step)
                    todo.append(step)
        return False

    def _last_attempt(self, task: Task) -> LastAttempt | None:
        if self._last is None:
            self._last = self._database.last_attempts()
        return self._last.get(task.name)

    def reworded(self, task: Task) -> frozenset[str]:
        """Name the files whose fragments say something else than when the task passed last."""
        now = _fragments(task)
        if not now:
            return frozenset()
        then = self._database.passed_components(task.name).get("fragments", {})
        return frozenset(path for path, digest in now.items() if then.get(path, digest) != digest)

    def reworded_since(self, task: Task, record: Mapping[str, Any] | None) -> bool:
        """Tell whether a task says something else than when it passed last, as far as that is known."""
        then = (record or {}).get("components")
        return then is not None and then["section"] != section_digest(task)

    def last_failure(self, task: Task) -> str:
        """Say why the attempt before this one failed; nothing where it passed or there was none."""
        last = self._last_attempt(task)
        return last.summary if last and last.status != Status.PASSED else ""

    def feedback(self, task: Task) -> str:
        """Say to the next attempt what was wrong with the last; nothing where that was not its doing."""
        if self._words is None:
            self._words = self._database.last_words()
        last = self._words.get(task.name)
        return said(last) if last else ""

    def _no_record(self, task: Task) -> Reason:
        last = self._last_attempt(task)
        if last is None:
            return Reason("record", "it has not run yet")
        if last.status == Status.PASSED:
            return Reason("record", "its last result was forgotten")
        if last.status == RUNNING:
            return Reason("record", "its last attempt has not ended")
        why = f": {last.summary}" if last.summary else ""
        return Reason("record", f"its last attempt ended as {last.status.replace('_', ' ')}{why}")

    def edited(self, task: Task) -> list[str]:
        """List outputs that a person changed since the batch wrote them."""
        return [
            output.path
            for output in task.outputs
            if (written := self.written.get(output.path))
            and (digest := self.files.get(output.path))
            and digest != written.content
        ]

    def found_as_wanted(self, task: Task, changes: Sequence[Change]) -> list[str]:
        """List the files that a task was to write whole and found to be as it would have them."""
        changed = {change.path for change in changes}
        found = [
            output.path
            for output in task.outputs
            if output.path in self.written and output.path not in changed and _writes_whole(task, output.path)
        ]
        for path in found:
            self.written[path] = replace(self.written[path], writer=task.name)
        return found

    def note(self, task: Task, changes: Iterable[Change]) -> None:
        """Take over what a finished task changed, as the database now has it."""
        self.proofs.forget()
        for change in changes:
            if change.backup:
                continue
            if change.source:
                self.written.pop(change.source, None)
            if change.after is None:
                self.written.pop(change.path, None)
                self._edits.pop(change.path, None)
                continue
            old = self.written.get(change.path)
            if not change.part:
                self._edits.pop(change.path, None)
                self.written[change.path] = Written(change.after, change.after, task.name)
                continue
            if change.before:
                self._edits.setdefault(change.path, {}).setdefault(change.before, []).append(change.after)
            self.written[change.path] = replace(old or Written(change.after), content=change.after)


def _spoken(then: str, now: str) -> str:
    """Name two ways of carrying a task out in a few words."""
    old, new = (" then ".join(map(_who, said.split(" then "))) for said in (then, now))
    return f"{old} became {new}" if old != new else f"{new} is told something else"


def _who(fingerprint: str) -> str:
    """Leave out of a fingerprint what only tells whether it is another one."""
    return fingerprint.partition(" #")[0]


def _fragments(task: Task) -> dict[str, str]:
    """Take the digests of what a task has for parts of files, by file."""
    texts: dict[str, list[str]] = {}
    for block in task.blocks:
        if block.kind in _PARTS:
            texts.setdefault(block.path, []).append(block.text)
    return {path: _digest(parts) for path, parts in texts.items()}


def _writes_whole(task: Task, path: str) -> bool:
    return any(block.path == path and block.kind is BlockKind.FILE for block in task.blocks)


def _evidence_digest(task: Task) -> str:
    """
    Take the digest of a task's hooks.

    A naming task may put the path that was found into a hook in place of the
    one that was expected: that is its work, and no change of its evidence.
    """
    payloads = [hook.payload for hook in task.evidence]
    for naming in task.naming:
        for candidate in naming.candidates:
            payloads = [payload.replace(candidate.path, naming.expected) for payload in payloads]
    return _digest(payloads) if payloads else ""


def section_digest(task: Task) -> str:
    """Take the digest of what a task says, wherever it says it."""
    return _digest((task.id, task.title, task.prompt))


def _digest(parts: Iterable[str]) -> str:
    # No text that was read holds a NUL, so this tells any two lists of texts apart.
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
