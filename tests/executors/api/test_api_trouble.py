from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from batchexec.executors.api.question import Question
from batchexec.executors.api.retry_after import retry_at
from batchexec.executors.api.trouble import Refusal, refusal_of, refused

NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
MONEY = "pay in there, or use another key"
SETTINGS = "look at the settings of the executor"
QUESTION = Question(
    provider="openai",
    model="m-1",
    text="",
    system="",
    temperature=None,
    max_tokens=1,
    base_url=None,
    timeout_s=1,
    silence_s=1,
    key="MY_KEY",
    secret="x",
)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Wed, 18 Nov 2026 11:07:10 GMT"}, 30),
        ({"retry-after": "2026-11-18T11:07:10Z"}, 30),
        ({"retry-after": "Wed, 18 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": str(int(NOW + 60))}, 60),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "120ms"}, None),
        (
            {
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-18T11:07:10Z",
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-11-18T11:06:50Z",
            },
            30,
        ),
        ({"x-ratelimit-remaining-tokens": "0"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "99999999"}, None),
        ({"retry-after": "Wed, 18 Nov 2099 11:07:10 GMT"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "1m, or 2m"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_a_server_may_say_when_to_come_back(headers: dict[str, str], wait: float | None) -> None:
    when = retry_at(headers, NOW)
    assert when == (None if wait is None else pytest.approx(NOW + wait))


@pytest.mark.parametrize(
    ("status", "kind", "message", "headers", "told"),
    [
        (400, "invalid_request_error", "no such role", {}, ("error", "deterministic", SETTINGS, None)),
        (401, "", "bad key", {}, ("error", "deterministic", "look at the key in MY_KEY", None)),
        (403, "", "no", {}, ("error", "deterministic", "the key in MY_KEY may not do this", None)),
        (404, "", "?", {}, ("error", "deterministic", "there is no model m-1, or base_url is wrong", None)),
        (
            413,
            "request_too_large",
            "!",
            {},
            (
                "error",
                "deterministic",
                "the prompt is too long; let the task name fewer or smaller files",
                None,
            ),
        ),
        (422, "", "unprocessable", {}, ("error", "deterministic", SETTINGS, None)),
        (302, "", "moved", {}, ("error", "deterministic", SETTINGS, None)),
        (408, "", "slow", {}, ("error", "transient", "", None)),
        (409, "", "busy", {}, ("error", "transient", "", None)),
        (429, "rate_limit_error", "slow down", {"retry-after": "7"}, ("error", "transient", "", 7)),
        (429, "", "slow down", {}, ("error", "transient", "", None)),
        (500, "server_error", "oops", {}, ("error", "transient", "", None)),
        (503, "", "later", {"retry-after": "30"}, ("error", "transient", "", 30)),
        (529, "overloaded_error", "Overloaded", {}, ("error", "transient", "", None)),
        (None, "", "who knows", {}, ("error", "transient", "", None)),
        (429, "", "You have reached your usage limit.", {}, ("limited", "usage_limit", "", None)),
        (429, "", "Rate limit reached: requests per day (RPD)", {}, ("limited", "usage_limit", "", None)),
        (429, "", "slow down", {"retry-after": "3600"}, ("limited", "usage_limit", "", 3600)),
        (429, "insufficient_quota", "You exceeded your quota", {}, ("error", "deterministic", MONEY, None)),
        (400, "", "Your credit balance is too low", {}, ("error", "deterministic", MONEY, None)),
        (402, "", "Payment Required", {}, ("error", "deterministic", MONEY, None)),
    ],
)
def test_a_refusal_is_sorted_by_what_helps(
    status: int | None,
    kind: str,
    message: str,
    headers: dict[str, str],
    told: tuple[str, str, str, float | None],
) -> None:
    outcome = refused(Refusal(status, frozenset([kind]), message, headers), QUESTION, NOW)
    wait = None if outcome.retry_at_utc is None else outcome.retry_at_utc - NOW
    assert (outcome.status, outcome.trouble, outcome.hint, wait) == told
    assert outcome.summary == f"openai answered {status or 'in mid-answer'}: {message}"


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (
            {"body": {"message": "no", "type": "t", "code": "c"}, "status_code": 400},
            (400, {"t", "c"}, "no"),
        ),
        (
            {
                "body": {"type": "error", "error": {"type": "overloaded_error", "message": "Over"}},
                "status_code": 200,
            },
            (529, {"overloaded_error"}, "Over"),
        ),
        ({"body": {"error": "just text"}, "status_code": 500}, (500, set(), "just text")),
        ({"body": "<html>\n502</html>", "status_code": 502}, (502, set(), "the error")),
        ({"body": None}, (None, set(), "the error")),
        ({"body": {"message": "x" * 5000}}, (None, set(), "x" * 300)),
        ({"body": {"message": ["odd"], "type": 5}}, (None, {"5"}, "['odd']")),
        (
            {"body": {"message": "quick!", "code": "rate_limit_exceeded"}},
            (429, {"rate_limit_exceeded"}, "quick!"),
        ),
    ],
)
def test_both_sdks_errors_are_read_alike(
    error: dict[str, Any], refusal: tuple[int | None, set[str], str]
) -> None:
    class SdkError(Exception):
        body: Any = None
        response = SimpleNamespace(headers={"Retry-After": "1"})

    raised = SdkError("the error")
    for name, value in error.items():
        setattr(raised, name, value)
    found = refusal_of(raised)
    assert (found.status, set(found.kinds), found.message) == refusal
    assert found.headers == {"retry-after": "1"}
