"""How one PRP and its gates came out, as the result file says it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import foreign
from batchexec.batch_results.statuses import PrpStatus
from batchexec.model import Result
from batchexec.sources.prp import canonical, sort_key
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from batchexec.model import GateResult

_TAIL = {Result.PASSED: 200}
_TAIL_ELSE = 2000
"""How many characters of a gate's output are kept: of one that passed hardly anybody wants to see more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRecord:
    """How a gate came out; `exit` is None where nothing ran."""

    n: int
    title: str = ""
    level: int = 2
    result: str = Result.MANUAL
    reason: str | None = None
    command: str = ""
    exit: int | None = None
    seconds: float = 0.0
    output_tail: str = ""

    @classmethod
    def of_result(cls, came_out: GateResult) -> GateRecord:
        gate, result = came_out.gate, came_out.result
        return cls(
            n=gate.number,
            title=gate.title,
            level=gate.level,
            result=result.value,
            reason=came_out.reason or None,
            command="\n".join(gate.scripts),
            exit=came_out.code,
            seconds=came_out.seconds,
            output_tail=came_out.output[-_TAIL.get(result, _TAIL_ELSE) :],
        )

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> GateRecord:
        level = foreign.whole(entry.get("level"))
        return cls(
            n=foreign.count(entry.get("n")),
            title=foreign.text(entry.get("title")),
            level=2 if level is None else level,
            result=foreign.text(entry.get("result")),
            reason=foreign.text(entry.get("reason")) or None,
            command=foreign.text(entry.get("command")),
            exit=foreign.whole(entry.get("exit")),
            seconds=foreign.number(entry.get("seconds")) or 0.0,
            output_tail=foreign.text(entry.get("output_tail")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    How one PRP stands; times are by the wall clock, tokens and cost None where nobody told.

    `gates_unverified` counts all gates that neither passed nor failed, manual ones among them;
    `confirmed` are the numbers of those that a person looked at.
    """

    prp_id: str
    title: str = ""
    status: str = PrpStatus.PENDING
    stage: int = 0
    wave: int = 1
    attempt: int = 0
    files_created: tuple[str, ...] = ()
    files_modified: tuple[str, ...] = ()
    files_deleted: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    branch: str = ""
    merge_commit: str = ""
    gates_passed: int = 0
    gates_failed: int = 0
    gates_unverified: int = 0
    gates: tuple[GateRecord, ...] = ()
    errors: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()
    elapsed_seconds: float = 0.0
    tokens_used: int | None = None
    cost: float | None = None
    log: str = ""
    confirmed: tuple[int, ...] = ()

    def judged(self, results: Iterable[GateResult]) -> Record:
        """Tell with a record how its gates came out."""
        gates = tuple(map(GateRecord.of_result, results))
        passed, failed = (sum(gate.result == one for gate in gates) for one in (Result.PASSED, Result.FAILED))
        return replace(
            self,
            gates=gates,
            gates_passed=passed,
            gates_failed=failed,
            gates_unverified=len(gates) - passed - failed,
        )

    def document(self) -> dict[str, Any]:
        """Give what the file says of a PRP."""
        found: dict[str, Any] = _printable(asdict(self))
        found["elapsed_seconds"] = round(self.elapsed_seconds)
        found["cost"] = None if self.cost is None else round(self.cost, 6)
        for gate in found["gates"]:
            gate["seconds"] = round(gate["seconds"], 3)
        return found

    @classmethod
    def parse(cls, entry: Mapping[str, Any], prp_id: str = "", stage: int | None = None) -> Record:
        """Read what a file says of a PRP; `prp_id` and `stage` are where it stands there."""
        said = foreign.text(entry.get("prp_id")) or prp_id
        lists = (name for name in _LISTS if name in entry)
        counts = (name for name in _COUNTS if name in entry)
        words = (name for name in _TEXTS if name in entry)
        return cls(
            prp_id=canonical(said) or said,
            stage=_stage(entry, said, stage),
            elapsed_seconds=foreign.number(entry.get("elapsed_seconds")) or 0.0,
            tokens_used=foreign.whole(entry.get("tokens_used")),
            cost=foreign.number(entry.get("cost")),
            gates=tuple(map(GateRecord.parse, foreign.objects(entry.get("gates")))),
            confirmed=foreign.counts(entry.get("confirmed")),
            **{name: foreign.texts(entry[name]) for name in lists},  # type: ignore[arg-type]  # by name
            **{name: foreign.count(entry[name]) for name in counts},  # type: ignore[arg-type]  # by name
            **{name: foreign.text(entry[name]) for name in words},  # type: ignore[arg-type]  # by name
        )


KEYS = frozenset(field.name for field in fields(Record))
_LISTS = ("files_created", "files_modified", "files_deleted", "commits", "errors", "blocked_by")
_COUNTS = ("wave", "attempt", "gates_passed", "gates_failed", "gates_unverified")
_TEXTS = ("title", "status", "branch", "merge_commit", "log")


def order(record: Record) -> tuple[Any, ...]:
    """Sort records by stage and then by id; what has no proper id comes last."""
    known = canonical(record.prp_id)
    return (record.stage, known is None, sort_key(known) if known else (), record.prp_id)


def _stage(entry: Mapping[str, Any], prp_id: str, stage: int | None) -> int:
    """Take the stage an entry tells, else that it stands under, else that of its id."""
    said = foreign.whole(entry.get("stage"))
    if said is not None:
        return said
    if stage is not None:
        return stage
    parts = (canonical(prp_id) or "").split(".")
    return int(parts[1]) if len(parts) == 3 else 0


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case list() | tuple():
            return [_printable(item) for item in value]
        case dict():
            return {key: _printable(item) for key, item in value.items()}
    return value
