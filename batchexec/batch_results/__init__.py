"""What others read of a batch of PRPs: its result file, heartbeats, and the report at its end."""

from __future__ import annotations

from batchexec.batch_results.heartbeats import (
    Heartbeat,
    clear_heartbeats,
    heartbeat_path,
    read_heartbeats,
    write_heartbeat,
)
from batchexec.batch_results.progress import Progress
from batchexec.batch_results.reading import ResultRead, examine_result, read_result
from batchexec.batch_results.records import GateRecord, Record
from batchexec.batch_results.result_file import ResultFile
from batchexec.batch_results.results import BatchResult
from batchexec.batch_results.standing import standing, standing_lines
from batchexec.batch_results.state import STATE_DIR, State, result_path
from batchexec.batch_results.statuses import BeatStatus, PrpStatus, status_of
from batchexec.batch_results.text import executing, failure_lines, report_text, retry_command

__all__ = [
    "STATE_DIR",
    "BatchResult",
    "BeatStatus",
    "GateRecord",
    "Heartbeat",
    "Progress",
    "PrpStatus",
    "Record",
    "ResultFile",
    "ResultRead",
    "State",
    "clear_heartbeats",
    "examine_result",
    "executing",
    "failure_lines",
    "heartbeat_path",
    "read_heartbeats",
    "read_result",
    "report_text",
    "result_path",
    "retry_command",
    "standing",
    "standing_lines",
    "status_of",
    "write_heartbeat",
]
