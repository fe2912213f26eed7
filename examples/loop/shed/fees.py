"""What it costs to keep a tool too long."""

from __future__ import annotations

CENTS_A_DAY = 50


def late_fee(days_late: int, deposit_cents: int) -> int:
    """Return the fee in cents: so much for each day, but never more than the deposit."""
    return min(max(days_late, 0) * CENTS_A_DAY, deposit_cents)
