from __future__ import annotations

import pytest

from batchexec.errors import ExecutorError
from batchexec.executors.prices import Prices, cost, parse_prices
from batchexec.model import Usage

PRICES: Prices = {
    "gpt-4o": {"input": 2.5, "output": 10, "cached": 1.25},
    "gpt-4o-mini": {"input": 0.15, "output": 0.6},
    "claude-sonnet-4-5": {"input": 3, "output": 15},
}
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("usage", "model", "usd"),
    [
        (Usage(MILLION, 0), "gpt-4o", 2.5),
        (Usage(0, MILLION), "gpt-4o", 10),
        (Usage(MILLION, 0, MILLION // 2), "gpt-4o", 1.875),
        (Usage(MILLION, 0, MILLION), "gpt-4o-mini", 0.15),
        (Usage(10, 0, 20), "gpt-4o", 0.0000125),
        (Usage(), "gpt-4o", 0),
    ],
)
def test_tokens_cost_their_price_and_cached_ones_their_own(usage: Usage, model: str, usd: float) -> None:
    assert cost(usage, model, PRICES) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("gpt-4o-2024-08-06", 2.5),
        ("gpt-4o-mini-2024-07-18", 0.15),
        ("claude-sonnet-4-5-20250929", 3),
        ("claude-sonnet-4-5@20250929", 3),
        ("claude-sonnet-4-5:latest", 3),
        ("gpt-4o-0613", 2.5),
        ("gpt-4o-nano", None),
        ("gpt-4o-audio-2024-08-06", None),
        ("gpt-4", None),
        ("gpt-4o-", None),
        ("claude-sonnet-4-5-20250929-x", None),
        ("", None),
    ],
)
def test_a_model_costs_what_it_costs_without_its_date(model: str, usd: float | None) -> None:
    assert cost(Usage(MILLION), model, PRICES) == usd


@pytest.mark.parametrize(
    ("table", "messages"),
    [
        ([], ["prices cannot be []; it is a table of models"]),
        ({"m": 3}, ["prices: m cannot be 3; it has an input and an output price"]),
        ({"m": {"input": 1}}, ["prices: m has no output price; USD per million tokens"]),
        (
            {"m": {"input": 1, "output": 2, "cache": 1}},
            ["prices: m has no price 'cache'; did you mean cached?"],
        ),
        (
            {"m": {"input": -1, "output": True}, "n": {"input": "1", "output": float("nan")}},
            [
                "prices: m: input cannot be -1; it is a number of USD per million tokens",
                "prices: m: output cannot be True; it is a number of USD per million tokens",
                "prices: n: input cannot be '1'; it is a number of USD per million tokens",
                "prices: n: output cannot be nan; it is a number of USD per million tokens",
            ],
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said_at_once(table: object, messages: list[str]) -> None:
    with pytest.raises(ExecutorError) as caught:
        parse_prices(table)
    assert str(caught.value).split("\n") == [f"error: {message}" for message in messages]


def test_a_good_table_is_taken_as_it_is() -> None:
    assert parse_prices(PRICES) == PRICES
    assert parse_prices({}) == {}
