"""`batchexec logs TASK`: what an attempt at a task printed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doit.exceptions import InvalidDodoFile

from batchexec.engine.commands.explain import PLANS
from batchexec.engine.logs import log_path
from batchexec.engine.selection import select
from batchexec.engine.tasks import targets
from batchexec.engine.words import choose_batch, find_site, reading
from batchexec.errors import BatchError, Problem, SelectionError, StateError
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from batchexec.engine.site import Site

SCHEMA_VERSION = 1
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt with a log; `number` counts all attempts at its task, as `explain` does."""

    number: int
    row: dict[str, Any]
    path: Path


def main(args: argparse.Namespace) -> int:
    site = find_site()
    choose_batch(site, args.task)
    name, id_ = _meant(site, args.task)
    with reading(site) as backend:
        rows = backend.database.attempts(name)[::-1]
    found = _chosen(site, name, id_, rows, args.attempt)
    if args.json:
        _print_document(site, name, found)
        return 0
    if found.number < len(rows) and args.attempt is None:
        sys.stderr.write(f"{id_}: this is attempt {found.number} of {len(rows)}; later ones have no log\n")
    sys.stdout.writelines(_pieces(found.path))
    return 0


def _meant(site: Site, word: str) -> tuple[str, str]:
    """Name the task and its id; where the batch cannot be read, as the last run knew them."""
    if word.startswith(PLANS):
        name = _carried_out(site, word)
        return name, name.removeprefix(PLANS)
    try:
        name = _task(site, word)
        return name, site.graph.tasks[name].id
    except SelectionError:
        raise
    except (BatchError, InvalidDodoFile) as trouble:
        # What is wrong with it now is no reason to hide what was printed then.
        recorded = _recorded(site, word)
        if recorded is None:
            raise
        sys.stderr.write(f"{printable(str(trouble))}\n")
        return recorded


def _recorded(site: Site, word: str) -> tuple[str, str] | None:
    with reading(site) as backend:
        rows = [row for run in backend.database.runs(1) for row in backend.database.run_tasks(run["id"])]
    return next(((row["task"], row["id"]) for row in rows if word in (row["task"], row["id"])), None)


def _carried_out(site: Site, word: str) -> str:
    """Find a task of a plan among what was attempted: what is complete is no task any more."""
    with reading(site) as backend:
        known = sorted(backend.database.last_attempts())
    parts = [name for name in known if name.startswith(f"{word}:")]
    if word in known or not parts:
        return word
    if len(parts) > 1:
        what = f"{word} stands for {plural(len(parts), 'task')}"
        raise SelectionError(Problem(None, what, f"name a single one: {', '.join(parts)}"))
    return parts[0]


def _task(site: Site, word: str) -> str:
    selection = select(site.graph, {task.name: task for task in targets(site)}, [word], single=True)
    if len(selection.tasks) != 1:
        what = f"{word} stands for {plural(len(selection.tasks), 'task')}"
        raise SelectionError(Problem(None, what, "name a single one"))
    return selection.tasks[0]


def _chosen(site: Site, name: str, id_: str, rows: list[dict[str, Any]], number: int | None) -> _Attempt:
    """Find the attempt asked for, or the newest one with a log. Raises StateError."""
    if not rows:
        runs = f"doit {name}" if name.startswith(PLANS) else "doit"
        raise StateError(Problem(None, f"{id_} was never attempted", f"`{runs}` runs it"))
    if number is not None and not 1 <= number <= len(rows):
        what = f"{id_} has no attempt {number}"
        raise StateError(
            Problem(
                None,
                what,
                f"`batchexec explain {name if name.startswith(PLANS) else id_}` counts {len(rows)}",
            )
        )
    numbered = list(enumerate(rows, start=1))
    wanted = numbered if number is None else [numbered[number - 1]]
    logs = (_Attempt(nth, row, _path(site, row)) for nth, row in reversed(wanted))
    found = next((one for one in logs if one.path.is_file()), None)
    if found is None:
        raise StateError(Problem(None, _missing(id_, number), "agents and models write one, apply does not"))
    return found


def _missing(id_: str, number: int | None) -> str:
    return f"no attempt at {id_} has a log" if number is None else f"attempt {number} at {id_} has no log"


def _path(site: Site, row: dict[str, Any]) -> Path:
    """Say where a log is, also that of an attempt that goes on or was cut off."""
    if row.get("log"):
        return site.state / str(row["log"])
    return site.state / log_path(row["run"], row["task"], row["id"])


def _pieces(path: Path) -> Iterator[str]:
    """Read a log of any size, as text that does nothing to a terminal."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while piece := file.read(_PIECE):
            yield printable(piece)


def _print_document(site: Site, name: str, found: _Attempt) -> None:
    row = found.row
    document = {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "attempt": found.number,
        "run": row["run"],
        "executor": row.get("executor", ""),
        "status": row["status"],
        "log": site.shown(found.path),
        "text": "".join(_pieces(found.path)),
    }
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
