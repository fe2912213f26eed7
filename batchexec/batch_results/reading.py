"""Reads result files, whoever wrote them, and says what of one cannot be used."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import foreign
from batchexec.batch_results.layout import SCHEMA_VERSION
from batchexec.batch_results.records import Record, order
from batchexec.batch_results.results import BatchResult
from batchexec.errors import Problem, Severity, WorkspaceError
from batchexec.model import Location
from batchexec.sources.files import shown
from batchexec.sources.prp import canonical
from batchexec.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file says of one PRP, as it stands there, and in the stage it counts to."""

    raw: Mapping[str, Any]
    record: Record


@dataclass(frozen=True, slots=True)
class ResultRead:
    """
    What a result file holds: the `document` as it is, and what of it is understood.

    `document` and `result` are None where there is no file, and where a problem
    says why there is nothing to be had from it; without `data` it cannot even be opened.
    Other problems are about parts that were passed over.
    """

    data: bytes | None = None
    document: dict[str, Any] | None = None
    result: BatchResult | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_result(path: Path, problems: list[Problem] | None = None) -> dict[str, Any] | None:
    """
    Give what a result file says; None where there is none, or nothing in it can be used.

    Every PRP stands in `results`, with its id in full, also if it is only in
    `stages`. What is wrong with the file is added to `problems`.
    """
    read = examine_result(path)
    if problems is not None:
        problems += read.problems
    if read.document is None:
        return None
    results = [{**entry.raw, "prp_id": id_} for id_, entry in read.entries.items()]
    return {**read.document, "results": results}


def examine_result(path: Path, batch: int | None = None) -> ResultRead:
    """Read a result file, of this batch if one is given; whatever it holds, that is an answer."""
    file = shown(path)
    try:
        # Not by open(): a pipe would wait for somebody to write.
        data = Workspace(path.parent).read(path.name)
    except WorkspaceError as error:
        return _unreadable(file, error.problems[0].message.removeprefix(f"{path.name}: "))
    except OSError as error:
        return _unreadable(file, f"cannot be read: {os.strerror(error.errno or 0)}")
    return ResultRead() if data is None else parse_result(data, file, batch)


def _unreadable(file: str, why: str) -> ResultRead:
    problem = Problem(
        Location(file, 1), f"this result file {why}", "move it away", Severity.WARNING, "result-file"
    )
    return ResultRead(problems=(problem,))


def parse_result(data: bytes, file: str, batch: int | None = None) -> ResultRead:
    try:
        document = foreign.parse(data)
    except json.JSONDecodeError as error:
        return ResultRead(data, problems=(_problem(file, f"it is no JSON: {error.msg}", error.lineno),))
    except ValueError as error:  # no UTF-8, no object, a number of a million digits
        return ResultRead(data, problems=(_problem(file, f"it cannot be used: {error}"),))
    number = foreign.whole(document.get("batch_id"))
    if batch is not None and number is not None and number != batch:
        return ResultRead(data, problems=(_problem(file, f"it is about batch {number}, not {batch}"),))
    entries, problems = _entries(document, file)
    version = document.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        problems.append(_problem(file, f"its schema_version is {version!r:.50}, not {SCHEMA_VERSION}"))
    result = _result(document, number if number is not None else batch or 0, entries, file)
    return ResultRead(data, document, result, entries, tuple(problems))


def _result(document: Mapping[str, Any], batch: int, entries: Mapping[str, Entry], file: str) -> BatchResult:
    records = (entry.record for entry in entries.values())
    return BatchResult(
        batch=batch,
        selection=foreign.text(document.get("selection")),
        stage_filter=foreign.whole(document.get("stage_filter")),
        base_commit=foreign.text(document.get("base_commit")),
        started_at=foreign.text(document.get("started_at")),
        timestamp=foreign.text(document.get("timestamp")),
        elapsed_seconds=foreign.number(document.get("elapsed_seconds")) or 0.0,
        warnings=foreign.texts(document.get("warnings")),
        records=tuple(sorted(records, key=order)),
        path=file,
    )


def _entries(document: Mapping[str, Any], file: str) -> tuple[dict[str, Entry], list[Problem]]:
    """Sort what the file says of PRPs by their ids; `results` goes before `stages`."""
    found: dict[str, Entry] = {}
    problems = []
    for place, id_, stage, raw in (*_listed(document), *_staged(document)):
        if not isinstance(raw, dict):
            problems.append(_problem(file, f"{place} is no object"))
            continue
        record = Record.parse(raw, id_, stage)
        if not canonical(record.prp_id):
            problems.append(_problem(file, f"{place} has no id of a PRP"))
            continue
        found.setdefault(record.prp_id, Entry(raw, record))
    return found, problems


_Place = tuple[str, str, int | None, object]


def _listed(document: Mapping[str, Any]) -> Iterator[_Place]:
    results = document.get("results")
    for number, raw in enumerate(results if isinstance(results, list) else ()):
        yield f"results[{number}]", "", None, raw


def _staged(document: Mapping[str, Any]) -> Iterator[_Place]:
    stages = document.get("stages")
    for stage, prps in stages.items() if isinstance(stages, dict) else ():
        number = int(stage) if stage.isascii() and stage.isdigit() and len(stage) < 10 else None
        for id_, raw in prps.items() if isinstance(prps, dict) else ():
            yield f"stages.{stage}.{id_}"[:100], id_, number, raw


def _problem(file: str, message: str, line: int = 1) -> Problem:
    hint = "a run of the batch writes it anew, and keeps a copy of what is there"
    return Problem(Location(file, line), message, hint, Severity.WARNING, "result-file")
