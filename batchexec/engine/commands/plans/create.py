"""`batchexec plan_subplans` and `batchexec plan_executions`: shown, asked about, and created."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.answering import EXIT
from batchexec.engine.commands.plans.interrupting import heeding_signals
from batchexec.engine.commands.plans.opening import journal_of, open_plan
from batchexec.engine.commands.plans.project import templates
from batchexec.engine.commands.plans.saying import accepts, ask, can_ask, say, say_json, tell
from batchexec.plans.creation import (
    Created,
    Ending,
    Kind,
    check_unfilled,
    choose,
    create,
    nothing,
    preview,
)
from batchexec.plans.creation.places import shown
from batchexec.wording import plural

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from batchexec.plans import Loaded


def main(arguments: argparse.Namespace) -> int:
    return _Creation(arguments, open_plan(arguments)).run()


def today() -> date:
    return datetime.now().astimezone().date()


class _Creation:
    """One batch: prerequisites, preview, the end of a dry run, the question, and then the writing."""

    def __init__(self, arguments: argparse.Namespace, loaded: Loaded) -> None:
        self._said = arguments
        self._loaded = loaded
        kind = Kind.SUBPLANS if arguments.name == Kind.SUBPLANS.command else Kind.EXECUTIONS
        self._again = kind is Kind.EXECUTIONS and arguments.again
        self._choice = choose(loaded, kind, arguments.level, arguments.ids, again=self._again)
        self._unfilled = check_unfilled(self._choice, loaded)

    def run(self) -> int:
        if refusal := self._refusal():
            return self._ended(refusal)
        overrides = templates(self._loaded.workspace)
        self._preview()
        if self._said.dry_run:
            return self._ended_dry()
        if ended := self._nothing_to_do():
            return self._ended(ended)
        if not self._is_wanted():
            return self._ended(nothing(self._choice, self._loaded, Ending.CANCELLED))
        return self._ended(self._create(overrides))

    def _refusal(self) -> Created | None:
        """Say what has to come first."""
        if self._choice.refused:
            return nothing(self._choice, self._loaded, Ending.REFUSED)
        if self._unfilled.blocking and not self._said.allow_unfilled:
            return nothing(self._choice, self._loaded, Ending.REFUSED, self._unfilled)
        return None

    def _nothing_to_do(self) -> Created | None:
        """Say that all is there, or that what is there is in the way of it."""
        choice = self._choice
        if choice.in_the_way and (self._said.atomic or not choice.to_create):
            failed = nothing(choice, self._loaded, Ending.FAILED)
            return replace(failed, next=self._command(self._said.ids))
        return None if choice.to_create else nothing(choice, self._loaded, Ending.DONE)

    def _preview(self) -> None:
        self._show(preview(self._choice))
        if not (self._choice.to_create or self._choice.skipped or self._choice.in_the_way):
            self._show(f"Nothing was chosen. {self._loaded.recommendation}\n")
        for path, count in (*self._unfilled.others, *self._unfilled.blocking):
            self._show(f"⚠️  {shown(path, self._loaded)} has {plural(count, 'place')} to fill\n")

    def _show(self, text: str) -> None:
        (tell if self._said.json else say)(text)

    def _ended_dry(self) -> int:
        for problem in self._choice.problems:
            tell(str(problem))
        for id_, why in self._choice.in_the_way:
            tell(f"Achievement {id_}: {why}")
        self._show("DRY-RUN MODE")
        if self._said.json:
            would = [shown(target.path, self._loaded) for target in self._choice.to_create]
            document = nothing(self._choice, self._loaded, Ending.DONE).as_json()
            say_json({**document, "dry_run": True, "to_create": would})
        return EXIT[Ending.DONE]

    def _is_wanted(self) -> bool:
        if self._said.yes:
            return True
        if not can_ask():
            tell("Nothing was created: nobody can be asked here; give --yes to create these files.")
            return False
        count = plural(len(self._choice.to_create), self._choice.kind.document)
        if accepts(ask(f"Create {count}? (y/N) ", aside=self._said.json)):
            return True
        tell("Cancelled: nothing was created.")
        return False

    def _create(self, overrides: Path | None) -> Created:
        silent = self._said.quiet or self._said.json
        with heeding_signals():
            created = create(
                self._choice,
                self._loaded,
                journal_of(self._loaded),
                command=self._command(self._said.ids),
                today=today(),
                overrides=overrides,
                progress=_overlook if silent else tell,
                atomic=self._said.atomic,
            )
        if created.errors and self._again:
            # Once more, but not for those that have got one more by now.
            failed = tuple(dict.fromkeys(id_ for id_, _ in created.errors))
            return replace(created, next=self._command(failed))
        return created

    def _command(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Say how the same is asked for again."""
        said = self._said
        words = ["--ids", ",".join(ids)] if ids else ["--level", said.level]
        flags = {
            "--atomic": said.atomic,
            "--allow-unfilled": getattr(said, "allow_unfilled", False),
            "--again": self._again,
            "--yes": said.yes,
        }
        words += [flag for flag, is_set in flags.items() if is_set]
        return self._loaded.naming.command(self._choice.kind.command, *words)

    def _ended(self, created: Created) -> int:
        if self._said.json:
            say_json(created.as_json())
        elif created.ending is Ending.REFUSED:
            tell(created.text())
        elif created.ending is not Ending.CANCELLED:
            say(created.text())
        return EXIT[created.ending]


def _overlook(_: str) -> None:
    pass
