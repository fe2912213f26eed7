"""How a batch of PRPs came out: its records, and what they add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from batchexec.batch_results.statuses import PrpStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from batchexec.batch_results.records import Record


@dataclass(frozen=True, slots=True)
class Totals:
    """How many PRPs stand how; they add up to `total`."""

    total: int = 0
    success: int = 0
    failed: int = 0
    blocked: int = 0
    pending: int = 0

    @property
    def success_rate(self) -> int:
        """The share of the successful in whole percent, rounded down; 0 of nothing."""
        return 100 * self.success // self.total if self.total else 0


def totals_of(statuses: Iterable[str]) -> Totals:
    """Count statuses: what runs is pending still, and a word nobody knows is no success."""
    counts = Counter(statuses)
    total, success, blocked = counts.total(), counts[PrpStatus.SUCCESS], counts[PrpStatus.BLOCKED]
    pending = counts[PrpStatus.PENDING] + counts[PrpStatus.RUNNING]
    return Totals(total, success, total - success - blocked - pending, blocked, pending)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """
    What is known of a batch; `records` come by stage and id, the moments are in UTC.

    `selection` and all that is not a record speak of the run that wrote last.
    """

    batch: int
    selection: str = ""
    stage_filter: int | None = None
    base_commit: str = ""
    started_at: str = ""
    timestamp: str = ""
    elapsed_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    path: str = field(default="", compare=False)

    @property
    def totals(self) -> Totals:
        return totals_of(record.status for record in self.records)

    @property
    def stages(self) -> dict[int, list[Record]]:
        return {stage: list(found) for stage, found in groupby(self.records, lambda record: record.stage)}

    def only(self, ids: Collection[str]) -> BatchResult:
        """Leave out the records of all other PRPs, and of what they add up to."""
        return replace(self, records=tuple(record for record in self.records if record.prp_id in ids))
