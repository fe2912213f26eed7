"""Creates what was chosen, one file after the other, and says what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from batchexec.errors import BatchError
from batchexec.plans.creation.content import Author
from batchexec.plans.creation.ending import Ending
from batchexec.plans.creation.places import inside, shown, why
from batchexec.plans.creation.targets import Kind
from batchexec.plans.naming import typed
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from batchexec.errors import Problem
    from batchexec.journal import Journal, Writing
    from batchexec.plans import Loaded
    from batchexec.plans.creation.choosing import Choice, Unfilled
    from batchexec.plans.creation.targets import Target

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """
    What a batch came to; paths are relative to the workspace.

    `next` is the command to type after it. `run_id` is what `plan_undo` takes,
    empty if nothing was written.
    """

    kind: Kind
    ending: Ending
    created: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
    missing_subplans: tuple[str, ...] = ()
    unfilled: tuple[tuple[str, int], ...] = ()
    run_id: str = ""
    problems: tuple[Problem, ...] = ()
    next: tuple[str, ...] = field(default=(), compare=False)

    def text(self) -> str:
        document = self.kind.document
        parts = [
            *(str(problem) for problem in self.problems),
            _part(
                f"⚠️  Missing {len(self.missing_subplans)} SUBPLANs (create these first):",
                _achievements(self.missing_subplans),
            ),
            _part(f"✅ Created {len(self.created)} {document}s:", self.created),
            _part(f"⏭️  Skipped {len(self.skipped)} (already exist):", _achievements(self.skipped)),
            _part(
                f"❌ Errors ({len(self.errors)}):",
                (f"Achievement {id_}: {said}" for id_, said in self.errors),
            ),
            _part(
                f"⚠️  To be filled ({sum(count for _, count in self.unfilled)}):",
                (f"{file} ({count})" for file, count in self.unfilled),
            ),
            f"Next: {typed(self.next)}" if self.next else "",
        ]
        return printable("".join(f"{part}\n" for part in parts if part))

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "created": list(self.created),
            "skipped": list(self.skipped),
            "errors": [{"id": id_, "message": message} for id_, message in self.errors],
            "missing_subplans": list(self.missing_subplans),
            "unfilled": [{"file": file, "count": count} for file, count in self.unfilled],
            "run_id": self.run_id or None,
            "problems": [str(problem) for problem in self.problems],
            "next": typed(self.next) if self.next else None,
        }


def nothing(choice: Choice, loaded: Loaded, ending: Ending, unfilled: Unfilled | None = None) -> Created:
    """Say the result of a batch that created nothing: refused, cancelled, or with nothing to do."""
    return Created(
        kind=choice.kind,
        ending=ending,
        skipped=choice.skipped,
        errors=choice.in_the_way,
        missing_subplans=choice.missing_subplans,
        unfilled=tuple(
            (shown(path, loaded), count) for path, count in (unfilled.blocking if unfilled else ())
        ),
        problems=choice.problems,
        next=_first(choice, loaded, unfilled),
    )


def create(
    choice: Choice,
    loaded: Loaded,
    journal: Journal,
    *,
    command: Sequence[str],
    today: date,
    overrides: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
    atomic: bool = False,
) -> Created:
    """
    Create the files of a choice, each whole or not at all; one that fails keeps no other from being created.

    A file that appeared since is left alone. With `atomic` the first failure, or an interruption,
    takes back all there is of this run. `progress` is told a line before each file.
    """
    if choice.refused:
        return nothing(choice, loaded, Ending.REFUSED)
    with journal.run(command) as writing:
        batch = _Batch(loaded, journal, writing, Author(loaded, overrides, today))
        batch.errors += choice.in_the_way
        try:
            _create_all(batch, choice.to_create, progress, atomic=atomic)
        except BaseException:
            if atomic:
                batch.take_back()
            raise
    return replace(
        nothing(choice, loaded, Ending.FAILED if batch.errors else Ending.DONE),
        created=tuple(batch.created),
        skipped=_in_order((*choice.skipped, *batch.skipped), loaded),
        errors=tuple(batch.errors),
        unfilled=tuple(batch.unfilled),
        run_id=writing.run_id,
        next=_after(batch, choice, loaded, command),
    )


def _create_all(
    batch: _Batch, wanted: Sequence[Target], progress: Callable[[str], None], *, atomic: bool
) -> None:
    for number, target in enumerate(wanted, 1):
        if atomic and batch.errors:
            break
        progress(f"Creating {number}/{len(wanted)}: {target.path.name}")
        batch.create(target)
    if atomic and batch.errors:
        batch.take_back()


class _Batch:
    def __init__(self, loaded: Loaded, journal: Journal, writing: Writing, author: Author) -> None:
        self._loaded = loaded
        self._journal = journal
        self._writing = writing
        self._author = author
        self._paths: dict[str, str] = {}
        self.created: list[str] = []
        self.ids: list[str] = []
        self.skipped: list[str] = []
        self.errors: list[tuple[str, str]] = []
        self.vague: list[str] = []
        self.unfilled: list[tuple[str, int]] = []

    def create(self, target: Target) -> None:
        try:
            text, count = self._author.write(target)
            path = inside(self._journal.root, target.path)
            if not self._writing.create(path, text.encode()):
                self.skipped.append(target.id)
                return
        except (BatchError, OSError) as error:
            self.errors.append((target.id, why(error)))
            return
        self._paths[path] = target.id
        self.created.append(shown(target.path, self._loaded))
        self.ids.append(target.id)
        if count:
            self.unfilled.append((self.created[-1], count))
            self.vague.append(target.id)

    def take_back(self) -> None:
        undone = self._writing.take_back()
        self.created, self.ids, self.vague, self.unfilled = [], [], [], []
        # Nobody but this run knows these files; still, what somebody changed within the moment stays.
        self.errors += [(self._paths[kept.path], f"{kept.path} stays: {kept.why}") for kept in undone.kept]


def _part(heading: str, lines: Iterable[str]) -> str:
    body = "".join(f"\n  - {line}" for line in lines)
    return f"{heading}{body}" if body else ""


def _achievements(ids: Iterable[str]) -> Iterable[str]:
    return (f"Achievement {id_}" for id_ in ids)


def _in_order(ids: Iterable[str], loaded: Loaded) -> tuple[str, ...]:
    given = dict.fromkeys(ids)
    return tuple(id_ for id_ in loaded.standing.order if id_ in given)


def _first(choice: Choice, loaded: Loaded, unfilled: Unfilled | None) -> tuple[str, ...]:
    """Name what has to be done before anything can be created."""
    if choice.errors:
        return ()
    if choice.missing_subplans:
        return loaded.naming.about(Kind.SUBPLANS.command, choice.missing_subplans)
    return _fill(loaded, unfilled.ids) if unfilled and unfilled.ids else ()


def _fill(loaded: Loaded, ids: Iterable[str]) -> tuple[str, ...]:
    """Blocked ones are filled once they can be worked on."""
    due = tuple(id_ for id_ in ids if id_ not in loaded.standing.blocked)
    return loaded.naming.about("plan_fill", due) if due else loaded.naming.command("plan_status")


def _after(batch: _Batch, choice: Choice, loaded: Loaded, command: Sequence[str]) -> tuple[str, ...]:
    naming = loaded.naming
    if batch.errors:
        return tuple(command)
    ids = tuple(dict.fromkeys(batch.ids))
    if batch.vague:
        return _fill(loaded, dict.fromkeys(batch.vague))
    if choice.kind is Kind.SUBPLANS and ids:
        return naming.about(Kind.EXECUTIONS.command, ids)
    due = tuple(id_ for id_ in ids if id_ not in loaded.standing.blocked)
    return naming.about("plan_run", due) if due else naming.command("plan_status")
