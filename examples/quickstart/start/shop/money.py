"""Amounts of money as whole cents, so that no fraction is ever lost."""

from __future__ import annotations


def parse(text: str) -> int:
    """Read an amount such as `12.50` as cents."""
    whole, _, fraction = text.strip().partition(".")
    if not whole.isdecimal() or len(fraction) > 2 or (fraction and not fraction.isdecimal()):
        raise ValueError(f"not an amount of money: {text!r}")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def show(cents: int) -> str:
    """Write cents as an amount such as `12.50`."""
    return f"{cents // 100}.{cents % 100:02}"


def percent(cents: int, rate: int) -> int:
    """Take a percentage, rounded half up."""
    return (cents * rate + 50) // 100
