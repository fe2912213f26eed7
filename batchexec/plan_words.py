"""The words of `batchexec` about plans: their options, and who answers each."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Word = Callable[[argparse.Namespace], int]

FORMATS = ("ascii", "levels", "tree", "mermaid", "dot", "json")
"""As in `batchexec.plans.drawing`, which takes too long to import for a page of help."""


class Words:
    """Adds words to those a parser knows; `again` carries out another one, as if it was typed."""

    def __init__(
        self,
        known: argparse._SubParsersAction[Any],
        again: Callable[[Sequence[str]], int],
    ) -> None:
        self._known = known
        self._again = again

    def add(self, name: str, module: str, help_text: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = self._known.add_parser(name, help=help_text)
        parser.set_defaults(word=_answer(module), name=name)
        parser.add_argument(
            "--workspace", metavar="DIR", help="the directory that holds work-space/; default: the nearest"
        )
        return parser

    def about(self, name: str, module: str, help_text: str) -> argparse.ArgumentParser:
        """Add a word that is about one plan."""
        parser = self.add(name, module, help_text)
        parser.add_argument(
            "--plan", metavar="@WORD", required=True, help="a part of its name after @, or a path"
        )
        return parser

    def add_all(self) -> None:
        self._reading()
        self._creating()
        self._asking()
        self._judging()
        self._others()

    def _reading(self) -> None:
        lint = self.add("plan_lint", "lint", "say what is wrong with a PLAN and its parallel.json")
        which = lint.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "path", metavar="PATH", nargs="?", help="a plan's directory, PLAN or parallel.json"
        )
        which.add_argument("--plan", metavar="@WORD", help="a part of its name after @, or a path")
        which.add_argument("--file", metavar="PATH", help="a parallel.json, whatever it is called")
        lint.add_argument("--strict", action="store_true", help="let warnings fail, too")
        status = self.about("plan_status", "status", "show how far each achievement of a plan is")
        _format(status, ("table", "json"))
        status.add_argument(
            "--details", action="store_true", help="tell levels, groups, hours and files, too"
        )
        status.add_argument("--workers", metavar="N", type=_count, help="how long it takes with so many")
        plans = self.add("plan_list", "list", "show all plans of the workspace, the most urgent first")
        _format(self.about("plan_graph", "graph", "draw the dependency graph of a plan"), FORMATS)
        upcoming = self.about("plan_next", "next", "say what to do next, and print the prompt for it")
        _ids(upcoming)
        for parser in (lint, plans, upcoming):
            _json(parser)

    def _creating(self) -> None:
        subplans = self.about("plan_subplans", "create", "create the SUBPLANs that are missing")
        executions = self.about("plan_executions", "create", "create the EXECUTION_TASKs that are missing")
        for parser in (subplans, executions):
            which = parser.add_mutually_exclusive_group()
            which.add_argument(
                "--level",
                metavar="LEVEL",
                default="ready",
                help="ready, next, all, or the number of a dependency level; default: ready",
            )
            _ids(which)
            parser.add_argument("--dry-run", action="store_true", help="show what would be created, and end")
            _yes(parser)
            parser.add_argument(
                "--atomic", action="store_true", help="take all of it back where one file cannot be created"
            )
            _json(parser)
            _quiet(parser)
        executions.add_argument(
            "--allow-unfilled", action="store_true", help="also from SUBPLANs with places to fill"
        )
        executions.add_argument(
            "--again", action="store_true", help="one more for achievements that have some already"
        )

    def _asking(self) -> None:
        fill = self.about("plan_fill", "fill", "print the prompt to fill new documents, or use its answer")
        _ids(fill)
        _answers(fill)
        discover = self.about(
            "plan_discover",
            "discover",
            "print the prompt to find what can be done in parallel, or use its answer",
        )
        discover.add_argument(
            "--parallel-level",
            metavar="N",
            required=True,
            type=int,
            choices=(1, 2, 3),
            help="1: split an achievement, 2: the achievements of a priority, 3: all of the plan",
        )
        discover.add_argument("--achievement", metavar="ID", help="which one level 1 is about")
        discover.add_argument("--priority", metavar="N", help="which one level 2 is about")
        _answers(discover)
        discover.add_argument(
            "--overwrite", action="store_true", help="replace the parallel.json that is there"
        )

    def _judging(self) -> None:
        for name, what, why in (
            ("plan_approve", "accept what was carried out", "what was good about it"),
            ("plan_fix", "ask for changes to what was carried out", "what has to be changed"),
            ("plan_skip", "settle that something is not to be done", "why not"),
        ):
            parser = self.about(name, "mark", what)
            _ids(parser, required=True)
            text = parser.add_mutually_exclusive_group(required=name == "plan_fix")
            text.add_argument("-m", "--text", metavar="TEXT", help=why)
            text.add_argument("file", metavar="FILE", nargs="?", help="a file with that text; -: stdin")
            _json(parser)

    def _others(self) -> None:
        for name, whose in (("plan_undo", "a plan's words"), ("undo", "a run")):
            undo = self.add(name, "undo", f"take back what {whose} wrote; what was changed since stays")
            undo.add_argument("--run", metavar="ID", help="which run; default: the newest")
            undo.add_argument("--all", action="store_true", help="every run there is, the newest first")
            _json(undo)
            if name == "plan_undo":
                undo.add_argument("--plan", metavar="@WORD", help="the newest run that wrote for this plan")
        run = self.about("plan_run", "running", "carry out what is ready and has its EXECUTION_TASK")
        _ids(run, "which achievements, or all; default: all that can be")
        run.add_argument("-n", dest="slots", metavar="N", type=_count, help="how many at a time")
        run.add_argument(
            "--allow-dirty", action="store_true", help="take the tree as it is, with what is not committed"
        )
        run.add_argument("--prompts-only", action="store_true", help="print what would be asked, and end")
        _quiet(run)
        menu = self.about("plan_menu", "menu", "choose from what can be done with a plan, on a terminal")
        menu.set_defaults(again=self._again)


def _answer(module: str) -> Word:
    """Find who answers when it is asked for: help and mistakes are told without importing anything."""

    def word(arguments: argparse.Namespace) -> int:
        answering = import_module("batchexec.engine.commands.plans.answering")
        code: int = answering.answer(module, arguments)
        return code

    return word


def _format(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--format", choices=formats, default=formats[0], help=f"{', '.join(formats)}; default: {formats[0]}"
    )
    which.add_argument(
        "--json", dest="format", action="store_const", const="json", help="the same as --format json"
    )


def _answers(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--run", action="store_true", help="have the executor of the settings answer it")
    how.add_argument("--answer", metavar="FILE", help="use the answer in this file; -: stdin")
    _json(parser)
    _quiet(parser)


def _ids(
    parser: argparse._ActionsContainer, which: str = "which achievements", *, required: bool = False
) -> None:
    known: dict[str, Any] = {"required": True} if required else {}
    parser.add_argument("--ids", metavar="ID,ID", type=_listed, action=_More, default=(), help=which, **known)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in one JSON document")


def _quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing about the progress")


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


class _More(argparse.Action):
    """Lets an option be said several times."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002  # argparse's signature
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002  # the same
    ) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest), *values))


def _listed(text: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not ids:
        raise argparse.ArgumentTypeError("name one or more, as in 1.1,1.2")
    return ids


def _count(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text[:9]) >= 1:
        return int(text[:9])
    raise argparse.ArgumentTypeError(f"'{text}' is no number of 1 or more")
