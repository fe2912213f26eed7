"""What the books say of attempts, and agents that are small shell scripts in a directory without git."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bench import section

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

    from bench import Batch

WORK = "files: {'out/{id}.txt': '{id}'}"
"""What an answer of a script writes that does a task of `some`."""


def some(count: int, first: int = 1) -> list[str]:
    """Write tasks that bring no code along: somebody has to be asked."""
    return [section(f"TASK-{n:03}", f"T{n}", body="Write something.") for n in range(first, first + count)]


def _rows(batch: Batch, sql: str) -> list[dict[str, Any]]:
    if not (batch.root / ".batchexec/run.db").exists():
        return []
    con = sqlite3.connect(f"file:{batch.root}/.batchexec/run.db?mode=ro", uri=True)
    con.row_factory = sqlite3.Row
    try:
        # A run that has only just begun has no tables yet.
        (begun,) = con.execute("pragma user_version").fetchone()
        return [dict(row) for row in con.execute(sql)] if begun else []
    finally:
        con.close()


def attempts(batch: Batch) -> list[dict[str, Any]]:
    """List all attempts there ever were, the oldest first."""
    rows = _rows(batch, "select * from attempt order by id")
    return [{**row, "task": row["task"].partition(":")[2]} for row in rows]


def ends(batch: Batch) -> list[tuple[str, str]]:
    """Tell of each attempt whose it was and how it came out."""
    return [(row["task"], row["status"]) for row in attempts(batch)]


def waits(batch: Batch) -> list[float]:
    """Tell how many seconds went by between the attempts at the only task there is."""
    rows = attempts(batch)
    return [after["began_utc"] - before["finished_utc"] for before, after in pairwise(rows)]


def standing(batch: Batch) -> dict[str, str]:
    """Tell how each task of the last run stands in its books."""
    rows = _rows(batch, "select id, status from run_task where run = (select max(id) from run)")
    return {row["id"]: row["status"] for row in rows}


def calls(batch: Batch) -> list[str]:
    """List the ids of the tasks that a script was asked for, in that order."""
    log = batch.root / "calls.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


@contextmanager
def started(batch: Batch, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run doit beside the test, and no longer than it."""
    run = batch.start(*words, **environment)
    try:
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def wait_for(batch: Batch, count: int, status: str = "") -> None:
    """Wait until that many attempts are on record, of one status if it is given."""
    end = time.monotonic() + 20
    while True:
        found = ends(batch)
        if sum(status in ("", one) for _, one in found) >= count:
            return
        assert time.monotonic() < end, f"{count} {status} attempts never came: {found}"
        time.sleep(0.02)


def executors(batch: Batch, given: Mapping[str, Mapping[str, object]], **settings: object) -> None:
    """Write settings with these executors; the first is the one that is asked."""
    lines = [f"  {name}: {json.dumps(spec)}\n" for name, spec in given.items()]
    more = {"executor": next(iter(given)), **settings}
    batch.write(
        "batchexec.yaml",
        f"prompts_dir: prompts\nexecutors:\n{''.join(lines)}"
        + "".join(f"{key}: {json.dumps(value)}\n" for key, value in more.items()),
    )


def shell_agent(
    batch: Batch, script: str, spec: Mapping[str, object] | None = None, **settings: object
) -> None:
    """Have tasks carried out by a shell script; `$HERE` is the batch's directory, the prompt is on stdin."""
    file = batch.write("agent.sh", f"#!/bin/sh\nHERE='{batch.root}'\n{script}\n")
    file.chmod(0o755)
    executors(batch, {"sh": {"kind": "agent", "command": ["./agent.sh"], **(spec or {})}}, **settings)
