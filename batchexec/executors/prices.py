"""What tokens cost: a table of prices by model, in USD per million tokens."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from batchexec.errors import ExecutorError, Problem
from batchexec.executors.parameters import near

if TYPE_CHECKING:
    from batchexec.model import Usage

Prices = Mapping[str, Mapping[str, float]]
"""By model what `input`, `output` and, where they are cheaper, `cached` tokens cost."""

_KINDS = ("input", "output", "cached")
_MILLION = 1_000_000
_DATED = re.compile(r"[-@:](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{6}|\d{4}|latest)")


def cost(usage: Usage, model: str, prices: Prices) -> float | None:
    """
    Say what an attempt cost in USD, None if the table does not know the model.

    All input tokens are counted in `usage.input_tokens`, the cached ones among them.
    """
    price = price_of(model, prices)
    if price is None:
        return None
    cached = min(usage.cached_tokens, usage.input_tokens)
    fresh = usage.input_tokens - cached
    of_input = fresh * price["input"] + cached * price.get("cached", price["input"])
    return (of_input + usage.output_tokens * price["output"]) / _MILLION


def price_of(model: str, prices: Prices) -> Mapping[str, float] | None:
    """Find the price of a model by its name, or by its name without the date at the end."""
    if model in prices:
        return prices[model]
    known = (name for name in prices if model.startswith(name) and _DATED.fullmatch(model, len(name)))
    longest = max(known, key=len, default=None)
    return None if longest is None else prices[longest]


def parse_prices(value: object) -> Prices:
    """Take a table of prices as settings have it; everything that is wrong with it is said at once."""
    if not isinstance(value, Mapping):
        raise ExecutorError(Problem(None, f"prices cannot be {value!r}", "it is a table of models"))
    problems = [problem for model, price in value.items() for problem in _problems(model, price)]
    if problems:
        raise ExecutorError(*problems)
    return {
        str(model): {kind: float(amount) for kind, amount in price.items()} for model, price in value.items()
    }


def _problems(model: object, price: object) -> list[Problem]:
    where = f"prices: {model}"
    if not isinstance(price, Mapping):
        return [Problem(None, f"{where} cannot be {price!r}", "it has an input and an output price")]
    missing = [kind for kind in ("input", "output") if kind not in price]
    found = [Problem(None, f"{where} has no {kind} price", "USD per million tokens") for kind in missing]
    for kind, amount in price.items():
        if kind not in _KINDS:
            found.append(Problem(None, f"{where} has no price {kind!r}", near(str(kind), _KINDS)))
        elif not _is_amount(amount):
            hint = "it is a number of USD per million tokens"
            found.append(Problem(None, f"{where}: {kind} cannot be {amount!r}", hint))
    return found


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
