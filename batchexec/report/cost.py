"""What a run cost: in all, by executor, and of its budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.report.facts import Allowance, Cost, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchexec.report.facts import Result, RunFacts, Tried

_LEAST = 0.0001


def dollars(usd: float) -> str:
    """Say an amount; of less than a dollar, as attempts cost, also parts of its cents."""
    if 0 < usd < _LEAST:
        return f"less than ${_LEAST}"
    whole, _, parts = f"{usd:,.4f}".partition(".")
    return f"${whole}.{parts[:2]}{parts[2:].rstrip('0')}" if usd < 1 else f"${usd:,.2f}"


def cost_of(facts: RunFacts) -> Cost:
    attempts = [one for result in facts["results"] for one in result["attempts"]]
    return Cost(
        **_share(attempts),
        by_executor={
            name: _share([one for one in attempts if one["executor"] == name])
            for name in dict.fromkeys(one["executor"] for one in attempts)
        },
        budget=_budget(facts),
    )


def total(costs: Iterable[float | None]) -> float | None:
    """Add up what is known; None where nothing is."""
    known = [cost for cost in costs if cost is not None]
    # Sums of cents do not come out even.
    return round(sum(known), 6) if known else None


def _share(attempts: Sequence[Tried]) -> Share:
    return Share(
        attempts=len(attempts),
        passed=sum(one["status"] == "passed" for one in attempts),
        usd=total(one["cost_usd"] for one in attempts),
        input_tokens=sum(one["input_tokens"] or 0 for one in attempts),
        output_tokens=sum(one["output_tokens"] or 0 for one in attempts),
        cached_tokens=sum(one["cached_tokens"] or 0 for one in attempts),
        unpriced=sum(_is_unpriced(one) for one in attempts),
    )


def _is_unpriced(one: Tried) -> bool:
    return one["cost_usd"] is None and bool(one["input_tokens"] or one["output_tokens"])


def _budget(facts: RunFacts) -> dict[str, Allowance]:
    used = {"task": _dearest(facts["results"]), **facts["used"]}
    return {
        name: Allowance(limit=limit, used=round(used.get(name, 0.0), 6))
        for name, limit in facts["budget"].items()
    }


def _dearest(results: Iterable[Result]) -> float:
    return max((result["cost_usd"] or 0.0 for result in results), default=0.0)
