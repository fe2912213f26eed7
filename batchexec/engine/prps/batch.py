"""The PRP batch a run is about: what was read, its stages, and what of it is completed."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from batchexec import git
from batchexec.batch_results import read_result, result_path
from batchexec.engine.prps.completion import Completion
from batchexec.errors import Problem, SelectionError, Severity, SourceError
from batchexec.sources.prp import batch_numbers, canonical, name_of, read_batches, stage_batch, tasks_of
from batchexec.sources.reading import Reading
from batchexec.wording import plural

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from pathlib import Path
    from typing import Any

    from batchexec.model import Task
    from batchexec.settings import Settings
    from batchexec.sources.prp import Batch, Prp, Staging

_MOST_HINTS = 10


class PrpBatch:
    """Everything is read when it is first asked for; reading needs no repository."""

    def __init__(self, settings: Settings, number: int) -> None:
        self.number = number
        self.settings = settings

    @cached_property
    def batch(self) -> Batch:
        """Raises SourceError where there is no such batch."""
        chosen = self.settings
        found = read_batches(chosen.prp_roots, chosen.repo_root, self.mapped, self.number)
        if self.number not in found.batches:
            raise SourceError(_no_batch(self.number, chosen.prp_roots))
        return found.batches[self.number]

    @property
    def mapped(self) -> tuple[str, ...]:
        """Directories elsewhere whose paths mean the repository."""
        root = os.path.realpath(self.settings.repo_root)
        return tuple(name for name, path in self.settings.path_map.items() if os.path.realpath(path) == root)

    @cached_property
    def staging(self) -> Staging:
        return stage_batch(
            self.batch,
            self.completion.satisfied,
            isolate=self.settings.conflicts == "isolate",
            stage_zero_barrier=self.settings.stage_zero_barrier,
        )

    @cached_property
    def results(self) -> Sequence[dict[str, Any]]:
        """The entries of the result file, of this run or an earlier one."""
        document = read_result(self.settings.repo_root / result_path(self.settings.results, self.number))
        found = document.get("results", []) if document else []
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    @cached_property
    def completion(self) -> Completion:
        repository = git.repository(self.settings.repo_root)
        return Completion(repository, self.results, self.settings.assume_done)

    @cached_property
    def reading(self) -> Reading:
        said = [problem for problem in self.batch.problems if problem.code != "incomplete"]
        problems = [*said, *_few_hints(self.staging.problems), *_incomplete(self.batch.prps.values())]
        return Reading(tasks_of(self.batch, self.staging), tuple(problems))

    @staticmethod
    def place_name(task: Task) -> str:
        """Name the worktree of a PRP: prp-12-2-1."""
        return task.id.lower().replace(".", "-")

    def prp(self, task: Task) -> Prp:
        return self.batch.prps[task.id]

    def confirmed(self, id_: str) -> tuple[int, ...]:
        """Give the gates of a PRP that a person looked at, now or before."""
        now = [number for one, number in self.confirming if one == id_]
        before = self.entry(id_).get("confirmed", [])
        known = before if isinstance(before, list) else []
        return tuple(sorted({*now, *(number for number in known if isinstance(number, int))}))

    @cached_property
    def confirming(self) -> list[tuple[str, int]]:
        """
        Read which gates a person confirms with this command.

        Raises SelectionError with all that name none.
        """
        found, problems = [], []
        for text in self.settings.confirm_gate:
            said, _, number = text.rpartition(":")
            prp = self.batch.prps.get(canonical(said) or "")
            if prp is None or not (number.isascii() and number.isdecimal()):
                hint = "it is said as PRP-12.2.1:3, for the third gate"
                problems.append(
                    Problem(None, f"--confirm-gate {text}: this names no gate of the batch", hint)
                )
            elif int(number) not in {gate.number for gate in prp.gates}:
                hint = f"its gates are 1 to {len(prp.gates)}" if prp.gates else "it has no gates"
                problems.append(Problem(None, f"--confirm-gate {text}: {prp.id} has no such gate", hint))
            else:
                found.append((prp.id, int(number)))
        if problems:
            raise SelectionError(*problems)
        return found

    def entry(self, id_: str) -> dict[str, Any]:
        """Give what the result file says of a PRP."""
        return self._entries.get(id_, {})

    @cached_property
    def _entries(self) -> dict[str, dict[str, Any]]:
        return {one["prp_id"]: one for one in self.results}

    def needs(self, task: Task) -> list[str]:
        """Name what has to be completed before a PRP starts, wherever it is."""
        external = (edge.id for edge in self.staging.external.get(task.id, ()) if not edge.soft)
        return [*self.staging.hard.get(task.id, ()), *external]

    def missing(self, task: Task, coming: Container[str] = ()) -> list[str]:
        """Name what a PRP needs that is not completed, nor is among the tasks that are `coming`."""
        return [
            id_
            for id_ in self.needs(task)
            if not self.completion.satisfied(id_) and name_of(id_) not in coming
        ]

    def soft_missing(self, task: Task) -> list[str]:
        """Name what had better come before a PRP, and is not completed."""
        external = (edge.id for edge in self.staging.external.get(task.id, ()) if edge.soft)
        named = (*self.staging.soft.get(task.id, ()), *external)
        return [id_ for id_ in named if not self.completion.satisfied(id_)]

    def blocked(self, task: Task, missing: Sequence[str]) -> str:
        """Say what a PRP waits for, and what to type."""
        which = ", ".join(missing)
        what = (
            f"Dependency {which} not completed yet"
            if len(missing) == 1
            else f"Dependencies {which} not completed yet"
        )
        runs = [f"`{command}`" for id_ in missing if (command := _command(id_))]
        other = [f"`--assume-done {id_}` if it is done" for id_ in missing if not _command(id_)]
        then = f"`doit --batch {self.number} --retry {task.id}`"
        return f"{what}; run {', '.join([*runs, *other])}, then {then}"

    def look_again(self) -> None:
        """Ask git anew: a run before this one was finished meanwhile."""
        for name in ("results", "_entries", "completion"):
            self.__dict__.pop(name, None)

    def commits(self, id_: str) -> tuple[str, ...]:
        """Name the commits that were made for a PRP, as far as they are on file."""
        found = self.entry(id_).get("commits")
        return tuple(sha for sha in found if isinstance(sha, str)) if isinstance(found, list) else ()


def _command(id_: str) -> str:
    parts = id_.removeprefix("PRP-").split(".")
    return f"doit --batch {parts[0]} --prp {id_}" if len(parts) == 3 else ""


def _few_hints(problems: Sequence[Problem]) -> list[Problem]:
    """Say of a few PRPs only that their stage is another one than they say: often that holds for most."""
    hints = [problem for problem in problems if problem.code == "stage-hint"]
    others = [problem for problem in problems if problem.code != "stage-hint"]
    more = len(hints) - _MOST_HINTS
    if more <= 0:
        return [*problems]
    message = f"{plural(more, 'other PRP')} {'is' if more == 1 else 'are'} in another stage than they say"
    rest = Problem(None, message, "`batchexec lint` says which", Severity.WARNING, "stage-hint")
    return [*others, *hints[:_MOST_HINTS], rest]


def _incomplete(prps: Any) -> list[Problem]:
    """Say in one line how many PRPs leave something out; `batchexec lint` says which and what."""
    lacking = [prp for prp in prps if prp.missing]
    if not lacking:
        return []
    message = f"{plural(len(lacking), 'PRP')} of the batch could say more"
    return [Problem(None, message, "`batchexec lint` says what is missing", Severity.NOTICE, "incomplete")]


def _no_batch(number: int, roots: Sequence[Path]) -> Problem:
    return Problem(None, f"there are no PRPs of batch {number}", _there_are(roots))


def _there_are(roots: Sequence[Path]) -> str:
    numbers = batch_numbers(roots)
    if numbers:
        return f"batches found: {', '.join(map(str, numbers))}"
    places = ", ".join(str(root) for root in roots)
    return f"no PRP of any batch is below {places}; `prp_roots:` names where they are"


def unchosen(settings: Settings) -> Problem | None:
    """Name the batches there are, where none is chosen."""
    there = [root for root in settings.prp_roots if root.is_dir()]
    numbers = batch_numbers(there) if there else []
    if not numbers:
        return None
    which = f"PRP {'batch' if len(numbers) == 1 else 'batches'} {', '.join(map(str, numbers))}"
    return Problem(
        None, f"{which} found, and none is chosen", f"`doit --batch {numbers[0]}` runs one", Severity.NOTICE
    )
