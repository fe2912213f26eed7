"""Tells a batch from any other doit project, and gives our commands their options."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.cmd_base import DoitCmdBase
from doit.cmdparse import CmdOption, CmdParse, CmdParseError
from doit.exceptions import InvalidCommand

from batchexec.engine import MARKER, STATE
from batchexec.errors import BatchError
from batchexec.wording import show_all_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.engine.site import Site


def batch_options() -> tuple[dict[str, Any], ...]:
    """
    Return doit's option dicts for the settings that are options of `run` and `list`.

    Their values stay text, and None where not given: settings judge them,
    together with the environment and batchexec.yaml.
    """
    from batchexec.settings import options

    return tuple(
        {
            "name": option.name,
            "long": option.long,
            "type": _type(option.type),
            "default": None,
            "inverse": option.inverse,
            "help": option.help,
            "section": "batchexec",
        }
        for option in options()
    )


class _Several:
    """Collects what an option is given each time it is said; doit's own lists cannot be left unsaid."""

    def __init__(self) -> None:
        self._given: list[str] = []

    def __call__(self, said: str) -> tuple[str, ...]:
        self._given.append(said)
        return tuple(self._given)


def _type(wanted: type) -> Any:
    if wanted is bool:
        return bool
    return _Several() if wanted is list else str


EXIT_INTERRUPTED = 130
"""The exit status after Ctrl-C."""


class _Loaded:
    """
    A loader that is set up: doing so again would look for the dodo.py below itself.

    Loading makes many objects and hardly any garbage: the collector would only
    walk through all of them again and again, a quarter of the time of a no-op.
    """

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def setup(self, opt_values: object) -> None:
        pass

    def load_tasks(self, **options: Any) -> Any:
        gc.disable()
        try:
            return self._loader.load_tasks(**options)
        finally:
            gc.freeze()
            gc.enable()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class InBatch(DoitCmdBase):
    """
    A doit command that does our work in a batch and is stock doit everywhere else.

    A project is a batch if its DOIT_CONFIG carries our marker. Elsewhere the
    options we add are refused before anything is run.
    """

    stock: type[DoitCmdBase]
    added: tuple[dict[str, Any], ...] = ()
    site: Site | None = None
    words: Sequence[str] = ()
    file: str | None = None
    params: Any
    loader: Any
    _execute: Any

    def get_options(self) -> list[CmdOption]:
        return [*self._stock_options(), *(CmdOption(option) for option in (*self.added, *batch_options()))]

    def _stock_options(self) -> list[CmdOption]:
        known = self.base_options + self.loader.cmd_options + self.stock.cmd_options
        return [CmdOption(option) for option in known]

    def parse_execute(self, in_args: Sequence[str]) -> Any:
        # What stock doit understands means what it always meant, abbreviations included.
        stock = CmdParse(self._stock_options())
        stock.overwrite_defaults(self.config_vals)
        try:
            params, args = stock.parse(in_args)
        except CmdParseError as error:
            params, args = self._parse_ours(in_args, stock, error)
        else:
            params.add_defaults({option.name: option.default for option in self.cmdparser.options})
        self.pdb = params.get("pdb", False)
        params.update(self.opt_vals)
        return self.execute(params, args)

    def _parse_ours(
        self, in_args: Sequence[str], stock: CmdParse, refused: CmdParseError
    ) -> tuple[Any, list[str]]:
        """Parse with our options, too; a mistake is doit's to tell, except in a batch."""
        try:
            params, words = self.cmdparser.parse(in_args)
        except CmdParseError as error:
            self.loader.setup(stock.parse([])[0])
            if MARKER in self.loader.load_doit_config():
                raise self._shortened(error) from error
            raise refused from error
        return params, words

    def _shortened(self, error: CmdParseError) -> CmdParseError:
        """Leave out doit's table of all the options there are."""
        message = str(error).partition(" (parsing options:")[0].removeprefix("Error parsing Command: ")
        return CmdParseError(f"{message}; `{self.bin_name} help {self.name}` lists the options")

    def execute(self, params: Any, args: Sequence[str]) -> Any:
        words = self.words = self._enter(params, args)
        if self.site is not None:
            show_all_characters()
            self._take_plans(self.site, words)
            self.params = params
            self.prepare()
        try:
            return super().execute(params, words)
        except KeyboardInterrupt:
            if self.site is None:
                raise
            sys.stderr.write("interrupted\n")
            return EXIT_INTERRUPTED
        except BatchError as error:
            from batchexec.engine.site import explain

            raise InvalidCommand(explain(error)) from error
        except InvalidCommand as error:
            code = getattr(error, "exit_code", None)
            if code is None:
                raise
            sys.stderr.write(f"ERROR: {error}\n")
            return code

    @staticmethod
    def _take_plans(site: Site, words: Sequence[str]) -> None:
        """Find out which plans are meant: they are read only if somebody asks for them."""
        kinds = {word: word.partition(":")[0] for word in words}
        site.plan_words = tuple(word for word, kind in kinds.items() if kind == "plan_run")
        site.document_words = tuple(
            word for word, kind in kinds.items() if kind in ("plan_subplans", "plan_executions")
        )
        site.without_prompts = bool(site.document_words) and len(site.document_words) == len(words)

    def prepare(self) -> None:
        """Put our own work in place of doit's `_execute`, in a batch."""
        raise NotImplementedError

    def _enter(self, params: Any, args: Sequence[str]) -> list[str]:
        """
        Find out whether this is a batch and take its options; returns the words that are left.

        In a batch options may also stand behind the names of tasks.
        """
        started_from = Path.cwd()
        self.loader.setup(params)
        self.site = self.loader.load_doit_config().get(MARKER)
        self.loader = _Loaded(self.loader)
        if self.site is None:
            self._refuse_ours(params)
            return list(args)
        self.site.started_from = started_from
        words = self._parse_rest(params, args)
        self._refuse_other_state(params)
        self.site.options = {
            option["name"]: params[option["name"]]
            for option in batch_options()
            if params[option["name"]] is not None
        }
        return words

    def _refuse_other_state(self, params: Any) -> None:
        options = {"dep_file": "--db-file", "backend": "--backend"}
        wrong = [option for name, option in options.items() if name in params._non_default_keys]
        if wrong:
            raise InvalidCommand(f"{', '.join(wrong)}: a batch keeps its state in {STATE}; leave this out")

    def _refuse_ours(self, params: Any) -> None:
        ours = {option["name"]: option["long"] for option in (*self.added, *batch_options())}
        given = [f"--{long}" for name, long in ours.items() if params[name] is not None]
        if given:
            raise InvalidCommand(
                f"{', '.join(given)}: only a batch has this option, and this dodo.py is none;"
                " `batchexec init` makes one"
            )

    def _parse_rest(self, params: Any, args: Sequence[str]) -> list[str]:
        words: list[str] = []
        rest = list(args)
        dodo = params["dodoFile"]
        params["dodoFile"] = None
        while rest:
            if rest[0].startswith("-"):
                try:
                    _, rest = self.cmdparser.parse_only(rest, params)
                except CmdParseError as error:
                    raise self._shortened(error) from error
            else:
                words.append(rest.pop(0))
        # doit's own option says which dodo.py; that was read before anything behind a task's name.
        self.file, params["dodoFile"] = params["dodoFile"], dodo
        return words

    def given(self, names: Iterable[str]) -> bool:
        """Tell whether any of these options is set, on the command line or by the environment."""
        given: set[str] = getattr(self.params, "_non_default_keys", set())
        return any(name in given and self.params[name] for name in names)
