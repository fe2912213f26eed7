"""doit as `batchexec run|list|forget` starts it: in a batch without a dodo.py, too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from doit.cmd_base import DodoTaskLoader
from doit.doit_cmd import DoitMain

from batchexec.engine import MARKER, batch

if TYPE_CHECKING:
    from collections.abc import Sequence


class BatchLoader(DodoTaskLoader):
    """Loads the dodo.py if it is a batch; anything else is taken for a directory that holds one."""

    def setup(self, opt_values: dict[str, Any]) -> None:
        if os.path.exists(opt_values["dodoFile"]) or opt_values["seek_file"]:  # noqa: PTH110  # doit's own path, as text
            super().setup(opt_values)
            if MARKER in self.load_doit_config():
                return
        config, task_batch = batch(opt_values["cwdPath"] or ".")
        self.namespace = {"DOIT_CONFIG": config, "task_batch": task_batch}


class Main(DoitMain):
    BIN_NAME = "batchexec"


def run_doit(argv: Sequence[str]) -> int:
    """Hand words over to doit; returns the exit status."""
    code: int | None = Main(BatchLoader()).run(list(argv))
    return code or 0
