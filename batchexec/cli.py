"""`batchexec WORD`: finds who does what a word asks for, and hands it over."""

from __future__ import annotations

import argparse
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from batchexec import __version__
from batchexec.errors import BatchError
from batchexec.plan_words import Words
from batchexec.wording import printable, show_all_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

USAGE = 3
INTERRUPTED = 130
PIPE_CLOSED = 141

_DOIT_WORDS = {
    "run": "carry out every task that is out of date, then write the report",
    "list": "show what would run, in which order, and why",
    "forget": "forget that tasks were done, so that they run again",
}


_TARGETS = (
    "`batchexec run verify`, or `doit verify`, verifies the batch's tasks.md; the same with `prompts` writes"
    " prompts for what is missing, and with `report` the report of the last run."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one word; what it prints, and its exit status, are for people and scripts."""
    words = list(sys.argv[1:] if argv is None else argv)
    show_all_characters()
    try:
        if words and words[0] in _DOIT_WORDS:
            return _doit(words)
        arguments = _parser(words).parse_args(words)
        return _said(arguments.word, arguments)
    except BatchError as error:
        sys.stderr.write(f"{printable(str(error))}\n")
        return USAGE
    except BrokenPipeError:
        # Whoever read this has enough; Python would complain of what is left at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED


def _said(word: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    code = word(arguments)
    sys.stdout.flush()  # where nobody reads any more, this is the place to notice
    return code


class _Parser(argparse.ArgumentParser):
    """A parser that names the nearest word and leaves with the status of a usage error."""

    def __init__(self, prog: str, **known: Any) -> None:
        super().__init__(prog=prog, allow_abbrev=False, **known)

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"error: {message}\ntry: {self.prog} --help\n")


def _parser(words: Sequence[str]) -> _Parser:
    parser = _Parser("batchexec", description="make for prompts", epilog=_TARGETS)
    parser.add_argument("--version", action="version", version=f"batchexec {__version__}")
    known = parser.add_subparsers(metavar="WORD", title="words", required=True)
    for name, help_text in _DOIT_WORDS.items():
        known.add_parser(name, help=help_text)
    _add_words(known)
    _check_word(parser, words, list(known.choices))
    return parser


def _add_words(known: argparse._SubParsersAction[_Parser]) -> None:
    explain = known.add_parser("explain", help="tell why a task would run or not, and what it is made of")
    explain.add_argument("task", metavar="TASK", help="its name, or its id where only one task has it")
    explain.set_defaults(word=_explain)
    status = known.add_parser("status", help="tell how the batch stands, also while it runs")
    status.set_defaults(word=_status)
    logs = known.add_parser("logs", help="print what an attempt at a task left in its log")
    logs.add_argument("task", metavar="TASK", help="its name, or its id where only one task has it")
    logs.add_argument(
        "--attempt", metavar="N", type=int, help="which one, as explain counts them; default: the newest"
    )
    logs.set_defaults(word=_logs)
    verify = known.add_parser(
        "verify", help="check the evidence of a tasks.md, as the target of that name does"
    )
    _add_verify(verify)
    lint = known.add_parser("lint", help="say what is wrong with PRPs, without running any")
    _add_lint(lint)
    show = known.add_parser(
        "show", help="tell everything that is read of one PRP, and its place in its batch"
    )
    show.add_argument("prp", metavar="PRP", help="its id, like PRP-12.2.1 or 12.2.1")
    show.add_argument(
        "--in",
        dest="roots",
        metavar="PATH",
        nargs="+",
        type=Path,
        help="the files and directories to read; default: PRPs",
    )
    show.set_defaults(word=_show)
    for parser in (explain, status, logs, verify, lint, show):
        parser.add_argument("--json", action="store_true", help="answer in one JSON document")
    init = known.add_parser(
        "init", help="write a commented batchexec.yaml and a dodo.py; keeps what is there"
    )
    init.add_argument(
        "directory", metavar="DIR", nargs="?", default=".", type=Path, help="where; default: here"
    )
    init.set_defaults(word=_init)
    schema = known.add_parser("schema", help="print the JSON Schema of batchexec.yaml")
    schema.set_defaults(word=_schema)
    Words(known, main).add_all()


def _add_verify(verify: _Parser) -> None:
    verify.add_argument("file", metavar="FILE", type=Path, help="the tasks.md")
    verify.add_argument("--strict", action="store_true", help="take evidence that holds only weakly for none")
    verify.add_argument("--run-commands", action="store_true", help="run the commands of test hooks")
    verify.add_argument(
        "--repo-root",
        metavar="DIR",
        type=Path,
        help="what its paths start at; default: that of the batch it is in, else the current directory",
    )
    verify.set_defaults(word=_verify)


def _add_lint(lint: _Parser) -> None:
    lint.add_argument(
        "paths", metavar="PATH", nargs="*", type=Path, help="files or directories; default: PRPs"
    )
    lint.add_argument("--family", choices=["prp"], default="prp", help="what is read; default: prp")
    lint.add_argument("--strict", action="store_true", help="leave with 3 for warnings, too")
    lint.set_defaults(word=_lint)


def _check_word(parser: _Parser, words: Sequence[str], known: list[str]) -> None:
    word = words[0] if words else ""
    if not word:
        parser.error(f"say what to do: {', '.join(known)}")
    if not word.startswith("-") and word not in known:
        near = get_close_matches(word, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
        parser.error(f"'{word}' is no word of batchexec; {hint}")


# Each word imports what it needs when it is said, so that help and mistakes answer at once.


def _doit(words: list[str]) -> int:
    from batchexec.engine.main import run_doit  # noqa: PLC0415  # doit, YAML, SQLite

    asks_for_help = words[1:] in (["-h"], ["--help"])
    return run_doit(["help", words[0]] if asks_for_help else words)


def _explain(arguments: argparse.Namespace) -> int:
    from batchexec.engine.commands import explain  # noqa: PLC0415  # doit, YAML, SQLite

    return explain.main(arguments)


def _status(arguments: argparse.Namespace) -> int:
    from batchexec.engine.commands import status  # noqa: PLC0415  # SQLite

    return status.main(arguments)


def _logs(arguments: argparse.Namespace) -> int:
    from batchexec.engine.commands import logs  # noqa: PLC0415  # doit, YAML, SQLite

    return logs.main(arguments)


def _verify(arguments: argparse.Namespace) -> int:
    from batchexec.engine.commands import verify  # noqa: PLC0415  # Jinja

    return verify.main(arguments)


def _lint(arguments: argparse.Namespace) -> int:
    from batchexec.engine.commands import lint  # noqa: PLC0415  # YAML, JSON

    return lint.main(arguments)


def _show(arguments: argparse.Namespace) -> int:
    from batchexec.engine.commands import show  # noqa: PLC0415  # YAML, JSON

    return show.main(arguments)


def _init(arguments: argparse.Namespace) -> int:
    from batchexec import init  # noqa: PLC0415  # YAML

    sys.stdout.writelines(f"{line}\n" for line in init.write(arguments.directory))
    return 0


def _schema(_: argparse.Namespace) -> int:
    from batchexec.settings import schema_text  # noqa: PLC0415  # JSON

    sys.stdout.write(schema_text())
    return 0
