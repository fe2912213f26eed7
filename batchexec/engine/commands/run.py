"""`doit run`, and so plain `doit`: carries out what is out of date."""

from __future__ import annotations

from typing import Any

from doit.action import PythonAction
from doit.cmd_run import Run as StockRun
from doit.control import TaskControl
from doit.exceptions import InvalidCommand
from doit.task import Stream

from batchexec.engine.asked import BatchPlan
from batchexec.engine.project import InBatch

_QUIET = {
    "name": "quiet",
    "short": "q",
    "long": "quiet",
    "type": bool,
    "default": None,
    "help": "say only what went wrong",
    "section": "batchexec",
}

_YES = {
    "name": "yes",
    "long": "yes",
    "type": bool,
    "default": None,
    "help": "for files of plans: create them without asking",
    "section": "batchexec",
}

_JSON = {
    "name": "json",
    "long": "json",
    "type": bool,
    "default": None,
    "help": "for a batch of PRPs: print the result file at the end, and nothing else",
    "section": "batchexec",
}

_FOR_PLANS = tuple(
    {"name": name, "long": long, "type": bool, "default": None, "help": text, "section": "batchexec"}
    for name, long, text in (
        (
            "lenient",
            "lenient",
            "for `doit prps_from_plan`: only goals, dependencies and steps have to be there",
        ),
        (
            "serialise_in_plan",
            "serialise-in-plan",
            "for `doit prps_from_plan`: let phases that share a file depend on each other",
        ),
    )
)

_FOR_PROMPTS = tuple(
    {
        "name": name,
        "long": name.replace("_", "-"),
        "type": str,
        "default": None,
        "help": text,
        "section": "batchexec",
    }
    for name, text in (
        ("category", "for `doit prompts`: only tasks of these categories"),
        ("priority", "for `doit prompts`: only tasks of these priorities, as in 1,2"),
        ("from_report", "for `doit prompts`: the summary.json of a verification, instead of the latest"),
    )
)


class Run(InBatch, StockRun):
    stock = StockRun
    added = (_QUIET, _YES, _JSON, *_FOR_PROMPTS, *_FOR_PLANS)

    def prepare(self) -> None:
        self._refuse_process_mode(self.params)
        assert self.site
        alone = {"verify", "prompts", "prps_from_plan"}
        documents = self.site.document_words
        self.site.without_prompts = bool(self.words) and set(self.words) <= {*alone, *documents}
        self.site.yes = bool(self.params["yes"])
        self._plan_file()
        if self.site.yes and not documents:
            raise InvalidCommand("--yes: nothing is asked but before documents of plans are created")
        if self.params["num_process"] < 0:
            raise InvalidCommand(
                f"-n {self.params['num_process']}: name how many tasks run at once, 1 or more"
            )
        self._execute = self._run_batch

    def _plan_file(self) -> None:
        """Take what is said behind `prps_from_plan`; elsewhere it would not be heeded."""
        assert self.site
        wanted = "prps_from_plan" in self.words
        named = (option for option in _FOR_PLANS if self.params[str(option["name"])])
        given = [f"--{option['long']}" for option in named]
        given += ["--file"] if self.file else []
        if given and not wanted:
            raise InvalidCommand(f"{', '.join(given)}: this is for `doit prps_from_plan`")
        if wanted and not self.file:
            raise InvalidCommand("prps_from_plan: say which plan, as in `doit prps_from_plan --file PLAN.md`")
        if wanted and self.file:
            self.site.batch_plan = BatchPlan(
                self.site.started_from / self.file,
                lenient=bool(self.params["lenient"]),
                serialise=bool(self.params["serialise_in_plan"]),
            )

    def _refuse_process_mode(self, params: Any) -> None:
        if "par_type" in params._non_default_keys and params["par_type"] == "process":
            raise InvalidCommand("-P process: a batch runs its tasks on threads; leave -P out")

    def _run_batch(
        self, outfile: Any, verbosity: Any, always: bool, single: bool, auto_delayed_regex: bool, pdb: bool
    ) -> int:
        from batchexec.engine.invocation import Invocation

        PythonAction.pm_pdb = pdb
        assert self.site
        control = TaskControl(self.task_list, auto_delayed_regex=auto_delayed_regex)
        invocation = Invocation(self.site, self.dep_manager, control, self.params)
        stream = Stream(verbosity, self.params["force_verbosity"])
        return invocation.run(self._words(), self._reporter(), outfile, stream, always=always, single=single)

    def _words(self) -> list[str] | None:
        return list(self.sel_tasks) if self.sel_tasks else None

    def _reporter(self) -> Any:
        """Return the reporter asked for, or None for our own."""
        if "reporter" not in self.params._non_default_keys and self.params["reporter"] == "console":
            return None
        chosen = self.params["reporter"]
        if isinstance(chosen, str) and chosen not in self.reporters:
            raise InvalidCommand(f"--reporter {chosen}: there are {', '.join(sorted(self.reporters))}")
        return self.reporters[chosen] if isinstance(chosen, str) else chosen
