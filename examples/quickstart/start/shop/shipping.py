"""What it costs to send a parcel."""

from __future__ import annotations

FREE_FROM = 50_00
AT_HOME = 4_90
ABROAD = 12_90
HOME = "DE"


def shipping_cost(goods: int, country: str) -> int:
    """Return the cost of sending goods of that value to a country."""
    raise NotImplementedError
