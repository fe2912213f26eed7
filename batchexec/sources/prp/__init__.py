"""Reads PRPs, Markdown files with one unit of work each, into batches."""

from __future__ import annotations

from batchexec.sources.prp.dependencies import Edge
from batchexec.sources.prp.gates import with_syntax
from batchexec.sources.prp.names import canonical, parse_file_name, sort_key
from batchexec.sources.prp.parsing import parse_prp
from batchexec.sources.prp.prp import Action, DeclaredFile, Phase, Prp, Step
from batchexec.sources.prp.reader import Batch, Batches, batch_numbers, highest_number, read_batches
from batchexec.sources.prp.staging import Staging, stage_batch
from batchexec.sources.prp.tasks import FAMILY, name_of, tasks_of

__all__ = [
    "FAMILY",
    "Action",
    "Batch",
    "Batches",
    "DeclaredFile",
    "Edge",
    "Phase",
    "Prp",
    "Staging",
    "Step",
    "batch_numbers",
    "canonical",
    "highest_number",
    "name_of",
    "parse_file_name",
    "parse_prp",
    "read_batches",
    "sort_key",
    "stage_batch",
    "tasks_of",
    "with_syntax",
]
