"""This repository's own batch as doit sees it: `doit` carries out the example in examples/quickstart."""

import shutil
from pathlib import Path

from batchexec.engine import batch

EXAMPLE = Path(__file__).parent / "examples" / "quickstart"

DOIT_CONFIG, task_batch = batch(first=("start",))


def task_start() -> dict[str, object]:
    """Copy the example's source tree to where the prompts are carried out, once."""
    return {"actions": [copy_start], "targets": [EXAMPLE / "work"], "uptodate": [True]}


def copy_start() -> None:
    half_way = Path(".batchexec", "start")
    shutil.copytree(EXAMPLE / "start", half_way, dirs_exist_ok=True)
    half_way.rename(EXAMPLE / "work")
