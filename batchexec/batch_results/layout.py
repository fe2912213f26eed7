"""Lays out a result file: the keys in a fixed order, a PRP to a line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from batchexec.batch_results.results import totals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from batchexec.batch_results.records import Record

SCHEMA_VERSION = 1
_ORDER = (
    *("schema_version", "batch_id", "selection", "stage_filter", "base_commit", "started_at", "timestamp"),
    *("total", "success", "failed", "blocked", "pending", "success_rate", "elapsed_seconds", "warnings"),
    *("stages", "results"),
)
OURS = frozenset(_ORDER)
"""The keys that are written anew each time; others stay."""


def lay_out(
    batch: int,
    about: Mapping[str, Any],
    records: Sequence[Record],
    entry: Callable[[Record], str],
    more: Mapping[str, Any],
) -> str:
    """Write a result file; `entry` gives what it says of a PRP, `more` are keys that are not ours."""
    totals = totals_of(record.status for record in records)
    known = {"schema_version": SCHEMA_VERSION, "batch_id": batch, "success_rate": totals.success_rate}
    parts = {key: as_json(value) for key, value in (known | asdict(totals) | dict(about)).items()}
    stages: dict[int, dict[str, str]] = {}
    for record in records:
        stages.setdefault(record.stage, {})[record.prp_id] = entry(record)
    parts["stages"] = _object({str(number): _object(prps, 2) for number, prps in stages.items()}, 1)
    parts["results"] = _list(entry(record) for record in records)
    parts = {key: parts[key] for key in _ORDER}
    return _object(parts | {key: as_json(value) for key, value in more.items()}, 0) + "\n"


def as_json(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def _object(parts: Mapping[str, str], depth: int) -> str:
    indent = " " * (depth + 1)
    lines = ",\n".join(f"{indent}{json.dumps(key)}: {text}" for key, text in parts.items())
    return f"{{\n{lines}\n{' ' * depth}}}" if parts else "{}"


def _list(texts: Iterable[str]) -> str:
    lines = ",\n  ".join(texts)
    return f"[\n  {lines}\n ]" if lines else "[]"
